/** Files as the command line reads and replaces them: whole or not at all, and never without a way back. */
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import * as errors from './errors.ts';

/**
 * Read a file.
 *
 * @throws `cli/cannot-read`
 */
export function readFile(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw errors.cannotRead(path, reasonOf(cause), cause);
  }
}

/**
 * Files that replace others, all of them or none: each is written beside its place first, and moved there when every one
 * of them stands. What was there before is kept as `.bak`.
 */
export class Replacement {
  readonly #waiting: { readonly path: string; readonly beside: string }[] = [];

  /** Write the new content, given in pieces, beside `path`. @throws `cli/cannot-write` */
  prepare(path: string, content: Iterable<Uint8Array>): void {
    const file = this.open(path);
    try {
      for (const piece of content) file.write(piece);
    } finally {
      file.close();
    }
  }

  /** The same piece by piece. @throws `cli/cannot-write` */
  open(path: string): { write(bytes: Uint8Array): void; close(): void } {
    const beside = join(dirname(path), `.${basename(path)}.${process.pid}.new`);
    const handle = attempt(path, () => openSync(beside, 'w'));
    this.#waiting.push({ path, beside });
    return {
      write: (bytes) => attempt(path, () => writeFileSync(handle, bytes)),
      close: () => closeSync(handle),
    };
  }

  /** Move everything to its place, in the order prepared. @throws `cli/cannot-write` */
  commit(): void {
    for (const { path, beside } of this.#waiting) {
      attempt(path, () => {
        if (existsSync(path)) {
          backUp(path, beside);
          sync(beside);
        }
        renameSync(beside, path);
      });
    }
    this.#waiting.length = 0;
  }

  /** Forget everything that was prepared. */
  discard(): void {
    for (const { beside } of this.#waiting) rmSync(beside, { force: true });
    this.#waiting.length = 0;
  }
}

/** Keep the old file as `.bak`, itself replaced whole, and give the new one its permissions: a database holds keys. */
function backUp(path: string, successor: string): void {
  const beside = `${successor}.bak`;
  const mode = statSync(path).mode | OWNER_MAY_WRITE;
  copyFileSync(path, beside);
  chmodSync(beside, mode);
  sync(beside);
  renameSync(beside, `${path}.bak`);
  chmodSync(successor, mode);
}
const OWNER_MAY_WRITE = 0o200;

/** Onto the disk before it takes another file's name: a power loss then leaves the one or the other, and both whole. */
function sync(path: string): void {
  const handle = openSync(path, 'r+');
  fsyncSync(handle);
  closeSync(handle);
}

/**
 * Name of the n-th output, as the ancestor counted: `OUT.hex`, `OUT_1.hex`, `OUT_2.hex`. The number goes before the ending of
 * the file's own name, whatever dots the folders have.
 */
export const numberedPath = (path: string, index: number): string =>
  index === 0 ? path : withSuffix(path, `_${index}`);

/** What all clones share, beside them: `OUT_base.hex`. */
export const basePath = (path: string): string => withSuffix(path, '_base');

function withSuffix(path: string, suffix: string): string {
  const ending = extname(path);
  return `${path.slice(0, path.length - ending.length)}${suffix}${ending}`;
}

export const isSameFile = (a: string, b: string): boolean => resolve(a) === resolve(b);

function attempt<Result>(path: string, act: () => Result): Result {
  try {
    return act();
  } catch (cause) {
    throw errors.cannotWrite(path, reasonOf(cause), cause);
  }
}

function reasonOf(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException).code;
  switch (code) {
    case 'ENOENT':
      return 'there is no such file or folder';
    case 'EACCES':
    case 'EPERM':
      return 'permission is denied';
    case 'EISDIR':
      return 'it is a folder';
    case 'ENOTDIR':
      return 'a part of its path is no folder';
    case 'ENOSPC':
      return 'the disk is full';
    default:
      return code ?? String(cause);
  }
}
