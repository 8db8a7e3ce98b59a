import type * as errors from '../../../random/errors.ts';
import type { HelpFor } from './code-help.ts';

/** Where keys, UUIDs and random values come from. */
export const RANDOM = {
  'random/broken-source': {
    title: 'The random bytes are not random',
    cause:
      'Before the first key is made, 4,096 bytes of the secure generator are tried, and every later draw is looked at. It gave zeros, one byte over and over, the same bytes again, or too few: a machine without entropy, or an extension that stands in for the generator. Keys made of it could be guessed, so none was.',
    steps: [
      'Restart the browser, without extensions.',
      'Do not press or provision on this computer if it stays so; use another one.',
      'Trust no keys that were made here shortly before, by whatever program.',
    ],
  },
} as const satisfies HelpFor<typeof errors>;
