/**
 * The cryptography of encrypted zips by WebCrypto, beside the worker's thread. It has no AES that fits: its counter has the highest
 * byte first, the zip's has the lowest.
 */
import { portableCrypto, type EntryCrypto } from '../zip/index.ts';

const HMAC = { name: 'HMAC', hash: 'SHA-1' } as const;

/** @param subtle  a page that came by plain HTTP has none */
export const webEntryCrypto = (subtle: SubtleCrypto | undefined): EntryCrypto =>
  subtle
    ? {
        ...portableCrypto,
        keysFrom: (password, iterations, bytes) => {
          const base = subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits']);
          return async (salt) => {
            const algorithm = { name: 'PBKDF2', hash: 'SHA-1', salt, iterations };
            return new Uint8Array(await subtle.deriveBits(algorithm, await base, 8 * bytes));
          };
        },
        authenticate: async (key, data) => {
          const imported = await subtle.importKey('raw', key, HMAC, false, ['sign']);
          return new Uint8Array(await subtle.sign('HMAC', imported, data));
        },
      }
    : portableCrypto;
