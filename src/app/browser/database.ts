/**
 * The one database of this page in IndexedDB: what is remembered of a project, the kept run, virtual boards, the
 * radio, the journals, and the key that records with keys are under (`vault/`).
 *
 * Its writes have reached the disk before they count: a run holds the only copy of its device keys, and a record must be there
 * before the board is touched. Browsers no longer give that unless asked (Chromium since version 121).
 */
import type { UseStore } from 'idb-keyval';
import { settled, strictly } from './idb.ts';
import { moveOldDatabases } from './old-databases.ts';
import type { Place, SEALED_STORES } from './vault/places.ts';
import { KEY_STORE, PLAIN_MARK, Vault, type Entry } from './vault/vault.ts';

export const NAME = 'meshpress-kept';
/** 1 kept all in the open. A page that knows no later one must not open this: it would take what is encrypted for nothing. */
const VERSION = 2;

/** Values under keys, as idb-keyval keeps them. */
export const VALUE_STORES = ['project', 'run', 'desk', 'radio'] as const;
/** Records one behind the other. The journals, by kind of boards. */
export const RECORD_STORES = ['usb', 'virtual'] as const;
export type StoreName = (typeof VALUE_STORES)[number] | (typeof RECORD_STORES)[number] | 'keys';

let opened: Promise<IDBDatabase> | undefined;
const open = () => (opened ??= openAnew());
/** Told when something is needed that lies behind a passphrase. */
const lockListeners: (() => void)[] = [];
export const onLocked = (listener: () => void): void => void lockListeners.push(listener);

const vault = new Vault(open, () => lockListeners.forEach((tell) => tell()));
/** What lay in the databases of version 0.1.0 is here. Asked again as long as something had to be left there. */
let moved: Promise<void> | undefined;

/** Kept open; an attempt that failed is made again, as a person may have allowed it meanwhile. */
async function database(): Promise<IDBDatabase> {
  const database = await open();
  await (moved ??= move(database));
  return database;
}

/** Records with keys, once all that earlier versions kept is among them. */
export async function keptVault(): Promise<Vault> {
  await database();
  return vault;
}
export const recallSealed = async (place: Place): Promise<unknown> => (await keptVault()).read(place);
export const recallStore = async (store: (typeof SEALED_STORES)[number]) =>
  (await keptVault()).readStore(store);
export const keepSealed = async (place: Place, value: unknown): Promise<void> =>
  (await keptVault()).write([{ place, value } satisfies Entry]);
/** What does not open goes too. */
export const forgetSealed = (place: Place): Promise<void> =>
  transact([place.store], (transaction) => void transaction.objectStore(place.store).delete(place.key));

async function move(database: IDBDatabase): Promise<void> {
  try {
    if (await moveOldDatabases(database, vault)) moved = undefined;
    await vault.sealPlain().catch(() => undefined); // tried again at the next start
  } catch (error) {
    moved = undefined;
    throw error;
  }
}

function openAnew(): Promise<IDBDatabase> {
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

/** For idb-keyval: what holds no keys. */
export const storeOf =
  (name: (typeof VALUE_STORES)[number]): UseStore =>
  async (mode, act) =>
    act((await database()).transaction(name, mode, { durability: 'strict' }).objectStore(name));
