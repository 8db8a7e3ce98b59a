/** What the factory writes into a virtual chip. Source: product specifications of the nRF52 series, chapters on the FICR. */
import type { ChipProfile } from './chip-profiles.ts';

export interface FactorySetup {
  /** FICR DEVICEID, 64 bits. */
  readonly deviceId?: bigint;
  /** FICR DEVICEADDR, 48 bits. */
  readonly deviceAddress?: bigint;
}

export function ficrOf({ chip, variant }: ChipProfile, setup: FactorySetup): Uint8Array {
  const bytes = new Uint8Array(0x1000).fill(0xff);
  const view = new DataView(bytes.buffer);
  view.setUint32(0x010, chip.pageSize, true);
  view.setUint32(0x014, chip.flashSize / chip.pageSize, true);
  view.setBigUint64(0x060, setup.deviceId ?? 0x1122334455667788n, true);
  view.setUint32(0x0a0, 0xffffffff, true); // random static
  view.setBigUint64(0x0a4, (setup.deviceAddress ?? 0x1a2b3c4d5e6fn) | (0xffffn << 48n), true);
  view.setUint32(0x100, chip.part ?? 0xffffffff, true);
  view.setUint32(
    0x104,
    [...variant].reduce((word, letter) => word * 256 + letter.charCodeAt(0), 0),
    true,
  );
  view.setUint32(0x108, 0x2000, true);
  view.setUint32(0x10c, chip.ramSize / 1024, true);
  view.setUint32(0x110, chip.flashSize / 1024, true);
  return bytes;
}
