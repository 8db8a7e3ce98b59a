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

export const noNetwork = (path: string) =>
  new KnownError(
    'cli/no-network',
    `${path} is no dump of a provisioner: it holds no database of its network.`,
    'Give the dump of the nRF Connect SDK node that provisioned the others, or take the database from the program that did.',
    { path },
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
    `${path} cannot be written: ${reason}. Nothing was replaced.`,
    'Check that the folder exists, may be written to and has room.',
    { path },
    { cause },
  );

export const notAFile = (path: string, kind: 'folder' | 'link' | 'special') =>
  new KnownError(
    'cli/not-a-file',
    `${path} cannot be replaced: it is ${{ folder: 'a folder', link: 'a link', special: 'a device, a pipe or a socket' }[kind]}.`,
    'Name a file. A database that is to be updated must be a file of its own, since it is replaced whole.',
    { path, kind },
  );

export const hardLinked = (path: string, names: number) =>
  new KnownError(
    'cli/hard-linked',
    `${path} is one of ${names} names of the same file. Replacing it would leave the old content under the other names.`,
    `Copy it and put the copy in its place: cp FILE COPY && mv COPY FILE. Then decide which of the names shall count.`,
    { path, names },
  );

export const outputIsInput = (path: string) =>
  new KnownError(
    'cli/output-is-input',
    `${path} would be overwritten, but it is one of the files to read, or the backup of one.`,
    "Give the output another name; the donor's dump stays as it is.",
    { path },
  );

export const outputsCollide = (path: string, other: string) =>
  new KnownError(
    'cli/outputs-collide',
    path === other
      ? `${path} would be written twice in one run.`
      : `${path} and ${other} are one file, and both would be written.`,
    'Give each output a name of its own. OLD.bak beside an output is where the file goes that was there before.',
    { path, other },
  );

export const databaseChanged = (path: string) =>
  new KnownError(
    'cli/database-changed',
    `${path} was changed by another program meanwhile. Nothing was written.`,
    'Close the provisioner (PyACI keeps its own copy and writes it back), then run the same command again.',
    { path },
  );

export const databaseBusy = (path: string, owner: string, lock: string) =>
  new KnownError(
    'cli/database-busy',
    `${path} is being worked on by another run of Meshpress: ${owner}.`,
    `Wait until it has ended. If you are certain that there is no such run, remove ${lock}.`,
    { path, lock },
  );

export const cannotLock = (path: string, reason: string, cause: unknown) =>
  new KnownError(
    'cli/cannot-lock',
    `${path} cannot be locked against other runs: in its folder no file can be made (${reason}).`,
    'Work on a copy in a folder that you may write to, on a disk of this machine.',
    { path },
    { cause },
  );

export const lockLost = (path: string) =>
  new KnownError(
    'cli/lock-lost',
    `Another run has taken over ${path} while this one was pressing. Nothing was written.`,
    'Run the same command again. A run that does nothing for ten minutes, as on a machine put to sleep, counts as gone.',
    { path },
  );

export const runUnfinished = (path: string, missing: readonly string[], total: number) =>
  new KnownError(
    'cli/run-unfinished',
    `A run was cut off: ${path} is new, but ${countOf(missing, total)} missing.`,
    `Put ${missing.length === 1 ? 'it' : 'them'} in place with: meshpress recover ${path} --finish (or throw what is left away with --discard).`,
    { path, missing: missing.length, total },
  );

export const cutOff = (
  path: string,
  missing: readonly string[],
  total: number,
  reason: string,
  cause: unknown,
) =>
  new KnownError(
    'cli/run-cut-off',
    `${path} is new, but ${countOf(missing, total)} not in place: ${reason}.`,
    `Mend that, then: meshpress recover ${path} --finish. Nothing is lost: all files were written and are kept beside their places.`,
    { path, missing: missing.length, total },
    { cause },
  );

export const damagedRecord = (path: string, cause: unknown) =>
  new KnownError(
    'cli/damaged-record',
    `${path} should tell of a run that was cut off, but cannot be understood.`,
    'It is no file of yours. Look whether clones are missing beside the database, then remove it.',
    { path },
    { cause },
  );

export const clonesNotInDatabase = (path: string, files: readonly string[]) =>
  new KnownError(
    'cli/clones-not-in-database',
    `${namesOf(files)} cannot be put in place: ${path} does not hold ${files.length === 1 ? 'its node' : 'their nodes'} any more.`,
    `Bring back the database as the run left it, or throw the files away with: meshpress recover ${path} --discard.`,
    { path, files: files.length },
  );

const countOf = (missing: readonly string[], total: number): string =>
  `${missing.length} of ${total} files (${namesOf(missing)}) ${missing.length === 1 ? 'is' : 'are'}`;

const namesOf = (files: readonly string[]): string =>
  files.length <= 4 ? files.join(', ') : `${files.slice(0, 3).join(', ')} and ${files.length - 3} more`;

export const noPort = (path: string, reason: string, cause: unknown) =>
  new KnownError(
    'cli/no-port',
    `${path} cannot be opened: ${reason}.`,
    'Check its name (ls /dev/ttyACM* or /dev/cu.usbmodem*), that no other program has it open, and that you may use it (on Linux: group dialout).',
    { path },
    { cause },
  );

export const whichDevice = (count: number, seconds: number) =>
  new KnownError(
    'cli/which-device',
    count === 0
      ? `No unprovisioned device was heard within ${seconds} s.`
      : `${count} unprovisioned devices were heard; one must be chosen.`,
    count === 0
      ? 'Switch the device on close to the kit, and check that it is unprovisioned.'
      : 'Give one of them with --uuid.',
    { count, seconds },
  );

export const noClones = (path: string) =>
  new KnownError(
    'cli/no-clones',
    `${path} has no node with a device key to prove.`,
    'Give the updated database that lies beside the clones.',
    { path },
  );

export const noBoards = (path: string, network: string) =>
  new KnownError(
    'cli/no-boards',
    `By ${path} no clone of ${network} is on a board.`,
    'Give the journal that the bench exported after its run, and the database with the clones of that run. Without the journal all nodes are asked.',
    { path, network },
  );
