import {
  formatRadioRecord,
  parseRadioJournal,
  resultsIn,
  type OnAirResult,
  type RadioRecord,
} from '../../on-air/index.ts';
import { uuidDigits } from '../../meshdb/index.ts';
import { keepRecords, recallRecords, type RecordSet } from '../browser/radio-memory.ts';

/** Who is asked about. */
interface Asked {
  readonly unicast: number;
  readonly uuid: string;
}

/**
 * The journal of this browser's radio: addresses and numbers that were used, and what clones answered. That of virtual radios is
 * kept apart: its answers prove nothing about hardware.
 */
export class AirRecords {
  #real = $state.raw<readonly RadioRecord[]>([]);
  #virtual = $state.raw<readonly RadioRecord[]>([]);
  #looked: readonly RecordSet[] = [];

  of(set: RecordSet): readonly RadioRecord[] {
    return set === 'virtual' ? this.#virtual : this.#real;
  }

  /** Read what this browser keeps, which another tab may have added to. @throws where it keeps nothing */
  async load(set: RecordSet): Promise<void> {
    this.#put(set, await recallRecords(set));
    this.#looked = [...this.#looked, set];
  }

  /** To look at, once: a browser that keeps nothing has nothing to show. */
  async look(set: RecordSet): Promise<void> {
    if (!this.#looked.includes(set)) await this.load(set).catch(() => undefined);
  }

  /** On the disk before they count. */
  async keep(set: RecordSet, ...records: readonly RadioRecord[]): Promise<void> {
    await keepRecords(records, set);
    this.#put(set, [...this.of(set), ...records]);
  }

  /** As a file for another browser: addresses, numbers and answers, without keys. */
  format(set: RecordSet): string {
    return this.of(set).map(formatRadioRecord).join('');
  }

  /**
   * Take in what another browser or the command line has used and heard.
   *
   * @returns how many of its records were new here
   * @throws  `on-air/bad-journal`; nothing is taken in then
   */
  async takeIn(set: RecordSet, text: string): Promise<number> {
    const given = parseRadioJournal(text);
    await this.load(set);
    const known = Object.fromEntries(this.of(set).map((record) => [formatRadioRecord(record), true]));
    const added = given.filter((record) => !known[formatRadioRecord(record)]);
    if (added.length > 0) await this.keep(set, ...added);
    return added.length;
  }

  /** What clones of a network answered last, by first unicast address. */
  resultsOf(set: RecordSet, meshUuid: string, clones: readonly Asked[]): ReadonlyMap<number, OnAirResult> {
    return resultsIn(
      this.of(set),
      uuidDigits(meshUuid),
      clones.map(({ unicast, uuid }) => ({ unicast, uuid: uuidDigits(uuid) })),
    );
  }

  #put(set: RecordSet, records: readonly RadioRecord[]): void {
    if (set === 'virtual') this.#virtual = records;
    else this.#real = records;
  }
}
