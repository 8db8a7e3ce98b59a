/**
 * SHA-256 in WebAssembly: browsers run it several times faster than the portable one, and their own has no state that could be
 * copied.
 */
import { createSHA256, type IHasher } from 'hash-wasm';
import { portableSha256, type Sha256 } from '../clone/index.ts';

let compiled: Promise<() => Sha256> | undefined;

/** Compiled at the first call. Where a browser or a host's policy forbids WebAssembly, the portable one does. */
export const fastSha256 = (): Promise<() => Sha256> =>
  (compiled ??= createSHA256().then(
    (hasher) => {
      const empty = hasher.init().save();
      return () => new SavedState(hasher, empty);
    },
    () => portableSha256,
  ));

/** One hasher works on all states in turn; each is put into it and taken out again. */
class SavedState implements Sha256 {
  readonly #hasher: IHasher;
  #state: Uint8Array;

  constructor(hasher: IHasher, state: Uint8Array) {
    this.#hasher = hasher;
    this.#state = state;
  }

  update(bytes: Uint8Array): this {
    this.#hasher.load(this.#state);
    this.#state = this.#hasher.update(bytes).save();
    return this;
  }

  copy(): SavedState {
    return new SavedState(this.#hasher, this.#state);
  }

  digest(): Uint8Array {
    this.#hasher.load(this.#state);
    return this.#hasher.digest('binary');
  }
}
