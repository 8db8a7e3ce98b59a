/** The journal of a bench in this browser: it grows at its end, each batch as one transaction. */
import type { BoardKind, JournalRecord, JournalStore } from '../../bench/index.ts';
import { storageEmptied } from '../storage-errors.ts';
import { readAll, transact } from './database.ts';

export class IndexedDbJournal implements JournalStore {
  /** Of the last record that this one appended. */
  #lastKey = 0;

  /** @param ofRun  a run is on: it is kept as long as records are appended */
  constructor(
    readonly kind: BoardKind,
    readonly ofRun = false,
  ) {}

  load(): Promise<readonly JournalRecord[]> {
    return readAll<JournalRecord>(this.kind);
  }

  /**
   * @throws `app/storage-emptied` where the run or the records before these are gone: somebody deleted them, by the browser's settings
   *         or its developer tools. Records that began anew would say that identities are free which are on boards.
   */
  async append(records: readonly JournalRecord[]): Promise<void> {
    let isEmptied = false;
    let lastKey = this.#lastKey;
    const appended = transact([this.kind, 'run'], (transaction) => {
      const store = transaction.objectStore(this.kind);
      const run = transaction.objectStore('run').count();
      const last = store.openKeyCursor(null, 'prev');
      last.onsuccess = () => {
        const key = (last.result?.key ?? 0) as number;
        isEmptied = (this.ofRun && run.result === 0) || key < this.#lastKey;
        if (isEmptied) return transaction.abort();
        for (const record of records) {
          const added = store.add(record);
          added.onsuccess = () => (lastKey = added.result as number);
        }
      };
    });
    await appended.catch((error: unknown) => Promise.reject(isEmptied ? storageEmptied() : error));
    this.#lastKey = lastKey;
  }
}
