/** Bytes by flash address to Intel HEX text. */
import MemoryMap from 'nrf-intel-hex';
import { toHex } from '../bytes.ts';
import type { MemoryImage } from '../image/index.ts';
import type { StartRecord } from './parse-hex.ts';

/** Data bytes in a record: what nrfjprog, SEGGER's tools and the linkers write. */
const RECORD_BYTES = 16;

/**
 * Format an image as Intel HEX: capital digits, LF, extended linear address records, and every byte that the image
 * defines and nothing more.
 */
export function formatHex(image: MemoryImage, start?: StartRecord): string {
  const text = new MemoryMap(image.runs.map(({ address, bytes }) => [address, bytes])).asHexString(
    RECORD_BYTES,
  );
  if (!start) return `${text}\n`;
  const end = text.lastIndexOf(':');
  return `${text.slice(0, end)}${formatStart(start)}\n${text.slice(end)}\n`;
}

/** What it writes first, where the image begins below 64 KB. */
const FIRST_BASE = ':020000040000FA\n';

/** The same as nrfjprog reads it out of a chip: the first address is told too, and lines end in CRLF. */
export function formatReadout(image: MemoryImage): string {
  const text = formatHex(image);
  return (text.startsWith(':02000004') ? text : FIRST_BASE + text).replaceAll('\n', '\r\n');
}

function formatStart({ type, bytes }: StartRecord): string {
  const record = Uint8Array.of(4, 0, 0, type, ...bytes);
  const checksum = -record.reduce((sum, byte) => sum + byte, 0) & 0xff;
  return `:${toHex(Uint8Array.of(...record, checksum)).toUpperCase()}`;
}
