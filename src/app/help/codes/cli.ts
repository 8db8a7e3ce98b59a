import type * as errors from '../../../cli/errors.ts';
import type { HelpFor } from './code-help.ts';

/** Files and folders of the command line. */
export const CLI = {
  'cli/cannot-read': {
    title: 'A file cannot be read',
    cause: 'There is no file at this path, it is a folder, or another program keeps it locked.',
    steps: ['Check the path; quote it when it holds blanks.', 'Check that you may read it.'],
  },
  'cli/file-too-large': {
    title: 'A file far too large',
    cause: 'Dumps and databases have a few megabytes. A file of this size is something else.',
    steps: ['Give the .hex file of the dump and the .json file of the database.'],
  },
  'cli/cannot-write': {
    title: 'A file cannot be written',
    cause:
      'The folder is missing, is not yours, or its disk is full. What was written before stays beside its place and is not used.',
    steps: [
      'Make the folder, or choose another one.',
      'Make room on the disk.',
      'Run the same command again.',
    ],
  },
  'cli/output-is-input': {
    title: 'An output would overwrite an input',
    cause: 'The donor’s dump is needed for every further clone, so it is never overwritten.',
    steps: ['Give the output another name.'],
  },
  'cli/database-changed': {
    title: 'The database was changed meanwhile',
    cause:
      'Another program, most often a running PyACI, has written the file between reading and writing. Its changes would have been lost.',
    steps: ['Leave PyACI.', 'Run the same command again.'],
    more: 'database',
  },
} as const satisfies HelpFor<typeof errors>;
