/**
 * Who holds which unicast address. Where the next clones go is for `allocate.ts` to say.
 *
 * There are only 32767 addresses, so the map is an array over all of them: marking is linear in elements, and every search
 * walks forward. Rules and their reasons: docs/database-formats.md, "Addresses".
 */
import { hex } from '../bytes.ts';
import type { MeshDatabase } from './database.ts';
import type { NodeRecord } from './node-record.ts';
import type { AddressRange, ExclusionRecord, ProvisionerRecord } from './records.ts';
import { addressOutside, addressTaken, ambiguousProvisioner, unknownProvisioner } from './errors.ts';
import { mentionedAddresses } from './mentioned-addresses.ts';
import { uuidDigits } from './values.ts';

export const LOWEST_UNICAST = 0x0001;
export const HIGHEST_UNICAST = 0x7fff;

/** Why an address cannot be given away. */
export type AddressOwner =
  | { readonly kind: 'node'; readonly index: number; readonly name: string }
  /** Below the first range of a PyACI network: addresses of its serial ports. */
  | { readonly kind: 'provisioner' }
  /** Of a node that was removed while the network had this IV index. */
  | { readonly kind: 'excluded'; readonly ivIndex: number }
  /** Given to an earlier clone. */
  | { readonly kind: 'reserved' };

export interface AddressOptions {
  /** Whose ranges to use, by name or UUID; the first provisioner otherwise. */
  readonly provisioner?: string;
  /** Addresses promised elsewhere, such as clones of earlier runs that the database does not list. */
  readonly reserved?: readonly { readonly start: number; readonly count: number }[];
  /** With it, exclusions that have run out are free again; without it all of them count. */
  readonly currentIvIndex?: number;
}

/** A stretch of addresses with one owner, or free inside a range, or free but in no range. */
export interface AddressSpan {
  readonly first: number;
  readonly last: number;
  readonly use: AddressOwner | 'free' | 'outside';
}

/** What to call an owner in a sentence. */
export function ownerText(owner: AddressOwner): string {
  switch (owner.kind) {
    case 'node':
      return `node ${owner.index} '${owner.name}'`;
    case 'provisioner':
      return 'the provisioner itself';
    case 'excluded':
      return `a node removed at IV index ${owner.ivIndex}`;
    case 'reserved':
      return 'an earlier clone';
  }
}

export const rangeText = ({ low, high }: AddressRange): string => `${hex(low, 4)} to ${hex(high, 4)}`;

/** The addresses of a node inside the unicast space; nothing where it has no valid first one. An unknown count counts as one. */
export function addressesOf(node: NodeRecord): AddressRange | undefined {
  if (node.unicast < LOWEST_UNICAST || node.unicast > HIGHEST_UNICAST) return undefined;
  return {
    low: node.unicast,
    high: Math.min(node.unicast + Math.max(node.elementCount, 1) - 1, HIGHEST_UNICAST),
  };
}

/** The addresses of one database, as far as one provisioner may use them. A scratch pad: claims change it. */
export class AddressMap {
  /** Ranges new addresses come from; the whole space when the provisioner has none. */
  readonly ranges: readonly AddressRange[];
  /** False when the provisioner has no range, so that nothing says which addresses are ours. */
  readonly hasRange: boolean;
  /** Provisioners' own nodes that were moved out of the way, so that `frontier` is counted without them. */
  readonly setAside: readonly NodeRecord[];
  /** Exclusions that have run out under the IV index given: their addresses are free again. */
  readonly expired: readonly ExclusionRecord[];
  /** By address: 0 is free, others are an index into `owners` plus one. */
  private readonly marks = new Int32Array(HIGHEST_UNICAST + 1);
  private readonly owners: AddressOwner[] = [];
  /** By address: 1 where the file says that somebody has it, had it, or is sent to there. */
  private readonly seen = new Uint8Array(HIGHEST_UNICAST + 1);
  /** Where PyACI starts although nothing lies below. */
  private readonly leastFrontier: number;

  constructor(database: MeshDatabase, options: AddressOptions = {}) {
    const provisioner = findProvisioner(database, options.provisioner);
    const allocated = (provisioner?.unicastRanges ?? []).filter(({ low, high }) => low <= high);
    this.hasRange = allocated.length > 0;
    this.ranges = this.hasRange ? allocated : [{ low: LOWEST_UNICAST, high: HIGHEST_UNICAST }];
    this.leastFrontier = database.format === 'pyaci' ? this.ranges[0]!.low : LOWEST_UNICAST;
    this.setAside = outOfTheWay(database, this.ranges, provisioner);
    const isAside = (address: number) => this.setAside.some((node) => isOwnAddress(node, address));

    // the first to mark an address owns it: nodes before what merely reserves
    for (const node of database.nodes) {
      const span = addressesOf(node);
      if (span === undefined) continue;
      this.mark(span, this.addOwner({ kind: 'node', index: node.index, name: node.name }));
      if (!this.setAside.includes(node)) this.see(span);
    }
    for (const address of mentionedAddresses(database)) if (!isAside(address)) this.seen[address] = 1;
    const { currentIvIndex = 0 } = options;
    const { exclusions } = database;
    this.expired = exclusions.filter(({ ivIndex }) => ivIndex < currentIvIndex - 1);
    for (const exclusion of exclusions) {
      if (this.expired.includes(exclusion)) continue;
      const owner = this.addOwner({ kind: 'excluded', ivIndex: exclusion.ivIndex });
      for (const address of exclusion.addresses) {
        this.mark({ low: address, high: address }, owner);
        this.see({ low: address, high: address });
      }
    }
    for (const { start, count } of options.reserved ?? []) this.claim(start, count);
    if (database.format === 'pyaci') {
      const high = this.hasRange ? Math.max(this.ranges[0]!.low - 1, LOWEST_UNICAST) : LOWEST_UNICAST;
      this.mark({ low: LOWEST_UNICAST, high }, this.addOwner({ kind: 'provisioner' }));
    }
  }

  ownerOf(address: number): AddressOwner | undefined {
    return this.owners[(this.marks[address] ?? 0) - 1];
  }

  /**
   * Behind the highest address of the ranges that anybody has, had, or is sent to as far as the file tells, and behind every
   * claim; in PyACI not below the first range.
   *
   * Free addresses below it may have been a phone's or a node's before it was moved or removed, which no file says: the
   * others still hold its last sequence number, and a clone there is not heard before it has counted past it.
   */
  get frontier(): number {
    const highestIn = ({ low, high }: AddressRange): number => {
      const within = this.seen.subarray(low, high + 1).lastIndexOf(1);
      return within === -1 ? 0 : low + within;
    };
    return this.ranges.reduce((least, range) => Math.max(least, highestIn(range) + 1), this.leastFrontier);
  }

  /** Give `count` addresses from `start` on away. */
  claim(start: number, count: number): void {
    const span = { low: start, high: start + count - 1 };
    this.mark(span, this.addOwner({ kind: 'reserved' }));
    this.see(span);
  }

  /** Lowest start at or above `from` with `count` free addresses inside one range; `undefined` when there is none. */
  findRun(count: number, from = LOWEST_UNICAST): number | undefined {
    let lowest: number | undefined;
    for (const range of this.ranges) {
      const high = Math.min(range.high, HIGHEST_UNICAST);
      let start = Math.max(range.low, from, LOWEST_UNICAST);
      for (let at = start; at <= high && (lowest === undefined || start < lowest); at++) {
        if (this.marks[at] !== 0) start = at + 1;
        else if (at - start + 1 === count) {
          lowest = start;
          break;
        }
      }
    }
    return lowest;
  }

  /** How many nodes of that many elements still fit at or above `from`: lowest first leaves the least behind. */
  roomFor(elementCount: number, from = LOWEST_UNICAST): number {
    let room = 0;
    let start = from;
    for (;;) {
      const unicast = this.findRun(elementCount, start);
      if (unicast === undefined) return room;
      room++;
      start = unicast + elementCount;
    }
  }

  /** Number of free addresses inside the ranges. */
  get freeCount(): number {
    return this.freeRanges().reduce((sum, { low, high }) => sum + high - low + 1, 0);
  }

  /** Free stretches inside the ranges, rising; ranges that overlap count once, ranges that touch stay apart. */
  freeRanges(): readonly AddressRange[] {
    const runs: AddressRange[] = [];
    let from = LOWEST_UNICAST;
    for (const range of this.ranges.toSorted((a, b) => a.low - b.low)) {
      let start = Math.max(range.low, from);
      const high = Math.min(range.high, HIGHEST_UNICAST);
      for (let at = start; at <= high + 1; at++) {
        if (at <= high && this.marks[at] === 0) continue;
        if (at > start) runs.push({ low: start, high: at - 1 });
        start = at + 1;
      }
      from = Math.max(from, high + 1);
    }
    return runs;
  }

  /** The whole unicast space from 0x0001 to 0x7FFF as stretches of one use each, rising and without gaps. */
  spans(): readonly AddressSpan[] {
    const inRange = new Uint8Array(HIGHEST_UNICAST + 1);
    for (const { low, high } of this.ranges)
      inRange.fill(1, Math.max(low, 0), Math.min(high, HIGHEST_UNICAST) + 1);
    const codeAt = (at: number) => this.marks[at]! || -inRange[at]!;
    const spans: AddressSpan[] = [];
    let first = LOWEST_UNICAST;
    for (let at = first + 1; at <= HIGHEST_UNICAST + 1; at++) {
      if (at <= HIGHEST_UNICAST && codeAt(at) === codeAt(first)) continue;
      const use = this.ownerOf(first) ?? (inRange[first] === 1 ? 'free' : 'outside');
      spans.push({ first, last: at - 1, use });
      first = at;
    }
    return spans;
  }

  /** @throws `meshdb/address-taken`, `meshdb/address-outside`: why these addresses cannot be given away */
  assertFree(unicast: number, elementCount: number): void {
    const last = unicast + elementCount - 1;
    const nextFree = () => this.findRun(elementCount, Math.max(unicast + 1, LOWEST_UNICAST));
    for (let address = unicast; address <= last; address++) {
      const owner = this.ownerOf(address);
      if (owner !== undefined)
        throw addressTaken({ unicast, last, taken: address, owner: ownerText(owner), nextFree: nextFree() });
    }
    const inside = this.ranges.some(
      ({ low, high }) => low <= unicast && last <= Math.min(high, HIGHEST_UNICAST),
    );
    if (!inside || unicast < LOWEST_UNICAST)
      throw addressOutside({ unicast, last, ranges: this.rangesText(), nextFree: nextFree() });
  }

  rangesText(): string {
    const texts = this.ranges.map(rangeText);
    return `${texts.length === 1 ? 'the range' : 'the ranges'} ${texts.join(', ')}`;
  }

  private addOwner(owner: AddressOwner): number {
    return this.owners.push(owner);
  }
  /** Mark what is still free. */
  private mark({ low, high }: AddressRange, owner: number): void {
    for (let at = Math.max(low, 0); at <= high && at <= HIGHEST_UNICAST; at++)
      if (this.marks[at] === 0) this.marks[at] = owner;
  }
  private see({ low, high }: AddressRange): void {
    this.seen.fill(1, Math.max(low, 0), high + 1);
  }
}

/**
 * The provisioners' own nodes that lie where the highest address says nothing about the others: at the very end of a range,
 * where people move a phone to have it out of the way, or outside the ranges of the provisioner itself.
 */
function outOfTheWay(
  database: MeshDatabase,
  ranges: readonly AddressRange[],
  provisioner: ProvisionerRecord | undefined,
): readonly NodeRecord[] {
  const phones = database.nodes.filter(({ isProvisioner }) => isProvisioner);
  const isInside = (node: NodeRecord) =>
    ranges.some(({ low, high }) => low <= node.unicast && node.unicast <= high);
  const outside = phones.filter(
    (node) => uuidDigits(node.uuid) === uuidDigits(provisioner?.uuid ?? '') && !isInside(node),
  );
  const atEnd: NodeRecord[] = [];
  for (const range of ranges) {
    // several phones side by side leave the way together
    for (let end = Math.min(range.high, HIGHEST_UNICAST); ;) {
      const phone = phones.find((node) => addressesOf(node)?.high === end && node.unicast >= range.low);
      if (phone === undefined) break;
      atEnd.push(phone);
      end = phone.unicast - 1;
    }
  }
  return [...new Set([...outside, ...atEnd])];
}

/** Whether an address is one of the node's elements'. */
export function isOwnAddress(node: NodeRecord, address: number): boolean {
  const span = addressesOf(node);
  return span !== undefined && span.low <= address && address <= span.high;
}

/**
 * The provisioner with that UUID or name; the first when none is named.
 *
 * @throws `meshdb/no-such-provisioner`; `meshdb/ambiguous-provisioner` when several have the name
 */
export function findProvisioner(database: MeshDatabase, wanted?: string): ProvisionerRecord | undefined {
  const { provisioners } = database;
  if (wanted === undefined) return provisioners[0];
  const byUuid = provisioners.find(({ uuid }) => uuid !== '' && uuidDigits(uuid) === uuidDigits(wanted));
  if (byUuid !== undefined) return byUuid;
  const [found, ...others] = provisioners.filter(({ name }) => name === wanted);
  if (found === undefined)
    throw unknownProvisioner(
      wanted,
      provisioners.map(({ name }) => name),
    );
  if (others.length > 0)
    throw ambiguousProvisioner(
      wanted,
      [found, ...others].map(({ uuid }) => uuid),
    );
  return found;
}

/**
 * Addresses that belong to nobody, for a radio that speaks from one of its own: from the top of the ranges down, where nodes come last.
 *
 * @param count  at most so many
 */
export function spareAddresses(database: MeshDatabase, count: number, options?: AddressOptions): number[] {
  const spare: number[] = [];
  for (const { low, high } of [...new AddressMap(database, options).freeRanges()].reverse())
    for (let address = high; address >= low && spare.length < count; address--) spare.push(address);
  return spare;
}

/** The addresses of a database as one provisioner sees them: who holds what, what is free, how much still fits. */
export const usedAddresses = (database: MeshDatabase, options?: AddressOptions): AddressMap =>
  new AddressMap(database, options);
