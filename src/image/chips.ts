/**
 * The chips that run the nRF5 SDK for Mesh: their memories, and how they tell who they are.
 * Source: product specifications (memory, FICR INFO.PART); the SDK's platform files for which chips it supports.
 */
export interface Chip {
  readonly name: string;
  /** Bytes of code flash from address 0. */
  readonly flashSize: number;
  /** Bytes of one erase unit. */
  readonly pageSize: number;
  readonly ramSize: number;
  /** FICR INFO.PART; the nRF51 has none. */
  readonly part: number | null;
}

export const CHIPS: readonly Chip[] = [
  { name: 'nRF51422', flashSize: 0x40000, pageSize: 0x400, ramSize: 0x8000, part: null },
  { name: 'nRF52810', flashSize: 0x30000, pageSize: 0x1000, ramSize: 0x6000, part: 0x52810 },
  { name: 'nRF52820', flashSize: 0x40000, pageSize: 0x1000, ramSize: 0x8000, part: 0x52820 },
  { name: 'nRF52832', flashSize: 0x80000, pageSize: 0x1000, ramSize: 0x10000, part: 0x52832 },
  { name: 'nRF52833', flashSize: 0x80000, pageSize: 0x1000, ramSize: 0x20000, part: 0x52833 },
  { name: 'nRF52840', flashSize: 0x100000, pageSize: 0x1000, ramSize: 0x40000, part: 0x52840 },
];

export const findChip = (name: string): Chip | undefined =>
  CHIPS.find((chip) => chip.name.toLowerCase() === name.toLowerCase());

/** User information configuration registers: one page beside the code flash, on all of them. */
export const UICR_START = 0x10001000;
export const UICR_END = 0x10002000;
/** Factory information: belongs to the chip, never copied. */
export const FICR_START = 0x10000000;
