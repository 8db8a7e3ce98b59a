/**
 * The chips that run a mesh stack: their memories, and how they tell who they are.
 * Source: product specifications (memory map, NVMC or RRAMC, UICR, FICR INFO.PART).
 */
import { u32 } from '../bytes.ts';
import type { MemoryImage, Stretch } from './memory-image.ts';

export interface Chip {
  readonly name: string;
  /** Bytes of code flash from address 0. */
  readonly flashSize: number;
  /** Bytes of one erase unit. */
  readonly pageSize: number;
  readonly ramSize: number;
  /** FICR INFO.PART; the nRF51 has none. */
  readonly part: number | null;
  /** Whether a page is erased before it is written, or its words are simply replaced, as in RRAM. */
  readonly erase: 'page' | 'none';
  /** User information configuration registers. */
  readonly uicr: Stretch;
  /** Factory information: belongs to the chip, never copied. */
  readonly ficr: Stretch;
  /** Of FICR INFO.PART in it. */
  readonly partOffset: number;
}

/** Where the nRF51 and nRF52 have them, and what is the same in all nRF52. */
const NRF51 = {
  erase: 'page',
  uicr: { address: 0x10001000, length: 0x1000 },
  ficr: { address: 0x10000000, length: 0x1000 },
  partOffset: 0x100,
} as const;
const NRF52 = { ...NRF51, pageSize: 0x1000 } as const;

export const CHIPS: readonly Chip[] = [
  { name: 'nRF51422', flashSize: 0x40000, pageSize: 0x400, ramSize: 0x8000, part: null, ...NRF51 },
  { name: 'nRF52805', flashSize: 0x30000, ramSize: 0x6000, part: 0x52805, ...NRF52 },
  { name: 'nRF52810', flashSize: 0x30000, ramSize: 0x6000, part: 0x52810, ...NRF52 },
  { name: 'nRF52811', flashSize: 0x30000, ramSize: 0x6000, part: 0x52811, ...NRF52 },
  { name: 'nRF52820', flashSize: 0x40000, ramSize: 0x8000, part: 0x52820, ...NRF52 },
  { name: 'nRF52832', flashSize: 0x80000, ramSize: 0x10000, part: 0x52832, ...NRF52 },
  { name: 'nRF52833', flashSize: 0x80000, ramSize: 0x20000, part: 0x52833, ...NRF52 },
  { name: 'nRF52840', flashSize: 0x100000, ramSize: 0x40000, part: 0x52840, ...NRF52 },
  {
    name: 'nRF5340', // its application core, which the mesh runs on
    flashSize: 0x100000,
    pageSize: 0x1000,
    ramSize: 0x80000,
    part: 0x5340,
    erase: 'page',
    uicr: { address: 0x00ff8000, length: 0x1000 },
    ficr: { address: 0x00ff0000, length: 0x1000 },
    partOffset: 0x20c,
  },
  {
    name: 'nRF54L15',
    flashSize: 0x17d000,
    pageSize: 0x1000,
    ramSize: 0x40000,
    part: 0x54b15,
    erase: 'none',
    uicr: { address: 0x00ffd000, length: 0x1000 },
    ficr: { address: 0x00ffc000, length: 0x1000 },
    partOffset: 0x31c,
  },
];

/** The chip whose part number stands in this factory information. */
export const chipNamedBy = (factory: MemoryImage): Chip | undefined =>
  CHIPS.find(({ part, ficr, partOffset }) => {
    const at = ficr.address + partOffset;
    return (
      part !== null &&
      factory.covers(at, u32.size) &&
      u32.read(viewOf(factory.read(at, u32.size)), 0) === part
    );
  });
const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

export const findChip = (name: string): Chip | undefined =>
  CHIPS.find((chip) => chip.name.toLowerCase() === name.toLowerCase());

/** User information configuration registers of the nRF51 and nRF52: one page beside the code flash. */
export const UICR_START = 0x10001000;
export const UICR_END = 0x10002000;
/** Factory information of the nRF51 and nRF52. */
export const FICR_START = 0x10000000;
