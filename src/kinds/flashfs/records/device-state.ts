/**
 * Records of the device state manager: addresses, subnets and keys.
 *
 * Sources: nRF5 SDK for Mesh, mesh/access/include/device_state_manager_flash.h (1.0.0..3.2.0), mesh_opt_dsm.h (4.0.0..5.0.0).
 */
import { bytes, hex, struct, u16, u8, type Decoded } from '../../../bytes.ts';
import { virtualAddressOf } from '../../../mesh/index.ts';
import { block, handleText, KEY_SIZE, layout, lengthWordsOf, many, one, row, unicast } from './row.ts';

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
