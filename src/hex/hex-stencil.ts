/**
 * One HEX text with holes: what all clones share is rendered once, and a clone only writes the records it changes.
 *
 * The stencil does not know what varies or why; it is told the places.
 */
import { formatHex } from './format-hex.ts';
import type { MemoryImage, Stretch } from '../image/index.ts';
import type { StartRecord } from './parse-hex.ts';

/** A data record in the text. */
interface TextRecord {
  readonly address: number;
  readonly length: number;
  readonly from: number;
  readonly to: number;
}

export class HexStencil {
  /** ASCII text before, between and after the holes: one piece more than there are holes. */
  readonly fixed: readonly Uint8Array[];
  readonly #holes: readonly (readonly TextRecord[])[];
  /** Bytes of every clone's text. */
  readonly length: number;

  /**
   * @param sample   an image that defines every byte the clones define
   * @param varying  where clones may differ from the sample
   * @throws RangeError when a varying byte is not defined in the sample
   */
  constructor(sample: MemoryImage, varying: readonly Stretch[], start?: StartRecord) {
    const text = new TextEncoder().encode(formatHex(sample, start));
    for (const { address, length } of varying) {
      if (!sample.covers(address, length)) throw new RangeError(`No record holds 0x${address.toString(16)}`);
    }
    const touched = [...dataRecords(text)].filter((record) =>
      varying.some(
        ({ address, length }) =>
          address < record.address + record.length && record.address < address + length,
      ),
    );
    const holes: TextRecord[][] = [];
    for (const record of touched) {
      const hole = holes.at(-1);
      if (hole?.at(-1)?.to === record.from) hole.push(record);
      else holes.push([record]);
    }
    const edges = [0, ...holes.flatMap((hole) => [hole[0]!.from, hole.at(-1)!.to]), text.length];
    this.#holes = holes;
    this.fixed = Array.from({ length: holes.length + 1 }, (_, i) =>
      text.slice(edges[2 * i], edges[2 * i + 1]),
    );
    this.length = text.length;
  }

  /** The text of each hole for this clone. */
  stamp(clone: MemoryImage): Uint8Array[] {
    return this.#holes.map((records) => {
      const text = new Uint8Array(records.at(-1)!.to - records[0]!.from);
      for (const { address, length, from } of records) {
        writeRecord(text, from - records[0]!.from, address, clone.read(address, length));
      }
      return text;
    });
  }

  /** The whole text of the clone that was stamped: fixed pieces and its own in turn. */
  pieces(stamped: readonly Uint8Array[]): Uint8Array[] {
    return this.fixed.flatMap((piece, index) => (stamped[index] ? [piece, stamped[index]] : [piece]));
  }
}

const COLON = 0x3a;
const LINE_FEED = 0x0a;
const DIGITS = new TextEncoder().encode('0123456789ABCDEF');

const digitValue = (code: number) => (code <= 0x39 ? code - 0x30 : code - 0x41 + 10);
const byteAt = (text: Uint8Array, at: number) => (digitValue(text[at]!) << 4) | digitValue(text[at + 1]!);

/** The data records of a text that `formatHex` wrote, in order. */
function* dataRecords(text: Uint8Array): Generator<TextRecord, void, undefined> {
  let base = 0;
  for (let from = 0; from < text.length;) {
    const length = byteAt(text, from + 1);
    const to = from + 1 + 2 * (length + 5) + 1; // colon, record, line feed
    const type = byteAt(text, from + 7);
    if (type === 4) base = ((byteAt(text, from + 9) << 8) | byteAt(text, from + 11)) * 0x10000;
    else if (type === 0) {
      const offset = (byteAt(text, from + 3) << 8) | byteAt(text, from + 5);
      yield { address: base + offset, length, from, to };
    }
    from = to;
  }
}

function writeRecord(text: Uint8Array, at: number, address: number, bytes: Uint8Array): void {
  let sum = 0;
  const put = (byte: number) => {
    sum += byte;
    text[at++] = DIGITS[byte >> 4]!;
    text[at++] = DIGITS[byte & 15]!;
  };
  text[at++] = COLON;
  put(bytes.length);
  put((address >> 8) & 0xff);
  put(address & 0xff);
  put(0);
  for (const byte of bytes) put(byte);
  put(-sum & 0xff);
  text[at] = LINE_FEED;
}
