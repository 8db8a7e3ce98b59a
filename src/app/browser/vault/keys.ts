/**
 * The key that this browser's records are under, as it is kept: the key itself, which the browser uses and gives to nobody, or what
 * it takes to make it of a passphrase.
 */
import { toHex } from '../../../bytes.ts';
import { weakPassphrase, wrongPassphrase } from '../../errors.ts';
import { randomBytes } from '../platform.ts';
import { AES, seal, subtle, unseal, type NamedKey, type Sealed } from './envelope.ts';
import type { Place } from './places.ts';

/**
 * What OWASP asks for in 2023 and since, for PBKDF2 with HMAC-SHA-256. Argon2id, which costs a guesser more, is not in WebCrypto, and
 * the page's policy forbids WebAssembly beside the engine's worker.
 * Source: OWASP Password Storage Cheat Sheet, "PBKDF2".
 */
export const ITERATIONS = 600_000;
/** Of a record that somebody may have changed: more would only hold the page up. */
const MOST_ITERATIONS = 10_000_000;
const SALT_BYTES = 16;
/** NIST SP 800-63B, 5.1.1.2. */
export const SHORTEST_PASSPHRASE = 8;

export const KEY: Place = { store: 'keys', key: 'current' };

/** The browser uses it, and no script reads it. */
export interface DeviceKeyRecord extends NamedKey {
  readonly version: 1;
  readonly kind: 'device';
}

export interface PassphraseRecord {
  readonly version: 1;
  readonly kind: 'passphrase';
  readonly id: string;
  readonly salt: Uint8Array;
  readonly iterations: number;
  /** Opens under the right passphrase alone. */
  readonly check: Sealed;
}

export type KeyRecord = DeviceKeyRecord | PassphraseRecord;

const newId = () => toHex(randomBytes(16));

export async function newDeviceKey(): Promise<DeviceKeyRecord> {
  const key = await subtle().generateKey(AES, false, ['encrypt', 'decrypt']);
  return { version: 1, kind: 'device', id: newId(), key };
}

/** @throws `app/weak-passphrase` */
export async function newPassphraseKey(
  passphrase: string,
  iterations = ITERATIONS,
): Promise<{ readonly record: PassphraseRecord; readonly key: NamedKey }> {
  if ([...passphrase].length < SHORTEST_PASSPHRASE) throw weakPassphrase(SHORTEST_PASSPHRASE);
  const salt = randomBytes(SALT_BYTES);
  const key = { id: newId(), key: await derive(passphrase, salt, iterations) };
  const check = await seal(KEY, 'meshpress', key);
  return { record: { version: 1, kind: 'passphrase', id: key.id, salt, iterations, check }, key };
}

/** @throws `app/wrong-passphrase` */
export async function keyOf(record: PassphraseRecord, passphrase: string): Promise<NamedKey> {
  const { id, salt, iterations, check } = record;
  if (iterations > MOST_ITERATIONS) throw wrongPassphrase();
  const key = { id, key: await derive(passphrase, salt, iterations) };
  try {
    await unseal(KEY, check, key);
  } catch (cause) {
    throw wrongPassphrase(cause);
  }
  return key;
}

/** One text is one passphrase, however a keyboard composes its letters. */
async function derive(passphrase: string, salt: Uint8Array, iterations: number): Promise<CryptoKey> {
  const text = new TextEncoder().encode(passphrase.normalize('NFC'));
  const material = await subtle().importKey('raw', text, 'PBKDF2', false, ['deriveKey']);
  const how = { name: 'PBKDF2', hash: 'SHA-256', salt: salt as Uint8Array<ArrayBuffer>, iterations };
  return subtle().deriveKey(how, material, AES, false, ['encrypt', 'decrypt']);
}
