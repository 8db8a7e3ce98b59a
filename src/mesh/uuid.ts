/** UUIDs as text, and what makes 16 bytes one of version 4. */
import { toHex } from '../bytes.ts';

/** `00112233-4455-...` from the 32 digits of a UUID. */
export const withDashes = (digits: string): string =>
  digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** Mark 16 bytes, in place, as a UUID of version 4 (RFC 9562, section 5.4). */
export function markVersion4(uuid: Uint8Array): Uint8Array {
  uuid[6] = (uuid[6]! & 0x0f) | 0x40;
  uuid[8] = (uuid[8]! & 0x3f) | 0x80;
  return uuid;
}

/** A random UUID for something that is no node of a database yet: 36 characters in small letters with dashes. */
export const newUuid = (randomBytes: (count: number) => Uint8Array): string =>
  withDashes(toHex(markVersion4(randomBytes(16).slice())));
