/** Addresses that a person knows to have been in use, although the database does not. */
import { hex } from '../bytes.ts';
import { isUnicastRun, lastOf, type UnicastRun } from '../mesh/index.ts';
import { AddressMap, ownerText } from './addresses.ts';
import { forChange, withSplices, type MeshDatabase } from './database.ts';
import { addressInUse, badReservation } from './errors.ts';
import { addressesIn, excludeSplices } from './exclusions.ts';
import { cutSplices, rangeOf } from './ranges.ts';
import { stampSplice, type Stamp } from './style.ts';

/**
 * `untilIvIndex`: in `networkExclusions` of a CDB under the network's IV index of today, and so until it has moved on by two.
 * `for-good`: out of the ranges of all provisioners, which is the only way in PyACI.
 */
export type Reservation = { readonly ivIndex: number } | 'for-good';

/**
 * Keep addresses from being given away.
 *
 * @param runs  unicast addresses, all of them in 0x0001..0x7FFF
 * @throws      `meshdb/bad-reservation`; `meshdb/address-in-use` when a node has one of them; `meshdb/iv-index-needed`;
 *              `meshdb/cannot-keep-range` when a provisioner would have none left
 */
export function reserveAddresses(
  original: MeshDatabase,
  runs: readonly UnicastRun[],
  reservation: Reservation,
  stamp: Stamp,
): MeshDatabase {
  for (const run of runs)
    if (!isUnicastRun(run)) throw badReservation(hex(run.start, 4), hex(lastOf(run), 4));
  const ranges = runs.map(rangeOf);
  const database = forChange(original);
  const map = new AddressMap(database);
  for (const address of addressesIn(ranges)) {
    const owner = map.ownerOf(address);
    if (owner?.kind === 'node') throw addressInUse(address, ownerText(owner));
  }
  const splices =
    reservation === 'for-good' || database.format === 'pyaci'
      ? cutSplices(database, ranges)
      : excludeSplices(database, addressesIn(ranges), reservation.ivIndex);
  return splices.length === 0 ? original : withSplices(database, [...splices, stampSplice(database, stamp)]);
}
