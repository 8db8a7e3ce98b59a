/**
 * Every unicast address that stands anywhere in a database, whoever wrote it there.
 *
 * An address that somebody publishes to, listens to or keeps in a list was in use once, although no node may have it today.
 * Ranges say who may give addresses away, not that somebody did; `networkExclusions` and the nodes' own addresses are read
 * where their meaning counts.
 */
import type { MeshDatabase } from './database.ts';
import { readAddress } from './values.ts';
import type { Json, JsonObject } from './json.ts';

/** Members that hold addresses: targets of publications, subscriptions and heartbeats, scenes, and what forks add. */
const ADDRESS_MEMBERS = new Set([
  'address',
  'addresses',
  'unicastaddress',
  'subscribe',
  'source',
  'destination',
]);

/** PyACI's `unicast_address` is `unicastAddress` too. */
const holdsAddresses = (key: string): boolean => ADDRESS_MEMBERS.has(key.replaceAll('_', '').toLowerCase());

const found = new WeakMap<MeshDatabase, ReadonlySet<number>>();

/** Addresses in 0x0001..0x7FFF; those of a database are looked for once. */
export function mentionedAddresses(database: MeshDatabase): ReadonlySet<number> {
  const known = found.get(database);
  if (known !== undefined) return known;
  const addresses = new Set<number>();
  const note = (json: Json): void => {
    const address = readAddress(json);
    if (typeof address === 'number' && address >= 0x0001 && address <= 0x7fff) addresses.add(address);
  };
  const visit = (json: Json): void => {
    if (json.kind === 'array') for (const item of json.items) visit(item);
    else if (json.kind === 'object') visitMembers(json);
  };
  const visitMembers = (object: JsonObject, leftOut?: string): void => {
    for (const [i, key] of object.keys.entries()) {
      if (key === leftOut) continue;
      const value = object.values[i]!;
      if (holdsAddresses(key)) {
        if (value.kind === 'array') for (const item of value.items) note(item);
        else note(value);
      }
      visit(value);
    }
  };
  visitMembers(database.root, 'networkExclusions');
  found.set(database, addresses);
  return addresses;
}
