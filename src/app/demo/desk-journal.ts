import type { JournalRecord, JournalStore } from '../../bench/index.ts';
import type { DemoDesk } from './demo-desk.svelte.ts';

/**
 * The journal of virtual boards. Real ones have in their flash what the journal says of them, whatever becomes of the page; these are
 * kept first, so that a page that ends in between leaves no board that was verified and is half written.
 */
export class DeskJournal implements JournalStore {
  readonly #store: JournalStore;
  readonly #desk: () => Pick<DemoDesk, 'keepChip'> | null;

  /** @param desk  `null` as long as no board can have changed */
  constructor(store: JournalStore, desk: () => Pick<DemoDesk, 'keepChip'> | null) {
    this.#store = store;
    this.#desk = desk;
  }

  load(): Promise<readonly JournalRecord[]> {
    return this.#store.load();
  }

  async append(records: readonly JournalRecord[]): Promise<void> {
    for (const { kind, chipId } of records)
      if (kind === 'verified' || kind === 'locked') await this.#desk()?.keepChip(chipId);
    await this.#store.append(records);
  }
}
