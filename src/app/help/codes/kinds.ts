import type * as errors from '../../../kinds/errors.ts';
import type { HelpFor } from './code-help.ts';

/** What is true of every kind of image. */
export const KINDS = {
  'kinds/bad-choice': {
    title: 'A choice that does not exist',
    cause:
      'What can be chosen about clones differs between kinds of node; each choice has a few words, or a number in a range.',
    steps: ['Take one of the choices that the message lists.', 'Leave it out: then the default holds.'],
  },
  'kinds/no-such-option': {
    title: 'An option of other nodes',
    cause:
      'What can be chosen about clones differs between kinds of node. The command line knows the flags of all of them; a flag that means nothing for this dump is refused rather than passed over.',
    steps: [
      'Leave the flag out.',
      'If it ought to mean something, check that this is the dump you meant: inspect names its kind.',
    ],
  },
} as const satisfies HelpFor<Omit<typeof errors, 'unknownImage'>>;
