/**
 * The journal of a bench in IndexedDB.
 *
 * idb-keyval keeps values under keys; a journal grows at its end, and a record must have reached the disk before the board is
 * touched. So each batch is one transaction of strict durability, which browsers no longer give unless asked.
 */
import type { BoardKind, JournalRecord, JournalStore } from '../../bench/index.ts';

const DATABASE = 'meshpress-journal';

export class IndexedDbJournal implements JournalStore {
  constructor(readonly kind: BoardKind) {}

  async load(): Promise<readonly JournalRecord[]> {
    const request = (await database()).transaction(this.kind).objectStore(this.kind).getAll();
    return settled<JournalRecord[]>(request);
  }

  async append(records: readonly JournalRecord[]): Promise<void> {
    await this.#change((store) => {
      for (const record of records) store.add(record);
    });
  }

  /** For the journal of virtual boards alone, when they are put away. */
  clear(): Promise<void> {
    return this.#change((store) => store.clear());
  }

  async #change(change: (store: IDBObjectStore) => void): Promise<void> {
    const transaction = (await database()).transaction(this.kind, 'readwrite', { durability: 'strict' });
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error('The transaction was aborted.'));
    });
    change(transaction.objectStore(this.kind));
    await done;
  }
}

let opened: Promise<IDBDatabase> | undefined;

/** Kept open; an attempt that failed is made again, as a person may have allowed it meanwhile. */
function database(): Promise<IDBDatabase> {
  if (!opened) {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      for (const kind of ['usb', 'virtual'] satisfies BoardKind[])
        request.result.createObjectStore(kind, { autoIncrement: true });
    };
    opened = settled(request);
    opened.then(
      (open) => open.addEventListener('close', () => (opened = undefined)),
      () => (opened = undefined),
    );
  }
  return opened;
}

const settled = <Result>(request: IDBRequest<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('The database did not answer.'));
  });
