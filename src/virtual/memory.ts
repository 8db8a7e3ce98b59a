/**
 * Memory of a virtual chip, wherever it stands in the address space, read and written as its bus does.
 *
 * Views of 16 and 32 bits have the order of this machine, which is that of the chip: everything that runs this is little-endian.
 */
export class Memory {
  readonly #halfWords: Uint16Array;
  readonly #words: Uint32Array;

  /** @param bytes  at the beginning of their buffer, a multiple of four */
  constructor(
    readonly base: number,
    readonly bytes: Uint8Array,
  ) {
    this.#halfWords = new Uint16Array(bytes.buffer);
    this.#words = new Uint32Array(bytes.buffer);
  }

  holds(address: number): boolean {
    const at = address - this.base;
    return at >= 0 && at < this.bytes.length;
  }

  /** Aligned; the value right-aligned. */
  read(address: number, size: 1 | 2 | 4): number {
    const at = address - this.base;
    if (size === 4) return this.#words[at >>> 2]!;
    return size === 2 ? this.#halfWords[at >>> 1]! : this.bytes[at]!;
  }

  /** @returns whether it holds anything else now */
  write(address: number, size: 1 | 2 | 4, value: number): boolean {
    const at = address - this.base;
    const cells = size === 4 ? this.#words : size === 2 ? this.#halfWords : this.bytes;
    const index = size === 4 ? at >>> 2 : size === 2 ? at >>> 1 : at;
    const before = cells[index];
    cells[index] = value;
    return cells[index] !== before;
  }
}
