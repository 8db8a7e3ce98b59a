/**
 * Records of the node itself: who it is, its keys, and the state of its network.
 *
 * Source: Zephyr subsys/bluetooth/mesh/net.c, subnet.c, app_keys.c, cfg.c, rpl.c and heartbeat.c, 2.1.0..4.2; docs/zephyr-format.md, section 6.
 */
import { bytes, hex, struct, u16, u32, u8, type Decoded } from '../../../bytes.ts';
import { KEY_SIZE } from '../sealing.ts';
import {
  address,
  hexPart,
  idAt,
  keyAt,
  keySays,
  layout,
  many,
  row,
  type AnySettingRow,
  type KeyReference,
} from './row.ts';

const clearNet = struct({ unicast: u16, key: bytes(KEY_SIZE) });
const storedNet = struct({ unicast: u16, keyId: u32 });
export const NET_KEY_OFFSET = clearNet.offsets.key;
export interface NetRecord {
  readonly unicast: number;
  readonly deviceKey: KeyReference;
}
export const netRow = row<NetRecord>(
  'address and device key',
  /^bt\/mesh\/Net$/,
  [
    layout(clearNet, ['key'], ({ unicast, key }) => ({ unicast, deviceKey: keyAt(key) })),
    layout(storedNet, [], ({ unicast, keyId }) => ({ unicast, deviceKey: idAt(keyId) })),
  ],
  '18 bytes, or 6 with the key in a key store',
  ({ unicast, deviceKey }) => `primary element ${address(unicast)}${keySays(deviceKey, 'device key')}`,
);
/** `Net` with the device key in place. */
export const encodeNet = (unicast: number, key: Uint8Array): Uint8Array => clearNet.encode({ unicast, key });
export const encodeStoredNet = (unicast: number, keyId: number): Uint8Array =>
  storedNet.encode({ unicast, keyId });

const ivRecord = struct({ ivIndex: u32, state: u8 });
export interface IvRecord {
  readonly ivIndex: number;
  readonly inProgress: boolean;
  readonly hours: number;
}
export const ivRow = row<IvRecord>(
  'IV index',
  /^bt\/mesh\/IV$/,
  [
    layout(ivRecord, [], ({ ivIndex, state }) => ({
      ivIndex,
      inProgress: (state & 1) === 1,
      hours: state >> 1,
    })),
  ],
  '5 bytes',
  ({ ivIndex, inProgress, hours }) =>
    `IV index ${ivIndex}${inProgress ? ', update in progress' : ''}, ${many(hours, 'hour')} in this state`,
);

const sequenceRecord = struct({ low: u16, high: u8 });
const u24 = ({ low, high }: Decoded<typeof sequenceRecord>) => low | (high << 16);
/** 24 bits, as stored. */
export const encodeSequence = (sequence: number): Uint8Array =>
  sequenceRecord.encode({ low: sequence & 0xffff, high: sequence >>> 16 });
export const SEQUENCE_END = 0x1000000;
/** The firmware writes the sequence number every so many messages (`BT_MESH_SEQ_STORE_RATE`, unless it is built otherwise). */
export const STORE_RATE = 128;
/**
 * The number of the first message after a boot: the loader goes on to the end of the block that may have been used.
 * Source: Zephyr subsys/bluetooth/mesh/net.c, `seq_set`.
 */
export const nextSequence = (stored: number): number => stored + STORE_RATE - (stored % STORE_RATE) - 1;
export const sequenceRow = row<number>(
  'sequence number',
  /^bt\/mesh\/Seq$/,
  [layout(sequenceRecord, [], u24)],
  '3 bytes',
  (stored) => `${stored}, so the next message has ${nextSequence(stored)}`,
);

const netKeyClear = struct({ state: u8, key: bytes(KEY_SIZE), updatedKey: bytes(KEY_SIZE) });
const netKeyStored = struct({ state: u8, keyId: u32, updatedId: u32 });
export interface NetKeyRecord {
  /** 0 normal, 1 new key distributed, 2 new key in use. */
  readonly phase: number;
  readonly state: number;
  readonly key: KeyReference;
  /** Only where a key refresh is under way. */
  readonly updatedKey?: KeyReference;
}
const toNetKey = (state: number, key: KeyReference, updatedKey: KeyReference): NetKeyRecord => ({
  phase: state >> 1,
  state,
  key,
  ...(state >> 1 !== 0 && { updatedKey }),
});
export const saysNetKey = ({ phase, key }: NetKeyRecord, index: string) =>
  `NetKey ${hexPart(index)}${phase === 0 ? '' : `, key refresh phase ${phase}`}${keySays(key, 'key')}`;
export const netKeyLayouts = [
  layout(netKeyClear, ['key', 'updatedKey'], ({ state, key, updatedKey }) =>
    toNetKey(state, keyAt(key), keyAt(updatedKey)),
  ),
  layout(netKeyStored, [], ({ state, keyId, updatedId }) => toNetKey(state, idAt(keyId), idAt(updatedId))),
];
export const NET_KEY_SIZES = '33 bytes, or 9 with the keys in a key store';
export const netKeyRow = row(
  'network key',
  /^bt\/mesh\/NetKey\/([0-9a-f]{1,3})$/,
  netKeyLayouts,
  NET_KEY_SIZES,
  saysNetKey,
);

const appKeyClear = struct({
  netKeyIndex: u16,
  updated: u8,
  key: bytes(KEY_SIZE),
  updatedKey: bytes(KEY_SIZE),
});
const appKeyStored = struct({ netKeyIndex: u16, updated: u8, keyId: u32, updatedId: u32 });
export interface AppKeyRecord {
  readonly netKeyIndex: number;
  readonly updated: number;
  readonly key: KeyReference;
  /** Only where a key refresh has brought one. */
  readonly updatedKey?: KeyReference;
}
const toAppKey = (
  netKeyIndex: number,
  updated: number,
  key: KeyReference,
  updatedKey: KeyReference,
): AppKeyRecord => ({
  netKeyIndex,
  updated,
  key,
  ...(updated !== 0 && { updatedKey }),
});
export const appKeyLayouts = [
  layout(appKeyClear, ['key', 'updatedKey'], (one) =>
    toAppKey(one.netKeyIndex, one.updated, keyAt(one.key), keyAt(one.updatedKey)),
  ),
  layout(appKeyStored, [], (one) =>
    toAppKey(one.netKeyIndex, one.updated, idAt(one.keyId), idAt(one.updatedId)),
  ),
];
export const APP_KEY_SIZES = '35 bytes, or 11 with the keys in a key store';
export const saysAppKey = ({ netKeyIndex, updatedKey, key }: AppKeyRecord, index: string) =>
  `AppKey ${hexPart(index)} of NetKey ${netKeyIndex}${updatedKey ? ', new key waiting' : ''}${keySays(key, 'key')}`;
export const appKeyRow = row(
  'application key',
  /^bt\/mesh\/AppKey\/([0-9a-f]{1,3})$/,
  appKeyLayouts,
  APP_KEY_SIZES,
  saysAppKey,
);

const NOTHING = new Uint8Array(KEY_SIZE);
/** A network key with its bytes in place, as firmware without a key store keeps it. */
export const encodeNetKey = (state: number, key: Uint8Array, updatedKey: Uint8Array = NOTHING): Uint8Array =>
  netKeyClear.encode({ state, key, updatedKey });
export const encodeAppKey = (
  netKeyIndex: number,
  updated: number,
  key: Uint8Array,
  updatedKey: Uint8Array = NOTHING,
): Uint8Array => appKeyClear.encode({ netKeyIndex, updated, key, updatedKey });

const candidateLayouts = [
  layout(struct({ key: bytes(KEY_SIZE) }), ['key'], ({ key }) => keyAt(key)),
  layout(struct({ keyId: u32 }), [], ({ keyId }) => idAt(keyId)),
];
export const candidateRow = row<KeyReference>(
  'device key candidate',
  /^bt\/mesh\/DevKeyC$/,
  candidateLayouts,
  '16 bytes, or 4 with the key in a key store',
  (key) => `left by remote provisioning${keySays(key, 'key')}`,
);

const configuration = struct({
  networkTransmit: u8,
  relay: u8,
  relayRetransmit: u8,
  beacon: u8,
  gattProxy: u8,
  friend: u8,
  defaultTtl: u8,
});
const STATES = ['off', 'on', 'not supported'];
const stateText = (value: number) => STATES[value] ?? hex(value, 2);
export const configurationRow = row(
  'configuration',
  /^bt\/mesh\/Cfg$/,
  [layout(configuration)],
  '7 bytes',
  (cfg) =>
    `relay ${stateText(cfg.relay)}, beacon ${stateText(cfg.beacon)}, GATT proxy ${stateText(cfg.gattProxy)}, ` +
    `friend ${stateText(cfg.friend)}, default TTL ${cfg.defaultTtl}`,
);

const heartbeat = struct({ destination: u16, period: u8, ttl: u8, features: u16, netKeyIndex: u16 });
export const HEARTBEAT_INDEX = 0x0fff;
export const heartbeatRow = row(
  'heartbeat publication',
  /^bt\/mesh\/HBPub$/,
  [layout(heartbeat)],
  '8 bytes',
  ({ destination, period, netKeyIndex }) =>
    destination === 0
      ? 'none'
      : `to ${address(destination)} on NetKey ${netKeyIndex & HEARTBEAT_INDEX}, ${period === 0 ? 'never' : `every ${2 ** (period - 1)} s`}`,
);

export interface ReplayRecord {
  readonly sequence: number;
  readonly oldIv: boolean;
}
const replayRecord = struct({ bits: u32 });
const replayLayout = layout(replayRecord, [], ({ bits }): ReplayRecord => ({
  sequence: bits & 0xffffff,
  oldIv: ((bits >>> 24) & 1) === 1, // what is above was never written
}));
/** The name of a replay list's entry: lower-case hex without leading zeros. */
export const replayName = (source: number): string => `bt/mesh/RPL/${source.toString(16)}`;
const saysReplay = ({ sequence, oldIv }: ReplayRecord, source: string) =>
  `last number from ${address(hexPart(source))}: ${sequence}${oldIv ? ' on the IV index before' : ''}`;
export const replayRow = row(
  'replay list',
  /^bt\/mesh\/RPL\/([0-9a-f]{1,4})$/,
  [replayLayout],
  '4 bytes',
  saysReplay,
);
export const solicitationReplayRow = row(
  'replay list of solicitations',
  /^bt\/mesh\/SRPL\/([0-9a-f]{1,4})$/,
  [replayLayout],
  '4 bytes',
  saysReplay,
);
export const solicitationSequenceRow = row(
  'sequence number of solicitations',
  /^bt\/mesh\/SSeq$/,
  [
    layout(struct({ sequence: u32 }), [], ({ sequence }) => sequence & 0xffffff),
    layout(sequenceRecord, [], u24),
  ],
  '4 bytes',
  String,
);

export const NETWORK_ROWS: readonly AnySettingRow[] = [
  netRow,
  ivRow,
  sequenceRow,
  netKeyRow,
  appKeyRow,
  candidateRow,
  configurationRow,
  heartbeatRow,
  replayRow,
  solicitationReplayRow,
  solicitationSequenceRow,
];
