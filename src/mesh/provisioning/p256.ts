/**
 * Key agreement on the curve P-256. A public key is X ‖ Y, 64 bytes, big-endian; a secret is the X of the shared point.
 *
 * It runs at once and on random bytes that are handed in, so that an exchange can be repeated byte for byte; the browser's own
 * would answer some time later, with a key nobody may choose.
 * Source: Mesh Protocol 1.1, 5.4.2.3; NIST SP 800-56A, 5.6.2.3 (a point is checked before it is used).
 */
import { p256 } from '@noble/curves/nist.js';
import { concatenate } from '../../bytes.ts';

export interface KeyPair {
  /** 32 bytes. */
  readonly privateKey: Uint8Array;
  /** 64 bytes. */
  readonly publicKey: Uint8Array;
}

/** SEC 1: a point that is not compressed. */
const UNCOMPRESSED = Uint8Array.of(0x04);

/** @param randomBytes  asked for 32 bytes until they are below the order of the curve: once, in all likelihood */
export function drawKeyPair(randomBytes: (length: number) => Uint8Array): KeyPair {
  for (;;) {
    const privateKey = randomBytes(32);
    if (p256.utils.isValidSecretKey(privateKey))
      return { privateKey, publicKey: p256.getPublicKey(privateKey, false).slice(1) };
  }
}

/**
 * The secret two sides share: 32 bytes.
 *
 * @returns  `undefined` when the other side's key is no point of the curve, hence may be made to tell ours
 */
export function agree({ privateKey }: KeyPair, otherPublicKey: Uint8Array): Uint8Array | undefined {
  try {
    const shared = p256.getSharedSecret(privateKey, concatenate([UNCOMPRESSED, otherPublicKey]), false);
    return shared.slice(1, 33);
  } catch {
    return undefined;
  }
}
