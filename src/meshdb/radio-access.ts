/** What a radio of ours needs of a network to speak in it, over whatever it speaks. */
import { spareAddresses } from './addresses.ts';
import type { MeshDatabase } from './database.ts';
import { uuidDigits } from './values.ts';

/** Own addresses to choose from: a kit before 5.0.0 takes a new one at each restart. */
const OWN_ADDRESSES = 512;

export interface RadioAccess {
  /** meshUUID of the database: 32 hex digits in small letters. */
  readonly id: string;
  /** Those whose bytes the file holds. */
  readonly netKeys: readonly { readonly index: number; readonly key: Uint8Array }[];
  readonly appKeys: readonly {
    readonly index: number;
    readonly boundNetKey: number;
    readonly key: Uint8Array;
  }[];
  /** Unicast addresses that belong to no node and that a radio may have, at most 512. */
  readonly ownAddresses: readonly number[];
}

export const radioAccessOf = (database: MeshDatabase): RadioAccess => ({
  id: uuidDigits(database.meshUuid),
  netKeys: database.netKeys.flatMap(({ index, key }) => (key ? [{ index, key }] : [])),
  appKeys: database.appKeys.flatMap(({ index, boundNetKey, key }) =>
    key ? [{ index, boundNetKey, key }] : [],
  ),
  ownAddresses: spareAddresses(database, OWN_ADDRESSES),
});
