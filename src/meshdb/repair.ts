/** Changes to nodes a database has already. */
import { forChange, withSplices, type MeshDatabase } from './database.ts';
import { uuidDigits } from './values.ts';
import { badIdentity, duplicateIdentity } from './errors.ts';
import { newUuids, parseUuid, takenUuids, type RandomBytes } from './identity.ts';
import { member } from './json.ts';
import { replacing } from './splices.ts';
import { sharedUuids } from './shared-uuids.ts';
import { stampSplice, uuidText, type Stamp } from './style.ts';

/**
 * Give nodes other UUIDs, such as those their boards really have once their FICR has been read (`ImageReading.deviceUuid`).
 *
 * @param uuids  by index of the node, with or without dashes
 * @throws       `meshdb/no-such-node`, `meshdb/bad-identity`, `meshdb/duplicate-identity` when another record has the UUID
 */
export function setUuids(
  original: MeshDatabase,
  uuids: ReadonlyMap<number, string>,
  stamp: Stamp,
): MeshDatabase {
  const database = forChange(original);
  const taken = takenUuids(database);
  const splices = [...uuids].flatMap(([index, uuid]) => {
    const node = database.node(index);
    const digits = uuidDigits(uuid);
    if (parseUuid(uuid) === undefined) throw badIdentity(`Node ${index}`, `'${uuid}' is no UUID`);
    if (digits === uuidDigits(node.uuid)) return [];
    const other = taken.get(digits);
    if (other !== undefined) throw duplicateIdentity('UUID', `Node ${index}`, other);
    taken.set(digits, `node ${index}`);
    const old = member(node.json, 'UUID');
    return old ? [replacing(old, uuidText(database, uuid, old))] : [];
  });
  return splices.length === 0 ? original : withSplices(database, [...splices, stampSplice(database, stamp)]);
}

/**
 * Fresh UUIDs for the nodes that older cloning scripts left with that of their donor. Records of one board that was
 * provisioned twice are left as they are: there one of the two has to go (`removeNodes`).
 */
export function renewSharedUuids(
  database: MeshDatabase,
  randomBytes: RandomBytes,
  stamp: Stamp,
): MeshDatabase {
  const copied = sharedUuids(database).filter(({ cause }) => cause === 'copied');
  const fresh = newUuids(database, copied.length, randomBytes);
  return setUuids(database, new Map(copied.map(({ node }, i) => [node.index, fresh[i]!])), stamp);
}
