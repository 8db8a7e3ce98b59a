/**
 * What is kept of the addresses that messages were sent from, so that no sequence number is ever used twice.
 *
 * A node drops whatever comes with a number it has seen from that address. Records are stored before anything is sent under them.
 */

export interface OwnAddressRecord {
  /** meshUUID of the database: 32 hex digits in small letters. */
  readonly network: string;
  readonly unicast: number;
  readonly ivIndex: number;
  /** The network itself told this IV index; otherwise it is what somebody said or guessed. */
  readonly isIvIndexHeard?: boolean;
  /** First sequence number never used; `null` where nobody knows, so that the address is spent. */
  readonly nextSequence: number | null;
  /** UTC, `2026-11-24T15:59:26.000Z`. */
  readonly at: string;
}

/** Where records are kept. */
export interface OwnAddressStore {
  load(): Promise<readonly OwnAddressRecord[]>;
  /** Resolves once the record would survive a power loss. */
  append(record: OwnAddressRecord): Promise<void>;
}

/**
 * Addresses from which nobody has sent in a network: one is used by one sender only, ever, as no sender knows another's numbers.
 *
 * @param spare    free in the database
 * @param network  meshUUID of the database: 32 hex digits in small letters
 * @param own      of the sender that asks, which goes on from it
 */
export function unspentAddresses(
  spare: readonly number[],
  records: readonly OwnAddressRecord[],
  network: string,
  own?: number,
): readonly number[] {
  const spent = new Set(records.filter((one) => one.network === network).map(({ unicast }) => unicast));
  return spare.filter((unicast) => unicast === own || !spent.has(unicast));
}
