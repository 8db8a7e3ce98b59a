/**
 * What the payloads of entries mean: every record of every release as a declared layout with its handles.
 *
 * Below lie the layouts' bytes; above lie the releases, which pick their rows, and the boot, which puts the values together.
 * A row says how a record is found and read; it does not know where it lies nor whether the firmware gets to it.
 *
 * Sources: nRF5 SDK for Mesh, mesh/access/include/device_state_manager_flash.h and access_internal.h (1.0.0..3.2.0),
 * mesh_opt_dsm.h and mesh_opt_access.h (4.0.0..5.0.0), mesh/core/include/mesh_opt_net_state.h, mesh/core/src/net_state.c,
 * mesh/core/api/mesh_opt_core.h, mesh/core/src/replay_cache.c and emergency_cache.c (5.0.0), models/model_spec.
 */
import { arrayOf, bytes, hex, struct, u16, u32, u8, type Decoded, type Struct } from '../../bytes.ts';
import { virtualAddressOf } from '../../mesh/index.ts';
import { WORD_SIZE } from './container.ts';

/** No DSM handle. */
export const NO_HANDLE = 0xffff;
export const KEY_SIZE = 16;
/** Numbers reserved at a time; a node continues from the first one not yet reserved. */
export const SEQUENCE_BLOCK = 0x2000;

/** One form of a record. `size` is what the firmware declares; up to a whole word follow bytes of no meaning. */
export interface Layout<Value> {
  readonly lengthWords: number;
  readonly size: number;
  decode(payload: Uint8Array): Value;
  /** Offsets in the payload of 16-byte secrets. */
  readonly keys: readonly number[];
}

/** A record: its name, its handles, its forms by entry length, and the words for what one says. */
export interface Row<Value = unknown> {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  /** The form of an entry of this length; a longer entry than any is read as the longest form, as the firmware does. */
  layoutOf(lengthWords: number): Layout<Value> | undefined;
  says(value: Value, index: number): string;
}

const lengthWordsOf = (payloadSize: number): number => 1 + Math.ceil(payloadSize / WORD_SIZE);

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any declared layout will do
function layout<S extends Struct<any>, Value = Decoded<S>>(
  declared: S,
  keys: readonly (keyof S['offsets'])[] = [],
  toValue: (record: Decoded<S>) => Value = (record) => record as unknown as Value,
): Layout<Value> {
  return {
    lengthWords: lengthWordsOf(declared.size),
    size: declared.size,
    decode: (payload) => toValue(declared.decode(payload) as Decoded<S>),
    keys: keys.map((key) => declared.offsets[key]!),
  };
}

/** @param layouts  by rising length */
function row<Value>(
  name: string,
  [first, last]: readonly [number, number],
  layouts: readonly Layout<Value>[],
  says: (value: Value, index: number) => string,
): Row<Value> {
  return {
    name,
    first,
    last,
    layoutOf: (lengthWords) => layouts.findLast((one) => one.lengthWords <= lengthWords),
    says,
  };
}

/** As `row`, for records whose length depends on a limit of the firmware. */
function growingRow<Value>(
  name: string,
  [first, last]: readonly [number, number],
  minimumWords: number,
  layoutOf: (lengthWords: number) => Layout<Value>,
  says: (value: Value, index: number) => string,
): Row<Value> {
  const layouts = new Map<number, Layout<Value>>();
  return {
    name,
    first,
    last,
    layoutOf(lengthWords) {
      if (lengthWords < minimumWords) return undefined;
      let found = layouts.get(lengthWords);
      if (!found) layouts.set(lengthWords, (found = layoutOf(lengthWords)));
      return found;
    },
    says,
  };
}

const one = (handle: number): readonly [number, number] => [handle, handle];
const block = (first: number): readonly [number, number] => [first, first + 0x0fff];
const many = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
const unicast = (address: number) => hex(address, 4);
const handleText = (handle: number) => (handle === NO_HANDLE ? 'none' : String(handle));

// Device state manager

const dsmMetadata = struct({
  subnets: u16,
  appKeys: u16,
  deviceKeys: u16,
  nonvirtual: u16,
  virtual: u16,
});
/** Limits compiled into the firmware; the number of AppKeys is also where handles of device keys begin. */
export type DsmLimits = Decoded<typeof dsmMetadata>;
export const unicastRecord = struct({ start: u16, count: u16 });
export const nonvirtualRecord = struct({ address: u16 });
const virtualRecord = struct({ label: bytes(16) });
export const devkeyRecord = struct({ owner: u16, subnetHandle: u16, key: bytes(KEY_SIZE) });

/** 1.0.0..3.2.0 cut the second key off in phase 0; the struct's last byte is padding. */
const shortSubnet = struct({ netKeyIndex: u16, phase: u8, key: bytes(KEY_SIZE), padding: u8 });
const longSubnet = struct({
  netKeyIndex: u16,
  phase: u8,
  key: bytes(KEY_SIZE),
  updatedKey: bytes(KEY_SIZE),
  padding: u8,
});
/** 1.0.0..3.2.0 cut the second key off when there is none; the length tells. */
const shortAppkey = struct({ appKeyIndex: u16, subnetHandle: u16, key: bytes(KEY_SIZE) });
const longAppkey = struct({
  appKeyIndex: u16,
  subnetHandle: u16,
  key: bytes(KEY_SIZE),
  updatedKey: bytes(KEY_SIZE),
});
const flaggedAppkey = struct({
  appKeyIndex: u16,
  subnetHandle: u16,
  isUpdated: u8,
  key: bytes(KEY_SIZE),
  updatedKey: bytes(KEY_SIZE),
  padding: u8,
});

export interface Subnet {
  readonly netKeyIndex: number;
  readonly phase: number;
  readonly key: Uint8Array;
  /** Present in every phase but 0. */
  readonly updatedKey?: Uint8Array;
}
export interface Appkey {
  readonly appKeyIndex: number;
  readonly subnetHandle: number;
  readonly key: Uint8Array;
  readonly updatedKey?: Uint8Array;
}

const toSubnet = ({ netKeyIndex, phase, key, updatedKey }: Subnet): Subnet =>
  phase === 0
    ? { netKeyIndex, phase, key }
    : { netKeyIndex, phase, key, updatedKey: updatedKey ?? new Uint8Array(KEY_SIZE) };

const subnetLayouts = {
  short: layout(shortSubnet, ['key'], toSubnet),
  long: layout(longSubnet, ['key', 'updatedKey'], toSubnet),
};
const toAppkey = ({ appKeyIndex, subnetHandle, key, updatedKey }: Appkey): Appkey => ({
  appKeyIndex,
  subnetHandle,
  key,
  ...(updatedKey && { updatedKey }),
});
const appkeyLayouts = {
  short: layout(shortAppkey, ['key'], toAppkey),
  long: layout(longAppkey, ['key', 'updatedKey'], toAppkey),
  flagged: layout(flaggedAppkey, ['key', 'updatedKey'], ({ isUpdated, updatedKey, ...rest }): Appkey =>
    toAppkey(isUpdated ? { ...rest, updatedKey } : rest),
  ),
};
const saysSubnet = ({ netKeyIndex, phase }: Subnet) =>
  `NetKey ${netKeyIndex}${phase === 0 ? '' : `, key refresh phase ${phase}`}`;
const saysAppkey = ({ appKeyIndex, subnetHandle, updatedKey }: Appkey) =>
  `AppKey ${appKeyIndex} of subnet ${subnetHandle}${updatedKey ? ', new key waiting' : ''}`;

const dsmCommon = {
  metadata: row('DSM limits', one(0x0001), [layout(dsmMetadata)], (limits) =>
    [
      many(limits.subnets, 'subnet'),
      many(limits.appKeys, 'application key'),
      many(limits.deviceKeys, 'device key'),
      limits.nonvirtual === 1 ? '1 address' : `${limits.nonvirtual} addresses`,
      limits.virtual === 1 ? '1 virtual address' : `${limits.virtual} virtual addresses`,
    ].join(', '),
  ),
  unicast: row(
    'unicast addresses',
    one(0x0002),
    [layout(unicastRecord)],
    ({ start, count }) => `${unicast(start)}, ${many(count, 'element')}`,
  ),
  nonvirtual: row(
    'address',
    block(0x1000),
    [layout(nonvirtualRecord)],
    ({ address }, index) => `handle ${index}: ${hex(address, 4)}`,
  ),
  virtual: row('virtual address', block(0x2000), [layout(virtualRecord)], ({ label }) =>
    hex(virtualAddressOf(label), 4),
  ),
  devkey: row(
    'device key',
    block(0x5000),
    [layout(devkeyRecord, ['key'])],
    ({ owner, subnetHandle }) => `key of ${unicast(owner)}, subnet ${handleText(subnetHandle)}`,
  ),
};
/** 1.0.0..3.2.0 */
export const dsmRowsA = {
  ...dsmCommon,
  subnet: row('network key', block(0x3000), [subnetLayouts.short, subnetLayouts.long], saysSubnet),
  appkey: row('application key', block(0x4000), [appkeyLayouts.short, appkeyLayouts.long], saysAppkey),
};
/** 4.0.0..5.0.0, which still read the forms that 3.2.0 left behind. */
export const dsmRowsB = {
  ...dsmRowsA,
  appkey: row(
    'application key',
    block(0x4000),
    [appkeyLayouts.short, appkeyLayouts.long, appkeyLayouts.flagged],
    saysAppkey,
  ),
};
export type DsmRows = typeof dsmRowsA;
/** A subnet or AppKey this short was written by 3.2.0 or earlier. */
export const LEGACY_SUBNET_WORDS = subnetLayouts.short.lengthWords;
export const FLAGGED_APPKEY_WORDS = appkeyLayouts.flagged.lengthWords;
export const LONG_SUBNET_WORDS = subnetLayouts.long.lengthWords;
export const DEVKEY_WORDS = lengthWordsOf(devkeyRecord.size);

// Access layer

const accessMetadata = struct({ subscriptionLists: u16, elements: u16, models: u16 });
const elementRecord = struct({ location: u16 });
const defaultTtlRecord = struct({ ttl: u8 });

const modelHead = {
  companyId: u16,
  modelId: u16,
  publishKeyHandle: u16,
  publishAddressHandle: u16,
};
const modelLinks = { element: u16, subscriptionList: u16 };
/** The last word of a model record, by release. */
const modelTails = {
  v1: { publishTtl: u8, publishPeriod: u8, padding: bytes(2) },
  v2: { publishTtl: u8, publishPeriod: u8, retransmit: u8, padding: u8 },
  v3: { friendship: u8, publishTtl: u8, publishPeriod: u8, retransmit: u8 },
};
export type ModelTail = keyof typeof modelTails;
/** Length of a model record whose bound keys fit one word; every 32 further keys take another. */
const MODEL_WORDS = 6;

export interface ModelRecord {
  readonly companyId: number;
  readonly modelId: number;
  readonly publishKeyHandle: number;
  readonly publishAddressHandle: number;
  /** Bit k is set when the key with DSM handle k is bound. */
  readonly boundKeys: Uint8Array;
  readonly element: number;
  readonly subscriptionList: number;
  readonly publishTtl: number;
}

const modelRow = (tail: ModelTail) =>
  growingRow<ModelRecord>(
    'model',
    block(0x2000),
    MODEL_WORDS,
    (lengthWords) =>
      layout(
        struct({
          ...modelHead,
          boundKeys: bytes(WORD_SIZE * (lengthWords - MODEL_WORDS + 1)),
          ...modelLinks,
          ...(modelTails[tail] as (typeof modelTails)['v2']),
        }),
      ),
    (model) =>
      `${model.companyId === 0xffff ? '' : `company ${hex(model.companyId, 4)} `}model ${hex(model.modelId, 4)} on element ${model.element}`,
  );

/** Bit k is clear when the list holds the DSM address handle k. */
const subscriptionListRow = growingRow<{ readonly inverted: Uint8Array }>(
  'subscription list',
  block(0x3000),
  2,
  (lengthWords) => layout(struct({ inverted: bytes(WORD_SIZE * (lengthWords - 1)) })),
  ({ inverted }) => {
    const handles = setBits(inverted.map((byte) => ~byte));
    return handles.length === 0 ? 'empty' : `address handles ${handles.join(', ')}`;
  },
);

/** Positions of the bits that are set, counted from the first byte's lowest. */
export function setBits(bitmap: Uint8Array): number[] {
  const bits: number[] = [];
  for (const [index, byte] of bitmap.entries()) {
    for (let bit = 0; byte >> bit !== 0; bit++) if ((byte >> bit) & 1) bits.push(8 * index + bit);
  }
  return bits;
}

const accessRows = (tail: ModelTail) => ({
  metadata: row('access limits', one(0x0001), [layout(accessMetadata)], (limits) =>
    [
      many(limits.subscriptionLists, 'subscription list'),
      many(limits.elements, 'element'),
      many(limits.models, 'model'),
    ].join(', '),
  ),
  element: row(
    'element',
    block(0x1000),
    [layout(elementRecord)],
    ({ location }) => `location ${hex(location, 4)}`,
  ),
  model: modelRow(tail),
  subscriptionList: subscriptionListRow,
});
export const accessRowsV1 = accessRows('v1');
export const accessRowsV2 = accessRows('v2');
export const accessRowsV3 = accessRows('v3');
/** 5.0.0 adds the node's default TTL. */
export const accessRowsV5 = {
  ...accessRowsV3,
  defaultTtl: row('default TTL', one(0x4000), [layout(defaultTtlRecord)], ({ ttl }) => String(ttl)),
};
export type AccessRows = typeof accessRowsV1 & Partial<typeof accessRowsV5>;

// Network state

const sequenceRecordA = struct({ nextBlock: u32 });
const ivRecordA = struct({ ivIndex: u32, state: u8, padding: bytes(3) });
const sequenceRecordB = struct({ nextBlock: u32, synchro: u8 });
const ivRecordB = struct({ ivIndex: u32, state: u8, timeoutMinutes: u16, synchro: u8 });

export interface SequenceRecord {
  /** First sequence number not yet released. */
  readonly nextBlock: number;
  /** Equal in a sequence and an IV record that belong together; 1.0.0..3.2.0 have none. */
  readonly synchro?: number;
}
export interface IvRecord {
  readonly ivIndex: number;
  /** 0 normal, 1 IV update in progress. */
  readonly state: number;
  readonly synchro?: number;
}
const saysSequence = ({ nextBlock }: SequenceRecord) => `next block from ${nextBlock}`;
const saysIv = ({ ivIndex, state }: IvRecord) =>
  `IV index ${ivIndex}${state === 0 ? '' : ', update in progress'}`;

/** 1.0.0..3.2.0 */
export const netStateRowsA = {
  sequence: row<SequenceRecord>('sequence block', one(0x0001), [layout(sequenceRecordA)], saysSequence),
  iv: row<IvRecord>('IV index', one(0x0002), [layout(ivRecordA)], saysIv),
};
/** 4.0.0..5.0.0; what 3.2.0 left is read until the first start replaces it. */
export const netStateRowsB = {
  sequence: row<SequenceRecord>('sequence block', one(0x0003), [layout(sequenceRecordB)], saysSequence),
  iv: row<IvRecord>('IV index', one(0x0004), [layout(ivRecordB)], saysIv),
  legacySequence: netStateRowsA.sequence,
  legacyIv: netStateRowsA.iv,
};
export type NetStateRows = typeof netStateRowsA & Partial<typeof netStateRowsB>;

// Core options, by the number of roles a device transmits in: originator, and relay where it is built in

const transmitRecord = struct({ enabled: u8, count: u8, intervalMs: u16 });
const byteRecord = struct({ value: u8 });
/** Type bits, then the six bytes of the address. */
const advertiserRecord = struct({ type: u8, address: bytes(6) });
const heartbeatRecord = struct({
  destination: u16,
  padding: u16,
  count: u32,
  periodSeconds: u32,
  ttl: u8,
  padding2: u8,
  features: u16,
  netKeyIndex: u16,
  padding3: u16,
});
const healthRecord = struct({ fastPeriodDivisor: u8, padding: bytes(3), faults: arrayOf(u32, 8) });

const onOff = ({ value }: Decoded<typeof byteRecord>) => (value === 0 ? 'off' : 'on');
export const coreRows = (roles: 1 | 2) => {
  const span = (first: number): readonly [number, number] => [first, first + roles - 1];
  const afterRoles = 0x0100 + 3 * roles;
  return {
    transmit: row(
      'transmission',
      span(0x0100),
      [layout(transmitRecord)],
      ({ count, intervalMs }, role) =>
        `${role === 0 ? 'own' : 'relayed'} messages ${count} times, ${intervalMs} ms apart`,
    ),
    power: row('transmit power', span(0x0100 + roles), [layout(byteRecord)], ({ value }) => hex(value, 2)),
    advertiser: row(
      'advertiser address',
      span(0x0100 + 2 * roles),
      [layout(advertiserRecord)],
      ({ address }) =>
        [...address]
          .reverse()
          .map((byte) => byte.toString(16).padStart(2, '0'))
          .join(':'),
    ),
    beacon: row('secure network beacon', one(afterRoles), [layout(byteRecord)], onOff),
    heartbeat: row(
      'heartbeat publication',
      one(afterRoles + 1),
      [layout(heartbeatRecord)],
      ({ destination, periodSeconds }) => `to ${hex(destination, 4)} every ${periodSeconds} s`,
    ),
    ecdh: row('ECDH offloading', one(0x0200), [layout(byteRecord)], onOff),
    proxy: row('GATT proxy', one(0x0210), [layout(byteRecord)], onOff),
    friend: row('friend', one(0x0220), [layout(byteRecord)], onOff),
    health: row(
      'health server',
      [0x0230, 0x024f],
      [layout(healthRecord)],
      (_, element) => `faults of element ${element}`,
    ),
  };
};
export type CoreRows = ReturnType<typeof coreRows>;

/**
 * The numbering that these entries follow. An advertiser address is three words long, a heartbeat publication six: nothing
 * else is, and in a device of one role they stand where one of two roles keeps something else.
 */
export function coreRowsFor(
  entries: readonly { readonly handle: number; readonly lengthWords: number }[],
): CoreRows {
  const single = coreRows(1);
  const fits = (one: Row, handle: number, lengthWords: number) =>
    handle === one.first && one.layoutOf(lengthWords)?.lengthWords === lengthWords;
  const ofOneRole = entries.some(
    ({ handle, lengthWords }) =>
      fits(single.advertiser, handle, lengthWords) || fits(single.heartbeat, handle, lengthWords),
  );
  return coreRows(ofOneRole ? 1 : 2);
}

// Models: counts, then one state each; no keys and no addresses

const modelCounts = (count: number) => layout(struct({ counts: arrayOf(u16, count) }));
const modelState = (name: string, first: number, last: number) =>
  growingRow<unknown>(
    name,
    [first, last],
    1,
    (lengthWords) => layout(struct({ state: bytes(WORD_SIZE * (lengthWords - 1)) })),
    (_, index) => `instance ${index}`,
  );
export const modelRowsV4 = {
  metadata: row('model counts', one(0x0001), [modelCounts(3)], ({ counts }) => counts.join(', ')),
  lightness: modelState('light lightness', 0x1000, 0x10ff),
  lightControl: modelState('light LC', 0x1100, 0x12ff),
  ctl: modelState('light CTL', 0x1300, 0x13ff),
  scene: modelState('scene', 0x1400, 0x26ff),
};
export const modelRowsV5 = {
  metadata: row('model counts', one(0x0001), [modelCounts(7)], ({ counts }) => counts.join(', ')),
  lightness: modelState('light lightness', 0x1000, 0x10ff),
  lightControl: modelState('light LC', 0x1100, 0x20ff),
  ctl: modelState('light CTL', 0x2100, 0x22ff),
  scene: modelState('scene', 0x2300, 0x23ff),
  onOff: modelState('generic OnOff', 0x2400, 0x24ff),
  level: modelState('generic level', 0x2500, 0x25ff),
  transitionTime: modelState('default transition time', 0x2600, 0x26ff),
};

// Replay cache, 5.0.0: first all sequence numbers, then all segmentation states

const replayRecord = struct({ sequenceNumber: u32, source: u16, ivIndexLow: u16 });
const segmentationRecord = struct({ seqZero: u16 });
/** REPLAY_CACHE_ENTRIES of the examples. */
const REPLAY_ITEMS = 40;
export const replayRows = {
  item: row(
    'replay item',
    [0x0001, REPLAY_ITEMS],
    [layout(replayRecord)],
    ({ source, sequenceNumber }) => `${unicast(source)} up to ${sequenceNumber}`,
  ),
  segmentation: row(
    'segmentation item',
    [1 + REPLAY_ITEMS, 2 * REPLAY_ITEMS],
    [layout(segmentationRecord)],
    ({ seqZero }) => (seqZero === 0xffff ? 'none' : `SeqZero ${seqZero}`),
  ),
};

// Emergency cache, 5.0.0: records of other files, wrapped

export const emergencyHead = struct({ fileId: u16, recordId: u16 });
export const emergencyRows = {
  item: growingRow<{ readonly fileId: number; readonly recordId: number }>(
    'saved record',
    [0x0001, 0x0fff],
    lengthWordsOf(emergencyHead.size) + 1,
    (lengthWords) =>
      layout(struct({ fileId: u16, recordId: u16, record: bytes(WORD_SIZE * (lengthWords - 2)) })),
    ({ fileId, recordId }) => `record ${hex(recordId, 4)} of file ${hex(fileId, 4)}`,
  ),
};

/** A set of rows by name. */
export type Rows = Readonly<Record<string, Row | undefined>>;

export const findRow = (rows: Rows, handle: number): Row | undefined =>
  Object.values(rows).find((one) => one !== undefined && handle >= one.first && handle <= one.last);

/** What an entry says, read by this row; `undefined` when it has another handle or is too short. */
export const decodeEntry = <Value>(
  row: Row<Value>,
  {
    handle,
    lengthWords,
    payload,
  }: { readonly handle: number; readonly lengthWords: number; readonly payload: Uint8Array },
): Value | undefined =>
  handle >= row.first && handle <= row.last ? row.layoutOf(lengthWords)?.decode(payload) : undefined;
