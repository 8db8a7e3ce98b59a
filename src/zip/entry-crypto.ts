/**
 * The cryptography of an encrypted entry, in three calls: this one runs everywhere, and a platform hands in what it does faster.
 * docs/performance.md has the times.
 */
import { ecb } from '@noble/ciphers/aes.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha1 } from '@noble/hashes/legacy.js';
import { pbkdf2 } from '@noble/hashes/pbkdf2.js';

type Later<Value> = Value | Promise<Value>;

export interface EntryCrypto {
  /** PBKDF2 (RFC 8018) with HMAC-SHA-1: `bytes` bytes for a salt. */
  keysFrom(password: Uint8Array<ArrayBuffer>, rounds: number, bytes: number): KeysOfSalt;
  /** AES-256 of each 16 bytes by themselves: no mode to use alone. */
  encryptBlocks(key: Uint8Array, blocks: Uint8Array): Uint8Array;
  /** HMAC-SHA-1: 20 bytes. */
  authenticate(key: Uint8Array<ArrayBuffer>, data: Uint8Array<ArrayBuffer>): Later<Uint8Array>;
}
export type KeysOfSalt = (salt: Uint8Array<ArrayBuffer>) => Later<Uint8Array<ArrayBuffer>>;

export const portableCrypto: EntryCrypto = {
  keysFrom: (password, rounds, bytes) => (salt) =>
    pbkdf2(sha1, password, salt, { c: rounds, dkLen: bytes }) as Uint8Array<ArrayBuffer>,
  encryptBlocks: (key, blocks) => ecb(key, { disablePadding: true }).encrypt(blocks),
  authenticate: (key, data) => hmac(sha1, key, data),
};
