/**
 * Intel HEX text to bytes by flash address.
 *
 * Reading is `nrf-intel-hex`'s work. What it lacks is said by `records.ts`, which goes before it: which line is damaged and
 * how. It keeps some hundred bytes for each record until the whole text is read, so it gets few and long ones, in stretches.
 */
import MemoryMap from 'nrf-intel-hex';
import { fromHex } from '../bytes.ts';
import type { KnownError } from '../errors.ts';
import { MemoryImage, findOverlap, type Segment } from '../image/index.ts';
import { LIMITS } from '../limits.ts';
import * as errors from './errors.ts';
import {
  CHECKSUM_DIGITS,
  DATA,
  LINEAR_BASE,
  LINEAR_START,
  PAYLOAD_AT,
  SEGMENT_BASE,
  SEGMENT_START,
  walkRecords,
  type HexRecord,
} from './records.ts';

/** What an Intel HEX file says. */
export interface HexFile {
  readonly image: MemoryImage;
  /** Record of type 03 or 05, where a debugger would start the program. Nothing on the nRF5 needs it; it is kept. */
  readonly start?: StartRecord;
}
export interface StartRecord {
  readonly type: 3 | 5;
  /** 4 bytes as they stand in the record. */
  readonly bytes: Uint8Array;
}

/**
 * Parse Intel HEX with record types 00 to 05. Lines may end in any way and be blank, text may stand before the first of them,
 * and Ctrl-Z or NUL behind the last.
 *
 * @throws `hex/too-large`, `hex/empty-file`, `hex/not-hex`, `hex/bad-length`, `hex/bad-checksum`, `hex/bad-record`,
 *   `hex/overlap`, `hex/truncated`, `hex/data-after-end`, `hex/too-scattered`, `hex/universal-hex`; those that concern a line name it, counting
 *   from 1
 */
export function parseHex(text: string): HexFile {
  if (text.length > LIMITS.hexCharacters) throw errors.tooLarge(text.length);
  refuseUniversal(text);
  const batch = new Batch(text);
  const segments: Segment[] = [];
  let stretches = 0;
  let start: StartRecord | undefined;
  const readBatch = () => {
    for (const segment of batch.read()) {
      const before = segments.at(-1);
      if (before === undefined || before.address + before.bytes.length !== segment.address) stretches++;
      segments.push(segment);
    }
    if (stretches > LIMITS.hexStretches) throw errors.tooScattered();
  };
  for (const record of walkRecords(text)) {
    if (record.type === SEGMENT_START || record.type === LINEAR_START) start ??= startOf(text, record);
    batch.add(record);
    if (batch.isFull) readBatch();
  }
  readBatch();
  if (findOverlap(segments)) throw doubleClaim(text);
  return { image: MemoryImage.of(segments), ...(start && { start }) };
}

/** The first record of a block names the board it is for; the first block begins within the first lines. */
const UNIVERSAL_HEAD = 0x1000;
/**
 * Boards by the id of a block.
 *
 * Source: micro:bit Educational Foundation, "micro:bit Universal Hex Format Specification" 0.4.0, block start record 0x0A.
 */
const MICROBITS: Readonly<Record<string, string>> = {
  '9900': 'V1 (nRF51822)',
  '9901': 'V1 (nRF51822)',
  '9903': 'V2 (nRF52833)',
  '9904': 'V2 (nRF52833)',
  '9905': 'V2 (nRF52833)',
  '9906': 'V2 (nRF52833)',
};

function refuseUniversal(text: string): void {
  const block = /:04[\da-f]{4}0a([\da-f]{4})c0de/gi;
  if (!block.test(text.slice(0, UNIVERSAL_HEAD))) return;
  block.lastIndex = 0;
  const ids = new Set(Array.from(text.matchAll(block), ([, id]) => MICROBITS[id!] ?? `board 0x${id}`));
  throw errors.universalHex([...ids]);
}

const startOf = (text: string, { type, from, to }: HexRecord): StartRecord => ({
  type: type === SEGMENT_START ? 3 : 5,
  bytes: fromHex(text.slice(from + PAYLOAD_AT, to - CHECKSUM_DIGITS))!,
});

/** So many records at a time. */
const BATCH_RECORDS = 256;
const MOST_PAYLOAD = 0xff;
const END_RECORD = ':00000001FF';

/**
 * Records in the order of the text, on their way to the library. Its time and memory go with their number, so lines whose data
 * follow each other become one record as long as a record can be. The checksum of that comes from those of the lines: the
 * library checks it against the digits as it does any other.
 */
class Batch {
  readonly #text: string;
  /** Record of the base address that holds before the first of them. */
  #base = '';
  #nextBase = '';
  #records: string[] = [];
  #joined: JoinedRecord | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  get isFull(): boolean {
    return this.#records.length >= BATCH_RECORDS;
  }

  add(record: HexRecord): void {
    const { type, length, from, to } = record;
    if (type === SEGMENT_BASE || type === LINEAR_BASE) {
      this.#closeJoined();
      this.#nextBase = this.#text.slice(from, to);
      this.#records.push(this.#nextBase);
    }
    // the library takes two data records at one address for an overlap, even where one of them is empty
    if (type !== DATA || length === 0) return;
    if (!this.#joined?.takes(record)) {
      this.#closeJoined();
      this.#joined = new JoinedRecord(record);
    }
    this.#joined.add(record, this.#text.slice(from + PAYLOAD_AT, to - CHECKSUM_DIGITS));
  }

  /** The bytes of all that was added, by rising address; the batch is empty then. */
  read(): Segment[] {
    this.#closeJoined();
    const lines = [this.#base, ...this.#records, END_RECORD].filter((line) => line !== '');
    this.#records = [];
    this.#base = this.#nextBase;
    try {
      return Array.from(MemoryMap.fromHex(lines.join('\n')), ([address, bytes]) => ({ address, bytes }));
    } catch (cause) {
      // The library's own message quotes the record, so it must not be shown or kept as a cause.
      throw findDoubleClaim(this.#text) ?? errors.unreadable(cause);
    }
  }

  #closeJoined(): void {
    if (this.#joined) this.#records.push(this.#joined.text());
    this.#joined = undefined;
  }
}

/** Data records under one base address, each of which goes on where the one before it ends. */
class JoinedRecord {
  readonly #offset: number;
  readonly #payloads: string[] = [];
  #length = 0;
  /** Of all payload bytes; its lowest eight bits count. */
  #sum = 0;

  constructor(first: HexRecord) {
    this.#offset = first.offset;
  }

  takes({ offset, length }: HexRecord): boolean {
    return offset === this.#offset + this.#length && this.#length + length <= MOST_PAYLOAD;
  }

  add({ length, offset, checksum }: HexRecord, payload: string): void {
    this.#payloads.push(payload);
    this.#length += length;
    this.#sum -= checksum + length + sumOf16(offset);
  }

  text(): string {
    const checksum = -(this.#length + sumOf16(this.#offset) + this.#sum) & 0xff;
    const payload = this.#payloads.join('');
    return `:${digits(this.#length, 2)}${digits(this.#offset, 4)}00${payload}${digits(checksum, 2)}`;
  }
}

const sumOf16 = (value: number): number => (value >> 8) + (value & 0xff);
const digits = (value: number, count: number): string => value.toString(16).padStart(count, '0');

const doubleClaim = (text: string): KnownError => findDoubleClaim(text) ?? errors.unreadable(undefined);

/** The first address that two lines both hold data for. */
function findDoubleClaim(text: string): KnownError | undefined {
  const claims = Array.from(walkRecords(text)).filter(({ type, length }) => type === DATA && length > 0);
  claims.sort((a, b) => a.address - b.address || a.line - b.line);
  for (const [index, claim] of claims.entries()) {
    const next = claims[index + 1];
    if (next && next.address < claim.address + claim.length) {
      const [earlier, later] = [claim.line, next.line].sort((a, b) => a - b) as [number, number];
      return errors.overlap(later, earlier, next.address);
    }
  }
  return undefined;
}
