/**
 * Keys in the nRF Connect SDK's trusted storage: one sealed object a key, in a setting that its id names.
 *
 * Below lie bytes and the cipher; above lies the node. Where the seal's key follows from the object's name anybody can open and
 * seal it again; where it follows from a key in the chip nobody can without the chip. Nothing says which it is, and the tag
 * of the cipher decides.
 *
 * Source: nRF Connect SDK 3.0 subsys/trusted_storage; Mbed TLS library/psa_crypto_storage.c for the clear form;
 * docs/zephyr-format.md, section 7.
 */
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytes, concatenate, equalBytes, fromHex, struct, u16, u32, type Decoded } from '../../bytes.ts';

export const KEY_SIZE = 16;
export const NONCE_SIZE = 12;
const TAG_SIZE = 16;
/** Also the data that the tag covers without hiding it. */
const objectHead = struct({ flags: u32, clearSize: u32 });

/** A key object before it is sealed. Behind it follow `length` bytes of key. */
const clearObject = struct({
  magic: bytes(8),
  version: u32,
  lifetime: u32,
  type: u16,
  bits: u16,
  usage: u32,
  algorithm: u32,
  algorithm2: u32,
  length: u32,
});
const MAGIC = new TextEncoder().encode('PSA\0KEY\0');
const AES = 0x2400;
/** Export alone: network keys. Device and application keys may encrypt and decrypt as well. */
const USAGE_EXPORT = 0x00000001;

/** Sealed and clear parts of one object's bytes. */
export const SEALED_OFFSET = objectHead.size + NONCE_SIZE;
/** Where the key stands in the ciphertext, which is as long as the clear object. */
export const KEY_OFFSET = SEALED_OFFSET + clearObject.size;
const OBJECT_SIZE = KEY_OFFSET + KEY_SIZE + TAG_SIZE;

/** An AES-128 key object that was opened. */
export interface KeyObject {
  readonly head: Uint8Array;
  readonly attributes: Decoded<typeof clearObject>;
  readonly key: Uint8Array;
  /** Of what it may be used for: a network key is only ever exported. */
  readonly isNetworkKey: boolean;
}

/** `sealed`: the tag says that another key is needed. `foreign`: no object of an AES-128 key. */
export type Opening =
  { readonly state: 'open'; readonly object: KeyObject } | { readonly state: 'sealed' | 'foreign' };

/** `its/000000001fff4001` */
export const objectName = (keyId: number): string => `its/${keyId.toString(16).padStart(16, '0')}`;

const OBJECT_NAME = /^its\/([0-9a-f]{16})$/;
/** The uid that an object's name gives, 8 bytes, least significant first. */
export function uidOf(name: string): Uint8Array | undefined {
  const digits = OBJECT_NAME.exec(name)?.[1];
  return digits === undefined ? undefined : fromHex(digits)!.reverse();
}

/** Whether a value has the shape of a sealed object of any size. */
export function looksSealed(value: Uint8Array): boolean {
  if (value.length < SEALED_OFFSET + TAG_SIZE) return false;
  return objectHead.decode(value).clearSize === value.length - SEALED_OFFSET - TAG_SIZE;
}

const cipherFor = (uid: Uint8Array, nonce: Uint8Array, head: Uint8Array) =>
  chacha20poly1305(sha256(uid), nonce, head);

/** @param uid  8 bytes, as `uidOf` gives them */
export function openObject(uid: Uint8Array, value: Uint8Array): Opening {
  if (!looksSealed(value)) return { state: 'foreign' };
  const head = value.slice(0, objectHead.size);
  const nonce = value.subarray(objectHead.size, SEALED_OFFSET);
  let clear: Uint8Array;
  try {
    clear = cipherFor(uid, nonce, head).decrypt(value.subarray(SEALED_OFFSET));
  } catch {
    return { state: 'sealed' }; // the one thing that decryption throws for: the tag is another
  }
  if (value.length !== OBJECT_SIZE) return { state: 'foreign' };
  const attributes = clearObject.decode(clear);
  if (!equalBytes(attributes.magic, MAGIC) || attributes.type !== AES || attributes.length !== KEY_SIZE) {
    return { state: 'foreign' };
  }
  const key = clear.slice(clearObject.size);
  return {
    state: 'open',
    object: { head, attributes, key, isNetworkKey: attributes.usage === USAGE_EXPORT },
  };
}

/**
 * The object with another key in it, as a value to be stored.
 *
 * @param nonce  12 bytes that were never used with this uid: two texts under one would give away their difference
 */
export function sealObject(
  uid: Uint8Array,
  { head, attributes }: KeyObject,
  key: Uint8Array,
  nonce: Uint8Array,
): Uint8Array {
  const clear = concatenate([clearObject.encode(attributes), key]);
  return concatenate([head, nonce, cipherFor(uid, nonce, head).encrypt(clear)]);
}

const NONCE_LABEL = new TextEncoder().encode('Meshpress seal');
/**
 * A nonce that follows from what is sealed: the key of a clone is random, so no two clones have the same, and a plan gives the same
 * images whenever it is asked.
 */
export const nonceFor = (uid: Uint8Array, key: Uint8Array): Uint8Array =>
  sha256(concatenate([NONCE_LABEL, uid, key])).slice(0, NONCE_SIZE);
