/**
 * No key of the donor's stays behind in a clone: what no firmware reads is blanked, with headers kept so that logs stay whole.
 *
 * Source: "hygiene" in section 5.1 of docs/flash-format.md.
 */
import { hex, isFilledWith, toHex } from '../../bytes.ts';
import type { MemoryImage } from '../../image/index.ts';
import { ENTRY_HEADER_SIZE, HANDLE_INVALID, type AreaLog, type PageLog } from './container.ts';
import type { RecoveryPage } from './recovery-page.ts';
import type { Draft, Reason } from '../draft.ts';
import { DEVKEY_WORDS, devkeyRecord, KEY_SIZE } from './records/index.ts';

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
