/**
 * The chips that run a mesh stack: their memories, and how they tell who they are.
 * Source: product specifications (memory map, NVMC or RRAMC, UICR, FICR INFO.PART).
 */
import type { Stretch } from './memory-image.ts';

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
}

/** Where the nRF51 and nRF52 have them. */
const INFORMATION = {
  erase: 'page',
  uicr: { address: 0x10001000, length: 0x1000 },
  ficr: { address: 0x10000000, length: 0x1000 },
} as const;

export const CHIPS: readonly Chip[] = [
  { name: 'nRF51422', flashSize: 0x40000, pageSize: 0x400, ramSize: 0x8000, part: null, ...INFORMATION },
  { name: 'nRF52810', flashSize: 0x30000, pageSize: 0x1000, ramSize: 0x6000, part: 0x52810, ...INFORMATION },
  { name: 'nRF52820', flashSize: 0x40000, pageSize: 0x1000, ramSize: 0x8000, part: 0x52820, ...INFORMATION },
  { name: 'nRF52832', flashSize: 0x80000, pageSize: 0x1000, ramSize: 0x10000, part: 0x52832, ...INFORMATION },
  { name: 'nRF52833', flashSize: 0x80000, pageSize: 0x1000, ramSize: 0x20000, part: 0x52833, ...INFORMATION },
  {
    name: 'nRF52840',
    flashSize: 0x100000,
    pageSize: 0x1000,
    ramSize: 0x40000,
    part: 0x52840,
    ...INFORMATION,
  },
];

export const findChip = (name: string): Chip | undefined =>
  CHIPS.find((chip) => chip.name.toLowerCase() === name.toLowerCase());

/** User information configuration registers: one page beside the code flash, on all of them. */
export const UICR_START = 0x10001000;
export const UICR_END = 0x10002000;
/** Factory information: belongs to the chip, never copied. */
export const FICR_START = 0x10000000;
