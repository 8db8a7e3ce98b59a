/**
 * What a node's flash has and its record lacks: the device key in an export without keys, application keys and bindings that
 * an app has lost (Android-nRF-Mesh-Library issue 444).
 *
 * Only what the database can hold without contradiction is taken: keys it lists, bindings of models the record has. Nothing
 * the record says is changed.
 */
import { forChange, withSplices, type MeshDatabase } from './database.ts';
import type { NodeRecord } from './node-record.ts';
import type { KnownNode } from './known-node.ts';
import { itemsOf, member, stringOf, type Json, type JsonObject } from './json.ts';
import { appendItems, insertMember, replacing, type Splice } from './splices.ts';
import { itemTexts, keyText, placeFor, stampSplice, type Stamp } from './style.ts';

export interface MissingParts {
  readonly deviceKey: boolean;
  /** Indexes of keys, rising. */
  readonly netKeys: readonly number[];
  readonly appKeys: readonly number[];
  readonly bindings: readonly MissingBinding[];
}
export interface MissingBinding {
  readonly element: number;
  readonly modelId: string;
  readonly appKeyIndex: number;
}

export const isComplete = ({ deviceKey, netKeys, appKeys, bindings }: MissingParts): boolean =>
  !deviceKey && netKeys.length + appKeys.length + bindings.length === 0;

/** @throws `meshdb/no-such-node` */
export function missingParts(database: MeshDatabase, index: number, known: KnownNode): MissingParts {
  const node = database.node(index);
  const lacking = (listed: readonly { index: number }[], has: readonly number[], wanted: readonly number[]) =>
    [...new Set(wanted)]
      .filter((key) => listed.some((one) => one.index === key) && !has.includes(key))
      .sort((a, b) => a - b);
  const { appKeys, netKeys } = database;
  return {
    deviceKey: node.deviceKey === undefined,
    netKeys: lacking(
      netKeys,
      node.netKeyIndexes,
      known.netKeys.map((key) => key.index),
    ),
    appKeys: lacking(
      appKeys,
      node.appKeyIndexes,
      known.appKeys.map((key) => key.index),
    ),
    bindings: known.models.flatMap(({ element, modelId, bindings }) => {
      const record = node.elements[element]?.models.find((model) => isSameModel(model.modelId, modelId));
      if (record === undefined) return [];
      return lacking(appKeys, record.bindings, bindings).map((appKeyIndex) => ({
        element,
        modelId,
        appKeyIndex,
      }));
    }),
  };
}

const isSameModel = (a: string, b: string): boolean => a.toUpperCase() === b.toUpperCase();

/**
 * The database with a node's record completed from its flash; the very same one where nothing is missing.
 *
 * @throws `meshdb/no-such-node`
 */
export function completeNode(
  original: MeshDatabase,
  index: number,
  known: KnownNode,
  stamp: Stamp,
): MeshDatabase {
  if (isComplete(missingParts(original, index, known))) return original;
  const database = forChange(original);
  const missing = missingParts(database, index, known);
  const node = database.node(index);
  const record = node.json;
  if (record.kind !== 'object') return original;
  return withSplices(database, [
    ...(missing.deviceKey ? [deviceKeySplice(database, record, known.deviceKey)] : []),
    ...keyListSplices(database, record, 'netKeys', missing.netKeys),
    ...keyListSplices(database, record, 'appKeys', missing.appKeys),
    ...bindingSplices(database, node, missing.bindings),
    stampSplice(database, stamp),
  ]);
}

function deviceKeySplice(database: MeshDatabase, record: JsonObject, key: Uint8Array): Splice {
  const old = member(record, 'deviceKey');
  return old === undefined
    ? insertMember(
        database.origin.text,
        record,
        placeFor(database, record, 'deviceKey'),
        'deviceKey',
        keyText(database, key),
      )
    : replacing(old, keyText(database, key));
}

/** Plain numbers in PyACI, `{"index": 0, "updated": false}` in a CDB. */
const keyListSplices = (
  database: MeshDatabase,
  record: JsonObject,
  name: 'netKeys' | 'appKeys',
  indexes: readonly number[],
): readonly Splice[] =>
  addToList(
    database,
    record,
    name,
    indexes.map((index) => (database.format === 'pyaci' ? index : { index, updated: false })),
  );

function bindingSplices(
  database: MeshDatabase,
  node: NodeRecord,
  missing: readonly MissingBinding[],
): readonly Splice[] {
  return itemsOf(member(node.json, 'elements')).flatMap((element, i) =>
    itemsOf(member(element, 'models')).flatMap((model) => {
      const modelId = stringOf(member(model, 'modelId')) ?? '';
      const indexes = missing
        .filter((one) => one.element === i && isSameModel(one.modelId, modelId))
        .map(({ appKeyIndex }) => appKeyIndex);
      return model.kind === 'object' ? addToList(database, model, 'bind', indexes) : [];
    }),
  );
}

function addToList(
  database: MeshDatabase,
  object: JsonObject,
  name: string,
  values: Parameters<typeof itemTexts>[2],
): readonly Splice[] {
  if (values.length === 0) return [];
  const { text } = database.origin;
  const list: Json | undefined = member(object, name);
  if (list?.kind === 'array') return [appendItems(text, list, itemTexts(database, list, values))];
  const written = `[${itemTexts(database, object, values).join(', ')}]`;
  return [
    list === undefined
      ? insertMember(text, object, placeFor(database, object, name), name, written)
      : replacing(list, written),
  ];
}
