/** Which chip a dump is from, by how far it reaches and what its firmware expects. Several often fit; a person may know. */
import { hex } from '../../bytes.ts';
import { CHIPS, FICR_START, type Chip, type MemoryImage } from '../../image/index.ts';
import type { ChipGuess } from '../image-kind.ts';

/** FICR INFO.PART, on the nRF52. */
const FICR_INFO_PART = FICR_START + 0x100;
const RAM_START = 0x20000000;
const CODE_END = Math.max(...CHIPS.map((chip) => chip.flashSize));

/** First address beyond the last byte of code flash that the dump defines. */
export function codeEnd(image: MemoryImage): number {
  const last = image.runs.findLast(({ address }) => address < CODE_END);
  return last ? Math.min(last.address + last.bytes.length, CODE_END) : 0;
}

const u32At = (image: MemoryImage, address: number): number | undefined =>
  image.covers(address, 4)
    ? new DataView(image.read(address, 4).slice().buffer).getUint32(0, true)
    : undefined;

/** The highest initial stack pointer of a vector table at one of these addresses: RAM must reach as far. */
function ramNeeded(image: MemoryImage, vectorTables: readonly number[]): number {
  const tops = vectorTables.flatMap((address) => {
    const top = u32At(image, address);
    return top !== undefined && top > RAM_START && top <= RAM_START + 0x40000 ? [top - RAM_START] : [];
  });
  return Math.max(0, ...tops);
}

/** What else is known of the dump when its chip is guessed. */
interface Knowledge {
  /** A person's word. */
  readonly chip: Chip | undefined;
  /** That of the areas found, where there are any. */
  readonly pageSize?: number;
  /** Addresses of vector tables of SoftDevice and application. */
  readonly vectorTables: readonly number[];
  /** The flash reaches at least as far. */
  readonly end: number;
}

/** The chip that most nodes are built on. */
const USUAL = CHIPS.find(({ name }) => name === 'nRF52832')!;

export function guessChip(
  image: MemoryImage,
  { chip: known, pageSize, vectorTables, end }: Knowledge,
): ChipGuess {
  if (known) return { chip: known, certain: true, reasons: ['chosen by hand'] };
  const part = u32At(image, FICR_INFO_PART);
  const byPart = CHIPS.find((chip) => chip.part !== null && chip.part === part);
  if (byPart) return { chip: byPart, certain: true, reasons: [`FICR names part ${hex(byPart.part!)}`] };

  const ram = ramNeeded(image, vectorTables);
  const fitting = CHIPS.filter(
    (chip) =>
      chip.flashSize >= end && chip.ramSize >= ram && (pageSize === undefined || chip.pageSize === pageSize),
  );
  const ending = fitting.filter((chip) => chip.flashSize === end);
  const usual = fitting.includes(USUAL) ? USUAL : fitting[0];
  return {
    chip: ending[0] ?? usual ?? USUAL,
    certain: ending.length === 1,
    reasons: [
      `its flash reaches to ${hex(end)}${ending.length === 0 ? ' at least' : ''}`,
      ...(pageSize === undefined ? [] : [`its areas have pages of ${pageSize} bytes`]),
      ...(ram === 0 ? [] : [`its firmware expects ${ram / 1024} KB of RAM`]),
      ...(ending.length > 1 ? [`${ending.map(({ name }) => name).join(' and ')} fit alike`] : []),
    ],
  };
}
