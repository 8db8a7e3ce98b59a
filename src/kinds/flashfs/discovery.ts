/**
 * Finding the flash-manager areas in a dump, by what pages say of themselves and never by a fixed address.
 *
 * Below lies the container; above lies classification, which says what each area is for. This layer groups pages to areas,
 * areas to stacks, and finds the recovery page; it looks into entries only to see where another
 * stack begins, and which page lost its signature.
 *
 * Source: sections 2.1 to 2.4 of docs/flash-format.md.
 */
import { isFilledWith } from '../../bytes.ts';
import type { MemoryImage } from '../../image/index.ts';
import { contentRole } from './classify.ts';
import {
  firmwareSeesMetadata,
  isUnformatted,
  readPageMetadata,
  walkPage,
  type Damage,
  type Page,
} from './container.ts';
import {
  NO_POINTER,
  RECOVERY_COPY_OFFSET,
  recoveredPage,
  recoveryCandidates,
  recoveryStateOf,
  u32At,
  type RecoveryPage,
} from './recovery-page.ts';
import type { Role } from './releases.ts';

/** One area as found. Its role is for `classify` to say. */
export interface FoundArea {
  readonly address: number;
  readonly pages: readonly Page[];
  /** Index of the page that the recovery page stands in for. */
  readonly recovered: number | undefined;
  /** That page does not say itself that it is one. */
  readonly lostMetadata: boolean;
  /** No page of it is formatted; it keeps its place, and the firmware formats it. */
  readonly unformatted: boolean;
}

/** Areas stacked downwards from one recovery page. */
export interface Stack {
  readonly pageSize: number;
  /** From the recovery page downwards. */
  readonly areas: readonly FoundArea[];
  readonly recovery: RecoveryPage;
  /** Of one of its pages. */
  readonly pageDamage: Damage | undefined;
  readonly damage: Damage | undefined;
}

/** Pages between two areas that may be areas awaiting their format; more of them end a stack. */
const MAX_UNFORMATTED_PAGES = 8;
/** Of the areas at the top, so many may be unformatted: network state and device state. */
export const MAX_MISSING_TOP = 2;
/** Pages of areas that something else may have been written over; more of them are what lies between two stacks. */
const MAX_OVERWRITTEN_PAGES = 2;
/** Every stack in the code flash, highest first. */
export function findStacks(image: MemoryImage, pageSize: number, flashSize: number): Stack[] {
  return stacksIn(scanPages(image, pageSize, flashSize));
}

/** Pages that would make other stacks if they were not blank throughout, or not but for a signature cut short. */
export function pagesTakenForBlank(image: MemoryImage, pageSize: number, flashSize: number): number[] {
  const scan = scanPages(image, pageSize, flashSize);
  stacksIn(scan);
  return [...scan.takenForBlank];
}

const stacksIn = (scan: Scan): Stack[] =>
  splitIntoStacks(scan, groupPages(scan)).map((groups) => toStack(scan, groups));

interface Scan {
  readonly image: MemoryImage;
  readonly pageSize: number;
  /** Where the memory map may put the recovery page. */
  readonly candidates: readonly number[];
  /** Pages that open with a signature, or that a recovery page in use stands in for. */
  readonly signed: ReadonlyMap<number, SignedPage>;
  /** Recovery pages in use, by the page they stand in for. */
  readonly recoveryOf: ReadonlyMap<number, number>;
  /** Pages that hold a log although they do not open with a signature. */
  readonly malformed: ReadonlySet<number>;
  /** Grows while stacks are made: see `pagesTakenForBlank`. */
  readonly takenForBlank: Set<number>;
}
interface SignedPage {
  readonly pagesInArea: number;
  readonly pageIndex: number;
}

function scanPages(image: MemoryImage, pageSize: number, flashSize: number): Scan {
  const candidates = recoveryCandidates(image, pageSize, flashSize);
  const signed = new Map<number, SignedPage>();
  const recoveryOf = new Map<number, number>();
  const malformed = new Set<number>();
  for (const address of definedPages(image, pageSize, flashSize)) {
    const bytes = image.read(address, pageSize);
    const own = readPageMetadata(bytes);
    if (own) signed.set(address, own);
    else if (readPageMetadata(bytes.subarray(RECOVERY_COPY_OFFSET))) {
      const of = u32At(bytes, 0);
      if (of !== 0 && of % pageSize === 0 && of < address) recoveryOf.set(of, address);
    } else if (holdsLog({ address, bytes })) malformed.add(address);
  }
  for (const [page, recovery] of recoveryOf) {
    signed.set(page, readPageMetadata(image.read(recovery + RECOVERY_COPY_OFFSET, pageSize))!);
  }
  for (const page of recoveryOf.keys()) malformed.delete(page);
  return { image, pageSize, candidates, signed, recoveryOf, malformed, takenForBlank: new Set() };
}

/** A sound, sealed log with nothing behind it: no code looks like that. */
function holdsLog(page: Page): boolean {
  const { entries, end, endOffset, damage } = walkPage(page);
  return (
    !damage && entries.length > 0 && end === 'seal' && isFilledWith(page.bytes.subarray(endOffset + 4), 0xff)
  );
}

/** Page addresses of which the dump defines at least a byte, rising. */
function* definedPages(image: MemoryImage, pageSize: number, flashSize: number): Iterable<number> {
  let next = 0;
  for (const { address, bytes } of image.runs) {
    if (address >= flashSize) return;
    const end = Math.min(address + bytes.length, flashSize);
    for (let page = Math.max(next, address - (address % pageSize)); page < end; page += pageSize) {
      yield page;
      next = page + pageSize;
    }
  }
}

interface Group {
  /** Flash address of its first page. */
  readonly start: number;
  readonly pagesInArea: number;
  readonly damage: Damage | undefined;
}

const endOf = (group: Group, pageSize: number): number => group.start + group.pagesInArea * pageSize;

/** Pages that belong together by count and index, and single pages that belong to nothing; highest first. */
function groupPages(scan: Scan): Group[] {
  const { pageSize, signed, malformed } = scan;
  const groups = new Map<number, Group>();
  const grouped = new Set<number>();
  for (const [address, page] of signed) {
    const start = address - page.pageIndex * pageSize;
    if (groups.has(start) || !isWhole(scan, start, page.pagesInArea)) continue;
    groups.set(start, { start, pagesInArea: page.pagesInArea, damage: undefined });
    for (let index = 0; index < page.pagesInArea; index++) grouped.add(start + index * pageSize);
  }
  const single = (page: number, rule: string) => {
    if (!grouped.has(page))
      groups.set(page, { start: page, pagesInArea: 1, damage: { page, offset: 0, rule } });
  };
  for (const [page, { pagesInArea, pageIndex }] of signed) {
    single(
      page,
      `it says it is page ${pageIndex + 1} of ${pagesInArea} of an area, and its neighbours do not`,
    );
  }
  for (const page of malformed)
    single(page, 'the page of an area opens with 08 04 10 10, its count and its index');
  return [...groups.values()].sort((a, b) => b.start - a.start);
}

/** Whether each page of an area says so, or awaits its format. */
function isWhole(scan: Scan, start: number, pagesInArea: number): boolean {
  const { pageSize, signed, candidates } = scan;
  const pages = Array.from({ length: pagesInArea }, (_, index) => start + index * pageSize);
  return (
    start >= 0 &&
    pages.every((page, index) => {
      const member = signed.get(page);
      if (!member) return !candidates.includes(page);
      return member.pagesInArea === pagesInArea && member.pageIndex === index;
    }) &&
    areBlank(
      scan,
      pages.filter((page) => !signed.has(page)),
    )
  );
}

/** Whether the firmware would format all of these pages. Asked where a yes decides something: what it was told of is noted. */
function areBlank({ image, pageSize, takenForBlank }: Scan, pages: readonly number[]): boolean {
  const areSo = pages.every((page) => isUnformatted(image.read(page, pageSize)));
  if (areSo) for (const page of pages) takenForBlank.add(page);
  return areSo;
}

/**
 * Groups with nothing but unformatted pages between them. A second network state or device state begins another stack; an
 * overlapping group is a stray signature inside the other.
 */
function splitIntoStacks(scan: Scan, groups: readonly Group[]): Group[][] {
  const { pageSize, recoveryOf } = scan;
  const recoveryPages = new Set(recoveryOf.values());
  const isGap = (page: number) => !recoveryPages.has(page) && areBlank(scan, [page]);
  const stacks: Group[][] = [];
  let seen = new Set<Role>();
  for (const group of groups) {
    const above = stacks.at(-1)?.at(-1);
    const end = endOf(group, pageSize);
    if (above && end > above.start) {
      if (!group.damage && above.damage) stacks.at(-1)!.splice(-1, 1, group);
      continue;
    }
    const gap = above ? pagesBetween(end, above.start, pageSize) : [];
    const role = contentRole(areaOf(scan, group).pages);
    const begins = !above || gap.length > MAX_UNFORMATTED_PAGES || (role && seen.has(role));
    const written = begins ? [] : gap.filter((page) => !isGap(page));
    if (begins || (written.length > 0 && !isInsideStack(scan, group, written))) {
      stacks.push([group]);
      seen = new Set();
    } else stacks.at(-1)!.push(...written.map(overwritten), group);
    if (role === 'net-state' || role === 'dsm') seen.add(role);
  }
  return stacks.map((stack) => withoutStrays(stack, pageSize));
}

/** A page of an area that something else was written over: the firmware asserts when it comes to it. */
const overwritten = (page: number): Group => ({
  start: page,
  pagesInArea: 1,
  damage: {
    page,
    offset: 0,
    rule: 'it lies between areas, is not blank, and does not open with 08 04 10 10',
  },
});

/**
 * Whether pages that hold something else lie inside a stack rather than between two: they are few, none of them is a recovery
 * page, and what lies below them is no stack of its own.
 */
function isInsideStack({ image, pageSize, signed }: Scan, below: Group, written: readonly number[]): boolean {
  if (below.damage || written.length > MAX_OVERWRITTEN_PAGES) return false;
  const isRecovery = (page: number) =>
    readPageMetadata(image.read(page + RECOVERY_COPY_OFFSET, pageSize)) !== undefined;
  return !written.some((page) => signed.has(page) || isRecovery(page));
}

/** Below a stack, and apart from it, an area that is not whole is what an earlier memory map left. */
function withoutStrays(stack: readonly Group[], pageSize: number): Group[] {
  const last = stack.at(-1)!;
  const above = stack.at(-2);
  return above && last.damage && endOf(last, pageSize) < above.start
    ? withoutStrays(stack.slice(0, -1), pageSize)
    : [...stack];
}

/** Page addresses from `start` to `end`, highest first. */
const pagesBetween = (start: number, end: number, pageSize: number): number[] =>
  Array.from({ length: (end - start) / pageSize }, (_, i) => end - (i + 1) * pageSize);

function areaOf({ image, pageSize, recoveryOf }: Scan, { start, pagesInArea }: Group): FoundArea {
  const addresses = Array.from({ length: pagesInArea }, (_, index) => start + index * pageSize);
  const recovered = addresses.findIndex((address) => recoveryOf.has(address));
  return {
    address: start,
    pages: addresses.map((address) => {
      const recovery = recoveryOf.get(address);
      return recovery === undefined
        ? { address, bytes: image.read(address, pageSize) }
        : recoveredPage(image, recovery, pageSize, address);
    }),
    recovered: recovered === -1 ? undefined : recovered,
    lostMetadata: recovered !== -1 && !firmwareSeesMetadata(image.read(addresses[recovered]!, pageSize)),
    unformatted: false,
  };
}

function toStack(scan: Scan, groups: readonly Group[]): Stack {
  const { image, pageSize } = scan;
  const unformatted = (address: number): FoundArea => ({
    address,
    pages: [{ address, bytes: image.read(address, pageSize) }],
    recovered: undefined,
    lostMetadata: false,
    unformatted: true,
  });
  const top = endOf(groups[0]!, pageSize);
  const recovery = findRecoveryPage(scan, groups);
  const areas = pagesBetween(top, recovery, pageSize).map(unformatted);
  let above = top;
  for (const group of groups) {
    areas.push(
      ...pagesBetween(endOf(group, pageSize), above, pageSize).map(unformatted),
      areaOf(scan, group),
    );
    above = group.start;
  }
  const damage = groups.find((group) => group.damage)?.damage ?? overwrittenTop(scan, groups);
  return stackOf(scan, areas, recovery, [top], damage);
}

/** @param tops  where its areas end, at the top of each part */
function stackOf(
  scan: Scan,
  areas: readonly FoundArea[],
  recovery: number,
  tops: readonly number[],
  pageDamage: Damage | undefined,
): Stack {
  const { image, pageSize, recoveryOf } = scan;
  const pages = new Set(areas.flatMap((area) => area.pages.map(({ address }) => address)));
  const claims = [...recoveryOf].filter(([page]) => pages.has(page));
  const of = claims.find(([, at]) => at === recovery)?.[0];
  const copy = claims.find(([, at]) => at !== recovery)?.[1];
  const rival = copy ?? (of === undefined ? undefined : emptyClaim(scan, recovery, tops));
  const rule = 'only one page may stand in for another';
  return {
    pageSize,
    areas,
    recovery: { address: recovery, state: recoveryStateOf(image, recovery, pageSize, of) },
    pageDamage,
    damage: pageDamage ?? (rival === undefined ? undefined : { page: rival, offset: 0, rule }),
  };
}

/**
 * A page that names one it stands in for and holds no copy, where the recovery page would be if it were not the one in use. A firmware
 * has one of them, and nothing tells which: once the other is no longer in use, this is the one that is found.
 */
function emptyClaim(
  { image, pageSize, candidates }: Scan,
  inUse: number,
  tops: readonly number[],
): number | undefined {
  const places = tops.flatMap((top) => [
    top,
    ...candidates.filter((address) => isNearTop(address, top, pageSize)),
  ]);
  return places.find(
    (address) => address !== inUse && recoveryStateOf(image, address, pageSize, undefined).kind === 'damaged',
  );
}

const isNearTop = (address: number, top: number, pageSize: number): boolean =>
  address >= top && address - top <= MAX_MISSING_TOP * pageSize;

/** The page of the network state when the device state stands at the top, and what lies between it and the recovery page is no area. */
function overwrittenTop(scan: Scan, groups: readonly Group[]): Damage | undefined {
  const { image, pageSize, candidates, recoveryOf } = scan;
  const [first] = groups;
  const top = endOf(first!, pageSize);
  if (recoveryOf.size > 0 || !candidates.includes(top + pageSize) || candidates.includes(top))
    return undefined;
  if (contentRole([{ address: first!.start, bytes: image.read(first!.start, pageSize) }]) !== 'dsm')
    return undefined;
  if (areBlank(scan, [top])) return undefined;
  const place = top + pageSize;
  const pointer = u32At(image.read(place, 4), 0);
  const isRecovery = pointer === 0 || (pointer === NO_POINTER && areBlank(scan, [place]));
  return isRecovery ? overwritten(top).damage : undefined;
}

/**
 * Areas that lie apart and belong to one firmware, as one stack: `*_FLASH_AREA_LOCATION` moves single areas.
 *
 * @param parts  what they were found as; the recovery page is the one in use, else the one that the memory map asks for
 */
export function joinStacks(image: MemoryImage, flashSize: number, parts: readonly Stack[]): Stack {
  const { pageSize } = parts[0]!;
  const scan = scanPages(image, pageSize, flashSize);
  const areas = parts.flatMap((part) => part.areas).toSorted((a, b) => b.address - a.address);
  const pages = new Set(areas.flatMap((area) => area.pages.map(({ address }) => address)));
  const inUse = [...scan.recoveryOf].find(([page]) => pages.has(page))?.[1];
  const places = parts.map(({ recovery }) => recovery.address);
  const recovery = inUse ?? places.find((place) => scan.candidates.includes(place)) ?? Math.max(...places);
  const tops = parts.flatMap((part) => topOf(part) ?? []);
  return stackOf(scan, areas, recovery, tops, parts.find(({ pageDamage }) => pageDamage)?.pageDamage);
}

/** Where the highest page ends that is more than a place for an area. */
function topOf({ areas, pageSize }: Stack): number | undefined {
  const first = areas.find(({ unformatted }) => !unformatted);
  return first && first.address + first.pages.length * pageSize;
}

/** The recovery page that speaks of one of these pages; else one where the chip's memory map expects it; else the page above. */
function findRecoveryPage(scan: Scan, groups: readonly Group[]): number {
  const { pageSize, candidates, recoveryOf } = scan;
  const top = endOf(groups[0]!, pageSize);
  const bottom = groups.at(-1)!.start;
  const isReachable = (address: number) =>
    address >= top &&
    (address - top) / pageSize <= MAX_UNFORMATTED_PAGES &&
    areBlank(scan, pagesBetween(top, address, pageSize));
  for (const [page, recovery] of recoveryOf) {
    if (page >= bottom && page < recovery && isReachable(recovery)) return recovery;
  }
  return candidates.find((address) => isNearTop(address, top, pageSize) && isReachable(address)) ?? top;
}
