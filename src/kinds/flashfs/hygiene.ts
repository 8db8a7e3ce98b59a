/**
 * No key of the donor's stays behind in a clone: what no firmware reads is blanked, with headers kept so that logs stay whole.
 *
 * Source: "hygiene" in section 5.1 of docs/flash-format.md.
 */
import { hex, indexOfBytes, isFilledWith, toHex } from '../../bytes.ts';
import type { MemoryImage, Stretch } from '../../image/index.ts';
import { ENTRY_HEADER_SIZE, HANDLE_INVALID, type AreaLog, type PageLog } from './container.ts';
import type { RecoveryPage } from './discovery.ts';
import type { Draft, Reason } from './draft.ts';
import { DEVKEY_WORDS, devkeyRecord, KEY_SIZE } from './records.ts';

const BLANK = 0xff;
const hygiene = (what: string): Reason => ({ purpose: 'hygiene', what, secret: true });

/** Payloads of invalidated entries, and whatever stands behind the end of a log. */
export function blankStaleEntries(draft: Draft, log: AreaLog): void {
  for (const page of log.pages) {
    for (const entry of page.entries) {
      if (entry.handle !== HANDLE_INVALID || isFilledWith(entry.payload, BLANK)) continue;
      draft.fill(
        entry.address + ENTRY_HEADER_SIZE,
        entry.payload.length,
        BLANK,
        hygiene('invalidated entry'),
      );
    }
    const rest = behindEnd(page);
    if (rest > 0) {
      const from = page.page.address + page.page.bytes.length - rest;
      draft.fill(from, rest, BLANK, hygiene('bytes behind the end of the log'));
    }
  }
}

/** How many bytes stand behind the header that ends a page's log, if any of them was written. */
function behindEnd({ page, end, endOffset, damage }: PageLog): number {
  if (end === 'full' || damage) return 0;
  const rest = page.bytes.subarray(endOffset + ENTRY_HEADER_SIZE);
  return isFilledWith(rest, BLANK) ? 0 : rest.length;
}

/** The copy in a recovery page, once nothing refers to it. Its first word says so and stays. */
export function blankRecoveryPage(draft: Draft, { address, state }: RecoveryPage): void {
  if (state.kind === 'none' || state.kind === 'blank' || state.kind === 'damaged') return;
  const wordSize = 4;
  const pointer = draft.read(address).subarray(0, wordSize);
  if (!isFilledWith(pointer, 0) && !isFilledWith(pointer, BLANK)) {
    draft.fill(address, wordSize, BLANK, hygiene('recovery page that is not in use'));
  }
  draft.fill(
    address + wordSize,
    draft.pageSize - wordSize,
    BLANK,
    hygiene('stale copy in the recovery page'),
  );
}

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

/**
 * Device key records anywhere in an image, at any alignment, that hold one of these keys (in hex): the addresses of the keys.
 * Outside the areas in use they are no code and nothing that a firmware reads, but copies of pages or what an earlier memory
 * map left.
 */
export function findStrayRecords(image: MemoryImage, keys: ReadonlySet<string>): number[] {
  const places: number[] = [];
  const keyOffset = ENTRY_HEADER_SIZE + devkeyRecord.offsets.key;
  for (const { address, length } of image.stretches()) {
    const bytes = image.read(address, length);
    const last = length - keyOffset - KEY_SIZE;
    for (
      let at = bytes.indexOf(DEVKEY_WORDS);
      at !== -1 && at <= last;
      at = bytes.indexOf(DEVKEY_WORDS, at + 1)
    ) {
      const handle = bytes[at + 2]! | (bytes[at + 3]! << 8);
      if (bytes[at + 1] !== 0 || (handle >> 12 !== 5 && handle !== HANDLE_INVALID)) continue;
      if (keys.has(toHex(bytes.subarray(at + keyOffset, at + keyOffset + KEY_SIZE))))
        places.push(address + at + keyOffset);
    }
  }
  return places;
}

/** Device keys of earlier lives, in hex: from invalidated entries, and from pages that are not in use. */
export function staleKeys(inUse: readonly PageLog[], notInUse: readonly PageLog[]): Set<string> {
  const ofLength = (logs: readonly PageLog[]) =>
    logs.flatMap(({ entries }) => entries).filter(({ lengthWords }) => lengthWords === DEVKEY_WORDS);
  const stale = [
    ...ofLength(inUse).filter(({ handle }) => handle === HANDLE_INVALID),
    ...ofLength(notInUse).filter(({ handle }) => handle === HANDLE_INVALID || handle >> 12 === 5),
  ];
  return new Set(
    stale
      .map(({ payload }) => payload.subarray(devkeyRecord.offsets.key))
      .filter((key) => !isFilledWith(key, BLANK))
      .map(toHex),
  );
}

export function blankStrayKey(draft: Draft, keyAddress: number): void {
  draft.fill(keyAddress, KEY_SIZE, BLANK, hygiene(`device key in a stray record at ${hex(keyAddress)}`));
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
