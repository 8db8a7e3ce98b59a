/**
 * The one database of this page in IndexedDB: what is remembered of a project, the kept run, virtual boards, the
 * radio, and the journals.
 *
 * Its writes have reached the disk before they count: a run holds the only copy of its device keys, and a record must be there
 * before the board is touched. Browsers no longer give that unless asked (Chromium since version 121).
 */
import type { UseStore } from 'idb-keyval';
import { settled, strictly } from './idb.ts';
import { moveOldDatabases } from './old-databases.ts';

const NAME = 'meshpress-kept';

/** Values under keys, as idb-keyval keeps them. */
export const VALUE_STORES = ['project', 'run', 'desk', 'radio'] as const;
/** Records one behind the other. The journals, by kind of boards. */
export const RECORD_STORES = ['usb', 'virtual'] as const;
export type StoreName = (typeof VALUE_STORES)[number] | (typeof RECORD_STORES)[number];

let opened: Promise<IDBDatabase> | undefined;
/** What lay in the databases of version 0.1.0 is here. Asked again as long as something had to be left there. */
let moved: Promise<void> | undefined;

/** Kept open; an attempt that failed is made again, as a person may have allowed it meanwhile. */
async function database(): Promise<IDBDatabase> {
  opened ??= open();
  const database = await opened;
  await (moved ??= move(database));
  return database;
}

async function move(database: IDBDatabase): Promise<void> {
  try {
    if (await moveOldDatabases(database)) moved = undefined;
  } catch (error) {
    moved = undefined;
    throw error;
  }
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    for (const name of VALUE_STORES) request.result.createObjectStore(name);
    for (const name of RECORD_STORES) request.result.createObjectStore(name, { autoIncrement: true });
  };
  const opening = settled(request);
  opening.then(
    (open) => {
      open.onclose = () => (opened = undefined);
      // a later version of the page, or somebody who deletes it, is not kept waiting
      open.onversionchange = () => {
        open.close();
        opened = undefined;
      };
    },
    () => (opened = undefined),
  );
  return opening;
}

/** @returns once all that `change` does in these stores would survive a power loss; none of it is done where it rejects */
export async function transact(
  names: readonly StoreName[],
  change: (transaction: IDBTransaction) => void,
): Promise<void> {
  await strictly(await database(), names, change);
}

/** All values of a store, or those of a range of keys, in their order. */
export async function readAll<Value>(name: StoreName, range?: IDBKeyRange): Promise<Value[]> {
  return settled<Value[]>((await database()).transaction(name).objectStore(name).getAll(range));
}

/** For idb-keyval. */
export const storeOf =
  (name: (typeof VALUE_STORES)[number]): UseStore =>
  async (mode, act) =>
    act((await database()).transaction(name, mode, { durability: 'strict' }).objectStore(name));
