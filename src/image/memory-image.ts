/**
 * Bytes by flash address: what a dump defines and nothing more.
 *
 * Below lies nothing; above lie every reader of a dump and every writer of a board. An image does not know what its bytes
 * mean, nor in what kind of file they came. It is a value: changing one gives a new one that shares what stayed the same,
 * so a clone costs the few pages it touches.
 */

/** A stretch of defined bytes. */
export interface Segment {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** A piece of the address space. */
export interface Stretch {
  readonly address: number;
  readonly length: number;
}

/** Runs never cross a multiple of this, so a patch copies one run and shares the others. Equal to the nRF52's flash page. */
export const CHUNK_SIZE = 0x1000;

/** Two sources define the same address. */
export interface Overlap {
  readonly address: number;
  readonly length: number;
}

export class MemoryImage {
  /** Sorted, without overlaps, none crossing a multiple of `CHUNK_SIZE`; neighbours within one chunk do not touch. */
  readonly #runs: readonly Segment[];

  private constructor(runs: readonly Segment[]) {
    this.#runs = runs;
  }

  static readonly empty = new MemoryImage([]);

  /**
   * An image of the given stretches, in any order; their bytes are not copied and must not change afterwards.
   *
   * @throws RangeError when two of them overlap; ask `findOverlap` first where that is the user's doing
   */
  static of(segments: Iterable<Segment>): MemoryImage {
    const sorted = [...segments].filter((one) => one.bytes.length > 0).sort((a, b) => a.address - b.address);
    const overlap = findOverlap(sorted);
    if (overlap) throw new RangeError(`Segments overlap at 0x${overlap.address.toString(16)}`);
    const runs: Segment[] = [];
    for (const segment of joinWithinChunks(sorted)) {
      for (let from = 0; from < segment.bytes.length;) {
        const room = CHUNK_SIZE - ((segment.address + from) % CHUNK_SIZE);
        const bytes = segment.bytes.subarray(from, from + room);
        runs.push({ address: segment.address + from, bytes });
        from += bytes.length;
      }
    }
    return new MemoryImage(runs);
  }

  /** Number of bytes defined. */
  get size(): number {
    return this.#runs.reduce((sum, run) => sum + run.bytes.length, 0);
  }

  /** The defined bytes in pieces by rising address, none crossing a multiple of `CHUNK_SIZE`; do not write to them. */
  get runs(): readonly Segment[] {
    return this.#runs;
  }

  /** The longest stretches without a gap, by rising address. */
  stretches(): Stretch[] {
    const stretches: { address: number; length: number }[] = [];
    for (const run of this.#runs) {
      const last = stretches.at(-1);
      if (last && last.address + last.length === run.address) last.length += run.bytes.length;
      else stretches.push({ address: run.address, length: run.bytes.length });
    }
    return stretches;
  }

  /** `length` bytes from `address`; what the dump leaves out reads as `fill` (erased flash). Never write to the result. */
  read(address: number, length: number, fill = 0xff): Uint8Array {
    const first = this.#firstRunAfter(address);
    const run = this.#runs[first];
    if (run && run.address <= address && address + length <= run.address + run.bytes.length) {
      return run.bytes.subarray(address - run.address, address - run.address + length);
    }
    const bytes = new Uint8Array(length).fill(fill);
    for (let i = first; i < this.#runs.length; i++) {
      const { address: at, bytes: source } = this.#runs[i]!;
      if (at >= address + length) break;
      const from = Math.max(address, at);
      const to = Math.min(address + length, at + source.length);
      bytes.set(source.subarray(from - at, to - at), from - address);
    }
    return bytes;
  }

  /** How many of the `length` bytes from `address` the dump defines. */
  definedBytes(address: number, length: number): number {
    let defined = 0;
    for (let i = this.#firstRunAfter(address); i < this.#runs.length; i++) {
      const run = this.#runs[i]!;
      if (run.address >= address + length) break;
      defined += Math.min(address + length, run.address + run.bytes.length) - Math.max(address, run.address);
    }
    return defined;
  }

  covers(address: number, length: number): boolean {
    return this.definedBytes(address, length) === length;
  }

  /** What of the `length` bytes from `address` the dump leaves out, by rising address. */
  gaps(address: number, length: number): Stretch[] {
    const gaps: Stretch[] = [];
    let at = address;
    for (const run of this.slice(address, address + length).stretches()) {
      if (run.address > at) gaps.push({ address: at, length: run.address - at });
      at = run.address + run.length;
    }
    if (at < address + length) gaps.push({ address: at, length: address + length - at });
    return gaps;
  }

  /** The image with these bytes written over it, later ones over earlier ones; addresses not yet defined become so. */
  with(changes: Iterable<Segment>): MemoryImage {
    const runs = [...this.#runs];
    const fresh = new Set<Segment>(); // runs made here, which may be written to
    const added: Segment[] = [];
    for (const { address, bytes } of changes) {
      for (let from = 0; from < bytes.length;) {
        const at = address + from;
        const index = firstRunAfter(runs, at);
        let run = runs[index];
        if (run && run.address <= at) {
          if (!fresh.has(run)) {
            run = { address: run.address, bytes: run.bytes.slice() };
            runs[index] = run;
            fresh.add(run);
          }
          const count = Math.min(bytes.length - from, run.address + run.bytes.length - at);
          run.bytes.set(bytes.subarray(from, from + count), at - run.address);
          from += count;
        } else {
          const room = Math.min(
            bytes.length - from,
            CHUNK_SIZE - (at % CHUNK_SIZE),
            (run?.address ?? Infinity) - at,
          );
          const piece = { address: at, bytes: bytes.slice(from, from + room) };
          runs.splice(index, 0, piece);
          fresh.add(piece);
          added.push(piece);
          from += room;
        }
      }
    }
    return added.length > 0 ? MemoryImage.of(runs) : new MemoryImage(runs);
  }

  /** The part of the image that lies in `from` (inclusive) to `to` (exclusive). */
  slice(from: number, to: number): MemoryImage {
    const runs: Segment[] = [];
    for (const { address, bytes } of this.#runs) {
      const start = Math.max(from, address);
      const end = Math.min(to, address + bytes.length);
      if (start < end) runs.push({ address: start, bytes: bytes.subarray(start - address, end - address) });
    }
    return new MemoryImage(runs);
  }

  #firstRunAfter(address: number): number {
    return firstRunAfter(this.#runs, address);
  }
}

/** Index of the first run that ends beyond `address`. */
function firstRunAfter(runs: readonly Segment[], address: number): number {
  let low = 0;
  let high = runs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const run = runs[middle]!;
    if (run.address + run.bytes.length <= address) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first place that two of these stretches both define. */
export function findOverlap(segments: Iterable<Segment>): Overlap | undefined {
  const sorted = [...segments].sort((a, b) => a.address - b.address);
  let end = -1;
  for (const { address, bytes } of sorted) {
    if (address < end) return { address, length: Math.min(end, address + bytes.length) - address };
    end = Math.max(end, address + bytes.length);
  }
  return undefined;
}

/** Join neighbours that touch inside one chunk, so that the runs of equal images are equal. */
function* joinWithinChunks(sorted: readonly Segment[]): Iterable<Segment> {
  for (let i = 0; i < sorted.length;) {
    let end = i + 1;
    let address = sorted[i]!.address + sorted[i]!.bytes.length;
    while (end < sorted.length && sorted[end]!.address === address && address % CHUNK_SIZE !== 0) {
      address += sorted[end]!.bytes.length;
      end++;
    }
    if (end === i + 1) yield sorted[i]!;
    else {
      const bytes = new Uint8Array(address - sorted[i]!.address);
      for (let k = i; k < end; k++) bytes.set(sorted[k]!.bytes, sorted[k]!.address - sorted[i]!.address);
      yield { address: sorted[i]!.address, bytes };
    }
    i = end;
  }
}
