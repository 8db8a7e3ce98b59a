/**
 * Messages between a configuration client and a node's configuration server, encrypted with the node's device key.
 *
 * Source: Bluetooth Mesh Profile 1.0.1, sections 4.3.2 (messages) and 4.3.4 (opcodes).
 */
import { bytes, u16, u8 } from '../../bytes.ts';
import {
  keyIndexList,
  keyIndexPair,
  modelId,
  publishKey,
  publishPeriodMs,
  publishRetransmit,
  sigModel,
  vendorModel,
} from './fields.ts';
import { message, messageWithTail, rest } from './message.ts';

/** What a model publishes, as Publication Set and Status carry it between element and model. */
const publication = {
  /** Unicast, group or virtual address; 0 switches publication off. */
  address: u16,
  key: publishKey,
  /** 0..127, or 255 for the node's default. */
  ttl: u8,
  periodMs: publishPeriodMs,
  retransmit: publishRetransmit,
};

/** `element` is the unicast address of an element, `status` one of `CONFIGURATION_STATUS`. */
export const configuration = {
  compositionDataGet: message('Composition Data Get', 0x8008, { page: u8 }),
  compositionDataStatus: messageWithTail('Composition Data Status', 0x02, { page: u8 }, 'data', rest),
  appKeyAdd: message('AppKey Add', 0x00, { indexes: keyIndexPair, key: bytes(16) }),
  appKeyStatus: message('AppKey Status', 0x8003, { status: u8, indexes: keyIndexPair }),
  appKeyGet: message('AppKey Get', 0x8001, { netKeyIndex: u16 }),
  appKeyList: messageWithTail(
    'AppKey List',
    0x8002,
    { status: u8, netKeyIndex: u16 },
    'appKeyIndexes',
    keyIndexList,
  ),
  modelAppBind: messageWithTail(
    'Model App Bind',
    0x803d,
    { element: u16, appKeyIndex: u16 },
    'model',
    modelId,
  ),
  modelAppStatus: messageWithTail(
    'Model App Status',
    0x803e,
    { status: u8, element: u16, appKeyIndex: u16 },
    'model',
    modelId,
  ),
  sigModelAppGet: message('SIG Model App Get', 0x804b, { element: u16, model: sigModel }),
  sigModelAppList: messageWithTail(
    'SIG Model App List',
    0x804c,
    { status: u8, element: u16, model: sigModel },
    'appKeyIndexes',
    keyIndexList,
  ),
  vendorModelAppGet: message('Vendor Model App Get', 0x804d, { element: u16, model: vendorModel }),
  vendorModelAppList: messageWithTail(
    'Vendor Model App List',
    0x804e,
    { status: u8, element: u16, model: vendorModel },
    'appKeyIndexes',
    keyIndexList,
  ),
  publicationSet: messageWithTail(
    'Config Model Publication Set',
    0x03,
    { element: u16, ...publication },
    'model',
    modelId,
  ),
  publicationGet: messageWithTail('Config Model Publication Get', 0x8018, { element: u16 }, 'model', modelId),
  publicationStatus: messageWithTail(
    'Config Model Publication Status',
    0x8019,
    { status: u8, element: u16, ...publication },
    'model',
    modelId,
  ),
  subscriptionAdd: messageWithTail(
    'Config Model Subscription Add',
    0x801b,
    { element: u16, address: u16 },
    'model',
    modelId,
  ),
  subscriptionDelete: messageWithTail(
    'Config Model Subscription Delete',
    0x801c,
    { element: u16, address: u16 },
    'model',
    modelId,
  ),
  subscriptionStatus: messageWithTail(
    'Config Model Subscription Status',
    0x801f,
    { status: u8, element: u16, address: u16 },
    'model',
    modelId,
  ),
  defaultTtlGet: message('Config Default TTL Get', 0x800c, {}),
  defaultTtlSet: message('Config Default TTL Set', 0x800d, { ttl: u8 }),
  defaultTtlStatus: message('Config Default TTL Status', 0x800e, { ttl: u8 }),
  beaconGet: message('Config Beacon Get', 0x8009, {}),
  /** States: 0 off, 1 on; of relay and proxy also 2, not supported. */
  beaconSet: message('Config Beacon Set', 0x800a, { beacon: u8 }),
  beaconStatus: message('Config Beacon Status', 0x800b, { beacon: u8 }),
  gattProxyGet: message('Config GATT Proxy Get', 0x8012, {}),
  gattProxySet: message('Config GATT Proxy Set', 0x8013, { gattProxy: u8 }),
  gattProxyStatus: message('Config GATT Proxy Status', 0x8014, { gattProxy: u8 }),
  relayGet: message('Config Relay Get', 0x8026, {}),
  relaySet: message('Config Relay Set', 0x8027, { relay: u8, retransmit: u8 }),
  relayStatus: message('Config Relay Status', 0x8028, { relay: u8, retransmit: u8 }),
  nodeIdentityGet: message('Config Node Identity Get', 0x8046, { netKeyIndex: u16 }),
  nodeIdentitySet: message('Config Node Identity Set', 0x8047, { netKeyIndex: u16, identity: u8 }),
  nodeIdentityStatus: message('Config Node Identity Status', 0x8048, {
    status: u8,
    netKeyIndex: u16,
    identity: u8,
  }),
  nodeReset: message('Config Node Reset', 0x8049, {}),
  nodeResetStatus: message('Config Node Reset Status', 0x804a, {}),
} as const;

/** Status codes of configuration messages, in words. Section 4.3.5, table 4.108. */
export const CONFIGURATION_STATUS: readonly string[] = [
  'success',
  'invalid address',
  'invalid model',
  'invalid application key index',
  'invalid network key index',
  'no resources left',
  'another key is stored under this index',
  'invalid publication parameters',
  'the model takes no subscriptions',
  'its flash could not be written',
  'feature not supported',
  'cannot update',
  'cannot remove',
  'cannot bind',
  'temporarily unable',
  'cannot set',
  'unspecified error',
  'invalid binding',
];

export const configurationStatusText = (status: number): string =>
  CONFIGURATION_STATUS[status] ?? `status 0x${status.toString(16).padStart(2, '0')}`;
