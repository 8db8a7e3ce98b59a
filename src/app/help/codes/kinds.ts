import type { CodeHelp } from './code-help.ts';

/** What is true of every kind of image. */
export const KINDS = {
  'kinds/bad-choice': {
    title: 'A choice that does not exist',
    cause:
      'What can be chosen about clones differs between kinds of node; each choice has a few words, or a number in a range.',
    steps: ['Take one of the choices that the message lists.', 'Leave it out: then the default holds.'],
  },
} as const satisfies Readonly<Record<`kinds/${string}`, CodeHelp>>;
