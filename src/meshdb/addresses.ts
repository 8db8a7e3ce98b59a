/**
 * Who holds which unicast address, and where the next clones go.
 *
 * There are only 32767 addresses, so the map is an array over all of them: marking is linear in elements, and every search
 * walks forward. Rules and their reasons: docs/database-formats.md, "Addresses".
 */
import { hex } from '../bytes.ts';
import type { Finding } from '../errors.ts';
import type { AddressRange, MeshDatabase, NodeRecord, ProvisionerRecord } from './database.ts';
import { addressOutside, addressTaken, noRoom, unknownProvisioner } from './errors.ts';
import { uuidDigits } from './database.ts';

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
  /** Behind the last address of the highest node. */
  private firstAboveNodes = LOWEST_UNICAST;
  /** By address: 0 is free, others are an index into `owners` plus one. */
  private readonly marks = new Int32Array(HIGHEST_UNICAST + 1);
  private readonly owners: AddressOwner[] = [];

  constructor(database: MeshDatabase, options: AddressOptions = {}) {
    const provisioner = findProvisioner(database, options.provisioner);
    const allocated = (provisioner?.unicastRanges ?? []).filter(({ low, high }) => low <= high);
    this.hasRange = allocated.length > 0;
    this.ranges = this.hasRange ? allocated : [{ low: LOWEST_UNICAST, high: HIGHEST_UNICAST }];
    // the first to mark an address owns it: nodes before what merely reserves
    for (const node of database.nodes) {
      const span = addressesOf(node);
      if (span === undefined) continue;
      this.mark(span, this.addOwner({ kind: 'node', index: node.index, name: node.name }));
      this.firstAboveNodes = Math.max(this.firstAboveNodes, span.high + 1);
    }
    for (const { ivIndex, addresses } of database.exclusions) {
      if (options.currentIvIndex !== undefined && ivIndex < options.currentIvIndex - 1) continue;
      const owner = this.addOwner({ kind: 'excluded', ivIndex });
      for (const address of addresses) this.mark({ low: address, high: address }, owner);
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

  /** Where PyACI itself would go on: behind the highest node and every later claim, not below the first range. */
  get frontier(): number {
    return Math.max(this.firstAboveNodes, this.ranges[0]!.low);
  }

  /** Give `count` addresses from `start` on away. */
  claim(start: number, count: number): void {
    this.mark({ low: start, high: start + count - 1 }, this.addOwner({ kind: 'reserved' }));
    this.firstAboveNodes = Math.max(this.firstAboveNodes, start + count);
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

  /** How many nodes of that many elements still fit: lowest first leaves the least behind. */
  roomFor(elementCount: number): number {
    let room = 0;
    let from = LOWEST_UNICAST;
    for (;;) {
      const unicast = this.findRun(elementCount, from);
      if (unicast === undefined) return room;
      room++;
      from = unicast + elementCount;
    }
  }

  /** Number of free addresses inside the ranges. */
  get freeCount(): number {
    return this.freeRuns().reduce((sum, { low, high }) => sum + high - low + 1, 0);
  }

  /** Free stretches inside the ranges, rising; ranges that overlap count once, ranges that touch stay apart. */
  freeRuns(): readonly AddressRange[] {
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
}

/** @throws `meshdb/no-such-provisioner` */
export function findProvisioner(database: MeshDatabase, wanted?: string): ProvisionerRecord | undefined {
  const { provisioners } = database;
  if (wanted === undefined) return provisioners[0];
  const found =
    provisioners.find(({ uuid }) => uuid !== '' && uuidDigits(uuid) === uuidDigits(wanted)) ??
    provisioners.find(({ name }) => name === wanted);
  if (found === undefined)
    throw unknownProvisioner(
      wanted,
      provisioners.map(({ name }) => name),
    );
  return found;
}

/**
 * How to choose: behind the highest node, as PyACI does (addresses of removed nodes may hide in its holes); the lowest gap
 * that fits, as the phone apps do; or on from an address a person gave.
 */
export type AllocationPolicy = 'after-highest' | 'lowest-fit' | { readonly start: number };

export const defaultPolicyOf = (database: MeshDatabase): AllocationPolicy =>
  database.format === 'pyaci' ? 'after-highest' : 'lowest-fit';

export interface AllocationRequest extends AddressOptions {
  /** Elements of the donor, and so of every clone: at least 1. */
  readonly elementCount: number;
  readonly count: number;
  /** `defaultPolicyOf(database)` when left out. */
  readonly policy?: AllocationPolicy;
  /** By clone: an address it must have. What is missing is chosen. */
  readonly wanted?: readonly (number | undefined)[];
}
export interface Allocation {
  /** First address of each clone, in order. */
  readonly addresses: readonly number[];
  /** What a person should know about the choice. */
  readonly notes: readonly Finding[];
}

/**
 * Find an address for every clone. Each takes `elementCount` addresses in a row inside one range; clones need not follow
 * each other. Near linear in the number of nodes and clones.
 *
 * @throws `meshdb/no-room` with the number that would fit; `meshdb/address-taken` or `meshdb/address-outside` for an address
 *         a person gave, with the next one that is free; `meshdb/no-such-provisioner`
 */
export function allocate(database: MeshDatabase, request: AllocationRequest): Allocation {
  const { elementCount, count, policy = defaultPolicyOf(database), wanted = [] } = request;
  const map = new AddressMap(database, request);
  const addresses: (number | undefined)[] = Array.from({ length: count }, (_, i) => wanted[i]);
  if (typeof policy === 'object' && count > 0) addresses[0] ??= policy.start;

  const frontier = map.frontier;
  for (const unicast of addresses) {
    if (unicast === undefined) continue;
    map.assertFree(unicast, elementCount);
    map.claim(unicast, elementCount);
  }

  let from = policy === 'after-highest' ? frontier : policy === 'lowest-fit' ? LOWEST_UNICAST : policy.start;
  let mayTurn = policy === 'after-highest';
  let turnedAt: number | undefined;
  for (const [i, given] of addresses.entries()) {
    if (given !== undefined) continue;
    let unicast = map.findRun(elementCount, from);
    if (unicast === undefined && mayTurn) {
      mayTurn = false;
      unicast = map.findRun(elementCount);
      turnedAt = unicast;
    }
    if (unicast === undefined) {
      const made = addresses.filter((address, k) => k < i || address !== undefined).length;
      throw noRoom({
        elementCount,
        wanted: count,
        room: made,
        free: new AddressMap(database, request).freeCount,
        ranges: map.rangesText(),
      });
    }
    map.claim(unicast, elementCount);
    addresses[i] = unicast;
    from = unicast + elementCount;
  }
  return { addresses: addresses as number[], notes: notesOn(database, map, request, turnedAt) };
}

function notesOn(
  database: MeshDatabase,
  map: AddressMap,
  request: AllocationRequest,
  turnedAt: number | undefined,
): readonly Finding[] {
  const notes: Finding[] = [];
  if (!map.hasRange)
    notes.push({
      severity: 'warning',
      code: 'meshdb/no-range',
      message:
        'The provisioner has no range of unicast addresses; the whole space 0x0001 to 0x7FFF was used.',
      hint: 'Make sure that no other provisioner hands out the same addresses.',
    });
  if (turnedAt !== undefined)
    notes.push({
      severity: 'warning',
      code: 'meshdb/holes-used',
      message: `No room is left behind the highest node; clones from ${hex(turnedAt, 4)} on fill holes between nodes.`,
      hint: 'PyACI keeps no list of removed nodes: make sure that no removed node used these addresses.',
    });
  if (
    database.exclusions.some(({ addresses }) => addresses.length > 0) &&
    request.currentIvIndex === undefined
  )
    notes.push({
      severity: 'info',
      code: 'meshdb/exclusions-kept',
      message:
        'Addresses of removed nodes were left out, all of them, as the IV index of the network is not known.',
      hint: 'Give the current IV index to use again those that have run out.',
    });
  return notes;
}

/**
 * Addresses that belong to nobody, for a radio that speaks from one of its own: from the top of the ranges down, where nodes come last.
 *
 * @param count  at most so many
 */
export function spareAddresses(database: MeshDatabase, count: number, options?: AddressOptions): number[] {
  const spare: number[] = [];
  for (const { low, high } of [...new AddressMap(database, options).freeRuns()].reverse())
    for (let address = high; address >= low && spare.length < count; address--) spare.push(address);
  return spare;
}

/** The addresses of a database as one provisioner sees them: who holds what, what is free, how much still fits. */
export const usedAddresses = (database: MeshDatabase, options?: AddressOptions): AddressMap =>
  new AddressMap(database, options);
