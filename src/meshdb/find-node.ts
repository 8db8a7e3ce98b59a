/** Nodes as a person names them. */
import { hex } from '../bytes.ts';
import { isOwnAddress } from './addresses.ts';
import type { MeshDatabase } from './database.ts';
import type { NodeRecord } from './node-record.ts';
import { ambiguousNode, noSuchNodeName } from './errors.ts';

/**
 * The node with that index (`3`), with that address or one of its elements (`0x0011`), or with that name.
 *
 * @throws `meshdb/no-such-node`, `meshdb/no-such-node-name`, `meshdb/ambiguous-node` when several have the name
 */
export function findNode(database: MeshDatabase, wanted: string): NodeRecord {
  if (/^\d+$/.test(wanted)) return database.node(Number(wanted));
  const address = /^0x([0-9a-f]{1,4})$/i.exec(wanted)?.[1];
  const found = database.nodes.filter((node) =>
    address === undefined ? node.name === wanted : isOwnAddress(node, Number.parseInt(address, 16)),
  );
  const [first] = found;
  if (first === undefined) throw noSuchNodeName(wanted);
  if (found.length > 1)
    throw ambiguousNode(
      wanted,
      found.map(({ index, unicast }) => `node ${index} at ${hex(unicast, 4)}`),
    );
  return first;
}
