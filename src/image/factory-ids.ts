/** What the factory wrote into a chip and no other chip has: two numbers that firmware makes names of. */
import { u32 } from '../bytes.ts';
import type { Chip } from './chips.ts';
import type { MemoryImage } from './memory-image.ts';

/**
 * Words of the factory information registers, as they are read: what identifies a chip.
 * Source: product specifications of the nRF51 and nRF52, chapter FICR.
 */
export interface FactoryIds {
  /** DEVICEID, at 0x10000060 and 0x10000064. */
  readonly deviceId: readonly [number, number];
  /** DEVICEADDR, at 0x100000A4 and 0x100000A8; the upper half of the second reads 0xFFFF. */
  readonly deviceAddress: readonly [number, number];
}

/** Offsets in the factory information of nRF51 and nRF52. */
export const DEVICEID = [0x60, 0x64] as const;
export const DEVICEADDR = [0xa4, 0xa8] as const;

/** Those of the chip that a dump was read from, where it holds factory information of an nRF51 or nRF52. */
export function factoryIdsIn(factory: MemoryImage, { ficr }: Chip): FactoryIds | undefined {
  const words = [...DEVICEID, ...DEVICEADDR].map((offset) => wordAt(factory, ficr.address + offset));
  if (ficr.address !== 0x10000000 || words.some((word) => word === undefined)) return undefined;
  const [id0, id1, address0, address1] = words as [number, number, number, number];
  return { deviceId: [id0, id1], deviceAddress: [address0, address1] };
}

function wordAt(image: MemoryImage, address: number): number | undefined {
  if (!image.covers(address, u32.size)) return undefined;
  const bytes = image.read(address, u32.size);
  return u32.read(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0);
}
