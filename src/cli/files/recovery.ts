/** What the next run makes of one that was cut off. */
import { dirname, join } from 'node:path';
import * as errors from '../errors.ts';
import { isAbandonedDraft, lockPath, tryLock, Lock } from './lock.ts';
import { backupPath } from './paths.ts';
import {
  backupPartPath,
  discardRun,
  hasHappened,
  isDraftName,
  outstanding,
  recordsIn,
  type Move,
  type RunRecord,
} from './record.ts';
import type { RunWorld } from './run-world.ts';

/**
 * Put in order what killed runs have left beside databases whose locks are held. A run that had not happened is thrown
 * away, which is always safe: no file was replaced. One that had, and is not finished, is for a person to decide on.
 *
 * Leftovers of other databases in the same folders go too, when nobody holds the lock on those.
 *
 * @throws `cli/run-unfinished`, `cli/damaged-record`
 */
export function tidy(world: RunWorld, databases: readonly string[]): void {
  const unfinished = tidyLeftovers(world, databases);
  if (unfinished) throw describeUnfinished(world, unfinished);
}

const describeUnfinished = ({ files }: RunWorld, { databases, moves }: UnfinishedRun) =>
  errors.runUnfinished(
    databases[0]!,
    outstanding(files, moves).map(({ path }) => path),
    moves.length,
  );

/** A run whose database stands, but not all of its other files. */
export type UnfinishedRun = RunRecord & { readonly moves: readonly Move[] };

/** The same, handing back a run to be decided on. */
export function tidyLeftovers(world: RunWorld, databases: readonly string[]): UnfinishedRun | undefined {
  const { files } = world;
  const held = new Set(databases);
  let unfinished: UnfinishedRun | undefined;
  for (const folder of new Set(databases.map(dirname))) {
    for (const record of recordsIn(files, folder)) {
      const isOurs = record.databases.some((database) => held.has(database));
      if (isOurs) unfinished = settle(world, record) ?? unfinished;
      else withLockIfFree(world, record.databases[0]!, () => settle(world, record));
    }
    const locks = databases.map(lockPath);
    for (const name of files.list(folder)) {
      const path = join(folder, name);
      // the right to take over a lock that we hold meanwhile
      const isSpent = locks.some((lock) => path.startsWith(`${lock}-`));
      if (isSpent || isDraftName(name)) removeDraft(world, path);
    }
  }
  return unfinished;
}

/** Throw away a run that is over, whether it has happened or not; hand back one that has in part. */
function settle({ files, onNote }: RunWorld, record: RunRecord): UnfinishedRun | undefined {
  const { moves } = record;
  if (moves && hasHappened(files, record) && outstanding(files, moves).length > 0)
    return { ...record, moves };
  const parts = discardRun(files, record);
  if (parts > 0)
    onNote(`Removed ${parts} files that a run on ${record.databases[0]} left when it was killed.`);
  return undefined;
}

/** Not waited for: what cannot be locked now is for the next time. */
function withLockIfFree(world: RunWorld, database: string, act: () => void): void {
  const lock = tryLockQuietly(world, database);
  if (!lock) return;
  try {
    act();
  } finally {
    lock.release();
  }
}

function tryLockQuietly({ files, machine }: RunWorld, database: string): Lock | undefined {
  try {
    const lock = tryLock(database, lockPath(database), { files, machine });
    return lock instanceof Lock ? lock : undefined;
  } catch {
    return undefined;
  }
}

/** A record or a lock that was never put in its place, or is of no more use. */
function removeDraft({ files, machine }: RunWorld, path: string): void {
  try {
    if (isAbandonedDraft(files, machine, path)) files.remove(path);
  } catch {
    // somebody else's, or gone
  }
}

/**
 * Do the moves that a run was cut off from.
 *
 * @param isIn  whether the database, as it is now, holds all these nodes
 * @returns     paths of the files that were put in place, and of those that are neither kept nor there
 * @throws      `cli/clones-not-in-database`, and what the disk says
 */
export function finishRun(
  { files }: RunWorld,
  run: UnfinishedRun,
  isIn: (nodes: readonly string[]) => boolean,
): { readonly placed: readonly string[]; readonly lost: readonly string[] } {
  const waiting = outstanding(files, run.moves);
  const strangers = waiting.filter(({ nodes }) => !isIn(nodes));
  if (strangers.length > 0) {
    throw errors.clonesNotInDatabase(
      run.databases[0]!,
      strangers.map(({ path }) => path),
    );
  }
  const lost = run.moves.filter((move) => !waiting.includes(move) && !files.lstat(move.path));
  for (const move of waiting) {
    backUpNow(files, run, move);
    files.rename(move.part, move.path);
  }
  discardRun(files, run);
  return { placed: waiting.map(({ path }) => path), lost: lost.map(({ path }) => path) };
}

/** What is in the place now, which need not be what was there when the run was cut off. */
function backUpNow(files: RunWorld['files'], run: UnfinishedRun, { path }: Move): void {
  if (!files.lstat(path)) return;
  const copy = backupPartPath(dirname(path), run.owner.token, run.moves.length);
  files.remove(copy);
  files.copy(path, copy);
  files.rename(copy, backupPath(path));
}
