/**
 * Records of models, and of the addresses they share.
 *
 * Source: Zephyr subsys/bluetooth/mesh/access.c, va.c and brg_cfg.c, 2.1.0..4.2; docs/zephyr-format.md, section 6.
 */
import { bytes, struct, toHex, u16, u32, u8 } from '../../../bytes.ts';
import {
  address,
  hexPart,
  layout,
  listOf,
  listText,
  opaqueRow,
  row,
  type AnySettingRow,
  type Layout,
} from './row.ts';

/** Element and place in its list of SIG or vendor models: `102` is model 2 of element 1. */
export interface ModelPlace {
  readonly element: number;
  readonly list: 'sig' | 'vendor';
  readonly index: number;
}
const MODEL = '^bt/mesh/([sv])/([0-9a-f]{1,4})/';
export function modelPlace(list: string, digits: string): ModelPlace {
  const number = hexPart(digits);
  return { element: number >> 8, list: list === 's' ? 'sig' : 'vendor', index: number & 0xff };
}
const modelText = (list: string, digits: string) => {
  const { element, index } = modelPlace(list, digits);
  return `${list === 's' ? 'SIG' : 'vendor'} model ${index} of element ${element}`;
};
const modelRow = <Value>(
  what: string,
  file: string,
  layouts: readonly Layout<Value>[],
  sizes: string,
  says: (value: Value) => string,
) =>
  row<Value>(
    what,
    new RegExp(`${MODEL}${file}$`),
    layouts,
    sizes,
    (value, list, digits) => `${modelText(list!, digits!)}: ${says(value)}`,
  );

const u16List = listOf(struct({ value: u16 }), ({ value }) => value);
export const bindRow = modelRow(
  'bound keys',
  'bind',
  [u16List],
  'a multiple of 2 bytes',
  (keys) => `AppKeys ${listText(keys, String)}`,
);
export const subscriptionRow = modelRow('subscriptions', 'sub', [u16List], 'a multiple of 2 bytes', (to) =>
  listText(to, address),
);
export const labelSubscriptionRow = modelRow(
  'virtual subscriptions',
  'subv',
  [u16List],
  'a multiple of 2 bytes',
  (to) => `labels ${listText(to, String)}`,
);

const publicationHead = { address: u16, appKeyIndex: u16, ttl: u8, retransmit: u8, period: u8, flags: u8 };
export interface PublicationRecord {
  readonly address: number;
  readonly appKeyIndex: number;
  readonly ttl: number;
  readonly period: number;
  /** Number of the label where the address is virtual; older releases do not write it. */
  readonly label?: number;
}
export const publicationRow = modelRow<PublicationRecord>(
  'publication',
  'pub',
  [layout(struct(publicationHead)), layout(struct({ ...publicationHead, label: u16 }))],
  '8 or 10 bytes',
  (to) =>
    to.address === 0
      ? 'none'
      : `to ${address(to.address)} with AppKey ${to.appKeyIndex & 0x0fff}, TTL ${to.ttl}`,
);
/** Publication and heartbeat begin with their destination. */
export const DESTINATION_SIZE = u16.size;
export const destinationOf = (value: Uint8Array): number =>
  u16.read(new DataView(value.buffer, value.byteOffset), 0);
export function withDestination(value: Uint8Array, destination: number): Uint8Array {
  const changed = value.slice();
  u16.write(new DataView(changed.buffer), 0, destination);
  return changed;
}

const labelRecord = struct({ references: u16, address: u16, label: bytes(16) });
export const labelRow = row(
  'label UUID',
  /^bt\/mesh\/Va\/([0-9a-f]{1,4})$/,
  [layout(labelRecord)],
  '20 bytes',
  ({ references, address: virtual, label }) =>
    `${address(virtual)}, label ${toHex(label)}, used ${references === 1 ? 'once' : `${references} times`}`,
);

// Subnet bridge

const bridgeRow = struct({ bits: u32, address1: u16, address2: u16 });
export interface Bridge {
  readonly address1: number;
  readonly address2: number;
}
export const bridgeTableRow = row<readonly Bridge[]>(
  'bridging table',
  /^bt\/mesh\/brg_tbl$/,
  [listOf(bridgeRow)],
  'a multiple of 8 bytes',
  (rows) => listText(rows, ({ address1, address2 }) => `${address(address1)} with ${address(address2)}`),
);
const bridgeEnabledRow = row(
  'subnet bridge',
  /^bt\/mesh\/brg_en$/,
  [layout(struct({ value: u8 }), [], ({ value }) => value)],
  '1 byte',
  (value) => (value === 0 ? 'off' : 'on'),
);

export const MODEL_ROWS: readonly AnySettingRow[] = [
  bindRow,
  subscriptionRow,
  labelSubscriptionRow,
  publicationRow,
  labelRow,
  bridgeTableRow,
  bridgeEnabledRow,
  opaqueRow('model data', new RegExp(`${MODEL}data(/.*)?$`)),
];
