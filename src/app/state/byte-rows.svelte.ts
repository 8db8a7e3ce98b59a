import type { BytesView, Engine, PatchView } from '../../worker/index.ts';

/** Bytes in one row of the picture, as in every hex dump. */
const ROW = 16;

/** Sixteen bytes of the donor over those of a clone. `null` is a byte that stays hidden. */
export interface ByteRow extends BytesView {
  /** The patches that begin in this row. */
  readonly patches: readonly PatchView[];
}

/** The rows that a list of patches touches, fetched from the engine. */
export class ByteRows {
  rows = $state.raw<readonly ByteRow[]>([]);

  readonly #engine: Engine;
  #turn = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * @param clone   number of the planned clone, from 0
   * @param reveal  a person asked to see keys
   */
  async load(patches: readonly PatchView[], clone: number, reveal: boolean): Promise<void> {
    const turn = ++this.#turn;
    const addresses = new Set<number>();
    for (const { address, length } of patches) {
      for (let row = address - (address % ROW); row < address + length; row += ROW) addresses.add(row);
    }
    const rows = await Promise.all(
      [...addresses]
        .sort((a, b) => a - b)
        .map(async (address) => ({
          ...(await this.#engine.bytesAt({ address, length: ROW, clone, reveal })),
          patches: patches.filter((one) => one.address >= address && one.address < address + ROW),
        })),
    ).catch(() => []); // the plan they belong to is gone; its successor asks again
    if (turn === this.#turn) this.rows = rows;
  }
}
