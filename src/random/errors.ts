/** The failure of the room. No byte of a source ever enters it: they may be of a key. */
import { KnownError } from '../errors.ts';

export type Fault = 'short' | 'zeros' | 'constant' | 'repeats' | 'uneven';

const WHAT: Readonly<Record<Fault, string>> = {
  short: 'it gives fewer bytes than it is asked for',
  zeros: 'it gives blocks of zeros',
  constant: 'it gives the same byte over and over',
  repeats: 'it gives the same block a second time',
  uneven: 'some of its bytes come far too often',
};

export const brokenSource = (fault: Fault) =>
  new KnownError(
    'random/broken-source',
    `The source of random bytes of this browser or computer is broken: ${WHAT[fault]}. No key was made of it.`,
    'Restart the browser or the computer; if it stays so, use another one.',
    { fault },
  );
