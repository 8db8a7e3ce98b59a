/** Where paths lead, and whether a run may write there: all of it is asked before the first file is replaced. */
import { basename, dirname, extname, join } from 'node:path';
import { KnownError } from '../../errors.ts';
import * as errors from '../errors.ts';
import { reasonOf, type FileFacts, type FileOperations } from './operations.ts';

/** A path, and the file it stands for. */
export interface Place {
  /** As a person gave it. */
  readonly path: string;
  /** With all links followed. */
  readonly real: string;
  /** What is there; `undefined` for nothing. */
  readonly facts: FileFacts | undefined;
}

export const backupPath = (path: string): string => `${path}.bak`;

/**
 * Where a path leads. The file need not be there, its folder must.
 *
 * @throws `cli/cannot-write`
 */
export function placeOf(files: FileOperations, path: string): Place {
  try {
    const named = files.lstat(path);
    if (!named) return { path, real: join(files.resolve(dirname(path)), basename(path)), facts: undefined };
    const facts = files.stat(path);
    if (!facts) throw errors.cannotWrite(path, 'it is a link to nothing', undefined);
    // a pipe behind /dev/stdin has no path of its own
    return { path, real: facts.kind === 'special' ? path : files.resolve(path), facts };
  } catch (cause) {
    if (cause instanceof KnownError) throw cause;
    throw errors.cannotWrite(path, reasonOf(cause), cause);
  }
}

/**
 * The place of a file that a run makes or replaces. What is there must be a file with one name: a second name would go on
 * meaning the old file, and of a database there must not be two.
 *
 * @throws `cli/cannot-write`, `cli/not-a-file`, `cli/hard-linked`
 */
export function placeToReplace(files: FileOperations, path: string): Place {
  const place = placeOf(files, path);
  refuseUnlessFile(path, place.facts);
  if (place.facts && place.facts.names > 1) throw errors.hardLinked(path, place.facts.names);
  const backup = backupPath(place.real);
  try {
    if (place.facts) refuseUnlessFile(backup, files.lstat(backup));
    files.mayWriteIn(dirname(place.real));
  } catch (cause) {
    if (cause instanceof KnownError) throw cause;
    throw errors.cannotWrite(path, reasonOf(cause), cause);
  }
  return place;
}

function refuseUnlessFile(path: string, facts: FileFacts | undefined): void {
  if (facts && facts.kind !== 'file') throw errors.notAFile(path, facts.kind);
}

/** All files that a run reads and makes. */
export interface PathsOfRun {
  /** Files that are only read. */
  readonly inputs: readonly string[];
  /** Databases that are read and replaced. */
  readonly updated: readonly Place[];
  readonly outputs: readonly Place[];
  /** What Meshpress keeps for itself: locks. */
  readonly own: readonly string[];
}

/**
 * See that no file of a run lands on another one: not on an input or its backup, not on another output or its backup. Paths
 * are compared with all links followed, and without case where the disk has none.
 *
 * @throws `cli/output-is-input`, `cli/outputs-collide`
 */
export function refuseCollisions(files: FileOperations, run: PathsOfRun): void {
  const keyOf = pathKeys(files);
  const read = new Set<string>();
  const addInput = (path: string) => {
    for (const key of inputKeys(files, path, keyOf)) read.add(key);
  };
  for (const path of run.inputs) addInput(path);
  const made = new Map<string, string>(run.own.map((path) => [keyOf(path), path]));
  const claim = (real: string, shown: string) => {
    const key = keyOf(real);
    if (read.has(key)) throw errors.outputIsInput(shown);
    const other = made.get(key);
    if (other !== undefined) throw errors.outputsCollide(shown, other);
    made.set(key, shown);
  };
  for (const { path, real, facts } of [...run.updated, ...run.outputs]) {
    if (facts && read.has(facts.identity)) throw errors.outputIsInput(path);
    claim(real, path);
    claim(backupPath(real), backupPath(path));
    if (run.updated.some((place) => place.path === path)) addInput(path);
  }
}

/** An input by its path, by its backup's, and by the file itself. What cannot be found is for the reader to complain of. */
function inputKeys(files: FileOperations, path: string, keyOf: (real: string) => string): string[] {
  try {
    const { real, facts } = placeOf(files, path);
    return [keyOf(real), keyOf(backupPath(real)), ...(facts ? [facts.identity] : [])];
  } catch {
    return [];
  }
}

/** Paths as the disk tells them apart. */
function pathKeys(files: FileOperations): (real: string) => string {
  const folds = new Map<string, boolean>();
  return (real) => {
    const folder = dirname(real);
    const known = folds.get(folder) ?? foldsCase(files, folder);
    folds.set(folder, known);
    return known ? real.normalize('NFC').toLowerCase() : real;
  };
}

/**
 * Whether names that differ only in case are one file in this folder. A property of the disk and, on some, of the folder, so
 * something that is there is asked for by the other case. Where nothing is, names are taken for the same.
 */
function foldsCase(files: FileOperations, folder: string): boolean {
  const candidates = [
    ...namesIn(files, folder).map((name) => [folder, name] as const),
    [dirname(folder), basename(folder)] as const,
  ];
  for (const [parent, name] of candidates) {
    const other = otherCase(name);
    if (other === name) continue;
    try {
      const found = files.lstat(join(parent, other));
      return found !== undefined && found.identity === files.lstat(join(parent, name))?.identity;
    } catch {
      continue;
    }
  }
  return true;
}

function namesIn(files: FileOperations, folder: string): string[] {
  try {
    return files.list(folder);
  } catch {
    return [];
  }
}

const otherCase = (name: string): string =>
  /[a-z]/.test(name)
    ? name.replace(/[a-z]/g, (letter) => letter.toUpperCase())
    : name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

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
