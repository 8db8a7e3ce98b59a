/**
 * What this browser keeps of the radio: the addresses and sequence numbers it used, what clones answered, and the database of a node
 * that was just provisioned, device keys included, until it is saved or forgotten: its key exists nowhere else.
 */
import { del, get, set, update } from 'idb-keyval';
import type { RadioRecord } from '../../on-air/index.ts';
import { storeOf } from './database.ts';

export interface KeptDatabase {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Of real radios, or of virtual ones. */
export type RecordSet = 'real' | 'virtual';

const RECORDS = { real: 'records', virtual: 'virtual records' } as const;
const DATABASE = 'database';
const radio = storeOf('radio');

export const recallRecords = async (set: RecordSet): Promise<readonly RadioRecord[]> =>
  (await get<readonly RadioRecord[]>(RECORDS[set], radio)) ?? [];
export const keepRecords = (added: readonly RadioRecord[], set: RecordSet): Promise<void> =>
  update<readonly RadioRecord[]>(RECORDS[set], (records = []) => [...records, ...added], radio);
/** Those of virtual radios go with the virtual boards. */
export const forgetVirtualRecords = (): Promise<void> => del(RECORDS.virtual, radio);

export const recallDatabase = async (): Promise<KeptDatabase | null> =>
  (await get<KeptDatabase>(DATABASE, radio)) ?? null;
export const keepDatabase = (database: KeptDatabase): Promise<void> => set(DATABASE, database, radio);
/** The records stay: they hold no keys, and without them a number could be used twice. */
export const forgetDatabase = (): Promise<void> => del(DATABASE, radio);

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
