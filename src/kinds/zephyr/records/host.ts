/**
 * Records of the Bluetooth host under the mesh.
 *
 * Source: Zephyr subsys/bluetooth/host/settings.c, id.c, keys.c and gatt.c; docs/zephyr-format.md, section 6.
 */
import { bytes, struct, toHex, u8, type Decoded } from '../../../bytes.ts';
import { KEY_SIZE } from '../sealing.ts';
import {
  layout,
  listOf,
  listText,
  opaqueRow,
  row,
  type AnySettingRow,
  type Layout,
  type SettingRow,
} from './row.ts';

const identityAddress = struct({ type: u8, address: bytes(6) });
const hashRow = row(
  'GATT database hash',
  /^bt\/hash$/,
  [layout(struct({ hash: bytes(16) }))],
  '16 bytes',
  () => 'of the firmware’s GATT services',
);
const nameRow: SettingRow<Uint8Array> = {
  ...opaqueRow('device name', /^bt\/name$/),
  isOpaque: false,
};
export const hostIdentityRow = row<readonly Decoded<typeof identityAddress>[]>(
  'Bluetooth identity',
  /^bt\/id$/,
  [listOf(identityAddress)],
  'a multiple of 7 bytes',
  (ids) => listText(ids, (id) => toHex(id.address.toReversed()).replace(/..(?!$)/g, '$&:')),
);
const resolvingKeys: Layout<Uint8Array> = {
  fits: (length) => length % KEY_SIZE === 0,
  decode: (value) => value,
  keys: [],
};
export const hostKeysRow: SettingRow<Uint8Array> = {
  ...opaqueRow('identity resolving keys', /^bt\/irk$/),
  layouts: [resolvingKeys],
  sizes: 'a multiple of 16 bytes',
};

const oldComposition: SettingRow<Uint8Array> = {
  ...opaqueRow('composition data', /^bt\/mesh\/cmp\/[0-9a-f]+$/),
  isOpaque: false,
};
const metadata: SettingRow<Uint8Array> = {
  ...opaqueRow('models metadata', /^bt\/mesh\/metadata$/),
  isOpaque: false,
};

export const HOST_ROWS: readonly AnySettingRow[] = [
  hashRow,
  nameRow,
  hostIdentityRow,
  hostKeysRow,
  oldComposition,
  metadata,
  opaqueRow('firmware distribution', /^bt\/mesh-dfu\//),
  opaqueRow('bond', /^bt\/keys\//),
  opaqueRow('client configuration', /^bt\/ccc\//),
  opaqueRow('client features', /^bt\/cf\//),
  opaqueRow('service changed', /^bt\/sc\//),
  opaqueRow('sealed key', /^its\//),
];
