/** SHA-256 as a running state that can be copied: what many images begin with is hashed once. */
import { sha256 } from '@noble/hashes/sha2.js';

export interface Sha256 {
  /** They may be read as late as for the digest. */
  update(bytes: Uint8Array): Sha256;
  copy(): Sha256;
  /** 32 bytes. The state is spent. */
  digest(): Uint8Array;
}

/** Runs everywhere; browsers have a faster one, whose state cannot be copied. */
export const portableSha256 = (): Sha256 => running(sha256.create());

const running = (state: ReturnType<typeof sha256.create>): Sha256 => ({
  update: (bytes) => running(state.update(bytes)),
  copy: () => running(state.clone()),
  digest: () => state.digest(),
});
