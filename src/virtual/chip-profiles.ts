/**
 * What differs between the virtual chips: ids, memories, flash timing and how the debug port is protected.
 * Source: product specifications of the nRF52 series (FICR, NVMC electrical characteristics); docs/probe-protocols.md §6.1 to §6.5.
 */
import { findChip, type Chip } from '../image/index.ts';

/** Typical durations, in microseconds. */
export interface FlashTiming {
  readonly writeWord: number;
  readonly erasePage: number;
  readonly eraseAll: number;
}

export interface ChipProfile {
  readonly chip: Chip;
  /** FICR INFO.VARIANT: package, function and build code in ASCII. */
  readonly variant: string;
  readonly timing: FlashTiming;
  /** Has NVMC READYNEXT: a word can be handed over while the one before is being written. */
  readonly readyNext: boolean;
  /** Between two erases: writes to a block of 512 bytes, or to one word. */
  readonly writeLimit: { readonly per: 'block' | 'word'; readonly count: number };
  /** `hardware`: open unless UICR says locked. `software`: locked after every reset unless UICR and firmware both say open. */
  readonly protection: 'hardware' | 'software';
}

const slow: FlashTiming = { writeWord: 67.5, erasePage: 2_050, eraseAll: 6_720 };
const fast833: FlashTiming = { writeWord: 42.5, erasePage: 87_500, eraseAll: 173_000 };
const fast840: FlashTiming = { writeWord: 41, erasePage: 85_000, eraseAll: 169_000 };
const perBlock = { per: 'block', count: 181 } as const;
const perWord = { per: 'word', count: 2 } as const;

const profile = (
  name: string,
  variant: string,
  timing: FlashTiming,
  protection: ChipProfile['protection'],
): ChipProfile => ({
  chip: findChip(name)!,
  variant,
  timing,
  readyNext: timing !== slow,
  writeLimit: timing === slow ? perBlock : perWord,
  protection,
});

/** By chip, the silicon before the change of the protection and the first one after it. */
export const CHIP_PROFILES = {
  nRF52832: profile('nRF52832', 'AAE0', slow, 'hardware'),
  'nRF52832-rev3': profile('nRF52832', 'AAG0', slow, 'software'),
  nRF52833: profile('nRF52833', 'AAA0', fast833, 'hardware'),
  'nRF52833-rev2': profile('nRF52833', 'AAB0', fast833, 'software'),
  nRF52840: profile('nRF52840', 'AAD0', fast840, 'hardware'),
  'nRF52840-rev3': profile('nRF52840', 'AAF0', fast840, 'software'),
  nRF52810: profile('nRF52810', 'AAC0', slow, 'hardware'),
  'nRF52810-rev3': profile('nRF52810', 'AAE0', slow, 'software'),
  nRF52820: profile('nRF52820', 'AAC0', fast833, 'hardware'),
  'nRF52820-rev3': profile('nRF52820', 'AAD0', fast833, 'software'),
} satisfies Record<string, ChipProfile>;
export type ChipName = keyof typeof CHIP_PROFILES;
