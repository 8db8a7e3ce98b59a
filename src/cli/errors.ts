import { KnownError } from '../errors.ts';
import { LIMITS, megabytes } from '../limits.ts';

export const cannotRead = (path: string, reason: string, cause: unknown) =>
  new KnownError(
    'cli/cannot-read',
    `${path} cannot be read: ${reason}.`,
    'Check the path and that the file may be read.',
    { path },
    { cause },
  );

export const fileTooLarge = (path: string, bytes: number) =>
  new KnownError(
    'cli/file-too-large',
    `${path} has ${megabytes(bytes)}; at most ${megabytes(LIMITS.fileBytes)} are read. Dumps and databases have a few.`,
    'Give the dump that was read out of the node, and the .json file of its network.',
    { path, bytes, limit: LIMITS.fileBytes },
  );

export const cannotWrite = (path: string, reason: string, cause: unknown) =>
  new KnownError(
    'cli/cannot-write',
    `${path} cannot be written: ${reason}.`,
    'Check that the folder exists, may be written to and has room.',
    { path },
    { cause },
  );

export const outputIsInput = (path: string) =>
  new KnownError(
    'cli/output-is-input',
    `${path} would be overwritten, but it is one of the files to read.`,
    "Give the output another name; the donor's dump stays as it is.",
    { path },
  );

export const databaseChanged = (path: string) =>
  new KnownError(
    'cli/database-changed',
    `${path} was changed by another program while the clones were being pressed. Nothing was written.`,
    'Close the provisioner (PyACI keeps its own copy and writes it back), then run the same command again.',
    { path },
  );
