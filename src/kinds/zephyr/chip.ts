/** Which chip a dump is from: by its FICR, or by where its flash ends and what its firmware expects. */
import { CHIPS, type Chip } from '../../image/index.ts';
import { codeEnd, guessChip } from '../chip-guess.ts';
import type { ChipGuess } from '../image-kind.ts';
import type { ZephyrDump } from './zephyr-dump.ts';
import { lengthOf } from './storage/log.ts';
import { PAGE_SIZE } from './storage/locate.ts';

/** Those with pages of the size that settings lie in. */
const ZEPHYR_CHIPS = CHIPS.filter(({ pageSize }) => pageSize === PAGE_SIZE);

export function guessChipOf({ image, areas, emds }: ZephyrDump, chip: Chip | undefined): ChipGuess {
  const ends = [
    ...areas.map(({ area }) => area.address + lengthOf(area)),
    ...emds.map(({ address, length }) => address + length),
  ];
  return guessChip(image, {
    among: ZEPHYR_CHIPS,
    chip,
    pageSize: PAGE_SIZE,
    vectorTables: [0],
    end: Math.max(codeEnd(image), ...ends),
  });
}
