/**
 * One record, encrypted: AES-256-GCM with an IV of its own for each writing.
 *
 * What is authenticated beside it: the version of the envelope, the key's id, and the place the record lies at. So a record that is
 * put where another one was does not open, and neither does one of another key. An older record of the same place does: nothing
 * here knows which of two was written later.
 * Source: NIST SP 800-38D; random IVs of 96 bits, 8.2.2: less than 2^32 of them a key, which no browser comes near.
 */
import { randomBytes } from '../platform.ts';
import { cannotEncrypt, keptByLater, keptDamaged } from '../../errors.ts';
import { packValue, unpackValue } from './pack.ts';
import { nameOf, titleOf, type Place } from './places.ts';

export const ENVELOPE = 1;
const IV_BYTES = 12;
const ALGORITHM = 'AES-GCM';
/** Of the key, in bits. */
export const AES = { name: ALGORITHM, length: 256 } as const;

export interface Sealed {
  /** Version of the envelope; no record that is kept in the open has this member. */
  readonly sealed: typeof ENVELOPE;
  /** Which key, by its id. */
  readonly key: string;
  /** 12 bytes. */
  readonly iv: Uint8Array;
  /** With the tag of 16 bytes at its end. */
  readonly bytes: Uint8Array;
}

export interface NamedKey {
  /** 32 hex digits; no other key has it. */
  readonly id: string;
  readonly key: CryptoKey;
}

export const isSealed = (raw: unknown): raw is Sealed =>
  typeof raw === 'object' && raw !== null && 'sealed' in raw;

/** @throws `app/cannot-encrypt` where the browser has no cryptography for this page */
export function subtle(): SubtleCrypto {
  if (!globalThis.crypto?.subtle) throw cannotEncrypt();
  return crypto.subtle;
}

export async function seal(place: Place, value: unknown, { id, key }: NamedKey): Promise<Sealed> {
  const iv = randomBytes(IV_BYTES);
  const bytes = await subtle().encrypt(parametersOf(place, id, iv), key, packValue(value));
  return { sealed: ENVELOPE, key: id, iv, bytes: new Uint8Array(bytes) };
}

/** @throws `app/kept-damaged`, `app/kept-by-later`, `app/cannot-encrypt` */
export async function unseal(place: Place, { sealed, iv, bytes }: Sealed, by: NamedKey): Promise<unknown> {
  if (sealed !== ENVELOPE) throw keptByLater(titleOf(place));
  const web = subtle();
  let packed: ArrayBuffer;
  try {
    packed = await web.decrypt(parametersOf(place, by.id, iv), by.key, bytes as Uint8Array<ArrayBuffer>);
  } catch (cause) {
    throw keptDamaged(titleOf(place), cause);
  }
  return unpackValue(new Uint8Array(packed));
}

const parametersOf = (place: Place, keyId: string, iv: Uint8Array): AesGcmParams => ({
  name: ALGORITHM,
  iv: iv as Uint8Array<ArrayBuffer>,
  additionalData: new TextEncoder().encode(`meshpress-kept ${ENVELOPE} ${keyId} ${nameOf(place)}`),
});
