import type { BytesView, Engine, PatchView } from '../../worker/index.ts';

/** Bytes in one row of the picture, as in every hex dump. */
const ROW = 16;

/**
 * Sixteen bytes of the donor over those of a clone. `null` is a byte that stays hidden. `changed` marks whole fields, also
 * where a byte happens to be the same: otherwise it would tell something about a hidden key.
 */
export interface ByteRow extends BytesView {
  /** The patches that begin in this row. */
  readonly patches: readonly PatchView[];
}

/** The rows that a list of patches touches, fetched from the engine. */
export class ByteRows {
  rows = $state.raw<readonly ByteRow[]>([]);

  readonly #engine: Engine;
  #turn = 0;
  /** Those that show keys, while they do. Whoever asks for rows must not come to depend on them. */
  #inClear: readonly ByteRow[] | null = null;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * @param clone   number of the planned clone, from 0
   * @param reveal  a person asked to see keys
   */
  async load(patches: readonly PatchView[], clone: number, reveal: boolean): Promise<void> {
    const turn = ++this.#turn;
    if (this.#inClear && !reveal) {
      this.rows = this.#inClear.map(dotted); // now, however long the engine takes
      this.#inClear = null;
    }
    const rows = await Promise.all(
      rowsTouched(patches).map(async (address) => ({
        ...(await this.#engine.bytes.at({ address, length: ROW, clone, reveal })),
        changed: Array.from({ length: ROW }, (_, i) => patches.some((one) => covers(one, address + i))),
        patches: patches.filter((one) => one.address >= address && one.address < address + ROW),
      })),
    ).catch(() => []); // the plan they belong to is gone; its successor asks again
    if (turn !== this.#turn) return;
    this.rows = rows;
    this.#inClear = reveal ? rows : null;
  }
}

const dotted = (row: ByteRow): ByteRow => ({
  ...row,
  donor: row.donor.map(() => null),
  clone: row.clone?.map(() => null) ?? null,
});

const covers = (patch: PatchView, address: number) =>
  address >= patch.address && address < patch.address + patch.length;

/** Addresses of the rows in which any byte is patched, rising. */
function rowsTouched(patches: readonly PatchView[]): number[] {
  const rows = patches.flatMap(({ address, length }) => {
    const first = address - (address % ROW);
    return Array.from({ length: Math.ceil((address + length - first) / ROW) }, (_, i) => first + i * ROW);
  });
  return rows.sort((a, b) => a - b).filter((row, i) => row !== rows[i - 1]);
}
