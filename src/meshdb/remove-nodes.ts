/**
 * Nodes that are gone: their records are taken out, and their addresses kept from being given away.
 *
 * A record is not the node: what it describes keeps its keys until it is reset, and only a key refresh shuts it out.
 */
import { hex } from '../bytes.ts';
import type { MeshdbFinding as Finding } from './errors.ts';
import { AddressMap, addressesOf, isOwnAddress } from './addresses.ts';
import { forChange, withSplices, type MeshDatabase } from './database.ts';
import { readAddress } from './values.ts';
import type { NodeRecord } from './node-record.ts';
import { cannotRemove } from './errors.ts';
import { addressesIn, excludeSplices } from './exclusions.ts';
import { label } from './findings.ts';
import { itemsOf, member } from './json.ts';
import type { Splice } from './splices.ts';
import { keepItems } from './list-items.ts';
import { stampSplice, type Stamp } from './style.ts';

export interface Removal {
  readonly database: MeshDatabase;
  /** Addresses that nobody gets now, rising. */
  readonly excluded: readonly number[];
  /** What to know, and what is left to do. */
  readonly notes: readonly Finding[];
}

/**
 * Take nodes out of a database, out of its scenes, and put their addresses where they are not given away: into
 * `networkExclusions` of a CDB, out of the ranges of PyACI.
 *
 * @param ivIndex  of the network today; needed in a CDB
 * @throws         `meshdb/no-such-node`, `meshdb/cannot-remove` for a provisioner's own node, `meshdb/iv-index-needed`,
 *                 `meshdb/cannot-keep-range`
 */
export function removeNodes(
  original: MeshDatabase,
  indexes: readonly number[],
  ivIndex: number | undefined,
  stamp: Stamp,
): Removal {
  const database = forChange(original);
  const gone = [...new Set(indexes)].map((index) => database.node(index));
  const phone = gone.find(({ isProvisioner }) => isProvisioner);
  if (phone) throw cannotRemove(phone.index, phone.name);
  const left = database.nodes.filter((node) => !gone.includes(node));
  const excluded = addressesIn(gone.flatMap((node) => addressesOf(node) ?? []))
    .filter((address) => !left.some((node) => isOwnAddress(node, address)))
    .sort((a, b) => a - b);
  const list = database.member('nodes');
  if (gone.length === 0 || list?.kind !== 'array') return { database: original, excluded: [], notes: [] };
  const changed = withSplices(database, [
    keepItems(database.origin.text, list, (_, index) => !gone.some((node) => node.index === index)),
    ...sceneSplices(database, gone),
    ...excludeSplices(database, excluded, ivIndex),
    stampSplice(database, stamp),
  ]);
  return { database: changed, excluded, notes: notesOn(changed, gone, excluded) };
}

function sceneSplices(database: MeshDatabase, gone: readonly NodeRecord[]): readonly Splice[] {
  return itemsOf(database.member('scenes')).flatMap((scene) => {
    const list = member(scene, 'addresses');
    if (list?.kind !== 'array') return [];
    const isOfGone = (address: number | string | undefined) =>
      typeof address === 'number' && gone.some((node) => isOwnAddress(node, address));
    return list.items.some((item) => isOfGone(readAddress(item)))
      ? [keepItems(database.origin.text, list, (item) => !isOfGone(readAddress(item)))]
      : [];
  });
}

function notesOn(
  changed: MeshDatabase,
  gone: readonly NodeRecord[],
  excluded: readonly number[],
): readonly Finding[] {
  const notes: Finding[] = [
    {
      severity: 'warning',
      code: 'meshdb/removed-keeps-keys',
      message: `${gone.length === 1 ? 'The node that was taken out keeps' : `The ${gone.length} nodes that were taken out keep`} the keys of the network until reset.`,
      hint: 'Reset a node that still works. If it was lost, refresh the network keys with the provisioner, leaving it out.',
    },
  ];
  const senders = changed.nodes.filter(({ elements }) =>
    elements.some(({ models }) =>
      models.some(({ publication }) => gone.some((node) => isOwnAddress(node, Number(publication?.address)))),
    ),
  );
  if (senders.length > 0)
    notes.push({
      severity: 'warning',
      code: 'meshdb/still-target',
      message: `${senders.length} ${senders.length === 1 ? 'node publishes' : 'nodes publish'} to what was taken out, first ${label(senders[0]!)}.`,
      hint: 'Set these publications again with the provisioner.',
    });
  const highest = excluded.at(-1);
  if (changed.format === 'pyaci' && highest !== undefined && isNextOfPyaci(changed, excluded))
    notes.push({
      severity: 'warning',
      code: 'meshdb/pyaci-gives-again',
      message: `PyACI keeps no list of removed nodes and would give ${hex(excluded[0]!, 4)} to the next node it provisions.`,
      hint: 'Its ranges leave the address out now, and Meshpress keeps to them; PyACI looks only at its highest node. Press clones before provisioning with PyACI again, or provision one node and take it out in turn.',
    });
  return notes;
}

/** PyACI goes on behind its highest node, whatever the ranges say. */
function isNextOfPyaci(database: MeshDatabase, excluded: readonly number[]): boolean {
  const ends = database.nodes.flatMap((node) => addressesOf(node)?.high ?? []);
  const lowest = new AddressMap(database).ranges[0]?.low ?? 1;
  return excluded.includes(Math.max(lowest, ...ends.map((end) => end + 1)));
}
