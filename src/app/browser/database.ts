/**
 * The one database of this page in IndexedDB: what is remembered of a project, the kept run, virtual boards, the
 * radio, the journals, and the key that records with keys are under (`vault/`).
 *
 * Its writes have reached the disk before they count: a run holds the only copy of its device keys, and a record must be there
 * before the board is touched. Browsers no longer give that unless asked (Chromium since version 121).
 *
 * What the browser refuses, cannot or lost comes out as one of storage-errors.ts: a person is told, and nothing counts as kept.
 */
import type { UseStore } from 'idb-keyval';
import { systemClock, within } from '../../clock.ts';
import {
  storageErased,
  storageFailed,
  storageFull,
  storageNewer,
  storageRefused,
  storageSilent,
} from '../storage-errors.ts';
import { settled, strictly } from './idb.ts';
import { moveOldDatabases } from './old-databases.ts';
import type { Place } from './vault/places.ts';
import { KEY_STORE, PLAIN_MARK, Vault } from './vault/vault.ts';

export const NAME = 'meshpress-kept';
/** 1 kept all in the open. A page that knows no later one must not open this: it would take what is encrypted for nothing. */
const VERSION = 2;

/** Values under keys, as idb-keyval keeps them. */
export const VALUE_STORES = ['project', 'run', 'desk', 'radio'] as const;
/** Records one behind the other. The journals, by kind of boards. */
export const RECORD_STORES = ['usb', 'virtual'] as const;
export type StoreName = (typeof VALUE_STORES)[number] | (typeof RECORD_STORES)[number] | 'keys';

/** An answer takes milliseconds. Where there is none, another tab stands in the way, or the browser has come to grief. */
const ANSWER_MS = 10_000;

let opened: Promise<IDBDatabase> | undefined;
/** Told when something is needed that lies behind a passphrase. */
const lockListeners: (() => void)[] = [];
export const onLocked = (listener: () => void): void => void lockListeners.push(listener);

const vault = new Vault(connect, () => lockListeners.forEach((tell) => tell()));
/** What lay in the databases of version 0.1.0 is here. Asked again as long as something had to be left there. */
let moved: Promise<void> | undefined;

let isOver = false;

/** Kept open; an attempt that failed is made again, as a person may have allowed it meanwhile. One that has no answer goes on. */
async function database(): Promise<IDBDatabase> {
  const database = await connect();
  await soon((moved ??= move(database)));
  return database;
}

function connect(): Promise<IDBDatabase> {
  if (isOver) throw storageErased();
  if (!opened) {
    opened = open();
    opened.catch(() => (opened = undefined));
  }
  return soon(opened);
}

/** A person had everything forgotten: nothing is kept again before the page is loaded anew. */
export function closeForGood(): void {
  isOver = true;
  void opened?.then((database) => database.close()).catch(() => undefined);
  opened = undefined;
}

const soon = <Result>(work: Promise<Result>): Promise<Result> =>
  within(systemClock, ANSWER_MS, work, () => storageSilent(ANSWER_MS / 1000));

async function move(database: IDBDatabase): Promise<void> {
  try {
    if (await moveOldDatabases(database, vault)) moved = undefined;
    await vault.sealPlain().catch(() => undefined); // tried again at the next start
  } catch (error) {
    moved = undefined;
    throw error;
  }
}

async function open(): Promise<IDBDatabase> {
  try {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = ({ oldVersion }) => {
      const database = request.result;
      if (oldVersion < 1) {
        for (const name of VALUE_STORES) database.createObjectStore(name);
        for (const name of RECORD_STORES) database.createObjectStore(name, { autoIncrement: true });
      }
      const keys = database.createObjectStore(KEY_STORE);
      if (oldVersion === 1) keys.put(true, PLAIN_MARK);
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

/** Records with keys, once all that earlier versions kept is among them. */
export const onVault = <Result>(act: (vault: Vault) => Promise<Result>): Promise<Result> =>
  onDatabase(() => act(vault));

export const recallSealed = (place: Place): Promise<unknown> => onVault((kept) => kept.read(place));
export const keepSealed = (place: Place, value: unknown): Promise<void> =>
  onVault((kept) => kept.write([{ place, value }]));
/** What does not open goes too. */
export const forgetSealed = ({ store, key }: Place): Promise<void> =>
  transact([store], (transaction) => void transaction.objectStore(store).delete(key));

/** For idb-keyval: what holds no keys. */
export const storeOf =
  (name: (typeof VALUE_STORES)[number]): UseStore =>
  (mode, act) =>
    onDatabase((database) =>
      act(database.transaction(name, mode, { durability: 'strict' }).objectStore(name)),
    );
