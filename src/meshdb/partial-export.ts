/**
 * A part of a network for giving away: chosen nodes without their device keys, and of the keys only those they have.
 *
 * Whoever gets it can talk to these nodes and cannot configure them. Addresses of others are not in it, so nobody should add
 * nodes with it. As the apps export it: iOS leaves `deviceKey` out, Android writes an empty text.
 */
import { isOwnAddress } from './addresses.ts';
import { forChange, withSplices, type MeshDatabase } from './database.ts';
import { readAddress } from './values.ts';
import type { NodeRecord } from './node-record.ts';
import { noPartOfPyaci, nothingToExport } from './errors.ts';
import { itemsOf, member, wholeOf, type Json } from './json.ts';
import { insertMember, replacing, type Splice } from './splices.ts';
import { keepItems } from './list-items.ts';
import { placeFor, stampSplice, type Stamp } from './style.ts';

/**
 * Take only some nodes of a CDB.
 *
 * @throws `meshdb/no-such-node`, `meshdb/nothing-to-export`; `meshdb/no-part-of-pyaci`, as PyACI refuses nodes without device key
 */
export function exportPart(original: MeshDatabase, indexes: readonly number[], stamp: Stamp): MeshDatabase {
  if (original.format === 'pyaci') throw noPartOfPyaci();
  if (indexes.length === 0) throw nothingToExport();
  const database = forChange(original);
  const chosen = [...new Set(indexes)].map((index) => database.node(index));
  const part = withSplices(database, [
    ...chosen.flatMap((node) => withoutDeviceKey(database, node)),
    ...keptKeys(database, chosen),
    ...keptScenes(database, chosen),
    ...markedPartial(database),
    stampSplice(database, stamp),
  ]);
  const nodes = part.member('nodes');
  if (nodes?.kind !== 'array') throw nothingToExport();
  const kept = new Set(chosen.map(({ index }) => index));
  return withSplices(part, [keepItems(part.origin.text, nodes, (_, index) => kept.has(index))]);
}

/** Which keys, groups and addresses a part of the network has to do with. */
function keptKeys(database: MeshDatabase, chosen: readonly NodeRecord[]): Splice[] {
  const netKeys = new Set(chosen.flatMap(({ netKeyIndexes }) => netKeyIndexes));
  const models = chosen.flatMap(({ elements }) => elements.flatMap((element) => element.models));
  const appKeys = new Set([
    ...chosen.flatMap(({ appKeyIndexes }) => appKeyIndexes),
    ...models.flatMap(({ bindings, publication }) => [
      ...bindings,
      ...(publication ? [publication.appKeyIndex] : []),
    ]),
  ]);
  const heard = new Set(
    models.flatMap(({ subscriptions, publication }) => [
      ...subscriptions,
      ...(publication ? [publication.address] : []),
    ]),
  );
  const byIndex = (indexes: ReadonlySet<number>) => (item: Json) =>
    indexes.has(wholeOf(member(item, 'index')) ?? -1);
  const isHeard = (item: Json) => {
    const address = readAddress(member(item, 'address'));
    return address !== undefined && heard.has(address);
  };
  return [
    ...keep(database, 'netKeys', byIndex(netKeys)),
    ...keep(database, 'appKeys', byIndex(appKeys)),
    ...keep(database, 'groups', isHeard),
  ];
}

function keep(database: MeshDatabase, key: string, isKept: (item: Json) => boolean): Splice[] {
  const list = database.member(key);
  return list?.kind === 'array' && !list.items.every(isKept)
    ? [keepItems(database.origin.text, list, isKept)]
    : [];
}

/** A scene without addresses of others. */
function keptScenes(database: MeshDatabase, chosen: readonly NodeRecord[]): Splice[] {
  const isTheirs = (item: Json) => {
    const address = readAddress(item);
    return typeof address === 'number' && chosen.some((node) => isOwnAddress(node, address));
  };
  return itemsOf(database.member('scenes')).flatMap((scene) => {
    const list = member(scene, 'addresses');
    return list?.kind === 'array' && !list.items.every(isTheirs)
      ? [keepItems(database.origin.text, list, isTheirs)]
      : [];
  });
}

function markedPartial(database: MeshDatabase): Splice[] {
  const old = database.member('partial');
  const { root } = database;
  return [
    old === undefined
      ? insertMember(database.origin.text, root, placeFor(database, root, 'partial'), 'partial', 'true')
      : replacing(old, 'true'),
  ];
}

function withoutDeviceKey(database: MeshDatabase, { json }: NodeRecord): Splice[] {
  const old = member(json, 'deviceKey');
  if (json.kind !== 'object' || old === undefined) return [];
  if (database.dialect === 'android') return [replacing(old, '""')];
  const before = json.values[json.keys.indexOf('deviceKey') - 1];
  if (before) return [{ start: before.end, end: old.end, insert: '' }];
  const comma = /^\s*,/.exec(database.origin.text.slice(old.end, json.end))?.[0].length ?? 0;
  return [{ start: json.start + 1, end: old.end + comma, insert: '' }];
}
