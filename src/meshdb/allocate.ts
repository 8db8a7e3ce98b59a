/**
 * Where the next clones go.
 *
 * Phone apps move their own node to another address without noting the old one, older exports do not list removed nodes, and
 * PyACI never does: a gap between nodes may be an address that the others remember. So clones go behind everything the file
 * tells of, and into gaps only when a person says so. Rules and their reasons: docs/database-formats.md, "Addresses".
 */
import { hex } from '../bytes.ts';
import type { MeshdbFinding as Finding } from './errors.ts';
import { AddressMap, LOWEST_UNICAST, type AddressOptions } from './addresses.ts';
import type { MeshDatabase } from './database.ts';
import type { NodeRecord } from './node-record.ts';
import { noRoom } from './errors.ts';
import { nodeLabel } from './findings.ts';

/**
 * How to choose: behind the highest address the file tells of; the lowest gap that fits, as the phone apps do; or on from an
 * address a person gave.
 */
export type AllocationPolicy = 'after-highest' | 'lowest-fit' | { readonly start: number };

export interface AllocationRequest extends AddressOptions {
  /** Elements of the donor, and so of every clone: at least 1. */
  readonly elementCount: number;
  readonly count: number;
  /** `after-highest` when left out. */
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
 *         a person gave, with the next one that is free; `meshdb/no-such-provisioner`, `meshdb/ambiguous-provisioner`
 */
export function allocate(database: MeshDatabase, request: AllocationRequest): Allocation {
  const { elementCount, count, policy = 'after-highest', wanted = [] } = request;
  const map = new AddressMap(database, request);
  const addresses: (number | undefined)[] = Array.from({ length: count }, (_, i) => wanted[i]);
  if (typeof policy === 'object' && count > 0) addresses[0] ??= policy.start;

  const { frontier } = map;
  for (const unicast of addresses) {
    if (unicast === undefined) continue;
    map.assertFree(unicast, elementCount);
    map.claim(unicast, elementCount);
  }

  let from = policy === 'after-highest' ? frontier : policy === 'lowest-fit' ? LOWEST_UNICAST : policy.start;
  for (const [i, given] of addresses.entries()) {
    if (given !== undefined) continue;
    const unicast = map.findRun(elementCount, from);
    if (unicast === undefined) {
      const made = addresses.filter((address, k) => k < i || address !== undefined).length;
      const before = new AddressMap(database, request);
      throw noRoom({
        elementCount,
        wanted: count,
        room: made,
        free: before.freeCount,
        ranges: map.rangesText(),
        ...(policy === 'after-highest' && { behind: frontier - 1, gaps: before.roomFor(elementCount) }),
      });
    }
    map.claim(unicast, elementCount);
    addresses[i] = unicast;
    from = unicast + elementCount;
  }
  const chosen = addresses as number[];
  return { addresses: chosen, notes: notesOn(database, map, request, chosen, frontier) };
}

function notesOn(
  database: MeshDatabase,
  map: AddressMap,
  request: AllocationRequest,
  addresses: readonly number[],
  frontier: number,
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
  const lowest = Math.min(...addresses);
  if (lowest < frontier) notes.push(gapsUsed(lowest, frontier));
  if (map.setAside.length > 0) notes.push(phoneAside(map.setAside, frontier));
  notes.push(...exclusionNotes(database, map, request));
  return notes;
}

const gapsUsed = (lowest: number, frontier: number): Finding => ({
  severity: 'warning',
  code: 'meshdb/holes-used',
  message: `Clones from ${hex(lowest, 4)} on fill gaps below ${hex(frontier - 1, 4)}, the highest address the database tells of.`,
  hint: 'A phone that was moved or a node that is gone may have had these addresses, which no file says: a clone there is not heard before it has counted past its sequence numbers. Make sure that nobody ever used them, or place the clones behind the highest address.',
});

function phoneAside(phones: readonly NodeRecord[], frontier: number): Finding {
  const names = phones.map(({ index, name, unicast }) => `${nodeLabel(index, name)} at ${hex(unicast, 4)}`);
  return {
    severity: 'warning',
    code: 'meshdb/phone-set-aside',
    message: `The provisioner itself lies apart from the other nodes (${names.join(', ')}); the highest address was counted without it, and new ones start at ${hex(frontier, 4)}.`,
    hint: 'A phone that was moved there had another address before, which no file says. If you know it and it lies at or above the first new address, reserve it, or give the first clone an address behind it.',
  };
}

/** What the addresses of removed nodes have to do with it. */
function exclusionNotes(database: MeshDatabase, map: AddressMap, request: AllocationRequest): Finding[] {
  const isListed = database.exclusions.some(({ addresses }) => addresses.length > 0);
  if (isListed && request.currentIvIndex === undefined)
    return [
      {
        severity: 'info',
        code: 'meshdb/exclusions-kept',
        message:
          'Addresses of removed nodes were left out, all of them, as the IV index of the network is not known.',
        hint: 'Give the current IV index to use again those that have run out.',
      },
    ];
  const freed = map.expired.reduce((sum, { addresses }) => sum + addresses.length, 0);
  if (freed === 0) return [];
  return [
    {
      severity: 'info',
      code: 'meshdb/exclusions-expired',
      message: `${freed} address${freed === 1 ? '' : 'es'} of removed nodes may be used again: the IV index ${request.currentIvIndex} is two or more above ${freed === 1 ? 'its' : 'their'} entry.`,
      hint: '',
    },
  ];
}
