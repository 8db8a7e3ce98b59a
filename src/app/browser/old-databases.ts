/**
 * Version 0.1.0 kept its things in three databases of IndexedDB. What is found there is moved into the one that there is now: copied,
 * and taken away there only after the copy would survive a power loss. A page that is closed in between copies again, and what is
 * there already stays as it is. So nothing is lost, and nothing comes twice.
 */
import { takeBench } from './one-tab.ts';
import { settled, strictly } from './idb.ts';

const PROJECT = 'meshpress';
const BENCH = 'meshpress-bench';
const JOURNAL = 'meshpress-journal';
/** Project, run and virtual boards lay in stores of this name. */
const VALUES = 'memory';
const DESK = 'desk ';

/** Of a kept run, as far as it matters here. The first runs had no id. */
interface OldRun {
  readonly id?: string;
  readonly startedAt: string;
}
interface OldRecord {
  readonly run: string;
  readonly number: number;
}

/** @returns whether something is left there: a run that must wait for another one to be put away, or for another tab */
export async function moveOldDatabases(to: IDBDatabase): Promise<boolean> {
  if (!(await anyExists())) return false;
  return oneAtATime(async () => {
    await moveProject(to);
    return moveBench(to);
  });
}

const anyExists = async () => {
  const names = (await indexedDB.databases()).map(({ name }) => name);
  return [PROJECT, BENCH, JOURNAL].some((old) => names.includes(old));
};

/** Two tabs that start together would move everything twice. */
const oneAtATime = (act: () => Promise<boolean>): Promise<boolean> =>
  navigator.locks ? navigator.locks.request('meshpress-move', act) : act();

/** The later one counts: an older page may have been used again in the meantime. */
async function moveProject(to: IDBDatabase): Promise<void> {
  const old = await openExisting(PROJECT);
  const found = (await valuesOf(old)).get('project') as { readonly savedAt: string } | undefined;
  if (found) {
    await strictly(to, ['project'], (transaction) => {
      const store = transaction.objectStore('project');
      const request = store.get('project') as IDBRequest<{ readonly savedAt: string } | undefined>;
      request.onsuccess = () => {
        if (!request.result || request.result.savedAt < found.savedAt) store.put(found, 'project');
      };
    });
  }
  await putAway(old);
}

/** Records of real boards are copied in any case: addresses on boards are taken, whoever has the bench. */
async function moveBench(to: IDBDatabase): Promise<boolean> {
  const bench = await openExisting(BENCH);
  const journal = await openExisting(JOURNAL);
  if (!bench && !journal) return false;
  const release = navigator.locks ? await takeBench() : () => {}; // without locks there are no benches
  try {
    const values = await valuesOf(bench);
    const run = values.get('run') as OldRun | undefined;
    const here = await settled<OldRun | undefined>(to.transaction('run').objectStore('run').get('run'));
    const usb = await recordsOf(journal, 'usb');
    if (!release || (run && here && idOf(run) !== idOf(here))) {
      await strictly(to, ['usb'], (transaction) => addNew(transaction.objectStore('usb'), usb));
      return true;
    }
    const virtual = run || !here ? await recordsOf(journal, 'virtual') : []; // without their run they mean nothing
    await strictly(to, ['run', 'desk', 'usb', 'virtual'], (transaction) => {
      addNew(transaction.objectStore('usb'), usb);
      addNew(transaction.objectStore('virtual'), virtual);
      if (here) return;
      if (run) transaction.objectStore('run').put(run, 'run');
      for (const [key, value] of values)
        if (key.startsWith(DESK)) transaction.objectStore('desk').put(value, Number(key.slice(DESK.length)));
    });
    await putAway(bench);
    await putAway(journal);
    return false;
  } finally {
    release?.();
    bench?.close();
    journal?.close();
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
