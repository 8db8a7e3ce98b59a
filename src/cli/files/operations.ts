/**
 * The one seam between the command line and the disk. Every file operation of every command goes through these functions and
 * no other, so that a test can stop a run, or let an operation fail, at each of them.
 */
import {
  accessSync,
  chmodSync,
  chownSync,
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';

/** What the disk says of a file. */
export interface FileFacts {
  readonly kind: 'file' | 'folder' | 'link' | 'special';
  /** The twelve bits of permissions. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** How many names the file has. */
  readonly names: number;
  readonly size: number;
  /** Milliseconds since 1970, by the clock of the disk. */
  readonly changed: number;
  /** The same for two paths that lead to one file. */
  readonly identity: string;
}

export type Handle = number;

/** Each throws the error of Node, with its `code`. */
export interface FileOperations {
  read(path: string): Uint8Array;
  /** Names in a folder. */
  list(folder: string): string[];
  /** Of the file behind a link; `undefined` when there is none. */
  stat(path: string): FileFacts | undefined;
  /** Of the link itself. */
  lstat(path: string): FileFacts | undefined;
  /** The path with every link in it followed. */
  resolve(path: string): string;
  /** Fails unless new files may be made in the folder. */
  mayWriteIn(folder: string): void;
  /** Open a new file; fails with `EEXIST` when there is one. */
  create(path: string, mode: number): Handle;
  write(handle: Handle, pieces: Iterable<Uint8Array>): void;
  /** To the end of a file, which is made where there is none, and onto the disk. */
  append(path: string, bytes: Uint8Array): void;
  /** Onto the disk, for good. */
  sync(handle: Handle): void;
  close(handle: Handle): void;
  /** Names of a folder onto the disk, where the system can. */
  syncFolder(folder: string): void;
  /** To a path where nothing is yet, with the same permissions, and onto the disk. */
  copy(from: string, to: string): void;
  chmod(path: string, mode: number): void;
  chown(path: string, uid: number, gid: number): void;
  /** A second name for a file; fails with `EEXIST`. */
  link(from: string, to: string): void;
  /** In one step, replacing what is there. */
  rename(from: string, to: string): void;
  /** Set the time of change to now. */
  touch(path: string): void;
  /** Nothing when it is gone already. */
  remove(path: string): void;
}

const factsOf = (path: string, stat: typeof statSync): FileFacts | undefined => {
  const facts = stat(path, { bigint: true, throwIfNoEntry: false });
  return (
    facts && {
      kind: facts.isFile()
        ? 'file'
        : facts.isDirectory()
          ? 'folder'
          : facts.isSymbolicLink()
            ? 'link'
            : 'special',
      mode: Number(facts.mode & 0o7777n),
      uid: Number(facts.uid),
      gid: Number(facts.gid),
      names: Number(facts.nlink),
      size: Number(facts.size),
      changed: Number(facts.mtimeMs),
      identity: `${facts.dev}:${facts.ino}`,
    }
  );
};

function flush(path: string, flags: 'r' | 'r+'): void {
  const handle = openSync(path, flags);
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** As Windows and some network drives answer when a folder is to be flushed; they do it by themselves, or not at all. */
const CANNOT_SYNC_FOLDERS: ReadonlySet<string> = new Set([
  'EACCES',
  'EBADF',
  'EINVAL',
  'EISDIR',
  'ENOSYS',
  'ENOTSUP',
  'EPERM',
]);

/** The disk itself. */
export const diskOperations: FileOperations = {
  read: (path) => readFileSync(path),
  list: (folder) => readdirSync(folder),
  stat: (path) => factsOf(path, statSync),
  lstat: (path) => factsOf(path, lstatSync as typeof statSync),
  resolve: (path) => realpathSync.native(path),
  mayWriteIn: (folder) => accessSync(folder, constants.W_OK | constants.X_OK),
  create: (path, mode) => openSync(path, 'wx', mode),
  write: (handle, pieces) => {
    for (const piece of pieces) writeFileSync(handle, piece);
  },
  append: (path, bytes) => {
    const handle = openSync(path, 'a', 0o600);
    try {
      writeFileSync(handle, bytes);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  },
  sync: (handle) => fsyncSync(handle),
  close: (handle) => closeSync(handle),
  syncFolder: (folder) => {
    try {
      flush(folder, 'r');
    } catch (cause) {
      if (!CANNOT_SYNC_FOLDERS.has(codeOf(cause) ?? '')) throw cause;
    }
  },
  copy: (from, to) => {
    copyFileSync(from, to, constants.COPYFILE_EXCL);
    flush(to, process.platform === 'win32' ? 'r+' : 'r'); // a copy of a read-only file may not be opened to write
  },
  chmod: (path, mode) => chmodSync(path, mode),
  chown: (path, uid, gid) => chownSync(path, uid, gid),
  link: (from, to) => linkSync(from, to),
  rename: (from, to) => renameSync(from, to),
  touch: (path) => {
    const now = new Date();
    utimesSync(path, now, now);
  },
  remove: (path) => rmSync(path, { force: true }),
};

export const codeOf = (cause: unknown): string | undefined => (cause as NodeJS.ErrnoException).code;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'the disk may only be read',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is no folder',
  ENOSPC: 'the disk is full',
  EDQUOT: 'your share of the disk is full',
  EIO: 'the disk reports a fault',
  EBUSY: 'another program holds it',
  ELOOP: 'its links lead in a circle',
  EXDEV: 'it lies on another disk than its folder',
  ENAMETOOLONG: 'its name is too long',
};

/** Why an operation failed, as the end of a sentence. */
export function reasonOf(cause: unknown): string {
  const code = codeOf(cause);
  return (code && REASONS[code]) ?? code ?? String(cause);
}
