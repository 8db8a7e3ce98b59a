/**
 * What this browser keeps of the radio: the addresses and sequence numbers it used, what clones answered, and the database of a node
 * that was just provisioned, device keys included, until it is saved or forgotten: its key exists nowhere else.
 */
import { del, get, set, update, type UseStore } from 'idb-keyval';
import type { RadioRecord } from '../../on-air/index.ts';
import { strictStore } from './strict-store.ts';

export interface KeptDatabase {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const RECORDS = 'records';
const DATABASE = 'database';
let opened: UseStore | undefined;
const store = () => (opened ??= strictStore('meshpress-radio', 'memory'));

export const recallRecords = async (): Promise<readonly RadioRecord[]> =>
  (await get<readonly RadioRecord[]>(RECORDS, store())) ?? [];
export const keepRecord = (record: RadioRecord): Promise<void> =>
  update<readonly RadioRecord[]>(RECORDS, (records = []) => [...records, record], store());

export const recallDatabase = async (): Promise<KeptDatabase | null> =>
  (await get<KeptDatabase>(DATABASE, store())) ?? null;
export const keepDatabase = (database: KeptDatabase): Promise<void> => set(DATABASE, database, store());
/** The records stay: they hold no keys, and without them a number could be used twice. */
export const forgetDatabase = (): Promise<void> => del(DATABASE, store());

/** One radio at a time in this browser: two tabs would use the same addresses. */
export const takeRadio = (): Promise<(() => void) | undefined> =>
  new Promise((resolve, reject) => {
    navigator.locks
      .request('meshpress-radio', { ifAvailable: true }, (lock) => {
        if (!lock) return resolve(undefined);
        return new Promise<void>((release) => resolve(release));
      })
      .catch(reject);
  });
