/** What the picture of the flash shows: pages under the lens, and labels of the overview. Pure geometry, no drawing. */
import type { AreaReading, PageReading } from '../../image/index.ts';
import type { DumpView, PatchView } from '../../worker/index.ts';
import { size } from './words.ts';

/** The least number of pages under the lens, and the most that are still drawn to scale side by side. */
const LENS_MIN = 8;
const LENS_MAX = 16;

export interface LensPage {
  readonly address: number;
  readonly length: number;
  /** `DSM`, `DSM 2/2`, `empty` */
  readonly title: string;
  readonly usedBytes: number;
  /** Bytes that differ in a clone. */
  readonly newBytes: number;
  /** Where they lie, as shares of the page. */
  readonly marks: readonly { readonly from: number; readonly share: number }[];
  readonly area: AreaReading | null;
  readonly page: PageReading | null;
  /** Last address of the run of empty pages that begins here; `null` inside such a run and for other pages. */
  readonly emptyUntil: number | null;
}

export interface Lens {
  readonly start: number;
  readonly end: number;
  readonly pages: readonly LensPage[];
  /** False where there are too many pages to show them side by side: then only pages of areas are listed. */
  readonly toScale: boolean;
}

/** The pages in which the firmware keeps its state, and what a clone changes there; `null` where there are none. */
export function lensOf(dump: DumpView, patches: readonly PatchView[]): Lens | null {
  const { flashSize, pageSize } = dump.chip;
  const owners = dump.areas.filter((area) => area.address < flashSize);
  if (owners.length === 0) return null;
  const first = Math.min(...owners.map((area) => area.address));
  const end = Math.max(...owners.map((area) => area.address + area.length));
  const start = Math.max(0, Math.min(first, end - LENS_MIN * pageSize));
  const toScale = end - start <= LENS_MAX * pageSize;

  const pages: LensPage[] = [];
  for (let address = start; address < end; address += pageSize) {
    const area = owners.find((one) => address >= one.address && address < one.address + one.length) ?? null;
    if (!toScale && area === null) continue;
    const page = area?.pages.find((one) => one.address === address) ?? null;
    const marks = patches
      .map((patch) => overlap(patch.address, patch.length, address, pageSize))
      .filter((one) => one.length > 0)
      .map((one) => ({ from: (one.start - address) / pageSize, share: one.length / pageSize }));
    pages.push({
      address,
      length: pageSize,
      title: area ? pageTitle(area, address, pageSize) : pageTitleOutside(dump, address),
      usedBytes: page?.usedBytes ?? Math.round((dump.pageUse[address / pageSize] ?? 0) * pageSize),
      newBytes: Math.round(marks.reduce((sum, mark) => sum + mark.share, 0) * pageSize),
      marks,
      area,
      page,
      emptyUntil: null,
    });
  }
  return {
    start,
    end,
    pages: pages.map((page, i) => ({ ...page, emptyUntil: emptyUntil(pages, i) })),
    toScale,
  };
}

export const EMPTY = 'empty';

function emptyUntil(pages: readonly LensPage[], index: number): number | null {
  if (pages[index]?.title !== EMPTY || pages[index - 1]?.title === EMPTY) return null;
  let last = index;
  while (pages[last + 1]?.title === EMPTY) last++;
  return last > index ? pages[last]!.address + pages[last]!.length - 1 : null;
}

/** A label over the overview: where it starts as a share of the flash, and what it says. */
export interface MapLabel {
  readonly at: number;
  /** Room for it, as a share too. */
  readonly room: number;
  readonly address: number;
  readonly text: string;
}

/** A region narrower than this has no room for a label over it. */
const LABEL_SHARE = 0.16;

export function labelsOf(dump: DumpView, lens: Lens | null): MapLabel[] {
  const { flashSize } = dump.chip;
  const until = lens ? lens.start : flashSize;
  return dump.regions
    .filter((region) => region.address < until)
    .map((region) => ({ ...region, length: Math.min(region.length, until - region.address) }))
    .filter((region) => region.length / flashSize >= LABEL_SHARE)
    .map((region) => ({
      at: region.address / flashSize,
      room: region.length / flashSize,
      address: region.address,
      text: region.kind === 'erased' ? 'erased' : `${region.title}, ${size(region.length)}`,
    }));
}

/** Bars of the overview as one path in a box of one unit a page and 40 units height. */
export function barsOf(pageUse: readonly number[]): string {
  let path = '';
  pageUse.forEach((use, page) => {
    const height = (use * 40).toFixed(1);
    if (use > 0) path += `M${page} 40v-${height}h1v${height}z`;
  });
  return path;
}

/** Bytes a clone changes, whatever the purpose. */
export const changedBytes = (patches: readonly PatchView[]): number =>
  patches.reduce((sum, patch) => sum + patch.length, 0);

function overlap(aStart: number, aLength: number, bStart: number, bLength: number) {
  const start = Math.max(aStart, bStart);
  return { start, length: Math.max(0, Math.min(aStart + aLength, bStart + bLength) - start) };
}

/** A page under the lens has room for one short word. */
const SHORT_TITLES: Readonly<Record<string, string>> = {
  dsm: 'DSM',
  access: 'Access',
  'net-state': 'Net state',
  'core-options': 'Core',
  models: 'Models',
  'replay-cache': 'Replay',
  'emergency-cache': 'Emergency',
  recovery: 'Recovery',
};

function pageTitle(
  { role, title, address: start, length }: AreaReading,
  address: number,
  pageSize: number,
): string {
  const short = SHORT_TITLES[role] ?? title;
  return length > pageSize ? `${short} ${(address - start) / pageSize + 1}/${length / pageSize}` : short;
}

function pageTitleOutside(dump: DumpView, address: number): string {
  const region = dump.regions.find((one) => address >= one.address && address < one.address + one.length);
  return !region || region.kind === 'erased'
    ? EMPTY
    : region.kind === 'missing'
      ? 'not in the dump'
      : region.title;
}
