/**
 * Addresses that must not be given away for now: those of removed nodes, and others a person knows to have been in use.
 *
 * A CDB lists them with the IV index of the network at that time (`networkExclusions`); two steps of it later nobody remembers
 * their sequence numbers. PyACI has no such list, so there they are taken out of the ranges, for good.
 */
import type { MeshDatabase } from './database.ts';
import type { AddressRange } from './records.ts';
import { ivIndexNeeded } from './errors.ts';
import { itemsOf, member } from './json.ts';
import { appendItems, insertMember, type Splice } from './splices.ts';
import { cutSplices, rangesOf } from './ranges.ts';
import { addressText, itemTexts, placeFor } from './style.ts';

export const MAX_IV_INDEX = 0xffff_ffff;

/**
 * The changes that keep addresses from being given away.
 *
 * @param ivIndex  of the network today, 0..0xFFFFFFFF; needed in a CDB
 * @throws         `meshdb/iv-index-needed`; `meshdb/cannot-keep-range` when a provisioner in PyACI would have none left
 */
export function excludeSplices(
  database: MeshDatabase,
  addresses: readonly number[],
  ivIndex: number | undefined,
): Splice[] {
  if (addresses.length === 0) return [];
  if (database.format === 'pyaci') return cutSplices(database, rangesOf(addresses));
  if (ivIndex === undefined || !Number.isInteger(ivIndex) || ivIndex < 0 || ivIndex > MAX_IV_INDEX)
    throw ivIndexNeeded();
  const { text } = database.origin;
  const place = database.exclusions.findIndex((entry) => entry.ivIndex === ivIndex);
  const list = database.member('networkExclusions');
  const known = database.exclusions[place]?.addresses ?? [];
  const added = addresses.filter((address) => !known.includes(address));
  const texts = added.map((address) => JSON.parse(addressText(database, address)) as string);
  const inside = member(itemsOf(list)[place], 'addresses');
  if (inside?.kind === 'array')
    return added.length === 0 ? [] : [appendItems(text, inside, itemTexts(database, inside, texts))];
  const entry = { ivIndex, addresses: texts };
  if (list?.kind === 'array') return [appendItems(text, list, itemTexts(database, list, [entry]))];
  const { root } = database;
  const key = 'networkExclusions';
  return [
    insertMember(
      text,
      root,
      placeFor(database, root, key),
      key,
      `[${itemTexts(database, root, [entry]).join('')}]`,
    ),
  ];
}

/** The addresses of ranges, one by one. */
export const addressesIn = (ranges: readonly AddressRange[]): number[] =>
  ranges.flatMap(({ low, high }) => Array.from({ length: high - low + 1 }, (_, i) => low + i));
