/**
 * The records of an Intel HEX text, one after the other, each looked at whole before anything is made of it.
 *
 * One pass that takes time in proportion to the text and remembers nothing. It says which line is damaged and how, in words
 * that never hold the line itself (it may be a key).
 *
 * Source: Intel, "Hexadecimal Object File Format Specification", revision A, 1988.
 */
import * as errors from './errors.ts';

/** Record types. */
export const DATA = 0;
export const END_OF_FILE = 1;
export const SEGMENT_BASE = 2;
export const SEGMENT_START = 3;
export const LINEAR_BASE = 4;
export const LINEAR_START = 5;

export interface HexRecord {
  /** From 1. */
  readonly line: number;
  readonly type: number;
  /** From the base address, 16 bits. */
  readonly offset: number;
  /** Flash address of its first byte, if it is data. */
  readonly address: number;
  /** Bytes of its payload. */
  readonly length: number;
  readonly checksum: number;
  /** Place of its colon in the text, and behind its checksum. */
  readonly from: number;
  readonly to: number;
}

/** Characters before its payload: colon, length, offset and type. */
export const PAYLOAD_AT = 9;
export const CHECKSUM_DIGITS = 2;

/** Bytes of a record beside its payload: their number, offset (two), type and checksum. */
export const FRAME_BYTES = 5;
/** Payload that a record of this type must have; data records may have any. */
const PAYLOAD_LENGTH: Readonly<Record<number, number>> = {
  [END_OF_FILE]: 0,
  [SEGMENT_BASE]: 2,
  [SEGMENT_START]: 4,
  [LINEAR_BASE]: 2,
  [LINEAR_START]: 4,
};
/** What one address record reaches. */
export const BLOCK_BYTES = 0x10000;
/** Beyond it lie no memories of a Cortex-M that a dump could hold. */
const HIGHEST_BASE = 0x7fffffff;

/**
 * All records up to the end-of-file record, which is the last.
 *
 * @throws `hex/empty-file`, `hex/not-hex`, `hex/bad-length`, `hex/bad-checksum`, `hex/bad-record`, `hex/truncated`,
 *   `hex/data-after-end`, when the walk comes to it
 */
export function* walkRecords(text: string): Generator<HexRecord, void, undefined> {
  const cursor = new Cursor(text);
  if (cursor.atEnd) throw errors.emptyFile();
  let base = 0;
  let line = 1;
  while (!cursor.atEnd) {
    const record = readRecord(cursor, base);
    yield record;
    line = record.line;
    if (record.type === SEGMENT_BASE) base = cursor.payload16() * 0x10;
    else if (record.type === LINEAR_BASE) base = cursor.payload16() * BLOCK_BYTES;
    cursor.skipBlanks();
    if (record.type !== END_OF_FILE) continue;
    if (!cursor.atEnd) throw errors.dataAfterEnd(cursor.line);
    return;
  }
  throw errors.truncated(line);
}

/** Offset in the text, line, and the record that was read last. */
class Cursor {
  line = 1;
  at = 0;
  readonly #text: string;
  /** Offset of the colon of the last record. */
  #record = 0;

  constructor(text: string) {
    this.#text = text;
    if (this.#code(0) === BYTE_ORDER_MARK) this.at = 1;
    this.skipBlanks();
    this.#skipPreamble();
  }

  /**
   * Pass lines of text before the first record, as tools that log into their output leave them. A line with the digits of a
   * record among them is not passed: it may be one that lost its colon.
   */
  #skipPreamble(): void {
    const colon = this.#text.slice(0, PREAMBLE_CHARACTERS).search(/(?<=^|[\r\n])[ \t]*:/);
    while (this.at < colon && !this.#isRecordLike()) {
      while (!isLineEnd(this.#code(this.at))) this.at++;
      this.skipBlanks();
    }
  }

  #isRecordLike(): boolean {
    const line = /[^\r\n]*/y;
    line.lastIndex = this.at;
    return /[\da-f]{10}/i.test(line.exec(this.#text)![0]);
  }

  get atEnd(): boolean {
    return this.at >= this.#text.length;
  }

  #code(at: number): number {
    return this.#text.charCodeAt(at);
  }

  skipBlanks(): void {
    for (; isBlank(this.#code(this.at)); this.at++) {
      const code = this.#code(this.at);
      if (code === LINE_FEED || (code === CARRIAGE_RETURN && !this.#isByLineFeed())) this.line++;
    }
  }

  /** Whether a carriage return and a line feed, in either order, end one line together. */
  #isByLineFeed(): boolean {
    return this.#code(this.at + 1) === LINE_FEED || this.#code(this.at - 1) === LINE_FEED;
  }

  /** Pass a colon and the hex digits behind it. @returns what they add up to, and how many there are */
  readDigits(): { digits: number; sum: number } {
    if (this.#code(this.at) !== COLON) throw errors.notHex(this.line);
    const column = this.at;
    this.#record = column;
    const from = column + 1;
    // all of the text comes through here, mostly before it is compiled: nothing but locals
    const text = this.#text;
    let at = from;
    let sum = 0;
    for (;;) {
      const high = digitValue(text.charCodeAt(at));
      if (high === NO_DIGIT) break;
      const low = digitValue(text.charCodeAt(++at));
      if (low === NO_DIGIT) break;
      at++;
      sum += (high << 4) | low;
    }
    this.at = at;
    const next = this.#code(this.at);
    if (!this.atEnd && next !== COLON && !isBlank(next))
      throw errors.badDigit(
        this.line,
        this.at - column + 1,
        String.fromCodePoint(this.#text.codePointAt(this.at)!),
      );
    return { digits: at - from, sum };
  }

  /** Byte of the last record: 0 their number, 1 and 2 offset, 3 type, then payload and checksum. */
  byte(index: number): number {
    const at = this.#record + 1 + 2 * index;
    return (digitValue(this.#code(at)) << 4) | digitValue(this.#code(at + 1));
  }

  payload16(): number {
    return (this.byte(4) << 8) | this.byte(5);
  }

  /** Whether nothing but blanks follows. */
  get isLast(): boolean {
    let at = this.at;
    while (isBlank(this.#code(at))) at++;
    return at >= this.#text.length;
  }
}

function readRecord(cursor: Cursor, base: number): HexRecord {
  const { line, at: from } = cursor;
  const { digits, sum } = cursor.readDigits();
  if (digits % 2 !== 0 || digits < 2 * FRAME_BYTES)
    throw cursor.isLast ? errors.truncated(line) : errors.unevenRecord(line, digits);
  const length = cursor.byte(0);
  const found = digits / 2 - FRAME_BYTES;
  if (found !== length)
    throw found < length && cursor.isLast ? errors.truncated(line) : errors.badLength(line, length, found);
  const checksum = cursor.byte(length + FRAME_BYTES - 1);
  if ((sum & 0xff) !== 0) throw errors.badChecksum(line, checksum, (checksum - sum) & 0xff);
  const offset = (cursor.byte(1) << 8) | cursor.byte(2);
  const type = cursor.byte(3);
  const reason = faultOf(type, length, offset, type === LINEAR_BASE ? cursor.payload16() : 0);
  if (reason !== undefined) throw errors.badRecord(line, type, reason);
  return { line, type, offset, address: base + offset, length, checksum, from, to: cursor.at };
}

function faultOf(type: number, length: number, offset: number, upper: number): string | undefined {
  if (type > LINEAR_START) return 'is unknown';
  const needed = PAYLOAD_LENGTH[type];
  if (needed !== undefined && needed !== length) return `must hold ${needed} bytes and holds ${length}`;
  if (type === DATA)
    return offset + length > BLOCK_BYTES ? 'runs past the end of its 64 KB block' : undefined;
  if (offset !== 0) return 'has an offset, which only data may have';
  if (upper * BLOCK_BYTES > HIGHEST_BASE) return 'points beyond every memory of the chip';
  return undefined;
}

export const COLON = 0x3a;
export const LINE_FEED = 0x0a;
export const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = 0xfeff;

const NUL = 0x00;
/** Ends a text of CP/M and DOS; some tools fill the last block with it, others with NUL. */
const CONTROL_Z = 0x1a;
/** Text before the first record is passed over in so many characters. */
const PREAMBLE_CHARACTERS = 0x2000;

const isBlank = (code: number): boolean =>
  code === 0x20 || (code >= 0x09 && code <= 0x0d) || code === 0xa0 || code === NUL || code === CONTROL_Z;
const isLineEnd = (code: number): boolean =>
  code === LINE_FEED || code === CARRIAGE_RETURN || Number.isNaN(code);

const NO_DIGIT = 0xff;
const DIGIT_VALUES = Uint8Array.from({ length: 0x80 }, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(value) ? NO_DIGIT : value;
});
/** @param code  NaN behind the end of the text */
const digitValue = (code: number): number => (code < 0x80 ? DIGIT_VALUES[code]! : NO_DIGIT);
