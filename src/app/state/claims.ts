/** What the journal of real boards says of addresses: they are taken, although the database may not know it. */
import type { JournalStore, PlannedIdentity } from '../../bench/index.ts';
import { KnownError } from '../../errors.ts';
import type { UnicastRun } from '../../mesh/index.ts';

export class Claims {
  readonly #journal: Pick<JournalStore, 'load'>;

  constructor(journal: Pick<JournalStore, 'load'>) {
    this.#journal = journal;
  }

  /** On boards of a network. A browser that keeps nothing knows of none. @throws where there may be some that cannot be read */
  async of(network: string | undefined): Promise<readonly UnicastRun[]> {
    const records = network ? await this.#records() : [];
    if (!network || records.length === 0) return [];
    const { Ledger } = await import('../../bench/index.ts');
    return Ledger.of(records).claims(network);
  }

  /** @throws `station/plan-outdated` when addresses of these clones came onto boards as others */
  async assertCurrent(clones: readonly PlannedIdentity[], network: string | undefined): Promise<void> {
    const records = await this.#records().catch(() => []); // a person was told when it was planned
    if (!network || records.length === 0) return;
    const { assertPlanIsCurrent } = await import('../../bench/index.ts');
    assertPlanIsCurrent(clones, network, records);
  }

  #records = () =>
    this.#journal.load().catch((error: unknown) => {
      if (error instanceof KnownError && error.code === 'app/storage-refused') return [];
      throw error;
    });
}
