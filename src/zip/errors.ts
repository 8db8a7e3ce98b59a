/** Failures of the room. No character of a password ever enters one. */
import { KnownError } from '../errors.ts';

const MAKE_ONE = 'Let one be made, or type another one.';

export const shortPassword = (length: number, least: number) =>
  new KnownError(
    'zip/short-password',
    `The password of the zip has ${length} ${length === 1 ? 'character' : 'characters'}; it takes ${least} at least, as whoever has the file can try millions a second.`,
    MAKE_ONE,
    { length, least },
  );

export const longPassword = (length: number, most: number) =>
  new KnownError(
    'zip/long-password',
    `The password of the zip has ${length} characters; programs that open such zips take ${most} at most.`,
    MAKE_ONE,
    { length, most },
  );

export const foreignCharacters = () =>
  new KnownError(
    'zip/password-characters',
    'The password of the zip has characters that programs write in different ways, so that some would not open it.',
    'Use letters without accents, digits, blanks and the signs of an English keyboard.',
  );
