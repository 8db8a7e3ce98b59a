/**
 * What this browser keeps of the radio: the addresses and sequence numbers it used, what clones answered, and the database of a node
 * that was just provisioned, device keys included, until it is saved or forgotten: its key exists nowhere else.
 */
import { get, update } from 'idb-keyval';
import type { OwnNodeRecord, OwnNodeStore, ProvisionedDevice } from '../../mesh/index.ts';
import type { RadioRecord } from '../../on-air/index.ts';
import { forgetSealed, keepSealed, readAll, recallSealed, storeOf, transact } from './database.ts';
import { takeLock } from './locks.ts';
import { DATABASE, PENDING } from './vault/places.ts';

export interface KeptDatabase {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Of real radios, or of virtual ones. */
export type RecordSet = 'real' | 'virtual';

/** A device that was given its keys and has not said whether it took them, with the database it is to stand in. */
export interface PendingDevice {
  readonly database: KeptDatabase;
  readonly name: string;
  /** 32 hex digits. */
  readonly uuid: string;
  readonly device: ProvisionedDevice;
}

const RECORDS = { real: 'records', virtual: 'virtual records' } as const;
const OWN_NODE = { real: 'own-node ', virtual: 'virtual own-node ' } as const;
const radio = storeOf('radio');

/** Batches of records lie behind each other under their numbers, so that a further one costs the same however many there are. */
const batchesOf = (set: RecordSet) => IDBKeyRange.bound([RECORDS[set], 0], [RECORDS[set], Infinity]);

export const recallRecords = async (set: RecordSet): Promise<readonly RadioRecord[]> =>
  (await readAll<readonly RadioRecord[]>('radio', batchesOf(set))).flat();
export const keepRecords = (added: readonly RadioRecord[], set: RecordSet): Promise<void> =>
  transact(['radio'], (transaction) => {
    const store = transaction.objectStore('radio');
    const last = store.openKeyCursor(batchesOf(set), 'prev');
    last.onsuccess = () => {
      const [, number] = (last.result?.key ?? ['', -1]) as [string, number];
      store.add(added, [RECORDS[set], number + 1]);
    };
  });
/** Those of virtual radios go with the virtual boards. */
export const forgetVirtualRecords = (): Promise<void> =>
  transact(['radio'], (transaction) => {
    const store = transaction.objectStore('radio');
    store.delete(batchesOf('virtual'));
    store.delete(IDBKeyRange.bound(OWN_NODE.virtual, `${OWN_NODE.virtual}\uffff`));
  });

export const recallDatabase = async (): Promise<KeptDatabase | null> =>
  ((await recallSealed(DATABASE)) as KeptDatabase | undefined) ?? null;
export const keepDatabase = (database: KeptDatabase): Promise<void> => keepSealed(DATABASE, database);
/** The records stay: they hold no keys, and without them a number could be used twice. */
export const forgetDatabase = (): Promise<void> => forgetSealed(DATABASE);

export const recallPending = async (): Promise<PendingDevice | null> =>
  ((await recallSealed(PENDING)) as PendingDevice | undefined) ?? null;
export const keepPending = (pending: PendingDevice): Promise<void> => keepSealed(PENDING, pending);
export const forgetPending = (): Promise<void> => forgetSealed(PENDING);

/**
 * This browser as a node, over the computer's own Bluetooth: one record a network, never one of fewer numbers over one of more. Virtual
 * nodes begin anew with each page, so what was heard of them before counts no more.
 */
export const ownNodes = (set: RecordSet): OwnNodeStore => ({
  read: async (networkId) => {
    const record = await get<OwnNodeRecord>(OWN_NODE[set] + networkId, radio);
    return record && set === 'virtual' ? { ...record, replay: [] } : record;
  },
  write: (record) =>
    update<OwnNodeRecord>(
      OWN_NODE[set] + record.networkId,
      (kept) => {
        if (kept && isBehind(record, kept)) throw new Error('Another page has used numbers meanwhile.');
        return record;
      },
      radio,
    ),
});

const isBehind = (record: OwnNodeRecord, kept: OwnNodeRecord): boolean =>
  record.unicast === kept.unicast &&
  (record.numbersUnder < kept.numbersUnder ||
    (record.numbersUnder === kept.numbersUnder && record.reservedUntil < kept.reservedUntil));

/** One radio at a time in this browser: two tabs would use the same addresses. */
export const takeRadio = () => takeLock('meshpress-radio');
/** The right to speak as a node of a network. */
export const takeOwnNode = (name: string) => takeLock(`meshpress-${name}`);
