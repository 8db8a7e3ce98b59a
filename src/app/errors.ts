/** What can go wrong in a browser rather than in a dump: files, pickers, storage. */
import { KnownError } from '../errors.ts';
import { LIMITS, megabytes } from '../limits.ts';
import { thousands } from '../numbers.ts';

export const unreadableFile = (name: string, cause: unknown) =>
  new KnownError(
    'app/unreadable-file',
    `The browser could not read ${name}.`,
    'It may have been moved or changed since you chose it. Choose it again.',
    { name },
    { cause },
  );

export const fileTooLarge = (name: string, bytes: number, limit: number) =>
  new KnownError(
    'app/file-too-large',
    `${name} has ${megabytes(bytes)}; at most ${megabytes(limit)} are read. Dumps and databases have a few.`,
    'Choose the .hex file that was read out of the node, or the .json file of its network.',
    { name, bytes, limit },
  );

export const tooMuchAtOnce = (files: number, bytes: number) =>
  new KnownError(
    'app/too-much-at-once',
    `${files} files with ${megabytes(bytes)} were given at once; at most ${LIMITS.files} with ${megabytes(LIMITS.givenBytes)} are read.`,
    'Give the dump of one node and the database of its network.',
    { files, bytes },
  );

export const noSample = (cause: unknown) =>
  new KnownError(
    'app/no-sample',
    'The sample network could not be loaded.',
    'It is a part of the page that is fetched on demand. Load the page again, or give your own files.',
    {},
    { cause },
  );

export const noScreens = (cause: unknown) =>
  new KnownError(
    'app/no-screens',
    'Not all of the page came from its server.',
    'Load the page again once the server can be reached. After one whole visit it works without.',
    {},
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

export const blankBoard = (chip: string) =>
  new KnownError(
    'app/blank-board',
    `The ${chip} on this board is blank: there is no firmware, and no node.`,
    'Take the board that was provisioned.',
    { chip },
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

/** A number behind a choice, such as how many messages to skip. */
export const badSkip = (
  option: string,
  text: string,
  { lowest, highest }: { readonly lowest: number; readonly highest: number },
) =>
  new KnownError(
    'app/bad-skip',
    `“${text}” is not a number that goes here.`,
    `Give a whole number from ${thousands(lowest)} to ${thousands(highest)}.`,
    { option, given: text },
  );

export const badRunFile = (problem: string) =>
  new KnownError(
    'app/bad-run-file',
    `This is no run of Meshpress: ${problem}.`,
    'Choose a file that was saved as a run and not changed since.',
    { problem },
  );

export const radioElsewhere = () =>
  new KnownError(
    'app/radio-elsewhere',
    'Another tab of this browser uses the radio.',
    'Disconnect the radio there, or close that tab. Two at once would use the same addresses.',
  );

export const portClosed = (cause?: unknown) =>
  new KnownError(
    'app/no-serial-port',
    'This page may not open serial ports.',
    'Use Chrome or Edge on a computer, over HTTPS or from localhost, and allow serial ports in the site settings.',
    {},
    { cause },
  );

export const noNetKeyToUse = () =>
  new KnownError(
    'app/no-net-key',
    'The database has no network key that can be read, so no node can be spoken to.',
    'Open the database of the provisioner itself, not a partial export.',
  );

export const provisioningStopped = () =>
  new KnownError(
    'app/provisioning-stopped',
    'The provisioning was stopped here. The node got no keys.',
    'It waits again in a moment: provision it when you are ready.',
  );

export const badUuid = (text: string) =>
  new KnownError(
    'app/bad-uuid',
    `“${text}” is not a UUID.`,
    'Give its 32 hex digits, with or without dashes, or leave the field empty.',
    { given: text },
  );

/* What this browser keeps */

const STAYS = 'It stays as it is until you forget it.';

export const cannotEncrypt = () =>
  new KnownError(
    'app/cannot-encrypt',
    'This browser encrypts nothing for this page, so nothing with keys is kept.',
    'Open the page over HTTPS or from localhost.',
  );

export const keptLocked = () =>
  new KnownError(
    'app/kept-locked',
    'What this browser keeps is locked with a passphrase.',
    'Unlock it under “What is kept” in the help, or load the page again: it asks then.',
  );

export const wrongPassphrase = (cause?: unknown) =>
  new KnownError(
    'app/wrong-passphrase',
    'This passphrase does not open what this browser keeps.',
    'Type it again: capitals, blanks and the layout of the keyboard count. Nobody can find it out for you.',
    {},
    { cause },
  );

export const weakPassphrase = (least: number) =>
  new KnownError(
    'app/weak-passphrase',
    `A passphrase has at least ${least} characters.`,
    'Take four words or more that nobody would guess.',
    { least },
  );

/** @param what  a title of a record, `the run of the bench` */
export const keptDamaged = (what: string, cause: unknown) =>
  new KnownError(
    'app/kept-damaged',
    `What this browser keeps as ${what} does not open: it was changed, or put in another’s place. ${STAYS}`,
    'Load the page again. If it stays so, go on with the files that you saved, and press “Forget it” at the top of the page.',
    { what },
    { cause },
  );

export const keyLost = (what: string) =>
  new KnownError(
    'app/key-lost',
    `What this browser keeps as ${what} does not open: the key it is under is gone, as when a part of the site data was cleared. ${STAYS}`,
    'Bring the browser’s profile back from a backup, or go on with the files that you saved, and press “Forget it” at the top of the page.',
    { what },
  );

export const keptByLater = (what: string) =>
  new KnownError(
    'app/kept-by-later',
    `What this browser keeps as ${what} was kept by a later version of Meshpress. ${STAYS}`,
    'Use that version to go on with it.',
    { what },
  );

export const protectionChanged = () =>
  new KnownError(
    'app/protection-not-changed',
    'Something was kept again and again meanwhile. All is protected as it was before.',
    'Close other tabs of Meshpress, and try once more.',
  );

export const keptInUse = () =>
  new KnownError(
    'app/kept-in-use',
    'A run of the bench is on, or the radio, here or in another tab. Nothing was changed.',
    'Finish or leave the run by loading its page anew, disconnect the radio, and try once more.',
  );
