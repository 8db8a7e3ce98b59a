/**
 * The flash manager's container: pages that hold a log of entries, the same in every release.
 *
 * Below lie the bytes of an image; above lie discovery, the records and the boot. This layer does not know what a payload
 * means, nor which area is which.
 *
 * Source: nRF5 SDK for Mesh, mesh/core/include/flash_manager_internal.h and mesh/core/src/flash_manager*.c, 1.0.0..5.0.0.
 */
import { bytes, isFilledWith, struct, u16, u8 } from '../../bytes.ts';

/** The first 8 bytes of every page of an area. */
const pageMetadata = struct({
  metadataSize: u8,
  entryHeaderSize: u8,
  lengthBits: u8,
  handleBits: u8,
  pagesInArea: u8,
  pageIndex: u8,
  padding: bytes(2),
});
export const PAGE_METADATA_SIZE = pageMetadata.size;

/** The first 4 bytes of every entry; the length counts words, this header included. */
const entryHeader = struct({ lengthWords: u16, handle: u16 });
export const ENTRY_HEADER_SIZE = entryHeader.size;
export const WORD_SIZE = 4;

export const HANDLE_INVALID = 0x0000;
const HANDLE_LAST_DATA = 0x7eff;
export const HANDLE_PADDING = 0x7f00;
export const HANDLE_SEAL = 0x7fff;
const HANDLE_BLANK = 0xffff;
/** The length of seals and paddings: it was never written. */
const UNWRITTEN_LENGTH = 0xffff;

export const sealHeader = entryHeader.encode({ lengthWords: UNWRITTEN_LENGTH, handle: HANDLE_SEAL });
export const paddingHeader = entryHeader.encode({ lengthWords: UNWRITTEN_LENGTH, handle: HANDLE_PADDING });

/** A page as its firmware reads it: from flash, or from the recovery page that stands in for it. */
export interface Page {
  /** Where its firmware expects it. */
  readonly address: number;
  readonly bytes: Uint8Array;
}

export interface Entry {
  /** Flash address of the header. */
  readonly address: number;
  /** 0 once invalidated; its length and payload stay readable. */
  readonly handle: number;
  /** Header included. */
  readonly lengthWords: number;
  /** `4 * (lengthWords - 1)` bytes, a view into the page. */
  readonly payload: Uint8Array;
}

/**
 * How a page's log ends. `torn-padding` is a padding that the firmware invalidated after a power loss; like `padding` and
 * `full` it says: go on at the next page.
 */
export type LogEnd = 'seal' | 'blank' | 'padding' | 'torn-padding' | 'full';

export interface PageLog {
  readonly page: Page;
  readonly entries: readonly Entry[];
  readonly end: LogEnd;
  /** Offset in the page of the header that ends it, or the page size. */
  readonly endOffset: number;
  /** The rule the log breaks, and where; `entries` are those before it. */
  readonly damage?: Damage;
}

export interface Damage {
  readonly page: number;
  readonly offset: number;
  readonly rule: string;
}

const u16At = (page: Uint8Array, offset: number): number => page[offset]! | (page[offset + 1]! << 8);

/** Count and index of a page that opens with a valid signature. */
export function readPageMetadata(page: Uint8Array): { pagesInArea: number; pageIndex: number } | undefined {
  if (u16At(page, 0) !== 0x0408 || u16At(page, 2) !== 0x1010 || u16At(page, 6) !== 0xffff) return undefined;
  const { pagesInArea, pageIndex } = pageMetadata.decode(page);
  return pagesInArea >= 1 && pagesInArea <= 254 && pageIndex < pagesInArea
    ? { pagesInArea, pageIndex }
    : undefined;
}

/** The firmware formats such a page at its next boot: nothing but part of a signature was ever written to it. */
export const isUnformatted = (page: Uint8Array): boolean => isFilledWith(page.subarray(4), 0xff);

/** What the firmware takes for page metadata: enough for it to read the page, not enough for us to trust it. */
export const firmwareSeesMetadata = (page: Uint8Array): boolean =>
  page[0]! >= PAGE_METADATA_SIZE && page[0]! !== 0xff && page[4] !== 0xff && page[5] !== 0xff;

export function walkPage(page: Page): PageLog {
  const { bytes } = page;
  const entries: Entry[] = [];
  let offset = PAGE_METADATA_SIZE;
  const done = (end: LogEnd, rule?: string): PageLog => ({
    page,
    entries,
    end,
    endOffset: offset,
    ...(rule !== undefined && { damage: { page: page.address, offset, rule } }),
  });
  while (offset < bytes.length) {
    const lengthWords = u16At(bytes, offset);
    const handle = u16At(bytes, offset + 2);
    if (handle === HANDLE_BLANK) {
      return lengthWords === UNWRITTEN_LENGTH
        ? done('blank')
        : done('blank', 'a length without a handle is not an entry');
    }
    if (handle === HANDLE_SEAL) return done('seal');
    if (handle === HANDLE_PADDING) return done('padding');
    if (handle === HANDLE_INVALID && lengthWords === UNWRITTEN_LENGTH) return done('torn-padding');
    if (handle > HANDLE_LAST_DATA) return done('blank', 'no entry has a handle above 0x7EFF');
    if (lengthWords === 0) return done('blank', 'an entry is at least one word long');
    const end = offset + WORD_SIZE * lengthWords;
    if (end > bytes.length) return done('blank', 'an entry ends inside its page');
    entries.push({
      address: page.address + offset,
      handle,
      lengthWords,
      payload: bytes.subarray(offset + ENTRY_HEADER_SIZE, end),
    });
    offset = end;
  }
  return done('full');
}

/** The log of a whole area, read as its firmware does. */
export interface AreaLog {
  readonly pages: readonly PageLog[];
  /** What a boot loads, in log order. */
  readonly live: readonly Entry[];
  /** Live entries that a pending defragmentation has copied forward, so that the firmware drops them here. */
  readonly superseded: readonly Entry[];
  /**
   * The last entry when nothing seals it: power was lost while it was written. A boot loads it as it is and invalidates it
   * afterwards.
   */
  readonly torn: Entry | undefined;
  /** The first of two equal handles of which the second is the very last entry; a boot invalidates it afterwards. */
  readonly replaced: Entry | undefined;
  /** Live entries on pages behind one that is sealed; some releases read them, some do not. */
  readonly behindSeal: readonly Entry[];
  readonly damage: Damage | undefined;
}

export interface WalkRules {
  /** 1.0.0..2.2.0 stop at the first seal or blank header; from 3.0.0 on every page is read. */
  readonly iteration: 'to-first-seal' | 'page-by-page';
}

/**
 * @param recovered  index of the page that was taken from the recovery page, if any: what it holds is dropped from the pages
 *   that follow it, up to the first entry that it does not hold
 */
export function readAreaLog(pages: readonly Page[], rules: WalkRules, recovered?: number): AreaLog {
  const logs = pages.map(walkPage);
  const live: Entry[] = [];
  const superseded: Entry[] = [];
  const behindSeal: Entry[] = [];
  const copied = recovered === undefined ? undefined : liveHandles(logs[recovered]!);
  let copying = copied !== undefined;
  let sealed = false;
  for (const [index, log] of logs.entries()) {
    for (const entry of log.entries) {
      if (entry.handle === HANDLE_INVALID) continue;
      if (copying && index > recovered!) {
        if (copied!.has(entry.handle)) {
          superseded.push(entry);
          continue;
        }
        copying = false;
      }
      if (sealed) behindSeal.push(entry);
      if (!sealed || rules.iteration === 'page-by-page') live.push(entry);
    }
    sealed ||= index !== recovered && (log.end === 'seal' || log.end === 'blank');
  }
  // the firmware seals a page that it takes from the recovery page: nothing in there is torn
  const torn = recovered !== undefined && lastWritten(logs) === logs[recovered] ? undefined : findTorn(logs);
  return {
    pages: logs,
    live,
    superseded,
    torn,
    replaced: torn ? undefined : findReplaced(logs, live),
    behindSeal,
    damage: logs.find((log) => log.damage)?.damage,
  };
}

const liveHandles = (log: PageLog): ReadonlySet<number> =>
  new Set(log.entries.map((entry) => entry.handle).filter((handle) => handle !== HANDLE_INVALID));

/** The page whose log the area's last entry is in. */
const lastWritten = (logs: readonly PageLog[]): PageLog | undefined =>
  logs.findLast((log) => log.entries.length > 0);

function findTorn(logs: readonly PageLog[]): Entry | undefined {
  if (logs.some((log) => log.end === 'seal')) return undefined;
  const last = lastWritten(logs);
  if (!last) return undefined;
  const next = logs[logs.indexOf(last) + 1];
  const unsealed = last.end === 'blank' || (last.end === 'full' && (!next || next.end === 'blank'));
  const entry = last.entries.at(-1)!;
  return unsealed && !last.damage && entry.handle !== HANDLE_INVALID ? entry : undefined;
}

function findReplaced(logs: readonly PageLog[], live: readonly Entry[]): Entry | undefined {
  const last = lastWritten(logs)?.entries.at(-1);
  if (!last || last.handle === HANDLE_INVALID) return undefined;
  const first = live.find((entry) => entry.handle === last.handle);
  return first === last ? undefined : first;
}
