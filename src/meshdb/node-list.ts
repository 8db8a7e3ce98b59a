/** The list older cloning scripts print with `--list-info`, for people and for programs that read it. */
import { toHex } from '../bytes.ts';
import { visibleValue } from '../visible.ts';
import type { MeshDatabase } from './database.ts';

/**
 * Four lines and an empty one for each node. The device key is printed, as that is what the list was made for; where the
 * database has none, `unknown` stands in its place.
 */
export const formatNodeList = (database: MeshDatabase): string =>
  database.nodes
    .map(
      ({ index, name, deviceKey, unicast }) =>
        `Index: ${index}\nNode name: ${visibleValue(name)}\nDevice key: ${deviceKey ? toHex(deviceKey) : 'unknown'}\nUnicast address: 0x${unicast.toString(16)}\n\n`,
    )
    .join('');
