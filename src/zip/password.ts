/** What a password of a zip may be, and one that nobody guesses. */
import type { KnownError } from '../errors.ts';
import { foreignCharacters, longPassword, shortPassword } from './errors.ts';

/** A thousand rounds of SHA-1, which the format lays down, cost who guesses next to nothing. */
export const LEAST_CHARACTERS = 12;
/** 7-Zip takes no more (`kPasswordSizeMax`, CPP/7zip/Crypto/WzAes.h). */
const MOST_CHARACTERS = 99;

/**
 * 7-Zip refuses all but ASCII when it writes, and readers differ in what bytes they make of the rest.
 *
 * @returns why it is not to be used; `null` when it is
 */
export function checkPassword(password: string): KnownError | null {
  if (!/^[ -~]*$/.test(password)) return foreignCharacters();
  if (password.length < LEAST_CHARACTERS) return shortPassword(password.length, LEAST_CHARACTERS);
  if (password.length > MOST_CHARACTERS) return longPassword(password.length, MOST_CHARACTERS);
  return null;
}

/** 32 of them, none like another one: 5 bits each. */
const LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789';
const GROUPS = 5;
const GROUP_LETTERS = 5;

/** A password of 125 random bits, in groups that are read and typed: `k7mfq-…`. */
export function makePassword(randomBytes: (count: number) => Uint8Array): string {
  const letters = Array.from(randomBytes(GROUPS * GROUP_LETTERS), (byte) => LETTERS[byte % LETTERS.length]!);
  return Array.from({ length: GROUPS }, (_, group) =>
    letters.slice(group * GROUP_LETTERS, (group + 1) * GROUP_LETTERS).join(''),
  ).join('-');
}
