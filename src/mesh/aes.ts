/**
 * The two uses of AES-128 that all else is made of.
 * Source: Mesh Protocol 1.1, 3.9.2 (encryption function e, AES-CMAC); RFC 4493.
 */
import { cmac, ecb } from '@noble/ciphers/aes.js';

/** e: one block of 16 bytes under a key of 16 bytes. */
export const encryptBlock = (key: Uint8Array, block: Uint8Array): Uint8Array =>
  ecb(key, { disablePadding: true }).encrypt(block);

/** AES-CMAC of any number of bytes under a key of 16 bytes: 16 bytes. */
export const aesCmac = (key: Uint8Array, message: Uint8Array): Uint8Array => cmac(message, key);
