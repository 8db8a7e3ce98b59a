/**
 * Records of a node that is a provisioner: its own database of the network.
 *
 * Source: Zephyr subsys/bluetooth/mesh/cdb.c, 2.1.0..4.2; docs/zephyr-format.md, section 6.
 */
import { bytes, struct, toHex, u16, u32, u8 } from '../../../bytes.ts';
import { KEY_SIZE } from '../sealing.ts';
import {
  APP_KEY_SIZES,
  appKeyLayouts,
  NET_KEY_SIZES,
  netKeyLayouts,
  saysAppKey,
  saysNetKey,
} from './network.ts';
import {
  address,
  hexPart,
  idAt,
  keyAt,
  layout,
  many,
  row,
  type AnySettingRow,
  type KeyReference,
} from './row.ts';

const cdbHead = { netKeyIndex: u16, elements: u8, flags: u8, uuid: bytes(16) };
const cdbNodeClear = struct({ ...cdbHead, key: bytes(KEY_SIZE) });
const cdbNodeStored = struct({ ...cdbHead, keyId: u32 });
export interface CdbNode {
  readonly netKeyIndex: number;
  readonly elements: number;
  readonly flags: number;
  readonly uuid: Uint8Array;
  readonly deviceKey: KeyReference;
}
export const CDB_CONFIGURED = 1;
const cdbNet = struct({ ivIndex: u32, inProgress: u8, lowestAddress: u16 });
export const cdbNetRow = row(
  'provisioner: network',
  /^bt\/mesh\/cdb\/Net$/,
  [layout(cdbNet)],
  '7 bytes',
  ({ ivIndex, lowestAddress }) => `IV index ${ivIndex}, addresses from ${address(lowestAddress)}`,
);
export const cdbNodeRow = row<CdbNode>(
  'provisioner: node',
  /^bt\/mesh\/cdb\/Node\/([0-9a-f]{1,4})$/,
  [
    layout(cdbNodeClear, ['key'], ({ key, ...node }) => ({ ...node, deviceKey: keyAt(key) })),
    layout(cdbNodeStored, [], ({ keyId, ...node }) => ({ ...node, deviceKey: idAt(keyId) })),
  ],
  '36 bytes, or 24 with the key in a key store',
  ({ elements, uuid }, first) =>
    `node ${address(hexPart(first))} with ${many(elements, 'element')}, UUID ${toHex(uuid)}`,
);
export const cdbSubnetRow = row(
  'provisioner: network key',
  /^bt\/mesh\/cdb\/Subnet\/([0-9a-f]{1,3})$/,
  netKeyLayouts,
  NET_KEY_SIZES,
  saysNetKey,
);
export const cdbAppKeyRow = row(
  'provisioner: application key',
  /^bt\/mesh\/cdb\/AppKey\/([0-9a-f]{1,3})$/,
  appKeyLayouts,
  APP_KEY_SIZES,
  saysAppKey,
);

export const CDB_ROWS: readonly AnySettingRow[] = [cdbNetRow, cdbNodeRow, cdbSubnetRow, cdbAppKeyRow];
