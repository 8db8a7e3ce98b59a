/**
 * Salts and keys out of other keys. A key is 16 bytes unless said otherwise.
 * Source: Mesh Protocol 1.1, 3.9.2 (s1, s2, k1 to k5), 3.9.6 (keys); sample data in 8.1 and 8.2.
 */
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatenate } from '../bytes.ts';
import { aesCmac } from './aes.ts';

/** Text as its ASCII bytes, as the specification writes salts and labels. */
export const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** HMAC-SHA-256: 32 bytes. */
export const hmacSha256 = (key: Uint8Array, message: Uint8Array): Uint8Array => hmac(sha256, key, message);

/** The salt of a message: AES-CMAC with a key of zeros, 16 bytes. */
export const s1 = (message: Uint8Array): Uint8Array => aesCmac(new Uint8Array(16), message);

/** The salt of a message: HMAC-SHA-256 with a key of zeros, 32 bytes. */
export const s2 = (message: Uint8Array): Uint8Array => hmacSha256(new Uint8Array(32), message);

/**
 * @param secret  N: what the key is derived from, of any length
 * @param salt    16 bytes
 * @param label   P
 */
export const k1 = (secret: Uint8Array, salt: Uint8Array, label: Uint8Array): Uint8Array =>
  aesCmac(aesCmac(salt, secret), label);

/** As `k1`, with a salt of 32 bytes and a key of 32 bytes. */
export const k5 = (secret: Uint8Array, salt: Uint8Array, label: Uint8Array): Uint8Array =>
  hmacSha256(hmacSha256(salt, secret), label);

/** What network PDUs are encrypted and obfuscated with. */
export interface NetworkCredentials {
  /** Tells in the clear which key a PDU may be under: 0…127. */
  readonly nid: number;
  readonly encryptionKey: Uint8Array;
  readonly privacyKey: Uint8Array;
}

/** P of the credentials that all nodes of a subnet share. */
export const MANAGED_FLOODING = Uint8Array.of(0);

/**
 * @param netKey   N
 * @param purpose  P: `MANAGED_FLOODING`, or 01 ‖ addresses and counters of a friendship
 */
export function k2(netKey: Uint8Array, purpose: Uint8Array): NetworkCredentials {
  const key = aesCmac(s1(ascii('smk2')), netKey);
  const block = (before: Uint8Array, counter: number) =>
    aesCmac(key, concatenate([before, purpose, Uint8Array.of(counter)]));
  const first = block(new Uint8Array(), 1);
  const encryptionKey = block(first, 2);
  return { nid: first[15]! & 0x7f, encryptionKey, privacyKey: block(encryptionKey, 3) };
}

/** The network id of a network key: 8 bytes, public. */
export const k3 = (netKey: Uint8Array): Uint8Array =>
  aesCmac(aesCmac(s1(ascii('smk3')), netKey), ascii('id64\x01')).slice(8);

/** The AID of an application key: 0…63, public. */
export const k4 = (appKey: Uint8Array): number =>
  aesCmac(aesCmac(s1(ascii('smk4')), appKey), ascii('id6\x01'))[15]! & 0x3f;

const named = (netKey: Uint8Array, salt: string) => k1(netKey, s1(ascii(salt)), ascii('id128\x01'));

/** What node identities are hashed with. */
export const identityKey = (netKey: Uint8Array): Uint8Array => named(netKey, 'nkik');
/** What secure network beacons are authenticated with. */
export const beaconKey = (netKey: Uint8Array): Uint8Array => named(netKey, 'nkbk');
/** What private beacons are encrypted with. */
export const privateBeaconKey = (netKey: Uint8Array): Uint8Array => named(netKey, 'nkpk');
