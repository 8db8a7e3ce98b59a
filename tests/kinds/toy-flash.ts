/**
 * Flash of the toy kind, unlike that of the others in everything.
 *
 * Its *card* says who the node is, all in big-endian: `CARD`, unicast address (2 bytes), number of elements (2), device key (16)
 * and the sum of those bytes (4). It stands twice: at the beginning of the last page of flash, and in the UICR. What else the
 * node knows are lines of text, `net 0 cc…` or `seq 4096`, put down from that page's end towards its beginning, each with its
 * length in the byte above it; a line that is struck out begins with a zero.
 */
import { concatenate } from '../../src/bytes.ts';
import { MemoryImage, type Chip, type Segment, type Stretch } from '../../src/image/index.ts';
import type { HasElements, Identity } from '../../src/mesh/index.ts';

export const MAGIC = new TextEncoder().encode('CARD');
export const KEY_AT = 8;
export const SUM_AT = 24;
export const CARD_SIZE = 28;
export const UICR_CARD = 0x10001080;
export const pageOf = ({ flashSize, pageSize }: Chip): number => flashSize - pageSize;

export type ToyNode = Identity & HasElements;

export function writeCard({ unicast, elementCount, deviceKey }: ToyNode): Uint8Array {
  const card = concatenate([MAGIC, new Uint8Array(4), deviceKey, new Uint8Array(4)]);
  const view = new DataView(card.buffer);
  view.setUint16(4, unicast);
  view.setUint16(6, elementCount);
  view.setUint32(SUM_AT, sumOf(card));
  return card;
}
export const sumOf = (card: Uint8Array): number =>
  card.subarray(0, SUM_AT).reduce((sum, byte) => sum + byte, 0);
export const writtenSum = (card: Uint8Array): number => new DataView(card.slice().buffer).getUint32(SUM_AT);

/** The lines from a page's end downwards; one in brackets is struck out. */
export const writeLines = (end: number, lines: readonly string[]): Segment[] =>
  lines.map((line) => {
    const text = new TextEncoder().encode(line.replace(/^\[(.*)\]$/, '\0$1'));
    end -= text.length + 1;
    return { address: end, bytes: concatenate([text, Uint8Array.of(text.length)]) };
  });

/** A dump: some firmware, the two cards, and the lines. */
export const toyImage = (chip: Chip, node: ToyNode, lines: readonly string[], cards = [node, node]) =>
  MemoryImage.of([
    { address: 0, bytes: Uint8Array.from({ length: 0x800 }, (_, i) => (i * 7 + 1) % 255) },
    { address: pageOf(chip), bytes: writeCard(cards[0]!) },
    ...writeLines(chip.flashSize, lines),
    { address: UICR_CARD, bytes: writeCard(cards[1]!) },
  ]);

export interface Line extends Stretch {
  readonly text: string;
  readonly struck: boolean;
}

export function readLines(image: MemoryImage, chip: Chip): Line[] {
  const lines: Line[] = [];
  for (let end = chip.flashSize; end > pageOf(chip) + CARD_SIZE;) {
    const [length] = image.read(end - 1, 1);
    if (length === 0xff) break;
    const bytes = image.read(end - 1 - length!, length!);
    const struck = bytes[0] === 0;
    const text = new TextDecoder().decode(struck ? bytes.subarray(1) : bytes);
    lines.push({ address: (end -= length! + 1), length: length! + 1, text, struck });
  }
  return lines;
}
