/**
 * Version 0.1.0 kept its things in three databases of IndexedDB. What is found there is moved into the one that there is now: copied,
 * and taken away there only after the copy would survive a power loss. A page that is closed in between copies again, and what is
 * there already stays as it is. So nothing is lost, and nothing comes twice. What has keys is encrypted on its way; where a passphrase
 * is needed for that, it waits until one is given.
 */
import { KnownError } from '../../errors.ts';
import { takeBench } from './one-tab.ts';
import { settled, strictly } from './idb.ts';
import { boardAt, PROJECT, RUN } from './vault/places.ts';
import type { Entry, Vault } from './vault/vault.ts';

const PROJECT_BEFORE = 'meshpress';
const BENCH = 'meshpress-bench';
const JOURNAL = 'meshpress-journal';
export const OLD_DATABASES: readonly string[] = [PROJECT_BEFORE, BENCH, JOURNAL];
/** Project, run and virtual boards lay in stores of this name. */
const VALUES = 'memory';
const DESK = 'desk ';

interface Dated {
  /** ISO 8601 */
  readonly savedAt: string;
}
/** Of a kept run, as far as it matters here. The first runs had no id. */
interface OldRun {
  readonly id?: string;
  readonly startedAt: string;
}
interface OldRecord {
  readonly run: string;
  readonly number: number;
}

/** @returns whether something is left there: a run that must wait for another one to be put away, for another tab, or for a passphrase */
export async function moveOldDatabases(to: IDBDatabase, vault: Vault): Promise<boolean> {
  if (!(await anyExists())) return false;
  return oneAtATime(async () => {
    const projectIsLeft = await moveProject(vault);
    return (await moveBench(to, vault)) || projectIsLeft;
  });
}

const anyExists = async () => {
  const names = (await indexedDB.databases()).map(({ name }) => name);
  return OLD_DATABASES.some((old) => names.includes(old));
};

/** Two tabs that start together would move everything twice. */
const oneAtATime = (act: () => Promise<boolean>): Promise<boolean> =>
  navigator.locks ? navigator.locks.request('meshpress-move', act) : act();

/** The later one counts: an older page may have been used again in the meantime. @returns whether it is left there */
async function moveProject(vault: Vault): Promise<boolean> {
  const old = await openExisting(PROJECT_BEFORE);
  try {
    const found = (await valuesOf(old)).get('project') as Dated | undefined;
    const here = found && ((await vault.read(PROJECT)) as Dated | undefined);
    if (found && (!here || here.savedAt < found.savedAt))
      await vault.write([{ place: PROJECT, value: found }]);
  } catch (error) {
    old?.close();
    if (error instanceof KnownError) return true; // what is here does not open, or nothing can be encrypted now
    throw error;
  }
  await putAway(old);
  return false;
}

/** Records of real boards are copied in any case: addresses on boards are taken, whoever has the bench. */
async function moveBench(to: IDBDatabase, vault: Vault): Promise<boolean> {
  const bench = await openExisting(BENCH);
  const journal = await openExisting(JOURNAL);
  if (!bench && !journal) return false;
  const release = navigator.locks ? await takeBench() : () => {}; // without locks there are no benches
  try {
    const values = await valuesOf(bench);
    const run = values.get('run') as OldRun | undefined;
    const usb = await recordsOf(journal, 'usb');
    const copyJournal = () =>
      strictly(to, ['usb'], (transaction) => addNew(transaction.objectStore('usb'), usb));
    const here = release && (await readOrNot(vault));
    if (!here || (run && here.run && idOf(run) !== idOf(here.run))) {
      await copyJournal();
      return true;
    }
    const virtual = run || !here.run ? await recordsOf(journal, 'virtual') : []; // without their run they mean nothing
    const entries: Entry[] = [];
    if (!here.run) {
      if (run) entries.push({ place: RUN, value: run });
      for (const [key, value] of values)
        if (key.startsWith(DESK)) entries.push({ place: boardAt(Number(key.slice(DESK.length))), value });
    }
    try {
      await vault.write(entries, {
        stores: ['usb', 'virtual'],
        change: (transaction) => {
          addNew(transaction.objectStore('usb'), usb);
          addNew(transaction.objectStore('virtual'), virtual);
        },
      });
    } catch (error) {
      if (!(error instanceof KnownError)) throw error;
      await copyJournal();
      return true;
    }
    await putAway(bench);
    await putAway(journal);
    return false;
  } finally {
    release?.();
    bench?.close();
    journal?.close();
  }
}

/** @returns `null` where the kept run does not open: whether it is the same one nobody knows then */
async function readOrNot(vault: Vault): Promise<{ readonly run: OldRun | undefined } | null> {
  try {
    return { run: (await vault.read(RUN)) as OldRun | undefined };
  } catch (error) {
    if (error instanceof KnownError) return null;
    throw error;
  }
}

const idOf = ({ id, startedAt }: OldRun) => id ?? startedAt;

/** Those that are not there yet, behind those that are. */
function addNew(store: IDBObjectStore, records: readonly OldRecord[]): void {
  const request = store.getAll() as IDBRequest<OldRecord[]>;
  request.onsuccess = () => {
    const known = new Set(request.result.map(recordId));
    for (const record of records) if (!known.has(recordId(record))) store.add(record);
  };
}
const recordId = ({ run, number }: OldRecord) => `${run}/${number}`;

/** `null` where there is none: asking for it must not make one. */
async function openExisting(name: string): Promise<IDBDatabase | null> {
  const request = indexedDB.open(name);
  let isNew = false;
  request.onupgradeneeded = () => {
    isNew = true;
    request.transaction!.abort();
  };
  try {
    const database = await settled(request);
    database.onversionchange = () => database.close();
    return database;
  } catch (error) {
    if (isNew) return null;
    throw error;
  }
}

async function valuesOf(database: IDBDatabase | null): Promise<ReadonlyMap<string, unknown>> {
  if (!database?.objectStoreNames.contains(VALUES)) return new Map();
  const store = database.transaction(VALUES).objectStore(VALUES);
  const [keys, values] = await Promise.all([settled(store.getAllKeys()), settled<unknown[]>(store.getAll())]);
  return new Map(keys.map((key, index) => [String(key), values[index]]));
}

async function recordsOf(database: IDBDatabase | null, kind: string): Promise<readonly OldRecord[]> {
  if (!database?.objectStoreNames.contains(kind)) return [];
  return settled<OldRecord[]>(database.transaction(kind).objectStore(kind).getAll());
}

/**
 * Empty a database, and delete it once nobody has it open. A tab of version 0.1.0 may still use it, and keep another run there: so
 * what is not empty by then is left for the next visit.
 */
async function putAway(database: IDBDatabase | null): Promise<void> {
  if (!database) return;
  const { name, version } = database;
  const stores = [...database.objectStoreNames];
  if (stores.length > 0) {
    await strictly(database, stores, (transaction) => {
      for (const store of stores) transaction.objectStore(store).clear();
    });
  }
  database.close();
  const request = indexedDB.open(name, version + 1);
  request.onupgradeneeded = () => {
    const transaction = request.transaction!;
    for (const store of stores) {
      const count = transaction.objectStore(store).count();
      count.onsuccess = () => {
        if (count.result > 0) transaction.abort();
      };
    }
  };
  request.onerror = (event) => event.preventDefault();
  request.onsuccess = () => {
    request.result.close();
    indexedDB.deleteDatabase(name);
  };
}
