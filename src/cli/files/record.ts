/**
 * What a run writes down beside its database, `.meshpress-TOKEN.run`, so that the next one knows what to make of its files when
 * it was cut off. It holds paths, no keys.
 *
 * Until the commit it says in which folders the run keeps its parts, to be thrown away. At the commit it becomes the list of
 * moves, done in order. A move is done when its part is gone, so the disk itself says how far a run came; and the first move
 * is the one of the database, so a run has happened exactly when that part is gone.
 */
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Machine } from '../machine.ts';
import * as errors from '../errors.ts';
import type { LockOwner } from './lock.ts';
import type { FileOperations } from './operations.ts';

/** One file on its way to its place; paths have their links followed. */
export interface Move {
  /** Beside the place, whole and on the disk's own terms. */
  readonly part: string;
  /** A copy of what is in the place, to be its backup; only where something is. */
  readonly backup?: string;
  readonly path: string;
  /** UUIDs of the nodes it holds, digits alone: it may be put in place only while the database has them. */
  readonly nodes: readonly string[];
}

export interface RunRecord {
  /** Where the record is. */
  readonly path: string;
  readonly owner: LockOwner;
  /** What the run has locked to write to it; the first decides. */
  readonly databases: readonly string[];
  /** Where it keeps its parts. */
  readonly folders: readonly string[];
  /** Before the commit `undefined`. */
  readonly moves: readonly Move[] | undefined;
}

const FORMAT = 'meshpress-run 1';
const TOKEN = '[0-9a-f]{12}';
const RECORD = new RegExp(`^\\.meshpress-(${TOKEN})\\.run$`);
/** Parts of files and of backups, `.meshpress-TOKEN-7.new`, and a record or a lock that is being written. */
const PART = new RegExp(`^\\.meshpress-(${TOKEN})-\\d+\\.(?:new|bak)$`);
const DRAFT = new RegExp(`^\\.meshpress-(${TOKEN})(?:-run\\.new|\\.lock)$`);

export const recordPath = (folder: string, token: string): string => join(folder, `.meshpress-${token}.run`);
export const partPath = (folder: string, token: string, index: number): string =>
  join(folder, `.meshpress-${token}-${index}.new`);
export const backupPartPath = (folder: string, token: string, index: number): string =>
  join(folder, `.meshpress-${token}-${index}.bak`);

const draftPath = ({ path, owner }: RunRecord): string =>
  join(dirname(path), `.meshpress-${owner.token}-run.new`);

export const isRecordName = (name: string): boolean => RECORD.test(name);
export const isDraftName = (name: string): boolean => DRAFT.test(name);
const isPartOf = (name: string, token: string): boolean => PART.exec(name)?.[1] === token;

/** Write a record whole, in place of the one before. */
export function writeRecord(files: FileOperations, record: RunRecord, mode: number): void {
  const folder = dirname(record.path);
  const draft = draftPath(record);
  const handle = files.create(draft, mode);
  try {
    files.write(handle, [new TextEncoder().encode(formatRecord(record))]);
    files.sync(handle);
  } finally {
    files.close(handle);
  }
  files.rename(draft, record.path);
  files.syncFolder(folder);
}

/** Paths from the folder of the record, so that it stays true where that is known by another name, as over a network. */
function formatRecord({ path, owner, databases, folders, moves }: RunRecord): string {
  const from = dirname(path);
  const near = (to: string) => relative(from, to) || '.';
  return `${JSON.stringify(
    {
      format: FORMAT,
      owner,
      databases: databases.map(near),
      folders: folders.map(near),
      moves: moves?.map((move) => ({
        part: basename(move.part),
        ...(move.backup !== undefined && { backup: basename(move.backup) }),
        path: near(move.path),
        nodes: move.nodes,
      })),
    },
    null,
    1,
  )}\n`;
}

/**
 * Read a record.
 *
 * @returns  `undefined` when it is gone
 * @throws   `cli/damaged-record`
 */
export function readRecord(files: FileOperations, path: string): RunRecord | undefined {
  try {
    return parseRecord(path, JSON.parse(new TextDecoder().decode(files.read(path))));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw errors.damagedRecord(path, cause);
  }
}

/** What is not as this program writes it throws: parts above all, which are files of the run beside their places and nothing else. */
function parseRecord(path: string, json: unknown): RunRecord {
  const { format, owner, databases, folders, moves } = json as Record<string, unknown>;
  const token = RECORD.exec(basename(path))?.[1];
  if (format !== FORMAT || token === undefined) throw new TypeError('another format');
  const from = dirname(path);
  const far = (given: unknown) => resolve(from, text(given));
  const part = (name: unknown, place: string) => {
    if (!isPartOf(text(name), token)) throw new TypeError('not a part of this run');
    return join(dirname(place), text(name));
  };
  return {
    path,
    owner: owner as LockOwner,
    databases: list(databases).map(far),
    folders: list(folders).map(far),
    moves:
      moves === undefined
        ? undefined
        : list(moves).map((move) => {
            const given = move as Record<string, unknown>;
            const place = far(given['path']);
            return {
              part: part(given['part'], place),
              ...(given['backup'] !== undefined && { backup: part(given['backup'], place) }),
              path: place,
              nodes: list(given['nodes']).map(text),
            };
          }),
  };
}

function text(given: unknown): string {
  if (typeof given !== 'string') throw new TypeError('not a text');
  return given;
}
function list(given: unknown): readonly unknown[] {
  if (!Array.isArray(given)) throw new TypeError('not a list');
  return given;
}

/** Records of runs in a folder. @throws `cli/damaged-record` */
export const recordsIn = (files: FileOperations, folder: string): RunRecord[] =>
  files
    .list(folder)
    .filter(isRecordName)
    .map((name) => readRecord(files, join(folder, name)))
    .filter((record) => record !== undefined);

/** The moves that are still to be done. */
export const outstanding = (files: FileOperations, moves: readonly Move[]): Move[] =>
  moves.filter(({ part }) => files.lstat(part) !== undefined);

/** Whether a run has happened: its first move is done. */
export const hasHappened = (files: FileOperations, { moves }: RunRecord): boolean =>
  moves?.[0] !== undefined && files.lstat(moves[0].part) === undefined;

/**
 * Throw away what a run has kept: its parts, and the record when all of them are gone.
 *
 * @returns  how many parts there were
 */
export function discardRun(files: FileOperations, record: RunRecord): number {
  const { path, owner, folders } = record;
  let parts = 0;
  files.remove(draftPath(record));
  for (const folder of folders) {
    if (!files.lstat(folder)) continue;
    for (const name of files.list(folder)) {
      if (!isPartOf(name, owner.token)) continue;
      files.remove(join(folder, name));
      parts++;
    }
  }
  files.remove(path);
  return parts;
}

/** Who runs now, for a record. */
export const ownerOf = (machine: Machine): LockOwner => ({
  pid: machine.pid,
  host: machine.host,
  started: machine.now(),
  token: machine.token(),
});
