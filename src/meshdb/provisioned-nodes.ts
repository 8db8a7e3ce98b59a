/**
 * Nodes that join a network, and what is told about them afterwards: their composition, keys, bindings, publications.
 *
 * Each change is written as the program the database belongs to would write it. Source of the forms: docs/database-formats.md.
 */
import { toHex } from '../bytes.ts';
import { withDashes } from '../mesh/index.ts';
import { periodSteps } from './convert-cdb.ts';
import { forChange, withSplices, type MeshDatabase } from './database.ts';
import { uuidDigits } from './values.ts';
import { badIdentity, noSuchAddress } from './errors.ts';
import { parseUuid } from './identity.ts';
import { fields, items, type Fields } from './plain.ts';
import type { Json } from './json.ts';
import { appendItems, insertMember, replacing } from './splices.ts';
import { plainOf, type PlainJson } from './json-text.ts';
import { itemTexts, placeFor, stampSplice, type Stamp } from './style.ts';

/** A node as it is known when it has just been provisioned. */
export interface NewNode {
  readonly name: string;
  /** With or without dashes. */
  readonly uuid: string;
  readonly unicast: number;
  /** 16 bytes. */
  readonly deviceKey: Uint8Array;
  readonly netKeyIndex: number;
  readonly elementCount: number;
}

/** What a node was told or has told. Elements are given by their place, from 0; models as `1000` or `00590001`. */
export type NodeChange =
  | {
      readonly kind: 'composition';
      readonly cid: number;
      readonly pid: number;
      readonly vid: number;
      readonly crpl: number;
      readonly features: Readonly<Record<'relay' | 'proxy' | 'friend' | 'lowPower', boolean>>;
      readonly elements: readonly { readonly location: number; readonly models: readonly string[] }[];
    }
  | { readonly kind: 'app-key'; readonly appKeyIndex: number }
  | {
      readonly kind: 'binding';
      readonly element: number;
      readonly model: string;
      readonly appKeyIndex: number;
    }
  | {
      readonly kind: 'publication';
      readonly element: number;
      readonly model: string;
      /** 0 switches it off. */
      readonly address: number;
      readonly appKeyIndex: number;
      readonly usesFriendship: boolean;
      readonly ttl: number;
      readonly periodMs: number;
      readonly retransmitCount: number;
      readonly retransmitIntervalMs: number;
    }
  | {
      readonly kind: 'subscription';
      readonly element: number;
      readonly model: string;
      readonly address: number;
      readonly isRemoved: boolean;
    }
  | { readonly kind: 'default-ttl'; readonly ttl: number }
  | { readonly kind: 'complete' };

/** How one format writes what is put into it. */
interface Form {
  readonly uuid: (digits: string) => string;
  readonly key: (key: Uint8Array) => string;
  readonly address: (address: number) => PlainJson;
  readonly hex4: (value: number) => string;
  readonly model: (model: string) => string;
  readonly keyIndex: (index: number) => PlainJson;
}
const digits4 = (value: number): string => value.toString(16).padStart(4, '0');
const pyaci: Form = {
  uuid: (digits) => digits,
  key: (key) => toHex(key),
  address: (address) => address,
  hex4: digits4,
  model: (model) => model.toLowerCase(),
  keyIndex: (index) => index,
};
const cdb: Form = {
  uuid: (digits) => withDashes(digits).toUpperCase(),
  key: (key) => toHex(key).toUpperCase(),
  address: (address) => digits4(address).toUpperCase(),
  hex4: (value) => digits4(value).toUpperCase(),
  model: (model) => model.toUpperCase(),
  keyIndex: (index) => ({ index, updated: false }),
};
const formOf = ({ format }: MeshDatabase): Form => (format === 'pyaci' ? pyaci : cdb);

/**
 * The database with a node more, at the end of its list.
 *
 * @throws `meshdb/bad-identity` when address, key or UUID are none; whether the address is free is for the caller to ask
 */
export function addProvisionedNode(original: MeshDatabase, node: NewNode, stamp: Stamp): MeshDatabase {
  const uuid = parseUuid(node.uuid);
  if (uuid === undefined) throw badIdentity('The new node', `'${node.uuid}' is no UUID`);
  if (node.deviceKey.length !== 16) throw badIdentity('The new node', 'its device key is not 16 bytes');
  const database = forChange(original);
  const record = newRecord(database, node, uuidDigits(uuid));
  const list = database.member('nodes');
  const { text } = database.origin;
  const change =
    list?.kind === 'array'
      ? appendItems(text, list, [recordText(database, list, record)])
      : insertMember(
          text,
          database.root,
          placeFor(database, database.root, 'nodes'),
          'nodes',
          `[${recordText(database, database.root, record)}]`,
        );
  return withSplices(database, [change, stampSplice(database, stamp)]);
}

function newRecord(database: MeshDatabase, node: NewNode, uuid: string): Fields {
  const form = formOf(database);
  const security = items(plainOf(database.root.values[database.root.keys.indexOf('netKeys')]!))
    .map(fields)
    .find(({ index }) => index === node.netKeyIndex)?.['minSecurity'];
  const elements = Array.from({ length: node.elementCount }, (_, index) => ({
    ...(database.dialect === 'android' && {
      name: `Element: 0x${digits4(node.unicast + index).toUpperCase()}`,
    }),
    index,
    location: '0000',
    ...(database.format === 'cdb' && { models: [] }),
  }));
  return {
    UUID: form.uuid(uuid),
    ...(node.name !== '' && { name: node.name }),
    deviceKey: form.key(node.deviceKey),
    unicastAddress: form.address(node.unicast),
    security: security ?? (database.format === 'pyaci' ? 'low' : 'insecure'),
    configComplete: false,
    netKeys: [form.keyIndex(node.netKeyIndex)],
    elements,
    ...(database.format === 'cdb' && { appKeys: [], excluded: false }),
  };
}

/**
 * The database with something more known about a node.
 *
 * @param unicast  first address of the node
 * @throws         `meshdb/no-such-address`
 */
export function recordNodeChange(
  original: MeshDatabase,
  unicast: number,
  change: NodeChange,
  stamp: Stamp,
): MeshDatabase {
  const database = forChange(original);
  const node = database.nodes.find((other) => other.unicast === unicast);
  if (!node) throw noSuchAddress(unicast);
  const record = changed(fields(plainOf(node.json)), change, database);
  const list = database.member('nodes')!; // where the node is
  return withSplices(database, [
    replacing(node.json, recordText(database, list, record)),
    stampSplice(database, stamp),
  ]);
}

/** A node as it stands in the list. */
function recordText(database: MeshDatabase, list: Json, record: Fields): string {
  const kept = database.format === 'pyaci' ? withoutEmpty(record) : (record as PlainJson);
  return itemTexts(database, list, [kept])[0]!;
}

/** PyACI leaves empty texts and empty lists out. */
function withoutEmpty(value: PlainJson | Fields): PlainJson {
  if (Array.isArray(value)) return value.map((item: PlainJson) => withoutEmpty(item));
  if (typeof value !== 'object' || value === null) return value as PlainJson;
  const kept = Object.entries(value as Fields).filter(
    ([, item]) => item !== '' && item !== null && !(Array.isArray(item) && item.length === 0),
  );
  return Object.fromEntries(kept.map(([key, item]) => [key, item === undefined ? item : withoutEmpty(item)]));
}

function changed(record: Fields, change: NodeChange, database: MeshDatabase): Fields {
  const form = formOf(database);
  switch (change.kind) {
    case 'composition':
      return withComposition(record, change, database);
    case 'app-key': {
      const index = (item: PlainJson) => (typeof item === 'number' ? item : fields(item)['index']);
      const keys = items(record['appKeys']);
      if (keys.some((item) => index(item) === change.appKeyIndex)) return record;
      return { ...record, appKeys: [...keys, form.keyIndex(change.appKeyIndex)] };
    }
    case 'binding':
      return withModel(record, change, (model) => {
        const bind = items(model['bind']);
        return bind.includes(change.appKeyIndex) ? model : { ...model, bind: [...bind, change.appKeyIndex] };
      });
    case 'publication':
      return withModel(record, change, (model) => {
        const { publish: _, ...others } = model;
        return change.address === 0 ? others : { ...others, publish: publicationOf(change, database) };
      });
    case 'subscription':
      return withModel(record, change, (model) => {
        const address = form.address(change.address);
        const others = items(model['subscribe']).filter((item) => item !== address);
        return { ...model, subscribe: change.isRemoved ? others : [...others, address] };
      });
    case 'default-ttl':
      return { ...record, defaultTTL: change.ttl };
    case 'complete':
      // PyACI never says so
      return database.format === 'pyaci' ? record : { ...record, configComplete: true };
  }
}

/** What a model was told before stays, where the node still has that model. */
function withComposition(
  record: Fields,
  { cid, pid, vid, crpl, features, elements }: Extract<NodeChange, { kind: 'composition' }>,
  database: MeshDatabase,
): Fields {
  const form = formOf(database);
  const known = items(record['elements']).map(fields);
  return {
    ...record,
    cid: form.hex4(cid),
    pid: form.hex4(pid),
    vid: form.hex4(vid),
    crpl: database.format === 'pyaci' ? crpl : form.hex4(crpl),
    // whether a feature is on is not told: off until somebody asks
    features: Object.fromEntries(Object.entries(features).map(([name, has]) => [name, has ? 0 : 2])),
    elements: elements.map(({ location, models }, index) => ({
      ...known[index],
      index,
      location: form.hex4(location),
      models: models.map((model) => {
        const modelId = form.model(model);
        const old = items(known[index]?.['models'])
          .map(fields)
          .find((other) => String(other['modelId']).toLowerCase() === modelId.toLowerCase());
        return old ?? { modelId, ...(database.format === 'cdb' && { bind: [], subscribe: [] }) };
      }),
    })),
  };
}

function withModel(
  record: Fields,
  place: { readonly element: number; readonly model: string },
  change: (model: Fields) => Fields,
): Fields {
  const isIt = (model: Fields) => String(model['modelId']).toLowerCase() === place.model.toLowerCase();
  return {
    ...record,
    elements: items(record['elements']).map((item, index) => {
      const element = fields(item);
      if (index !== place.element) return element as PlainJson;
      const models = items(element['models']).map(fields);
      return {
        ...element,
        models: models.map((model) => (isIt(model) ? change(model) : model)),
      } as PlainJson;
    }),
  };
}

function publicationOf(
  change: Extract<NodeChange, { kind: 'publication' }>,
  database: MeshDatabase,
): PlainJson {
  return {
    address: formOf(database).address(change.address),
    index: change.appKeyIndex,
    ttl: change.ttl,
    period:
      database.format === 'pyaci'
        ? change.periodMs
        : (periodSteps(change.periodMs).steps as unknown as PlainJson),
    retransmit: { count: change.retransmitCount, interval: change.retransmitIntervalMs },
    credentials: change.usesFriendship ? 1 : 0,
  };
}
