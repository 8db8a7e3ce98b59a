/** What the picture of the flash shows: pages under the lens, and labels of the overview. Pure geometry, no drawing. */
import type { Stretch } from '../../image/index.ts';
import type { EvidenceSection } from '../../kinds/index.ts';
import type { DumpView, PatchView } from '../../worker/index.ts';
import { size } from './words.ts';

/** The least number of pages under the lens, and the most that are still drawn to scale side by side. */
const LENS_MIN = 8;
const LENS_MAX = 16;

/** A part of a page. */
export interface Share {
  readonly from: number;
  readonly share: number;
}

export interface LensPage {
  readonly address: number;
  readonly length: number;
  /** `DSM`, `DSM 2/2`, `empty` */
  readonly title: string;
  readonly usedBytes: number;
  /** Where they lie, as shares of the page. */
  readonly used: readonly Share[];
  /** Bytes that differ in a clone. */
  readonly newBytes: number;
  /** Where they lie, as shares of the page. */
  readonly marks: readonly Share[];
  /** What the firmware keeps there; `null` for a page that is none of its own. */
  readonly section: EvidenceSection | null;
  /** Last address of the run of empty pages that begins here; `null` inside such a run and for other pages. */
  readonly emptyUntil: number | null;
}

export interface Lens {
  readonly start: number;
  readonly end: number;
  readonly pages: readonly LensPage[];
  /** False where there are too many pages to show them side by side: then only pages with evidence are listed. */
  readonly toScale: boolean;
}

/** The pages in which the firmware keeps its state, and what a clone changes there; `null` where there are none. */
export function lensOf(dump: DumpView, patches: readonly PatchView[]): Lens | null {
  const { flashSize, pageSize } = dump.chip;
  const sections = dump.evidence.filter(({ address }) => address < flashSize);
  if (sections.length === 0) return null;
  const first = Math.min(...sections.map(({ address }) => address));
  const end = Math.max(...sections.map(({ address, length }) => address + length));
  const start = Math.max(0, Math.min(first, end - LENS_MIN * pageSize));
  const toScale = end - start <= LENS_MAX * pageSize;

  const pages: LensPage[] = [];
  for (let address = start; address < end; address += pageSize) {
    const page = { address, length: pageSize };
    const section = sections.find((one) => overlap(one, page).length > 0) ?? null;
    if (!toScale && section === null) continue;
    const marks = sharesOf(patches, page);
    const used = sharesOf(section?.used ?? [], page);
    pages.push({
      ...page,
      title: section?.label ?? pageTitleOutside(dump, address),
      usedBytes: bytesOf(section ? used : [{ from: 0, share: dump.pageUse[address / pageSize] ?? 0 }], page),
      used,
      newBytes: bytesOf(marks, page),
      marks,
      section,
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
      text: region.use === 'erased' ? 'erased' : `${region.title}, ${size(region.length)}`,
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

function overlap(a: Stretch, b: Stretch): Stretch {
  const address = Math.max(a.address, b.address);
  return { address, length: Math.max(0, Math.min(a.address + a.length, b.address + b.length) - address) };
}

const sharesOf = (stretches: readonly Stretch[], page: Stretch): Share[] =>
  stretches
    .map((one) => overlap(one, page))
    .filter(({ length }) => length > 0)
    .map(({ address, length }) => ({
      from: (address - page.address) / page.length,
      share: length / page.length,
    }));

const bytesOf = (shares: readonly Share[], page: Stretch): number =>
  Math.round(shares.reduce((sum, { share }) => sum + share, 0) * page.length);

function pageTitleOutside(dump: DumpView, address: number): string {
  const region = dump.regions.find((one) => address >= one.address && address < one.address + one.length);
  return !region || region.use === 'erased'
    ? EMPTY
    : region.use === 'missing'
      ? 'not in the dump'
      : region.title;
}
