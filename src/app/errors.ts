/** What can go wrong in a browser rather than in a dump: files, pickers, storage. */
import { KnownError } from '../errors.ts';

export const unreadableFile = (name: string, cause: unknown) =>
  new KnownError(
    'app/unreadable-file',
    `The browser could not read ${name}.`,
    'It may have been moved or changed since you chose it. Choose it again.',
    { name },
    { cause },
  );

export const notSaved = (name: string, cause: unknown) =>
  new KnownError(
    'app/not-saved',
    `${name} was not saved. ${cause instanceof Error ? cause.message : ''}`.trim(),
    'Nothing is lost, the clones are still in this page. Choose another place and save again.',
    { name },
    { cause },
  );

export const badCount = (text: string) =>
  new KnownError(
    'app/bad-count',
    `“${text}” is not a number of clones.`,
    'Give a whole number from 1 to 32,766.',
    { given: text },
  );

export const badFirstAddress = (text: string) =>
  new KnownError(
    'app/bad-first-address',
    `“${text}” is not a unicast address.`,
    'Unicast addresses are 0x0001 to 0x7FFF. Leave the field empty for the next free one.',
    { given: text },
  );

export const badSkip = (text: string) =>
  new KnownError(
    'app/bad-skip',
    `“${text}” is not a number of messages.`,
    'Give a whole number from 1 to 16,777,215.',
    { given: text },
  );
