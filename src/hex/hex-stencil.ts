/**
 * One HEX text with holes: what all clones share is rendered once, and a clone only writes the records it changes.
 *
 * The stencil does not know what varies or why; it is told the places.
 */
import type { MemoryImage, Stretch } from '../image/index.ts';
import { layOut, writeRecords, type TextRecord } from './lay-out.ts';
import type { StartRecord } from './parse-hex.ts';
import { DATA } from './records.ts';

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
    for (const { address, length } of varying) {
      if (!sample.covers(address, length)) throw new RangeError(`No record holds 0x${address.toString(16)}`);
    }
    const holes: TextRecord[][] = [];
    let end = 0;
    for (const record of layOut(sample, start)) {
      end = record.to;
      if (!varying.some((stretch) => holdsSome(record, stretch))) continue;
      const hole = holes.at(-1);
      if (hole?.at(-1)?.to === record.from) hole.push(record);
      else holes.push([record]);
    }
    const text = writeRecords(layOut(sample, start), 0, end);
    const edges = [0, ...holes.flatMap((hole) => [hole[0]!.from, hole.at(-1)!.to]), text.length];
    this.#holes = holes;
    this.fixed = Array.from({ length: holes.length + 1 }, (_, i) =>
      text.slice(edges[2 * i], edges[2 * i + 1]),
    );
    this.length = text.length;
  }

  /** The text of each hole for this clone. */
  stamp(clone: MemoryImage): Uint8Array[] {
    return this.#holes.map((records) =>
      writeRecords(
        records.map((record) => ({ ...record, source: clone.read(record.address, record.length), at: 0 })),
        records[0]!.from,
        records.at(-1)!.to,
      ),
    );
  }

  /** The whole text of the clone that was stamped: fixed pieces and its own in turn. */
  pieces(stamped: readonly Uint8Array[]): Uint8Array[] {
    return this.fixed.flatMap((piece, index) => (stamped[index] ? [piece, stamped[index]] : [piece]));
  }
}

const holdsSome = ({ type, address, length }: TextRecord, stretch: Stretch): boolean =>
  type === DATA && stretch.address < address + length && address < stretch.address + stretch.length;
