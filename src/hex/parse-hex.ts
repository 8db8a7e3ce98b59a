/**
 * Intel HEX text to bytes by flash address.
 *
 * Reading is `nrf-intel-hex`'s work. What it lacks is said by `records.ts`, which goes before it: which line is damaged and
 * how. It keeps some hundred bytes for each line until the whole text is read, so it gets the text in stretches.
 */
import MemoryMap from 'nrf-intel-hex';
import { fromHex } from '../bytes.ts';
import type { KnownError } from '../errors.ts';
import { MemoryImage, findOverlap, type Segment } from '../image/index.ts';
import { LIMITS } from '../limits.ts';
import * as errors from './errors.ts';
import {
  CARRIAGE_RETURN,
  DATA,
  END_OF_FILE,
  LINE_FEED,
  LINEAR_BASE,
  LINEAR_START,
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

const startOf = (text: string, { type, from }: HexRecord): StartRecord => ({
  type: type === SEGMENT_START ? 3 : 5,
  bytes: fromHex(text.slice(from + 9, from + 17))!,
});

/** So many lines at a time. */
const BATCH_RECORDS = 4096;
const END_RECORD = ':00000001FF';

/** Whole records, in the order of the text, on their way to the library. */
class Batch {
  readonly #text: string;
  /** Record of the base address that holds before the first of them. */
  #base = '';
  #nextBase = '';
  /** Stretches of text that hold nothing but records and single line ends. */
  #pieces: string[] = [];
  #from = 0;
  #to = 0;
  #count = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isFull(): boolean {
    return this.#count >= BATCH_RECORDS;
  }

  add({ type, length, from, to }: HexRecord): void {
    // the library takes two data records at one address for an overlap, even where one of them is empty
    if (type === END_OF_FILE || (type === DATA && length === 0)) return;
    if (this.#count === 0 || !this.#followsClosely(from)) {
      this.#closePiece();
      this.#from = from;
    }
    this.#to = to;
    this.#count++;
    if (type === SEGMENT_BASE || type === LINEAR_BASE) this.#nextBase = this.#text.slice(from, to);
  }

  /** The bytes of all that was added, by rising address; the batch is empty then. */
  read(): Segment[] {
    this.#closePiece();
    const lines = [this.#base, ...this.#pieces, END_RECORD].filter((piece) => piece !== '');
    this.#pieces = [];
    this.#count = 0;
    this.#base = this.#nextBase;
    try {
      return Array.from(MemoryMap.fromHex(lines.join('\n')), ([address, bytes]) => ({ address, bytes }));
    } catch (cause) {
      // The library's own message quotes the record, so it must not be shown or kept as a cause.
      throw findDoubleClaim(this.#text) ?? errors.unreadable(cause);
    }
  }

  #followsClosely(from: number): boolean {
    const gap = from - this.#to;
    const first = this.#text.charCodeAt(this.#to);
    if (gap === 1) return first === LINE_FEED || first === CARRIAGE_RETURN;
    return gap === 2 && first === CARRIAGE_RETURN && this.#text.charCodeAt(from - 1) === LINE_FEED;
  }

  #closePiece(): void {
    if (this.#to > this.#from) this.#pieces.push(this.#text.slice(this.#from, this.#to));
    this.#from = this.#to;
  }
}

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
