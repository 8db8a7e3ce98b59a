/**
 * The one database of this page in IndexedDB: what is remembered of a project, the kept run, virtual boards, the
 * radio, and the journals.
 *
 * Its writes have reached the disk before they count: a run holds the only copy of its device keys, and a record must be there
 * before the board is touched. Browsers no longer give that unless asked (Chromium since version 121).
 *
 * What the browser refuses, cannot or lost comes out as one of storage-errors.ts: a person is told, and nothing counts as kept.
 */
import type { UseStore } from 'idb-keyval';
import { systemClock, within } from '../../clock.ts';
import {
  storageFailed,
  storageFull,
  storageNewer,
  storageRefused,
  storageSilent,
} from '../storage-errors.ts';
import { settled, strictly } from './idb.ts';
import { moveOldDatabases } from './old-databases.ts';

const NAME = 'meshpress-kept';

/** Values under keys, as idb-keyval keeps them. */
export const VALUE_STORES = ['project', 'run', 'desk', 'radio'] as const;
/** Records one behind the other. The journals, by kind of boards. */
export const RECORD_STORES = ['usb', 'virtual'] as const;
export type StoreName = (typeof VALUE_STORES)[number] | (typeof RECORD_STORES)[number];

/** An answer takes milliseconds. Where there is none, another tab stands in the way, or the browser has come to grief. */
const ANSWER_MS = 10_000;

let opened: Promise<IDBDatabase> | undefined;
/** What lay in the databases of version 0.1.0 is here. Asked again as long as something had to be left there. */
let moved: Promise<void> | undefined;

/** Kept open; an attempt that failed is made again, as a person may have allowed it meanwhile. One that has no answer goes on. */
async function database(): Promise<IDBDatabase> {
  if (!opened) {
    opened = open();
    opened.catch(() => (opened = undefined));
  }
  const database = await soon(opened);
  await soon((moved ??= move(database)));
  return database;
}

const soon = <Result>(work: Promise<Result>): Promise<Result> =>
  within(systemClock, ANSWER_MS, work, () => storageSilent(ANSWER_MS / 1000));

async function move(database: IDBDatabase): Promise<void> {
  try {
    if (await moveOldDatabases(database)) moved = undefined;
  } catch (error) {
    moved = undefined;
    throw error;
  }
}

async function open(): Promise<IDBDatabase> {
  try {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      for (const name of VALUE_STORES) request.result.createObjectStore(name);
      for (const name of RECORD_STORES) request.result.createObjectStore(name, { autoIncrement: true });
    };
    const open = await settled(request);
    open.onclose = () => (opened = undefined);
    // a later version of the page, or somebody who deletes it, is not kept waiting
    open.onversionchange = () => {
      open.close();
      opened = undefined;
    };
    return open;
  } catch (error) {
    throw isNamed(error, 'InvalidStateError') ? storageRefused(error) : error; // a private window of Firefox
  }
}

/**
 * Act on the open database. A connection that was lost unnoticed refuses to begin anything: then nothing was done yet, and it is
 * opened again, once.
 */
async function onDatabase<Result>(
  act: (database: IDBDatabase) => Result | PromiseLike<Result>,
): Promise<Result> {
  try {
    try {
      return await act(await database());
    } catch (error) {
      if (!isNamed(error, 'InvalidStateError')) throw error;
      opened = undefined;
      return await act(await database());
    }
  } catch (error) {
    throw told(error);
  }
}

const isNamed = (error: unknown, ...names: readonly string[]): error is DOMException =>
  error instanceof DOMException && names.includes(error.name);

/** What the browser says, in words for a person. */
function told(error: unknown): unknown {
  if (!(error instanceof DOMException)) return error;
  if (isNamed(error, 'QuotaExceededError')) return storageFull(error);
  if (isNamed(error, 'VersionError')) return storageNewer(error);
  if (isNamed(error, 'SecurityError', 'NotAllowedError')) return storageRefused(error);
  return storageFailed(error);
}

/** @returns once all that `change` does in these stores would survive a power loss; none of it is done where it rejects */
export const transact = (
  names: readonly StoreName[],
  change: (transaction: IDBTransaction) => void,
): Promise<void> => onDatabase((database) => strictly(database, names, change));

/** All values of a store, or those of a range of keys, in their order. */
export const readAll = <Value>(name: StoreName, range?: IDBKeyRange): Promise<Value[]> =>
  onDatabase((database) => settled<Value[]>(database.transaction(name).objectStore(name).getAll(range)));

/** For idb-keyval. */
export const storeOf =
  (name: (typeof VALUE_STORES)[number]): UseStore =>
  (mode, act) =>
    onDatabase((database) =>
      act(database.transaction(name, mode, { durability: 'strict' }).objectStore(name)),
    );
