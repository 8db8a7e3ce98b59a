/**
 * The node that the settings describe: who it is, what it knows of its network, and the keys as far as they can be had.
 *
 * Below lie settings, records and sealed objects; above lie the simulated boot, the words for people and the clones.
 *
 * Source: Zephyr subsys/bluetooth/mesh/settings.c, 2.1.0..4.2: what is loaded from where; docs/zephyr-format.md, section 6.
 */
import type { StoredKey } from '../../mesh/index.ts';
import * as records from './records/index.ts';
import type { ModelPlace } from './records/index.ts';
import { objectName, openObject, uidOf, type KeyObject } from './sealing.ts';
import { placeOf, type Problem, type Setting, type Settings } from './settings.ts';

/** How firmware of this build keeps keys: in their records, or in a key store that gives them ids. */
export type KeyForm = 'in-place' | 'key-store';

export interface NetworkKey {
  readonly setting: Setting;
  readonly record: records.NetKeyRecord;
  readonly key: StoredKey;
  readonly updatedKey?: StoredKey;
}
export interface ApplicationKey {
  readonly setting: Setting;
  readonly record: records.AppKeyRecord;
  readonly key: StoredKey;
  readonly updatedKey?: StoredKey;
}
export interface ModelState extends ModelPlace {
  readonly bindings: readonly number[];
  readonly subscriptions: readonly number[];
  /** Indexes of labels, where the release writes them. */
  readonly labels: readonly number[];
  readonly publication?: records.PublicationRecord;
}
export interface Label {
  readonly address: number;
  readonly label: Uint8Array;
}
export interface ProvisionerNode extends records.CdbNode {
  readonly unicast: number;
  readonly key: StoredKey;
}

export interface MeshNode {
  readonly settings: Settings;
  readonly net: records.NetRecord | undefined;
  readonly deviceKey: StoredKey | undefined;
  /** The object that the device key is sealed in, where it was opened. */
  readonly deviceKeyObject: KeyObject | undefined;
  readonly keyForm: KeyForm | undefined;
  /** By NetKey index. */
  readonly netKeys: ReadonlyMap<number, NetworkKey>;
  /** By AppKey index. */
  readonly appKeys: ReadonlyMap<number, ApplicationKey>;
  readonly iv: records.IvRecord | undefined;
  /** As stored. */
  readonly sequence: number | undefined;
  readonly models: readonly ModelState[];
  readonly labels: ReadonlyMap<number, Label>;
  readonly heartbeat: { readonly destination: number } | undefined;
  /** By source address. */
  readonly replay: ReadonlyMap<number, records.ReplayRecord>;
  /** Nodes that it provisioned, by address. */
  readonly provisioned: ReadonlyMap<number, ProvisionerNode>;
  readonly provisionerNetKeys: ReadonlyMap<number, NetworkKey>;
  readonly provisionerAppKeys: ReadonlyMap<number, ApplicationKey>;
  /** Elements that are known of: one more than the highest that has a record, unless its own database says. */
  readonly elementCount: number;
  /** Whether the firmware has no more. */
  readonly elementCountCertain: boolean;
  /** Records whose length no firmware takes: they are not loaded. */
  readonly refused: readonly Problem[];
}

/** What a boot makes of the settings. */
export function readNode(settings: Settings): MeshNode {
  const refused: Problem[] = [];
  const keys = new KeyStore(settings);
  const each = <Value, Result>(
    row: records.SettingRow<Value>,
    make: (value: Value, parts: string[], setting: Setting) => Result,
  ): Result[] =>
    [...settings.byName.values()].flatMap((setting) => {
      const match = row.pattern.exec(setting.name);
      if (!match) return [];
      const value = records.decodeRecord(row, setting.value);
      if (value !== undefined) return [make(value, match.slice(1), setting)];
      refused.push({
        kind: 'wrong-size',
        ...placeOf(settings.mount.area, setting.valueEntry),
        rule: `${setting.name} takes ${row.sizes}, not ${setting.value.length}`,
      });
      return [];
    });
  const one = <Value>(row: records.SettingRow<Value>): Value | undefined => each(row, (value) => value)[0];
  const netKeysOf = (row: typeof records.netKeyRow) =>
    new Map(
      each(
        row,
        (record, [index], setting) => [Number.parseInt(index!, 16), keys.withKeys(record, setting)] as const,
      ),
    );
  const appKeysOf = (row: typeof records.appKeyRow) =>
    new Map(
      each(
        row,
        (record, [index], setting) => [Number.parseInt(index!, 16), keys.withKeys(record, setting)] as const,
      ),
    );

  const net = one(records.netRow);
  const models = readModels(each);
  const provisioned = new Map(
    each(records.cdbNodeRow, (record, [address]) => {
      const unicast = Number.parseInt(address!, 16);
      return [unicast, { ...record, unicast, key: keys.find(record.deviceKey) }] as const;
    }),
  );
  const ownElements = net && provisioned.get(net.unicast)?.elements;
  // records that are only shown are read here too, so that a wrong length is noticed
  for (const row of [records.configurationRow, records.candidateRow, records.bridgeTableRow])
    one<unknown>(row);
  return {
    settings,
    net,
    deviceKey: net && keys.find(net.deviceKey),
    deviceKeyObject: net && keys.open(net.deviceKey),
    keyForm: net && ('id' in net.deviceKey ? 'key-store' : 'in-place'),
    netKeys: netKeysOf(records.netKeyRow),
    appKeys: appKeysOf(records.appKeyRow),
    iv: one(records.ivRow),
    sequence: one(records.sequenceRow),
    models,
    labels: new Map(
      each(
        records.labelRow,
        ({ address, label }, [index]) => [Number.parseInt(index!, 16), { address, label }] as const,
      ),
    ),
    heartbeat: one(records.heartbeatRow),
    replay: new Map(
      each(records.replayRow, (record, [source]) => [Number.parseInt(source!, 16), record] as const),
    ),
    provisioned,
    provisionerNetKeys: netKeysOf(records.cdbSubnetRow),
    provisionerAppKeys: appKeysOf(records.cdbAppKeyRow),
    elementCount: ownElements ?? Math.max(0, ...models.map(({ element }) => element)) + 1,
    elementCountCertain: ownElements !== undefined,
    refused,
  };
}

type Each = <Value, Result>(
  row: records.SettingRow<Value>,
  make: (value: Value, parts: string[], setting: Setting) => Result,
) => Result[];

/** Models that have a record, by list, element and place. */
function readModels(each: Each): ModelState[] {
  const models = new Map<string, { -readonly [Name in keyof ModelState]: ModelState[Name] }>();
  const at = ([list, digits]: string[]) => {
    const key = `${list}/${digits}`;
    let model = models.get(key);
    if (!model) {
      model = { ...records.modelPlace(list!, digits!), bindings: [], subscriptions: [], labels: [] };
      models.set(key, model);
    }
    return model;
  };
  each(records.bindRow, (bindings, parts) => (at(parts).bindings = bindings));
  each(records.subscriptionRow, (subscriptions, parts) => (at(parts).subscriptions = subscriptions));
  each(records.labelSubscriptionRow, (labels, parts) => (at(parts).labels = labels));
  each(records.publicationRow, (publication, parts) => {
    if (publication.address !== 0) at(parts).publication = publication;
  });
  return [...models.values()].sort(
    (a, b) => a.element - b.element || a.list.localeCompare(b.list) || a.index - b.index,
  );
}

/** Keys by reference: in place, or sealed under their id. */
class KeyStore {
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** The object of a reference, when it can be opened. */
  open(reference: records.KeyReference): KeyObject | undefined {
    if (!('id' in reference)) return undefined;
    const name = objectName(reference.id);
    const setting = this.#settings.byName.get(name);
    if (!setting) return undefined;
    const opening = openObject(uidOf(name)!, setting.value);
    return opening.state === 'open' ? opening.object : undefined;
  }

  find(reference: records.KeyReference): StoredKey {
    if ('key' in reference) return reference.key;
    const object = this.open(reference);
    if (object) return object.key;
    return this.#holds(reference.id) ? 'sealed' : 'absent';
  }

  withKeys<Record extends { readonly key: records.KeyReference; readonly updatedKey?: records.KeyReference }>(
    record: Record,
    setting: Setting,
  ) {
    const { key, updatedKey } = record;
    return {
      setting,
      record,
      key: this.find(key),
      ...(updatedKey && { updatedKey: this.find(updatedKey) }),
    };
  }

  /** Also an object of Zephyr's own secure storage, whose name has the caller before the id. */
  #holds(id: number): boolean {
    const { byName } = this.#settings;
    return byName.has(objectName(id)) || [...byName.keys()].some((name) => isSecureStorageObject(name, id));
  }
}

/** `its/<caller>/<id>`: Zephyr's subsys/secure_storage, sealed with the chip's id. */
export function isSecureStorageObject(name: string, id?: number): boolean {
  const digits = /^its\/[0-9a-f]+\/([0-9a-f]+)$/.exec(name)?.[1];
  return digits !== undefined && (id === undefined || Number.parseInt(digits, 16) === id);
}

/** Whether the stack starts as a node: an address and at least one network key. */
export const isProvisioned = ({ net, netKeys }: MeshNode): boolean => net !== undefined && netKeys.size > 0;
