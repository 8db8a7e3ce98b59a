/** The journal of a bench in this browser: it grows at its end, each batch as one transaction. */
import type { BoardKind, JournalRecord, JournalStore } from '../../bench/index.ts';
import { readAll, transact } from './database.ts';

export class IndexedDbJournal implements JournalStore {
  constructor(readonly kind: BoardKind) {}

  load(): Promise<readonly JournalRecord[]> {
    return readAll<JournalRecord>(this.kind);
  }

  append(records: readonly JournalRecord[]): Promise<void> {
    return transact([this.kind], (transaction) => {
      const store = transaction.objectStore(this.kind);
      for (const record of records) store.add(record);
    });
  }
}
