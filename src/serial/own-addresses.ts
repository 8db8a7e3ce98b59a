/**
 * Which unicast address the kit speaks from, and which sequence numbers are spent.
 *
 * A node drops whatever comes with a number it has seen from that address, so no number may be used twice. Records are stored
 * before anything is sent under them. A device before 5.0.0 begins at 0 after every restart and cannot be told otherwise: for it an
 * address serves once.
 */
import type { OwnAddressRecord, OwnAddressStore } from '../mesh/index.ts';
import { noOwnAddress } from './errors.ts';

/** Keeps records as long as the page is open: for the demo and for tests. */
export class MemoryOwnAddresses implements OwnAddressStore {
  records: readonly OwnAddressRecord[];

  constructor(records: readonly OwnAddressRecord[] = []) {
    this.records = records;
  }
  async load(): Promise<readonly OwnAddressRecord[]> {
    return this.records;
  }
  async append(record: OwnAddressRecord): Promise<void> {
    this.records = [...this.records, record];
  }
}

/** Numbers per IV index: 24 bits. */
const SEQUENCE_END = 0x1000000;
/** Left for one run of the kit. */
const SEQUENCE_MARGIN = 0x20000;
/** Skipped where it is in doubt whether nodes remember more than the records do. */
const SEQUENCE_LEAP = 0x100000;

export interface OwnAddress {
  readonly unicast: number;
  readonly nextSequence: number;
}

export interface OwnAddressChoice {
  readonly network: string;
  readonly ivIndex: number;
  /** Addresses that belong to no node, 0x0001..0x7FFF. */
  readonly candidates: readonly number[];
  readonly records: readonly OwnAddressRecord[];
  /** The device can be told where its sequence numbers go on. */
  readonly keepsSequence: boolean;
  /** Leave many numbers out, or take another address. */
  readonly freshNumbers: boolean;
  /** 4 bytes, to choose among addresses without records: an earlier browser may have used the first. */
  readonly random: Uint8Array;
}

/**
 * Choose an address and where its numbers go on.
 *
 * @throws `serial/no-own-address` when every candidate is spent
 */
export function chooseOwnAddress(choice: OwnAddressChoice): OwnAddress {
  const { candidates, keepsSequence, freshNumbers, random } = choice;
  const latest = new Map<number, OwnAddressRecord>();
  for (const record of choice.records)
    if (record.network === choice.network)
      latest.set(record.unicast, newer(latest.get(record.unicast), record));
  if (keepsSequence)
    for (const record of [...latest.values()].reverse()) {
      if (!candidates.includes(record.unicast) || record.nextSequence === null) continue;
      if (record.ivIndex < choice.ivIndex) return { unicast: record.unicast, nextSequence: 0 };
      const nextSequence = record.nextSequence + (freshNumbers ? SEQUENCE_LEAP : 0);
      if (record.ivIndex === choice.ivIndex && nextSequence + SEQUENCE_MARGIN < SEQUENCE_END)
        return { unicast: record.unicast, nextSequence };
    }
  const unused = candidates.filter((unicast) => !latest.has(unicast));
  if (unused.length === 0) throw noOwnAddress();
  const pick = new DataView(random.buffer, random.byteOffset).getUint32(0, true) % unused.length;
  return { unicast: unused[pick]!, nextSequence: 0 };
}

/** The record that holds: of a later IV index, then with the higher number; a spent address stays spent. */
function newer(known: OwnAddressRecord | undefined, record: OwnAddressRecord): OwnAddressRecord {
  if (known === undefined) return record;
  if (known.nextSequence === null || record.nextSequence === null) return { ...record, nextSequence: null };
  if (known.ivIndex !== record.ivIndex) return known.ivIndex > record.ivIndex ? known : record;
  return known.nextSequence > record.nextSequence ? known : record;
}
