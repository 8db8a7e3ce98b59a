/**
 * Which records an image becomes, where each stands in the text, and how one is written. All that Meshpress writes as Intel HEX goes
 * through here: a whole text as well as the few records that a clone has of its own.
 *
 * `nrf-intel-hex` can write too, and the text is the same to the byte; but it makes a string of every byte, which for one clone takes
 * longer than all else together.
 *
 * Source: Intel, "Hexadecimal Object File Format Specification", revision A, 1988.
 */
import type { MemoryImage } from '../image/index.ts';
import type { StartRecord } from './parse-hex.ts';
import { BLOCK_BYTES, COLON, DATA, END_OF_FILE, FRAME_BYTES, LINE_FEED, LINEAR_BASE } from './records.ts';

/** Data bytes in a record: what nrfjprog, SEGGER's tools and the linkers write. */
const RECORD_BYTES = 16;

/** A record with its place in the text: from its colon to behind its line feed. */
export interface TextRecord {
  readonly type: number;
  /** Flash address of its first byte, if it is data. */
  readonly address: number;
  readonly payload: Uint8Array;
  readonly from: number;
  readonly to: number;
}

/** Every byte that the image defines and nothing more, by rising address; then the start address, then the end. */
export function layOut(image: MemoryImage, start?: StartRecord): TextRecord[] {
  const records: TextRecord[] = [];
  let from = 0;
  const put = (type: number, address: number, payload: Uint8Array) => {
    const to = from + 2 * (FRAME_BYTES + payload.length) + 2; // colon and line feed
    records.push({ type, address, payload, from, to });
    from = to;
  };
  let base = -1;
  for (const { address, bytes } of image.runs) {
    for (let at = 0; at < bytes.length;) {
      const offset = (address + at) % BLOCK_BYTES;
      const block = address + at - offset;
      if (block !== base) put(LINEAR_BASE, 0, upperHalf(block));
      base = block;
      const length = Math.min(RECORD_BYTES, bytes.length - at, BLOCK_BYTES - offset);
      put(DATA, address + at, bytes.subarray(at, at + length));
      at += length;
    }
  }
  if (start) put(start.type, 0, start.bytes);
  put(END_OF_FILE, 0, new Uint8Array(0));
  return records;
}

const upperHalf = (address: number): Uint8Array => Uint8Array.of(address >>> 24, address >>> 16);

const DIGITS = new TextEncoder().encode('0123456789ABCDEF');

/** Write a record with capital digits and a line feed as ASCII, from `at` on. */
function writeRecord(text: Uint8Array, at: number, { type, address, payload }: TextRecord): void {
  let sum = 0;
  const put = (byte: number) => {
    sum += byte;
    text[at++] = DIGITS[byte >> 4]!;
    text[at++] = DIGITS[byte & 15]!;
  };
  text[at++] = COLON;
  put(payload.length);
  put((address >> 8) & 0xff);
  put(address & 0xff);
  put(type);
  for (let i = 0; i < payload.length; i++) put(payload[i]!);
  put(-sum & 0xff);
  text[at] = LINE_FEED;
}

/** The text of records that lie one behind the other. */
export function writeRecords(records: readonly TextRecord[]): Uint8Array {
  const { from } = records[0]!;
  const text = new Uint8Array(records.at(-1)!.to - from);
  for (const record of records) writeRecord(text, record.from - from, record);
  return text;
}
