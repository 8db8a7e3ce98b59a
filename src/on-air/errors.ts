/** Every failure of the room. What clones answer is no failure: see `findings.ts`. */
import { KnownError } from '../errors.ts';

export const badJournal = (line: number) =>
  new KnownError(
    'on-air/bad-journal',
    `Line ${line} of the radio's journal is not what Meshpress writes.`,
    'Choose the file that was written beside the database; it was not edited by hand?',
    { line },
  );
