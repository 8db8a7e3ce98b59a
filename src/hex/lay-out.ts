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
  /** Holds the payload, `length` bytes from `at` on: a view of them would take longer than to write them. */
  readonly source: Uint8Array;
  readonly at: number;
  readonly length: number;
  readonly from: number;
  readonly to: number;
}

/** Every byte that the image defines and nothing more, by rising address; then the start address, then the end. */
export function* layOut(image: MemoryImage, start?: StartRecord): Generator<TextRecord, void, undefined> {
  let to = 0;
  const put = (type: number, address: number, source: Uint8Array, at = 0, length = source.length) => {
    const from = to;
    to += 2 * (FRAME_BYTES + length) + 2; // colon and line feed
    return { type, address, source, at, length, from, to };
  };
  let base = -1;
  for (const { address, bytes } of image.runs) {
    for (let at = 0; at < bytes.length;) {
      const offset = (address + at) % BLOCK_BYTES;
      const block = address + at - offset;
      if (block !== base) yield put(LINEAR_BASE, 0, upperHalf(block));
      base = block;
      const length = Math.min(RECORD_BYTES, bytes.length - at, BLOCK_BYTES - offset);
      yield put(DATA, address + at, bytes, at, length);
      at += length;
    }
  }
  if (start) yield put(start.type, 0, start.bytes);
  yield put(END_OF_FILE, 0, new Uint8Array());
}

const upperHalf = (address: number): Uint8Array => Uint8Array.of(address >>> 24, address >>> 16);

const DIGITS = new TextEncoder().encode('0123456789ABCDEF');

/** Write a record with capital digits and a line feed as ASCII, from `to` on. */
function writeRecord(text: Uint8Array, to: number, { type, address, source, at, length }: TextRecord): void {
  let sum = 0;
  const put = (byte: number) => {
    sum += byte;
    text[to++] = DIGITS[byte >> 4]!;
    text[to++] = DIGITS[byte & 15]!;
  };
  text[to++] = COLON;
  put(length);
  put((address >> 8) & 0xff);
  put(address & 0xff);
  put(type);
  for (let i = at; i < at + length; i++) put(source[i]!);
  put(-sum & 0xff);
  text[to] = LINE_FEED;
}

/** The text of records that lie one behind the other, from one place of the whole text to another. */
export function writeRecords(records: Iterable<TextRecord>, from: number, to: number): Uint8Array {
  const text = new Uint8Array(to - from);
  for (const record of records) writeRecord(text, record.from - from, record);
  return text;
}
