/**
 * What a firmware makes of its areas when it starts: the loading rules of a release applied to the live entries of its logs.
 *
 * Below lie logs and records; above lie the reading of a donor and the check of a clone. It does not know how the areas were
 * found, and it changes nothing.
 *
 * Source: section 6 of docs/flash-format.md and the SDK paths named in releases.ts.
 */
import type {
  AppKey,
  DeviceKey,
  Model,
  NetKey,
  NodeState,
  Publication,
  ReplayItem,
} from '../../image/index.ts';
import { isUnicast, type UnicastRun } from '../../mesh/index.ts';
import type { AreaLog, Entry } from './container.ts';
import {
  emergencyHead,
  FLAGGED_APPKEY_WORDS,
  LONG_SUBNET_WORDS,
  NO_HANDLE,
  setBits,
  type Appkey,
  type DsmLimits,
  type IvRecord,
  type ModelRecord,
  type Row,
  type SequenceRecord,
  type Subnet,
} from './records.ts';
import { isFamilyB, type Release, type Role } from './releases.ts';

/** An area with its place in the stack. */
export interface BootArea {
  readonly role: Role;
  readonly log: AreaLog;
  /** Its page is named by the recovery page, and nothing on it says that it is one: some releases do not get over that. */
  readonly lostMetadata?: boolean;
}

type InClear<K extends { readonly key: unknown }> = Omit<K, 'key' | 'updatedKey'> & {
  readonly key: Uint8Array;
  readonly updatedKey?: Uint8Array;
};

/** This stack keeps every key in clear, and names subnets by their handle in the device state manager. */
export interface FirmwareState extends NodeState {
  readonly deviceKeys: readonly (InClear<DeviceKey> & { readonly netKeyHandle: number })[];
  readonly netKeys: readonly InClear<NetKey>[];
  readonly appKeys: readonly (InClear<AppKey> & { readonly boundNetKeyHandle: number })[];
}

export interface Boot {
  /** What is loaded, also where the firmware stops on the way. */
  readonly state: FirmwareState;
  readonly stopsOn: Stop | undefined;
  /** Records that cannot be loaded, and what breaks. */
  readonly failures: readonly LoadFailure[];
  readonly dsm: DeviceState;
}
/** An assertion: `replaced-entry` stops one boot and is gone at the next, the others stop every boot. */
export type Stop = 'interrupted-defragmentation' | 'bad-phase' | 'replaced-entry';
export interface LoadFailure {
  readonly role: Role;
  /** Flash address of the entry; that of the area's first page where an entry is missing. */
  readonly address: number;
  readonly rule: string;
}

/** The device state manager's tables, by index. */
export interface DeviceState {
  readonly limits: DsmLimits | undefined;
  readonly unicast: UnicastRun | undefined;
  readonly subnets: ReadonlyMap<number, Subnet>;
  readonly appKeys: ReadonlyMap<number, Appkey>;
  readonly deviceKeys: ReadonlyMap<number, DeviceKeyRecord>;
  readonly nonvirtual: ReadonlyMap<number, number>;
  readonly virtual: ReadonlyMap<number, Uint8Array>;
}
interface DeviceKeyRecord {
  readonly owner: number;
  readonly subnetHandle: number;
  readonly key: Uint8Array;
}

/** The highest phase a subnet record may hold; the firmware looks the phase up in a table of four. */
const LAST_PHASE = 3;

/** Files of a 5.0.0 firmware whose records the emergency cache can hold. */
const FILE_IDS: Readonly<Partial<Record<Role, number>>> = {
  'net-state': 0,
  dsm: 1,
  access: 2,
  'core-options': 3,
  models: 4,
  'replay-cache': 5,
};

/** Boot a firmware of this release over these areas. */
export function simulateBoot(release: Release, areas: readonly BootArea[]): Boot {
  const failures: LoadFailure[] = [];
  const { rules } = release;
  const lost = areas.find((area) => area.lostMetadata && rules.resumesDefragmentation === 'with-metadata');
  const entriesOf = (role: Role): readonly Entry[] => {
    const own = areas.find((area) => area.role === role);
    const saved = savedRecords(release, areas, role);
    const entries = own === undefined || own === lost ? [] : own.log.live;
    return saved.length > 0 ? [...entries, ...saved] : entries;
  };
  const fail = (role: Role, entry: Entry | undefined, rule: string) => {
    const address =
      entry?.address ?? areas.find((area) => area.role === role)?.log.pages[0]?.page.address ?? 0;
    failures.push({ role, address, rule });
  };

  const dsm = loadDeviceState(release, entriesOf('dsm'), (entry, rule) => fail('dsm', entry, rule));
  const access = loadAccess(
    release,
    entriesOf('access'),
    lost?.role === 'dsm' ? { ...dsm, limits: loadDeviceState(release, lost.log.live, () => {}).limits } : dsm,
    (entry, rule) => fail('access', entry, rule),
  );
  const network = loadNetwork(release, entriesOf('net-state'));
  const replay = release.replay && loadReplay(release.replay.item, entriesOf('replay-cache'));

  const badPhase =
    rules.assertsOnBadPhase && [...dsm.subnets.values()].some(({ phase }) => phase > LAST_PHASE);
  const replaced =
    rules.assertsOnReplacedEntry && areas.some(({ role, log }) => role === 'dsm' && log.replaced);
  const stopsOn = lost
    ? 'interrupted-defragmentation'
    : badPhase
      ? 'bad-phase'
      : replaced
        ? 'replaced-entry'
        : undefined;
  const comesUp = stopsOn === undefined || stopsOn === 'replaced-entry';

  const cleared = (role: Role) =>
    failures.some((failure) => rules.badRecordClears !== 'its-area' || failure.role === role);
  const deviceState = cleared('dsm') ? EMPTY_DEVICE_STATE : dsm;
  const models = cleared('access') ? [] : access.models;
  const everything = failures.length > 0 && rules.badRecordClears === 'everything';
  const { unicast } = deviceState;
  return {
    stopsOn,
    failures,
    dsm: deviceState,
    state: {
      provisioned:
        comesUp &&
        unicast !== undefined &&
        unicast.start !== 0 &&
        !(rules.needsModels && models.length === 0),
      unicast: unicast ?? null,
      elementCount: unicast?.count ?? access.elements ?? 1,
      deviceKeys: inOrder(deviceState.deviceKeys).map(({ owner, subnetHandle, key }) => ({
        owner,
        key,
        netKeyHandle: subnetHandle,
      })),
      netKeys: inOrder(deviceState.subnets).map(({ netKeyIndex, key, phase, updatedKey }) => ({
        index: netKeyIndex,
        key,
        keyRefreshPhase: phase,
        ...(updatedKey && { updatedKey }),
      })),
      appKeys: inOrder(deviceState.appKeys).map(({ appKeyIndex, subnetHandle, key, updatedKey }) => ({
        index: appKeyIndex,
        boundNetKeyHandle: subnetHandle,
        key,
        ...(updatedKey && { updatedKey }),
      })),
      addresses: inOrder(deviceState.nonvirtual),
      labelUuids: inOrder(deviceState.virtual),
      models,
      modelsKnown: models.length > 0,
      ...(everything ? EMPTY_NETWORK : network),
      ...(replay && { replayCache: everything ? [] : replay }),
    },
  };
}

const EMPTY_DEVICE_STATE: DeviceState = {
  limits: undefined,
  unicast: undefined,
  subnets: new Map(),
  appKeys: new Map(),
  deviceKeys: new Map(),
  nonvirtual: new Map(),
  virtual: new Map(),
};
const EMPTY_NETWORK = { ivIndex: 0, ivUpdateInProgress: false, nextSequenceNumber: 0 };

const inOrder = <T>(table: ReadonlyMap<number, T>): T[] =>
  [...table].sort(([a], [b]) => a - b).map(([, value]) => value);

/** Records of one file that a power-down left in the emergency cache, as entries of that file; read after its own. */
function savedRecords(release: Release, areas: readonly BootArea[], role: Role): readonly Entry[] {
  if (!release.emergency || role === 'emergency-cache') return [];
  const cache = areas.find((area) => area.role === 'emergency-cache');
  return cache ? cache.log.live.flatMap((entry) => unwrap(entry, role) ?? []) : [];
}

/** The record inside an item of the emergency cache, if it belongs to this file. */
export function unwrap(item: Entry, role: Role): Entry | undefined {
  if (item.payload.length <= emergencyHead.size) return undefined;
  const { fileId, recordId } = emergencyHead.decode(item.payload);
  if (fileId !== FILE_IDS[role]) return undefined;
  return {
    address: item.address + emergencyHead.size,
    handle: recordId,
    lengthWords: item.lengthWords - 1,
    payload: item.payload.subarray(emergencyHead.size),
  };
}

type Fail = (entry: Entry | undefined, rule: string) => void;

/** Decode an entry by its row; reports and returns `undefined` where it is too short for any form. */
function decode<Value>(row: Row<Value>, entry: Entry, fail: Fail): Value | undefined {
  const layout = row.layoutOf(entry.lengthWords);
  if (layout) return layout.decode(entry.payload);
  fail(entry, `the ${row.name} is too short`);
  return undefined;
}

function loadDeviceState(release: Release, entries: readonly Entry[], fail: Fail): DeviceState {
  const rows = release.dsm;
  const { equalHandles, checksUnicast, needsDsmMetadata } = release.rules;
  const firstWins = equalHandles === 'first-wins';
  let limits: DsmLimits | undefined;
  let unicast: UnicastRun | undefined;
  const subnets = new Map<number, Subnet>();
  const appKeys = new Map<number, Appkey>();
  const deviceKeys = new Map<number, DeviceKeyRecord>();
  const nonvirtual = new Map<number, number>();
  const virtual = new Map<number, Uint8Array>();

  function put<Value, Record>(
    table: Map<number, Value>,
    row: Row<Record>,
    entry: Entry,
    limit: number | undefined,
    valueOf: (record: Record) => Value,
    /** Records from before 4.0.0 overwrite what is there, in every release. */
    overwrites = !firstWins,
  ) {
    const index = entry.handle - row.first;
    if (limit !== undefined && index >= limit)
      return fail(entry, `the firmware has room for ${limit} of ${row.name}`);
    const record = decode(row, entry, fail);
    if (record !== undefined && (overwrites || !table.has(index))) table.set(index, valueOf(record));
  }
  const same = <T>(value: T) => value;

  for (const entry of entries) {
    switch (entry.handle >> 12) {
      case 0:
        if (entry.handle === rows.metadata.first) limits = decode(rows.metadata, entry, fail) ?? limits;
        else if (entry.handle === rows.unicast.first) {
          const range = decode(rows.unicast, entry, fail);
          if (!range || (firstWins && unicast)) break;
          if (checksUnicast && !isUnicast(range.start))
            fail(entry, 'the first address is not a unicast address');
          else unicast = range;
        } else fail(entry, 'the firmware knows no such record');
        break;
      case 1:
        put(nonvirtual, rows.nonvirtual, entry, limits?.nonvirtual, ({ address }) => address);
        break;
      case 2:
        put(virtual, rows.virtual, entry, limits?.virtual, ({ label }) => label);
        break;
      case 3:
        put(
          subnets,
          rows.subnet,
          entry,
          limits?.subnets,
          same,
          !firstWins || entry.lengthWords < LONG_SUBNET_WORDS,
        );
        break;
      case 4:
        put(
          appKeys,
          rows.appkey,
          entry,
          limits?.appKeys,
          same,
          !firstWins || entry.lengthWords < FLAGGED_APPKEY_WORDS,
        );
        break;
      case 5:
        put(deviceKeys, rows.devkey, entry, limits?.deviceKeys, same);
        break;
      default:
        fail(entry, 'the firmware knows no such record');
    }
  }
  if (needsDsmMetadata && !limits && entries.length > 0)
    fail(undefined, 'the limits of the firmware are missing');
  return { limits, unicast, subnets, appKeys, deviceKeys, nonvirtual, virtual };
}

interface Access {
  readonly elements: number | undefined;
  readonly models: readonly Model[];
}

function loadAccess(release: Release, entries: readonly Entry[], dsm: DeviceState, fail: Fail): Access {
  const rows = release.access;
  const lists = new Map<number, readonly number[]>();
  const models = new Map<number, { readonly entry: Entry; readonly record: ModelRecord }>();
  let elements: number | undefined;
  for (const entry of entries) {
    const index = entry.handle & 0x0fff;
    switch (entry.handle >> 12) {
      case 0:
        if (entry.handle === rows.metadata.first)
          elements = decode(rows.metadata, entry, fail)?.elements ?? elements;
        else fail(entry, 'the firmware knows no such record');
        break;
      case 1:
        decode(rows.element, entry, fail);
        break;
      case 2: {
        const record = decode(rows.model, entry, fail);
        if (record) models.set(index, { entry, record });
        break;
      }
      case 3: {
        const list = decode(rows.subscriptionList, entry, fail);
        if (list) lists.set(index, setBits(list.inverted.map((byte) => ~byte)));
        break;
      }
      case 4:
        if (entry.handle === rows.defaultTtl?.first) break;
        fail(entry, 'the firmware knows no such record');
        break;
      default:
        fail(entry, 'the firmware knows no such record');
    }
  }
  const checksHandles = isFamilyB(release);
  const addressOf = (handle: number, entry: Entry): number | Uint8Array | undefined => {
    const address = addressByHandle(dsm, handle);
    if (address === undefined && checksHandles) fail(entry, `no address has the DSM handle ${handle}`);
    return address;
  };
  return {
    elements,
    models: inOrder(models).map(({ entry, record }) => ({
      element: record.element,
      modelId: record.modelId,
      ...(record.companyId !== 0xffff && { companyId: record.companyId }),
      bindings: boundAppKeys(record, dsm),
      ...publication(record, dsm, (handle) => addressOf(handle, entry)),
      subscriptions: (lists.get(record.subscriptionList) ?? []).flatMap(
        (handle) => addressOf(handle, entry) ?? [],
      ),
    })),
  };
}

function addressByHandle(dsm: DeviceState, handle: number): number | Uint8Array | undefined {
  const nonvirtualLimit = dsm.limits?.nonvirtual ?? dsm.nonvirtual.size;
  return handle < nonvirtualLimit ? dsm.nonvirtual.get(handle) : dsm.virtual.get(handle - nonvirtualLimit);
}

/** AppKeys come first among the handles of keys; device keys follow. */
const isAppKeyHandle = (dsm: DeviceState, handle: number): boolean =>
  dsm.limits ? handle < dsm.limits.appKeys : dsm.appKeys.has(handle);

/** The table is zeroed memory: an AppKey that was not loaded has index 0. */
const appKeyIndex = (dsm: DeviceState, handle: number): number => dsm.appKeys.get(handle)?.appKeyIndex ?? 0;

const boundAppKeys = (record: ModelRecord, dsm: DeviceState): number[] =>
  setBits(record.boundKeys)
    .filter((handle) => isAppKeyHandle(dsm, handle))
    .map((handle) => appKeyIndex(dsm, handle));

function publication(
  record: ModelRecord,
  dsm: DeviceState,
  addressOf: (handle: number) => number | Uint8Array | undefined,
): { publish?: Publication } {
  if (record.publishAddressHandle === NO_HANDLE) return {};
  const address = addressOf(record.publishAddressHandle);
  if (address === undefined || record.publishKeyHandle === NO_HANDLE) return {};
  return {
    publish: { address, appKeyIndex: appKeyIndex(dsm, record.publishKeyHandle), ttl: record.publishTtl },
  };
}

function loadNetwork(release: Release, entries: readonly Entry[]) {
  const rows = release.netState;
  let sequence: (SequenceRecord & { readonly order: number }) | undefined;
  let iv: (IvRecord & { readonly order: number }) | undefined;
  for (const [order, entry] of entries.entries()) {
    const read = <Value extends object>(row: Row<Value>) => {
      const value = decode(row, entry, () => {});
      return value && { ...value, order };
    };
    if (entry.handle === rows.iv.first) iv = read(rows.iv) ?? iv;
    else if (entry.handle === rows.sequence.first) sequence = read(rows.sequence) ?? sequence;
    else if (entry.handle === rows.legacyIv?.first) iv = read(rows.legacyIv) ?? iv;
    else if (entry.handle === rows.legacySequence?.first && iv)
      sequence = read(rows.legacySequence) ?? sequence;
  }
  if (!sequence || !iv) return EMPTY_NETWORK;
  const paired =
    iv.state !== 0 ||
    (release.rules.sequencePairing === 'order'
      ? sequence.order > iv.order
      : sequence.synchro === undefined || iv.synchro === undefined || sequence.synchro === iv.synchro);
  return {
    ivIndex: iv.ivIndex,
    ivUpdateInProgress: iv.state !== 0,
    nextSequenceNumber: paired ? sequence.nextBlock : 0,
  };
}

/** Items count from 1 without a gap. */
function loadReplay(
  row: Row<{ readonly sequenceNumber: number; readonly source: number; readonly ivIndexLow: number }>,
  entries: readonly Entry[],
): ReplayItem[] {
  const items = new Map<number, ReplayItem>();
  for (const entry of entries) {
    if (entry.handle < row.first || entry.lengthWords !== 3) continue;
    const item = decode(row, entry, () => {});
    if (item) items.set(entry.handle, item);
  }
  return inOrder(items);
}
