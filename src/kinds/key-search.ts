/** Looking for a key in an image, whatever its kind: at any alignment, and quickly again in the next clone. */
import { indexOfBytes } from '../bytes.ts';
import type { MemoryImage, Stretch } from '../image/index.ts';

/** Every place of a key in an image, at any alignment. */
export function placesOf(image: MemoryImage, key: Uint8Array): number[] {
  const places: number[] = [];
  for (const { address, length } of image.stretches()) {
    const bytes = image.read(address, length);
    for (let at = indexOfBytes(bytes, key); at !== -1; at = indexOfBytes(bytes, key, at + 1))
      places.push(address + at);
  }
  return places;
}

/** Whether a key is nowhere in an image but at the given places. Runs already known to be clean are not searched again. */
export class KeySearch {
  readonly #clean = new WeakSet<Uint8Array>();
  readonly #key: Uint8Array;
  readonly #allowed: readonly Stretch[];

  constructor(key: Uint8Array, shared: MemoryImage, allowed: readonly number[]) {
    this.#key = key;
    this.#allowed = allowed.map((address) => ({ address, length: key.length }));
    for (const run of shared.runs)
      if (this.#findIn(run.address, run.bytes) === undefined) this.#clean.add(run.bytes);
  }

  /** First place of the key in the image that is not an allowed one. */
  find(image: MemoryImage): number | undefined {
    const { runs } = image;
    const seam = this.#key.length - 1;
    for (let i = 0; i < runs.length; i++) {
      const run = runs[i]!;
      if (this.#clean.has(run.bytes) && (i === 0 || this.#clean.has(runs[i - 1]!.bytes))) continue;
      const found = this.#clean.has(run.bytes) ? undefined : this.#findIn(run.address, run.bytes);
      if (found !== undefined) return found;
      const before = runs[i - 1];
      if (before && before.address + before.bytes.length === run.address) {
        const across = this.#findIn(run.address - seam, image.read(run.address - seam, 2 * seam));
        if (across !== undefined) return across;
      }
    }
    return undefined;
  }

  #findIn(address: number, bytes: Uint8Array): number | undefined {
    for (let at = indexOfBytes(bytes, this.#key); at !== -1; at = indexOfBytes(bytes, this.#key, at + 1)) {
      if (!this.#allowed.some((range) => range.address === address + at)) return address + at;
    }
    return undefined;
  }
}
