/** Addresses that a person knows to have been in use, although the database does not. */
import { hex } from '../bytes.ts';
import { AddressMap, HIGHEST_UNICAST, LOWEST_UNICAST, ownerText } from './addresses.ts';
import { forChange, withSplices, type MeshDatabase } from './database.ts';
import type { AddressRange } from './records.ts';
import { addressInUse, badReservation } from './errors.ts';
import { addressesIn, excludeSplices } from './exclusions.ts';
import { cutSplices } from './ranges.ts';
import { stampSplice, type Stamp } from './style.ts';

/**
 * `untilIvIndex`: in `networkExclusions` of a CDB under the network's IV index of today, and so until it has moved on by two.
 * `for-good`: out of the ranges of all provisioners, which is the only way in PyACI.
 */
export type Reservation = { readonly ivIndex: number } | 'for-good';

/**
 * Keep addresses from being given away.
 *
 * @param runs  both ends in 0x0001..0x7FFF
 * @throws      `meshdb/bad-reservation`; `meshdb/address-in-use` when a node has one of them; `meshdb/iv-index-needed`;
 *              `meshdb/cannot-keep-range` when a provisioner would have none left
 */
export function reserveAddresses(
  original: MeshDatabase,
  runs: readonly AddressRange[],
  reservation: Reservation,
  stamp: Stamp,
): MeshDatabase {
  for (const { low, high } of runs)
    if (low < LOWEST_UNICAST || high > HIGHEST_UNICAST || low > high)
      throw badReservation(hex(low, 4), hex(high, 4));
  const database = forChange(original);
  const map = new AddressMap(database);
  for (const address of addressesIn(runs)) {
    const owner = map.ownerOf(address);
    if (owner?.kind === 'node') throw addressInUse(address, ownerText(owner));
  }
  const splices =
    reservation === 'for-good' || database.format === 'pyaci'
      ? cutSplices(database, runs)
      : excludeSplices(database, addressesIn(runs), reservation.ivIndex);
  return splices.length === 0 ? original : withSplices(database, [...splices, stampSplice(database, stamp)]);
}
