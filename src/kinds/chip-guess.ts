/** Which chip a dump is from, by how far it reaches and what its firmware expects. Several often fit; a person may know. */
import { hex } from '../bytes.ts';
import { CHIPS, type Chip, type MemoryImage } from '../image/index.ts';
import type { ChipGuess } from './image-kind.ts';

const RAM_START = 0x20000000;
const CODE_END = Math.max(...CHIPS.map((chip) => chip.flashSize));

/** First address beyond the last byte of code flash that the dump defines. */
export function codeEnd(image: MemoryImage): number {
  const last = image.runs.findLast(({ address }) => address < CODE_END);
  return last ? Math.min(last.address + last.bytes.length, CODE_END) : 0;
}

function u32At(image: MemoryImage, address: number): number | undefined {
  if (!image.covers(address, 4)) return undefined;
  const { buffer, byteOffset, length } = image.read(address, 4);
  return new DataView(buffer, byteOffset, length).getUint32(0, true);
}

/** The highest initial stack pointer of a vector table at one of these addresses: RAM must reach as far. */
function ramNeeded(image: MemoryImage, vectorTables: readonly number[]): number {
  const tops = vectorTables.flatMap((address) => {
    const top = u32At(image, address);
    return top !== undefined && top > RAM_START && top <= RAM_START + 0x40000 ? [top - RAM_START] : [];
  });
  return Math.max(0, ...tops);
}

/** Exceptions that a Cortex-M4 has and a Cortex-M0 has not: faults of memory, bus and usage; and the supervisor call of both. */
const FAULTS_OF_M4 = [4, 5, 6];
const SUPERVISOR_CALL = 11;

/** Whether a vector table is that of a Cortex-M0, as in the nRF51. */
export function isCortexM0(image: MemoryImage, table: number): boolean {
  const vector = (index: number) => u32At(image, table + 4 * index);
  return FAULTS_OF_M4.every((index) => vector(index) === 0) && (vector(SUPERVISOR_CALL) ?? 0) % 2 === 1;
}

/** What else is known of the dump when its chip is guessed. */
interface Knowledge {
  /** Chips that the kind of image is for. */
  readonly among: readonly Chip[];
  /** A person's word. */
  readonly chip: Chip | undefined;
  /** That of the areas found, where there are any. */
  readonly pageSize?: number;
  /** Addresses of vector tables of the firmware. */
  readonly vectorTables: readonly number[];
  /** Whether its firmware is for an nRF51 alone. */
  readonly isNrf51?: boolean;
  /** The flash reaches at least as far. */
  readonly end: number;
}

/** The chip that most nodes are built on. */
const USUAL = CHIPS.find(({ name }) => name === 'nRF52832')!;

export function guessChip(
  image: MemoryImage,
  { among, chip: known, pageSize, vectorTables, isNrf51 = false, end }: Knowledge,
): ChipGuess {
  if (known) return { chip: known, certain: true, reasons: ['chosen by hand'] };
  const byPart = among.find(
    ({ part, ficr, partOffset }) => part !== null && u32At(image, ficr.address + partOffset) === part,
  );
  if (byPart) return { chip: byPart, certain: true, reasons: [`FICR names part ${hex(byPart.part!)}`] };

  const ram = ramNeeded(image, vectorTables);
  const fitting = among.filter(
    (chip) =>
      chip.flashSize >= end && chip.ramSize >= ram && (pageSize === undefined || chip.pageSize === pageSize),
  );
  const nrf51 = isNrf51 ? fitting.find(({ part }) => part === null) : undefined;
  if (nrf51) return { chip: nrf51, certain: true, reasons: ['its firmware is for the nRF51'] };
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
