/** Bytes by flash address to Intel HEX text. */
import type { MemoryImage } from '../image/index.ts';
import { layOut, writeRecords } from './lay-out.ts';
import type { StartRecord } from './parse-hex.ts';

/**
 * Format an image as Intel HEX: capital digits, LF, extended linear address records, and every byte that the image
 * defines and nothing more.
 */
export function formatHex(image: MemoryImage, start?: StartRecord): string {
  let length = 0;
  for (const { to } of layOut(image, start)) length = to;
  return new TextDecoder().decode(writeRecords(layOut(image, start), 0, length));
}

/** The same as nrfjprog reads it out of a chip: lines end in CRLF. */
export const formatReadout = (image: MemoryImage): string => formatHex(image).replaceAll('\n', '\r\n');
