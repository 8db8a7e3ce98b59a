/**
 * Cells of one memory whose change was cut short. They are neither erased nor written: they read as the one or the other, at the next
 * power-on perhaps otherwise, and only an erase that comes to its end makes them sound again.
 *
 * Source: the product specifications promise nothing for a page or word whose change was cut short; docs/probe-protocols.md §7 for what
 * is made of that here.
 */
export class WeakCells {
  /** What each byte was and what it was to become; the same where it is sound. Nothing before the first cut. */
  #limits: { readonly before: Uint8Array; readonly after: Uint8Array } | undefined;
  #share = 0;
  #readings = 0;

  /** @param bytes  the memory as it reads */
  constructor(readonly bytes: Uint8Array) {}

  /** @param share  how far the change had come, 0 to 1 */
  cutShort(offset: number, before: Uint8Array, after: Uint8Array, share: number): void {
    this.#limits ??= { before: this.bytes.slice(), after: this.bytes.slice() };
    this.#limits.before.set(before, offset);
    this.#limits.after.set(after, offset);
    this.#share = share;
    this.read();
  }

  /** An erase came to its end, or will. */
  erased(offset: number, length: number): void {
    this.#limits?.before.fill(0xff, offset, offset + length);
    this.#limits?.after.fill(0xff, offset, offset + length);
  }

  /** Bits written to 0 are sound from then on, others stay as they were. */
  stored(offset: number, word: Uint8Array): void {
    if (!this.#limits) return;
    for (const side of [this.#limits.before, this.#limits.after])
      word.forEach((byte, i) => (side[offset + i]! &= byte));
  }

  /** At each power-on they may read otherwise: an arbitrary but repeatable mixture. */
  read(): void {
    if (!this.#limits) return;
    const { before, after } = this.#limits;
    const roll = Math.imul(++this.#readings, 0x85ebca6b);
    for (let at = 0; at < before.length; at++) {
      const open = before[at]! ^ after[at]!;
      if (open === 0) continue;
      let byte = before[at]!;
      for (let bit = 0; bit < 8; bit++)
        if ((open >> bit) & 1 && chance(8 * at + bit, roll) < this.#share) byte ^= 1 << bit;
      this.bytes[at] = byte;
    }
  }
}

function chance(cell: number, roll: number): number {
  let mixed = Math.imul(cell ^ roll, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 13)) >>> 0) / 2 ** 32;
}
