/** Where a cable is pulled, so that every transfer has its turn and the turns are few. */
import { CHIP_PROFILES, type ChipName, type ChipProfile, type ProbeName } from '../../src/virtual/index.ts';

/** A chip with less of everything. */
export const sized = (flashSize: number, name: ChipName = 'nRF52832'): ChipProfile => ({
  ...CHIP_PROFILES[name],
  chip: { ...CHIP_PROFILES[name].chip, flashSize, ramSize: 0x4000 },
});

/**
 * Every transfer over the probe with the longest packets, which has the fewest; over the others, which take more of the same for each,
 * so many at equal distances. What differs between probes lies below what is read and proved. With `EVERY_TRANSFER=1` none is left out
 * over any of them, which takes some minutes.
 */
export function placesIn(first: number, last: number, probe: ProbeName, most = 36): number[] {
  const count = last - first + 1;
  const all = probe === 'mcu-link' || process.env['EVERY_TRANSFER'] !== undefined;
  const stride = all ? 1 : Math.max(1, Math.ceil(count / most));
  return Array.from({ length: Math.ceil(count / stride) }, (_, i) => first + stride * i);
}

/** At one of so many transfers the board is plugged in again, and all of it is done anew. */
export const AGAIN = 23;
