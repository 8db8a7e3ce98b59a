/**
 * AES-CCM as the mesh uses it: a nonce of 13 bytes, hence a length field of 2, and a MIC of 4 or 8 bytes.
 *
 * It is built on CBC and CTR, since the library offers no CCM.
 * Source: RFC 3610, section 2; Mesh Protocol 1.1, 3.9.2 (CCM function).
 */
import { cbc, ctr } from '@noble/ciphers/aes.js';
import { concatenate, equalBytes } from '../bytes.ts';

const BLOCK = 16;
const NO_BYTES = new Uint8Array();

/** A MIC in bytes. */
export type MicSize = 4 | 8;

/**
 * Encrypt and authenticate.
 *
 * @param key    16 bytes
 * @param nonce  13 bytes, never used twice with this key
 * @param plain  at most 65,535 bytes
 * @param aad    authenticated and not sent; fewer than 65,280 bytes
 * @returns      as many bytes as `plain`, then the MIC
 */
export function ccmEncrypt(
  key: Uint8Array,
  nonce: Uint8Array,
  plain: Uint8Array,
  micSize: MicSize,
  aad: Uint8Array = NO_BYTES,
): Uint8Array {
  const { mic, text } = counterMode(key, nonce, authenticate(key, nonce, plain, micSize, aad), plain);
  return concatenate([text, mic.subarray(0, micSize)]);
}

/** The plain text of what `ccmEncrypt` made; `undefined` when it is another key's, or was changed on the way. */
export function ccmDecrypt(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  micSize: MicSize,
  aad: Uint8Array = NO_BYTES,
): Uint8Array | undefined {
  if (sealed.length < micSize) return undefined;
  const sent = new Uint8Array(BLOCK);
  sent.set(sealed.subarray(sealed.length - micSize));
  const { mic, text } = counterMode(key, nonce, sent, sealed.subarray(0, sealed.length - micSize));
  const expected = authenticate(key, nonce, text, micSize, aad);
  return equalBytes(mic.subarray(0, micSize), expected.subarray(0, micSize)) ? text : undefined;
}

/** Counter 0 covers the MIC, the text begins with counter 1. Encrypts and decrypts. */
function counterMode(key: Uint8Array, nonce: Uint8Array, mic: Uint8Array, text: Uint8Array) {
  const counter = concatenate([[1], nonce, [0, 0]].map((part) => Uint8Array.from(part)));
  const done = ctr(key, counter).encrypt(concatenate([mic, text]));
  return { mic: done.subarray(0, BLOCK), text: done.slice(BLOCK) };
}

/** The last block of CBC over the description, the additional data and the text, each filled up with zeros. */
function authenticate(
  key: Uint8Array,
  nonce: Uint8Array,
  plain: Uint8Array,
  micSize: MicSize,
  aad: Uint8Array,
): Uint8Array {
  const flags = (aad.length > 0 ? 0x40 : 0) | (((micSize - 2) / 2) << 3) | 1;
  const described = [Uint8Array.of(flags), nonce, bigEndian16(plain.length)];
  if (aad.length > 0) described.push(filled(concatenate([bigEndian16(aad.length), aad])));
  const chained = cbc(key, new Uint8Array(BLOCK), { disablePadding: true }).encrypt(
    concatenate([...described, filled(plain)]),
  );
  return chained.slice(-BLOCK);
}

const bigEndian16 = (value: number) => Uint8Array.of(value >>> 8, value & 0xff);

function filled(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.ceil(bytes.length / BLOCK) * BLOCK);
  whole.set(bytes);
  return whole;
}
