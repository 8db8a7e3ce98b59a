/**
 * A lock beside a database, `.mesh.json.meshpress-lock`: held by one run at a time, from reading the database until everything
 * is in its place. It is a file with its owner in it, made with `link`, which puts it there whole or not at all, also over
 * NFS; where the disk has no second names, with exclusive creation. `flock` would vanish with its process by itself, but
 * Node has none, and network drives often do not either.
 *
 * A killed run leaves its lock behind. Another run takes it over when the owner's process is gone from this machine, or when
 * its owner, on whatever machine, has not touched it for ten minutes. Taking over is itself done under a lock, named after the
 * one to be replaced: so nobody removes a lock that has just been made. Whoever was only asleep finds that the lock is no
 * longer his before he commits.
 */
import { basename, dirname, join } from 'node:path';
import { KnownError } from '../../errors.ts';
import * as errors from '../errors.ts';
import type { Machine } from '../machine.ts';
import { codeOf, reasonOf, type FileOperations } from './operations.ts';

/** Whose a lock is. Holds no keys. */
export interface LockOwner {
  readonly pid: number;
  readonly host: string;
  /** Milliseconds since 1970. */
  readonly started: number;
  readonly token: string;
}

/** A lock that nobody has touched for so long is nobody's. */
export const ABANDONED_MS = 10 * 60_000;
/** How often a run touches its lock. */
const BEAT_MS = 5_000;
const POLL_MS = 50;

export interface LockOptions {
  readonly files: FileOperations;
  readonly machine: Machine;
  /** How long to wait for another run. */
  readonly waitMs: number;
  /** Told once, when there is something to wait for. */
  readonly onWait?: (owner: string) => void;
}

export const lockPath = (database: string): string =>
  join(dirname(database), `.${basename(database)}.meshpress-lock`);

/**
 * Lock a database.
 *
 * @param database  its path with all links followed; it need not be there yet
 * @throws          `cli/database-busy` when another run still holds the lock after `waitMs`; `cli/cannot-lock` where none can be
 *                  made
 */
export async function acquireLock(database: string, options: LockOptions): Promise<Lock> {
  const { machine, waitMs, onWait } = options;
  const path = lockPath(database);
  const tries = Math.ceil(waitMs / POLL_MS);
  for (let tried = 0; ; tried++) {
    const lock = tryLock(database, path, options);
    if (lock instanceof Lock) return lock;
    if (tried >= tries) throw errors.databaseBusy(database, describe(lock), path);
    if (tried === 0) onWait?.(describe(lock));
    await machine.sleep(POLL_MS);
  }
}

/** The lock of a database, unless another run has it: then that one's owner, or `unknown`. @throws `cli/cannot-lock` */
export function tryLock(
  database: string,
  path: string,
  options: Pick<LockOptions, 'files' | 'machine'>,
): Lock | LockOwner | 'unknown' {
  const { files, machine } = options;
  const owner: LockOwner = {
    pid: machine.pid,
    host: machine.host,
    started: machine.now(),
    token: machine.token(),
  };
  const candidate = join(dirname(path), `.meshpress-${owner.token}.lock`);
  try {
    writeOwner(files, candidate, owner);
    try {
      if (putInPlace(files, candidate, path, owner)) return new Lock(database, path, owner, options);
      const holder = readOwner(files, path);
      if (holder === 'gone') return 'unknown'; // released just now
      if (!isAbandoned(files, machine, path, holder, candidate)) return holder;
      return takeOver(database, path, holder, candidate, owner, options);
    } finally {
      files.remove(candidate);
    }
  } catch (cause) {
    if (cause instanceof KnownError) throw cause;
    throw errors.cannotLock(database, reasonOf(cause), cause);
  }
}

/** One run's hold on a database. */
export class Lock {
  readonly database: string;
  readonly #path: string;
  readonly #owner: LockOwner;
  readonly #files: FileOperations;
  readonly #machine: Machine;
  #beat: number;

  constructor(
    database: string,
    path: string,
    owner: LockOwner,
    { files, machine }: Pick<LockOptions, 'files' | 'machine'>,
  ) {
    this.database = database;
    this.#path = path;
    this.#owner = owner;
    this.#files = files;
    this.#machine = machine;
    this.#beat = owner.started;
  }

  /** Say that this run is alive; often called, seldom done. A disk that cannot is found out by `confirm`. */
  beat(): void {
    const now = this.#machine.now();
    if (now - this.#beat < BEAT_MS) return;
    this.#beat = now;
    try {
      this.#files.touch(this.#path);
    } catch {
      // the lock then ages, and `confirm` says whether somebody has taken it
    }
  }

  /** @throws `cli/lock-lost` when another run has taken the lock meanwhile */
  confirm(): void {
    if (!this.#isOurs()) throw errors.lockLost(this.database);
  }

  /** Never fails: a lock that cannot be removed is taken over once this process has ended. */
  release(): void {
    try {
      if (this.#isOurs()) this.#files.remove(this.#path);
    } catch {
      // see above
    }
  }

  #isOurs(): boolean {
    const holder = readOwner(this.#files, this.#path);
    return typeof holder === 'object' && holder.token === this.#owner.token;
  }
}

/** Everybody may read whose a lock is. */
function writeOwner(files: FileOperations, path: string, owner: LockOwner): void {
  const handle = files.create(path, 0o644);
  try {
    files.write(handle, [new TextEncoder().encode(`${JSON.stringify(owner)}\n`)]);
  } finally {
    files.close(handle);
  }
}

/** Whether the lock is now ours. */
function putInPlace(files: FileOperations, candidate: string, path: string, owner: LockOwner): boolean {
  try {
    files.link(candidate, path);
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false;
  }
  try {
    writeOwner(files, path, owner); // a disk without second names
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false;
    throw cause;
  }
}

/** The owner of a lock or of a record; `unknown` where a run was killed in the middle of saying who it is. */
function readOwner(files: FileOperations, path: string): LockOwner | 'unknown' | 'gone' {
  let text: string;
  try {
    text = new TextDecoder().decode(files.read(path));
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return 'gone';
    throw cause;
  }
  try {
    const json = JSON.parse(text) as { owner?: object };
    const { pid, host, started, token } = (json.owner ?? json) as Record<keyof LockOwner, unknown>;
    if (
      typeof pid === 'number' &&
      typeof host === 'string' &&
      typeof started === 'number' &&
      /^[0-9a-f]{12}$/.test(String(token))
    ) {
      return { pid, host, started, token: String(token) };
    }
  } catch {
    // not JSON
  }
  return 'unknown';
}

/** Whether a lock or a record that is on its way to its place will never get there. */
export function isAbandonedDraft(files: FileOperations, machine: Machine, path: string): boolean {
  const owner = readOwner(files, path);
  if (typeof owner === 'object') return isGone(machine, owner);
  return machine.now() - (files.lstat(path)?.changed ?? Infinity) > ABANDONED_MS;
}

const isGone = (machine: Machine, { host, pid, started }: LockOwner): boolean =>
  host === machine.host && (!machine.isRunning(pid) || started < machine.booted);

/** @param fresh  a file made just now beside the lock: it tells the time by the clock of the disk, which may be another's */
function isAbandoned(
  files: FileOperations,
  machine: Machine,
  path: string,
  holder: LockOwner | 'unknown',
  fresh: string,
): boolean {
  if (holder !== 'unknown' && isGone(machine, holder)) return true;
  const lock = files.stat(path);
  const now = files.stat(fresh);
  return lock !== undefined && now !== undefined && now.changed - lock.changed > ABANDONED_MS;
}

/**
 * Replace a lock that is nobody's. Only the holder of the lock on it may, and only if it is still there: whoever comes later
 * finds another in its place and lets it be.
 */
function takeOver(
  database: string,
  path: string,
  holder: LockOwner | 'unknown',
  candidate: string,
  owner: LockOwner,
  options: Pick<LockOptions, 'files' | 'machine'>,
): Lock | LockOwner | 'unknown' {
  const { files } = options;
  const seal = `${path}-${holder === 'unknown' ? 'unknown' : holder.token}`;
  const right = tryLock(database, seal, options);
  if (!(right instanceof Lock)) return holder;
  try {
    const still = readOwner(files, path);
    const isSame =
      still === holder ||
      (typeof still === 'object' && typeof holder === 'object' && still.token === holder.token);
    if (!isSame) return still === 'gone' ? 'unknown' : still;
    files.rename(candidate, path);
    return new Lock(database, path, owner, options);
  } finally {
    right.release();
  }
}

function describe(owner: LockOwner | 'unknown'): string {
  if (owner === 'unknown') return 'another run';
  const [machine] = owner.host.split(' ');
  return `process ${owner.pid} on ${machine}, since ${new Date(owner.started).toISOString()}`;
}
