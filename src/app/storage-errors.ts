/** What can go wrong with what this browser keeps for the page, in IndexedDB. */
import { KnownError } from '../errors.ts';

export const storageRefused = (cause: unknown) =>
  new KnownError(
    'app/storage-refused',
    'This browser lets the page keep nothing.',
    'Leave the private window, allow this site to keep data, then load the page again.',
    {},
    { cause },
  );

export const storageSilent = (seconds: number) =>
  new KnownError(
    'app/storage-silent',
    `What this browser keeps for the page has not answered for ${seconds} seconds.`,
    'Close the other tabs of this page, then try again; if it stays so, start the browser again. What is kept stays as it is.',
    { seconds },
  );

export const storageFull = (cause: unknown) =>
  new KnownError(
    'app/storage-full',
    'There is no room left for what this browser keeps for the page.',
    'Make room on the disk, or delete what other sites keep, then try again. What was kept before stays as it is.',
    {},
    { cause },
  );

export const storageNewer = (cause: unknown) =>
  new KnownError(
    'app/storage-newer',
    'A newer version of this page has changed how this browser keeps things.',
    'Save what is not saved, then load the page again.',
    {},
    { cause },
  );

export const storageFailed = (cause: unknown) =>
  new KnownError(
    'app/storage-failed',
    `This browser did not keep what it was given. ${cause instanceof Error ? cause.message : ''}`.trim(),
    'Try again. If it stays so, save what is not saved, then start the browser again.',
    {},
    { cause },
  );

export const storageEmptied = () =>
  new KnownError(
    'app/storage-emptied',
    'What this browser kept of this run was deleted while the run was on. All of it is still in this page.',
    'Before you close the page: save the database, export the journal, and save the run as a file. Then finish the run, open it again from its file, and import the journal.',
  );

export const notErased = (cause?: unknown) =>
  new KnownError(
    'app/not-erased',
    'Another tab keeps this browser from forgetting.',
    'Close all other tabs of this page, and forget once more.',
    {},
    { cause },
  );

export const storageErased = () =>
  new KnownError(
    'app/storage-erased',
    'You had everything forgotten in this browser.',
    'Load the page anew: it keeps things again then.',
  );
