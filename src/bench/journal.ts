/**
 * The journal of a bench: records in a store, and the ledger they add up to.
 *
 * What announces an act counts from the moment it is said, so that nobody else is given the same; what concludes one counts
 * once the store has it. Either way the act itself comes after `append` has resolved.
 */
import type { Finding } from '../errors.ts';
import { conflictFindings, journalNotRead, journalNotWritten } from './errors.ts';
import { Ledger } from './ledger.ts';
import { recordId, type JournalEntry, type JournalRecord, type JournalStore } from './records.ts';

export interface JournalOptions {
  /** A name for this run that no other has: a random UUID. */
  readonly run: string;
  readonly now: () => Date;
}

export interface ImportReport {
  readonly added: number;
  readonly alreadyThere: number;
  /** What cannot all be true, in the journal as it is now. */
  readonly conflicts: readonly Finding[];
}

export class Journal {
  #records: readonly JournalRecord[];
  readonly #ledger: Ledger;
  /** Appends under way: the store gets them one after another. */
  #lastAppend: Promise<unknown> = Promise.resolve();
  #number = 0;

  private constructor(
    readonly store: JournalStore,
    readonly options: JournalOptions,
    records: readonly JournalRecord[],
  ) {
    this.#records = records;
    this.#ledger = Ledger.of(records);
  }

  /**
   * Read what is there. What an earlier run left unfinished is settled: see `Ledger.settle`.
   *
   * @throws `station/journal-not-read`
   */
  static async open(store: JournalStore, options: JournalOptions): Promise<Journal> {
    const records = await store.load().catch((cause) => Promise.reject(journalNotRead(cause)));
    if (records.some(({ run }) => run === options.run))
      throw new RangeError(`The run ${options.run} is over`);
    return new Journal(store, options, records);
  }

  /** In the order they were appended; another array each time it grows. */
  get records(): readonly JournalRecord[] {
    return this.#records;
  }

  /** To be read; it changes with `append` alone. */
  get ledger(): Ledger {
    return this.#ledger;
  }

  /** @throws `station/journal-not-written`; then the act must not happen, and the identity counts as settled */
  async append(entry: JournalEntry): Promise<JournalRecord> {
    const { run, now } = this.options;
    const record: JournalRecord = { run, number: ++this.#number, at: now().toISOString(), ...entry };
    const announces = entry.kind === 'reserved' || entry.kind === 'writing';
    if (announces) this.#ledger.apply(record);
    try {
      await this.#store([record]);
    } catch (cause) {
      if (entry.identity) this.#ledger.settle(entry.identity);
      throw journalNotWritten(cause);
    }
    if (!announces) this.#ledger.apply(record);
    return record;
  }

  /**
   * Take over records of another journal, or of this one from a backup; known ones are left out. Not while boards are being
   * written: unfinished jobs in it are settled.
   *
   * @throws `station/journal-not-written`; then nothing was taken over
   */
  async import(records: readonly JournalRecord[]): Promise<ImportReport> {
    const known = new Map(this.#records.map((record) => [recordId(record), record]));
    const fresh: JournalRecord[] = [];
    const differing: JournalRecord[] = [];
    for (const record of records) {
      const ours = known.get(recordId(record));
      if (!ours) fresh.push(record);
      else if (!equalRecords(ours, record)) differing.push(record);
      known.set(recordId(record), ours ?? record);
    }
    if (fresh.length > 0) await this.#store(fresh).catch((cause) => Promise.reject(journalNotWritten(cause)));
    for (const record of fresh) {
      this.#ledger.apply(record);
      this.#number = Math.max(this.#number, record.run === this.options.run ? record.number : 0);
    }
    for (const { identity } of fresh) if (identity) this.#ledger.settle(identity);
    return {
      added: fresh.length,
      alreadyThere: records.length - fresh.length,
      conflicts: [...differing.map(conflictFindings.recordDiffers), ...this.#ledger.conflicts()],
    };
  }

  #store(records: readonly JournalRecord[]): Promise<void> {
    const stored = this.#lastAppend.then(() => this.store.append(records));
    this.#lastAppend = stored.catch(() => {});
    return stored.then(() => {
      this.#records = [...this.#records, ...records];
    });
  }
}

const equalRecords = (a: JournalRecord, b: JournalRecord): boolean =>
  JSON.stringify(plain(a)) === JSON.stringify(plain(b));

/** With its members in one order. */
const plain = ({
  at,
  kind,
  identity,
  chipId,
  probe,
  imageSha256,
  result,
  proof,
  uuid = '',
}: JournalRecord) => [
  at,
  kind,
  identity && [identity.network, identity.clone, identity.unicast, identity.elementCount],
  chipId,
  probe,
  imageSha256,
  result,
  proof && [proof.step, proof.ms],
  uuid,
];
