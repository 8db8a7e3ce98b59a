import type * as errors from '../../../zip/errors.ts';
import type { HelpFor } from './code-help.ts';

const MAKE_ONE = 'Let the page make one on the Press step.';

/** What is wrong with the password of a zip. */
export const ZIP = {
  'zip/short-password': {
    title: 'The password of the zip is short',
    cause:
      'The format makes keys of a password with so little work that one graphics card tries millions a second. Only a long password holds.',
    steps: [MAKE_ONE, 'Or put five or six words in a row that do not belong together.'],
    more: 'start/password',
  },
  'zip/long-password': {
    title: 'The password of the zip is too long',
    cause: 'Programs such as 7-Zip take no more than 99 characters, and a made one needs 29.',
    steps: [MAKE_ONE, 'Or shorten it.'],
    more: 'start/password',
  },
  'zip/password-characters': {
    title: 'The password of the zip has other characters',
    cause:
      'The format does not say which bytes an accented letter or a sign of another script is, and programs differ: one would open the zip, the next would not.',
    steps: [MAKE_ONE, 'Or use letters without accents, digits, blanks and the signs of an English keyboard.'],
    more: 'start/password',
  },
} as const satisfies HelpFor<typeof errors>;
