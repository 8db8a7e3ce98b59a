/**
 * What a node's flash has and its record lacks: the device key in an export without keys, and what an app has lost of keys and
 * of models' settings (Android-nRF-Mesh-Library issue 444).
 *
 * Only what the database can hold without contradiction is taken: keys it lists, settings of models the record has, with addresses
 * its format has a form for. Nothing the record says is changed.
 */
import { forChange, withSplices, type MeshDatabase } from './database.ts';
import type { NodeRecord } from './node-record.ts';
import type { KnownNode, KnownPublication } from './known-node.ts';
import type { ElementRecord } from './records.ts';
import { itemsOf, member, stringOf, type Json, type JsonObject } from './json.ts';
import { appendItems, insertMember, replacing, type Splice } from './splices.ts';
import type { PlainJson } from './json-text.ts';
import { hex4 } from './plain.ts';
import { itemTexts, keyText, placeFor, stampSplice, type Stamp } from './style.ts';

export interface MissingParts {
  readonly deviceKey: boolean;
  /** Indexes of keys, rising. */
  readonly netKeys: readonly number[];
  readonly appKeys: readonly number[];
  readonly bindings: readonly MissingBinding[];
  readonly publications: readonly MissingPublication[];
  readonly subscriptions: readonly MissingSubscription[];
}
export interface MissingBinding {
  readonly element: number;
  readonly modelId: string;
  readonly appKeyIndex: number;
}

export interface MissingPublication extends KnownPublication {
  readonly element: number;
  readonly modelId: string;
}
export interface MissingSubscription {
  readonly element: number;
  readonly modelId: string;
  /** Group address, or a label of 32 hex digits. */
  readonly address: number | string;
}

export const isComplete = ({ deviceKey, ...lists }: MissingParts): boolean =>
  !deviceKey && Object.values(lists).every((list) => list.length === 0);

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
    publications: known.models.flatMap(({ element, modelId, publication }) => {
      const record = node.elements[element]?.models.find((model) => isSameModel(model.modelId, modelId));
      if (!record || !publication || !canHold(database, publication)) return [];
      // an address of 0 says that it does not publish
      if (record.publication && record.publication.address !== 0) return [];
      return [{ element, modelId, ...publication }];
    }),
    subscriptions: known.models.flatMap(({ element, modelId, subscriptions }) => {
      const models = node.elements[element]?.models ?? [];
      if (!models.some((model) => isSameModel(model.modelId, modelId))) return [];
      return [...new Set(subscriptions)]
        .filter((address) => isGroupOrLabel(address) && (database.format === 'cdb' || !isLabel(address)))
        .filter((address) => !isHeard(models, address))
        .map((address) => ({ element, modelId, address }));
    }),
  };
}

const FIRST_GROUP = 0xc000;
const isLabel = (address: number | string): boolean => typeof address === 'string';
const isGroupOrLabel = (address: number | string): boolean =>
  isLabel(address) || Number(address) >= FIRST_GROUP;

/** Models that extend each other share a list, and a record may name an address with one of them alone. */
const isHeard = (models: ElementRecord['models'], address: number | string): boolean =>
  models.some(({ subscriptions }) =>
    subscriptions.some((one) =>
      isLabel(one) && isLabel(address) ? isSameModel(String(one), String(address)) : one === address,
    ),
  );

/** PyACI stops at a file with a label or with the node's default TTL in a publication. */
const DEFAULT_TTL = 0xff;
const canHold = (
  { format, appKeys }: MeshDatabase,
  { address, appKeyIndex, ttl }: KnownPublication,
): boolean =>
  address !== 0 &&
  appKeys.some(({ index }) => index === appKeyIndex) &&
  (format === 'cdb' || (!isLabel(address) && ttl !== DEFAULT_TTL));

/** Digits in either case. */
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
    ...modelSplices(database, node, missing),
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

function modelSplices(
  database: MeshDatabase,
  node: NodeRecord,
  { bindings, publications, subscriptions }: MissingParts,
): readonly Splice[] {
  return itemsOf(member(node.json, 'elements')).flatMap((element, i) =>
    itemsOf(member(element, 'models')).flatMap((model) => {
      if (model.kind !== 'object') return [];
      const modelId = stringOf(member(model, 'modelId')) ?? '';
      const isIts = (one: { readonly element: number; readonly modelId: string }) =>
        one.element === i && isSameModel(one.modelId, modelId);
      const indexes = bindings.filter(isIts).map(({ appKeyIndex }) => appKeyIndex);
      const heard = subscriptions.filter(isIts).map(({ address }) => addressValue(database, address));
      return [
        ...addToList(database, model, 'bind', indexes),
        ...publications.filter(isIts).map((one) => publishSplice(database, model, one)),
        ...addToList(database, model, 'subscribe', heard),
      ];
    }),
  );
}

const addressValue = ({ format }: MeshDatabase, address: number | string): PlainJson =>
  format === 'pyaci' || typeof address === 'string' ? address : hex4(address);

/** Period and repetitions are no part of what a dump tells: none stand there until the provisioner reads them. */
function publishSplice(
  database: MeshDatabase,
  model: JsonObject,
  { address, appKeyIndex, ttl }: MissingPublication,
): Splice {
  const value: PlainJson = {
    address: addressValue(database, address),
    index: appKeyIndex,
    ttl,
    period: database.format === 'pyaci' ? 0 : { numberOfSteps: 0, resolution: 100 },
    retransmit: { count: 0, interval: 50 },
    credentials: 0,
  };
  const old = member(model, 'publish');
  const [written] = itemTexts(database, model, [value]);
  if (old) return replacing(old, written!);
  return insertMember(database.origin.text, model, placeFor(database, model, 'publish'), 'publish', written!);
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
