/**
 * A run over files: it takes the locks, reads, writes everything beside its place, and then puts it there, the database
 * first. Whatever is cut off can so leave an address unused, and never give one twice: as long as the old database stands, no
 * clone does, and from the moment the new one stands, it holds them all.
 */
import { dirname } from 'node:path';
import type { KnownError } from '../../errors.ts';
import * as errors from '../errors.ts';
import { acquireLock, lockPath, type Lock } from './lock.ts';
import { reasonOf, type FileFacts, type FileOperations } from './operations.ts';
import { backupPath, placeToReplace, refuseCollisions, type Place } from './paths.ts';
import {
  backupPartPath,
  discardRun,
  hasHappened,
  outstanding,
  ownerOf,
  partPath,
  recordPath,
  writeRecord,
  type Move,
  type RunRecord,
} from './record.ts';
import { tidy } from './recovery.ts';
import type { RunWorld } from './run-world.ts';

/** The databases of a run: one that is read and replaced, or some that are made of others. */
export type RunDatabases =
  { readonly updated: string } | { readonly made: readonly string[]; readonly of: readonly string[] };

/** Where the bytes of one new file go. */
export interface PartSink {
  write(bytes: Uint8Array): void;
  close(): void;
}

/**
 * Do something with the databases locked. What it has written and not committed is thrown away at the end.
 *
 * @throws `cli/database-busy`, `cli/cannot-lock`, `cli/run-unfinished`, and why the paths cannot be written to
 */
export async function inRun<Result>(
  world: RunWorld,
  databases: RunDatabases,
  act: (run: FileRun) => Result | Promise<Result>,
): Promise<Result> {
  const isUpdate = 'updated' in databases;
  const written = isUpdate ? [databases.updated] : databases.made;
  const places = written.map((path) => placeToReplace(world.files, path));
  const real = places.map((place) => place.real);
  const read = isUpdate ? [] : lockable(world, databases.of);
  return await withLocks(world, [...real, ...read], async (locks) => {
    tidy(world, real);
    const run = new FileRun(world, places, isUpdate, locks);
    try {
      return await act(run);
    } finally {
      run.close();
    }
  });
}

/** Hold the locks of databases, given by their real paths; always taken in one order, so that no two runs wait for each other. */
export async function withLocks<Result>(
  { files, machine, lockWaitMs, onNote }: RunWorld,
  databases: readonly string[],
  act: (locks: readonly Lock[]) => Result | Promise<Result>,
): Promise<Result> {
  const locks: Lock[] = [];
  try {
    for (const database of [...new Set(databases)].sort()) {
      const onWait = (owner: string) => onNote(`Waiting for another run on ${database}: ${owner}.`);
      locks.push(await acquireLock(database, { files, machine, waitMs: lockWaitMs, onWait }));
    }
    return await act(locks);
  } finally {
    for (const lock of locks) lock.release();
  }
}

/** Databases that are only read are locked where they can be: a pipe has no folder, and one that cannot be written to, no runs. */
function lockable({ files }: RunWorld, paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    try {
      const { real, facts } = placeToReplace(files, path);
      return facts ? [real] : [];
    } catch {
      return [];
    }
  });
}

export class FileRun {
  readonly #world: RunWorld;
  readonly #databases: readonly Place[];
  readonly #isUpdate: boolean;
  readonly #locks: readonly Lock[];
  #record: RunRecord;
  /** Where each output lies, by the path it was claimed under. */
  #places = new Map<string, Place>();
  readonly #moves: Move[] = [];
  #isRecorded = false;

  constructor(world: RunWorld, databases: readonly Place[], isUpdate: boolean, locks: readonly Lock[]) {
    this.#world = world;
    this.#databases = databases;
    this.#isUpdate = isUpdate;
    this.#locks = locks;
    const owner = ownerOf(world.machine);
    const home = dirname(databases[0]!.real);
    this.#record = {
      path: recordPath(home, owner.token),
      owner,
      databases: databases.map(({ real }) => real),
      folders: [home],
      moves: undefined,
    };
  }

  /**
   * Say what will be written, before any of it is: the databases of this run and the `outputs`. All that can be refused is
   * refused here.
   *
   * @param inputs  what is read, other than a database that is updated
   * @throws        `cli/cannot-write`, `cli/not-a-file`, `cli/hard-linked`, `cli/output-is-input`, `cli/outputs-collide`
   */
  claim(inputs: readonly string[], outputs: readonly string[]): void {
    const { files } = this.#world;
    const all = [...this.#databases, ...outputs.map((path) => placeToReplace(files, path))];
    refuseCollisions(files, {
      inputs,
      updated: all.slice(0, this.#isUpdate ? 1 : 0),
      outputs: all.slice(this.#isUpdate ? 1 : 0),
      own: this.#databases.map(({ real }) => lockPath(real)),
    });
    this.#places = new Map(all.map((place) => [place.path, place]));
    this.#record = { ...this.#record, folders: [...new Set(all.map(({ real }) => dirname(real)))] };
    this.#isRecorded = true;
    this.#writeRecord();
  }

  /** Write a claimed file, given in pieces, beside its place. @throws `cli/cannot-write` */
  prepare(path: string, content: Iterable<Uint8Array>, nodes: readonly string[] = []): void {
    const { files } = this.#world;
    const handle = this.#create(path, nodes);
    attempt(path, () => {
      try {
        files.write(handle, content);
        if (this.#mustLast(path)) files.sync(handle);
      } finally {
        files.close(handle);
      }
    });
  }

  /** The same piece by piece. @throws `cli/cannot-write` */
  open(path: string, nodes: readonly string[] = []): PartSink {
    const { files } = this.#world;
    const handle = this.#create(path, nodes);
    return {
      write: (bytes) => {
        this.#beat();
        attempt(path, () => files.write(handle, [bytes]));
      },
      close: () =>
        attempt(path, () => {
          try {
            files.sync(handle);
          } finally {
            files.close(handle);
          }
        }),
    };
  }

  /**
   * Put everything in its place.
   *
   * @param confirm  asked at the last moment whether all is as it was when it was read; throws when it is not
   * @throws         before anything is replaced `cli/cannot-write`, `cli/lock-lost`, and what `confirm` throws; afterwards
   *                 `cli/run-cut-off`
   */
  commit(confirm: () => void = () => undefined): void {
    const moves = this.#inOrder().map((move) => this.#backUp(move));
    this.#record = { ...this.#record, moves };
    this.#writeRecord();
    for (const lock of this.#locks) lock.confirm();
    confirm();
    for (const [index, move] of moves.entries()) this.#put(move, index);
    this.close();
  }

  /** Throw away what was not committed, unless the run has happened and somebody must finish it. Never fails. */
  close(): void {
    const { files } = this.#world;
    if (!this.#isRecorded) return;
    try {
      if (hasHappened(files, this.#record) && outstanding(files, this.#record.moves!).length > 0) return;
      discardRun(files, this.#record);
      this.#isRecorded = false;
    } catch {
      // the record stays, and the next run does it
    }
  }

  #create(path: string, nodes: readonly string[]) {
    const { files } = this.#world;
    const { real } = this.#places.get(path)!;
    const part = partPath(dirname(real), this.#record.owner.token, this.#moves.length);
    this.#beat();
    const handle = attempt(path, () => files.create(part, this.#modeIn(dirname(real))));
    this.#moves.push({ part, path: real, nodes });
    return handle;
  }

  /** A database, and what replaces something, must be on the disk before it takes the name, whatever happens to the power. */
  #mustLast(path: string): boolean {
    const place = this.#places.get(path)!;
    return place.facts !== undefined || this.#databases.includes(place);
  }

  /** The databases first. */
  #inOrder(): Move[] {
    const first = this.#databases.map(({ real }) => real);
    const isFirst = ({ path }: Move) => first.includes(path);
    return [...this.#moves.filter(isFirst), ...this.#moves.filter((move) => !isFirst(move))];
  }

  /** Copy what a file replaces, and give the new one its permissions and, where we may, its owner. */
  #backUp(move: Move): Move {
    const { files } = this.#world;
    const { facts } = placeToReplace(files, move.path);
    if (!facts) return move;
    this.#beat();
    const folder = dirname(move.path);
    const backup = backupPartPath(
      folder,
      this.#record.owner.token,
      this.#moves.findIndex(({ part }) => part === move.part),
    );
    attempt(move.path, () => {
      files.copy(move.path, backup);
      adopt(files, move.part, facts);
    });
    return { ...move, backup };
  }

  #put({ part, backup, path }: Move, index: number): void {
    const { files } = this.#world;
    try {
      if (backup !== undefined) files.rename(backup, backupPath(path));
      files.rename(part, path);
      if (index === 0) files.syncFolder(dirname(path)); // for good, before the first clone stands
    } catch (cause) {
      throw this.#explain(path, cause);
    }
  }

  /** Why a move could not be done, by how far the run has come. What the disk does not tell is taken to be the worse. */
  #explain(path: string, cause: unknown): KnownError {
    const { files } = this.#world;
    const moves = this.#record.moves!;
    if (!ask(() => hasHappened(files, this.#record), true)) {
      return errors.cannotWrite(this.#nameOf(path), reasonOf(cause), cause);
    }
    const missing = ask(() => outstanding(files, moves), moves.slice(1)).map((move) =>
      this.#nameOf(move.path),
    );
    const database = this.#nameOf(this.#databases[0]!.real);
    return errors.cutOff(database, missing, moves.length, reasonOf(cause), cause);
  }

  #nameOf(real: string): string {
    return [...this.#places.values()].find((place) => place.real === real)?.path ?? real;
  }

  #writeRecord(): void {
    const { path } = this.#record;
    attempt(this.#databases[0]!.path, () =>
      writeRecord(this.#world.files, this.#record, this.#modeIn(dirname(path))),
    );
  }

  #beat(): void {
    for (const lock of this.#locks) lock.beat();
  }

  #modes = new Map<string, number>();
  #modeIn(folder: string): number {
    const mode = this.#modes.get(folder) ?? modeForNew(this.#world.files.stat(folder));
    this.#modes.set(folder, mode);
    return mode;
  }
}

/**
 * Permissions of a file where none was: images and databases hold keys, so they are for their owner alone. A folder with the
 * set-group-id bit is one that a group shares on purpose: there the group may as well, as far as the umask lets it.
 */
const modeForNew = (folder: FileFacts | undefined): number =>
  folder && folder.mode & SET_GROUP_ID ? 0o660 : 0o600;
const SET_GROUP_ID = 0o2000;

/**
 * Give a new file owner, group and permissions of the one it replaces, as far as we may: only root gives files away, and
 * others only to groups of their own. What the old group was allowed is not for another one. Owner before permissions:
 * changing it may clear some of them.
 */
function adopt(files: FileOperations, part: string, { mode, uid, gid }: FileFacts): void {
  const made = files.lstat(part)!;
  const hasGroup =
    (made.uid === uid && made.gid === gid) ||
    ask(() => (files.chown(part, uid, gid), true), false) ||
    made.gid === gid ||
    ask(() => (files.chown(part, made.uid, gid), true), false);
  files.chmod(part, hasGroup ? mode : mode & ~GROUP_MAY);
}
const GROUP_MAY = 0o070;

function ask<Answer>(question: () => Answer, otherwise: Answer): Answer {
  try {
    return question();
  } catch {
    return otherwise;
  }
}

function attempt<Result>(path: string, act: () => Result): Result {
  try {
    return act();
  } catch (cause) {
    throw errors.cannotWrite(path, reasonOf(cause), cause);
  }
}
