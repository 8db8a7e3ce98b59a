/**
 * Finding the logs in a dump by what their sectors say, never by an address or a release.
 *
 * Below lie the formats; above lies the choice of the area that holds the mesh. Pages that look like sectors are joined to runs,
 * and a run is cut into areas such that each is a ring that some firmware could have left behind.
 *
 * Source: docs/zephyr-format.md, section 5.
 */
import { equalBytes, isFilledWith } from '../../../bytes.ts';
import { UICR_START, type MemoryImage } from '../../../image/index.ts';
import type { Area, LogEntry, LogFormat, Sector } from './log.ts';
import { findWriteSector } from './mount.ts';
import { hasNoPart, nvs } from './nvs.ts';
import { mayEndSector, TAIL_SIZE } from './table-end.ts';
import { readHeader, zms } from './zms.ts';

/** The unit of erase on all chips concerned, and the smallest sector. */
export const PAGE_SIZE = 0x1000;
/** `SETTINGS_NVS_SECTOR_SIZE_MULT` may be larger; nobody is known to have it so. */
const MAX_PAGES_A_SECTOR = 15;
/** What the firmware uses of its partition unless it is told otherwise: later sectors are not looked at. */
const USUAL_SECTORS = { nvs: 8, zms: Infinity } as const;
/** Entries from one to the next: of flash that writes words, and of flash that writes 16 bytes. */
const NVS_SPACINGS = [8, 16] as const;

/** Every log in the code flash, by rising address. */
export function findAreas(image: MemoryImage): Area[] {
  const pages = codePages(image);
  const ends = pages.filter((page) => mayEndSector(image.read(page + PAGE_SIZE - TAIL_SIZE, TAIL_SIZE)));
  const areas: Area[] = [];
  const taken = new Set<number>();
  for (let pagesASector = 1; pagesASector <= MAX_PAGES_A_SECTOR; pagesASector++) {
    const found = findSectors(image, ends, pagesASector * PAGE_SIZE, taken);
    for (const area of joinSectors(image, found, pages, pagesASector * PAGE_SIZE, taken)) {
      areas.push(area);
      for (const { address } of area.sectors)
        for (let page = 0; page < pagesASector; page++) taken.add(address + page * PAGE_SIZE);
    }
  }
  return areas.sort((a, b) => a.address - b.address);
}

/** Areas whose entries have ids of 64 bits, which are not read: the addresses of their sectors. */
export const findWideSectors = (image: MemoryImage): number[] =>
  codePages(image).filter((page) => readHeader(image.read(page, PAGE_SIZE))?.isWide);

/** Pages of which the dump defines at least a byte. */
function codePages(image: MemoryImage): number[] {
  const pages = new Set<number>();
  for (const { address } of image.runs) if (address < UICR_START) pages.add(address - (address % PAGE_SIZE));
  return [...pages];
}

/** A sector, and what told its format. */
interface Candidate {
  readonly sector: Sector;
  readonly format: LogFormat;
  readonly spacing: number;
}

function findSectors(
  image: MemoryImage,
  ends: readonly number[],
  sectorSize: number,
  taken: ReadonlySet<number>,
): Map<number, Candidate> {
  const found = new Map<number, Candidate>();
  for (const page of ends) {
    const address = page + PAGE_SIZE - sectorSize;
    if (address < 0 || taken.has(page)) continue;
    const bytes = image.read(address, sectorSize);
    const candidate = recognise(address, bytes);
    if (candidate && (sectorSize === PAGE_SIZE || holdsNames(candidate))) found.set(address, candidate);
  }
  return found;
}

function recognise(address: number, bytes: Uint8Array): Candidate | undefined {
  const header = readHeader(bytes);
  if (header) {
    const sector = zms.readSector(address, bytes, zms.entrySize);
    return header.isWide || misplaced(sector, zms)
      ? undefined
      : { sector, format: zms, spacing: zms.entrySize };
  }
  for (const spacing of NVS_SPACINGS) {
    const sector = nvs.readSector(address, bytes, spacing);
    if (looksLikeNvs(sector, spacing)) return { sector, format: nvs, spacing };
  }
  return undefined;
}

/** Entries that follow one another without overlap: three, or one with a name, or nothing else at all. */
function looksLikeNvs(sector: Sector, spacing: number): boolean {
  const { address, bytes, entries, marks, isClosed } = sector;
  if (entries.length + marks.length === 0 || !isOrderly(entries)) return false;
  if (misplaced(sector, nvs)) return false;
  if (entries.length > 0 && !entries.some((entry) => hasNoPart(bytes, entry.address - address))) return false;
  // entries of 8 bytes that are 16 apart stand at every second slot alone
  if (
    spacing === 8 &&
    entries.length > 1 &&
    entries.every((entry) => (bytes.length - (entry.address - address)) % 16 === 0)
  )
    return false;
  if (entries.length >= 3) return true;
  if (entries.some((entry) => isNameOf(nvs, entry))) return true;
  const rest = isClosed ? bytes.length - spacing : bytes.length;
  return (
    sector.firstSlotUsed &&
    isFilledWith(bytes.subarray(sector.dataEnd, sector.tableStart), 0xff) &&
    sector.tableStart ===
      rest - (isClosed ? 1 : 2) * spacing - (entries.length + marks.length - 1 - (isClosed ? 1 : 0)) * spacing
  );
}

const isOrderly = (entries: readonly LogEntry[]): boolean =>
  entries.every(
    (entry, index) =>
      index === 0 || entry.dataAddress >= entries[index - 1]!.dataAddress + entries[index - 1]!.data.length,
  );

const isNameId = ({ id }: LogFormat, entryId: number): boolean =>
  id === 'nvs' ? entryId > 0x8000 && entryId <= 0xbfff : entryId > 0x80000000 && entryId <= 0xbfffffff;

/** A setting's name, perhaps with a checksum behind it: text with a slash or letters alone. */
function isNameOf(format: LogFormat, { id, data }: LogEntry): boolean {
  if (!isNameId(format, id) || data.length < 2) return false;
  const text = data.length > 4 ? data.subarray(0, -4) : data;
  return text.every((byte) => byte > 0x20 && byte <= 0x7e);
}

const holdsNames = ({ sector, format }: Candidate): boolean =>
  sector.entries.some((entry) => isNameOf(format, entry));

/** Most of its names are no text: the sector begins elsewhere. */
function misplaced({ entries }: Sector, format: LogFormat): boolean {
  const names = entries.filter(
    ({ id, data }) => isNameId(format, id) && data.length > 1 && (format.id === 'nvs' || id % 2 === 0),
  );
  return names.length > 0 && names.filter((entry) => isNameOf(format, entry)).length * 2 < names.length;
}

/** Runs of neighbouring sectors of one format, with the erased ones between and around them, cut into areas. */
function joinSectors(
  image: MemoryImage,
  found: ReadonlyMap<number, Candidate>,
  pages: readonly number[],
  sectorSize: number,
  taken: ReadonlySet<number>,
): Area[] {
  const defined = new Set(pages);
  const isErased = (address: number): boolean => {
    for (let page = address; page < address + sectorSize; page += PAGE_SIZE)
      if (!defined.has(page) || taken.has(page)) return false;
    return isFilledWith(image.read(address, sectorSize), 0xff);
  };
  const areas: Area[] = [];
  const seen = new Set<number>();
  for (const [address, { format, spacing }] of found) {
    if (seen.has(address)) continue;
    const read = (at: number): Sector | undefined => {
      const candidate = found.get(at);
      if (candidate)
        return candidate.format === format && candidate.spacing === spacing ? candidate.sector : undefined;
      return isErased(at) ? format.readSector(at, image.read(at, sectorSize), spacing) : undefined;
    };
    const before = read(address - sectorSize);
    const run: Sector[] = before ? [before] : [];
    for (let at = address; ; at += sectorSize) {
      const sector = read(at);
      if (!sector) break;
      seen.add(at);
      run.push(sector);
    }
    for (const sectors of cutRun(run, format))
      areas.push({ format, address: sectors[0]!.address, sectorSize, spacing, sectors });
  }
  return areas;
}

const isBlank = ({ bytes }: Sector): boolean => isFilledWith(bytes, 0xff);
const isInUse = (sector: Sector): boolean =>
  sector.entries.length + sector.marks.length > 0 || !isBlank(sector);

/**
 * The areas of a run: the longest rings that hold together, from its first sector in use on. Erased sectors behind one belong to it
 * as far as firmware would use them, and so does the one before it where its ring needs a free sector there.
 */
function cutRun(run: readonly Sector[], format: LogFormat): Sector[][] {
  const areas: Sector[][] = [];
  for (let start = run.findIndex(isInUse); start !== -1 && start < run.length;) {
    const lastInUse = run.findLastIndex(isInUse);
    let end = lastInUse + 1;
    while (end > start + 1 && !(isInUse(run[end - 1]!) && isRing(run.slice(start, end), format))) end--;
    // no firmware left these: they are one area, for whoever says so
    if (end === start + 1 && !isRing(run.slice(start, end), format)) end = lastInUse + 1;
    const ring = run.slice(start, end);
    const nextStart = run.findIndex((sector, index) => index >= end && isInUse(sector));
    const spare = run.slice(end, nextStart === -1 ? run.length : nextStart);
    areas.push(
      withSpare(
        ring,
        start > 0 && isBlank(run[start - 1]!) && areas.length === 0 ? run[start - 1] : undefined,
        spare,
        format,
      ),
    );
    start = nextStart === -1 ? run.length : nextStart;
  }
  return areas;
}

function withSpare(
  ring: Sector[],
  before: Sector | undefined,
  behind: readonly Sector[],
  format: LogFormat,
): Sector[] {
  const usual = USUAL_SECTORS[format.id];
  if (isCollecting(ring)) return ring;
  for (let count = Math.min(behind.length, usual - ring.length); count > 0; count--) {
    const longer = [...ring, ...behind.slice(0, count)];
    if (isRing(longer, format)) return longer;
  }
  return before && ring.length < usual && isRing([before, ...ring], format) && behind.length === 0
    ? [before, ...ring]
    : ring;
}

/** Whether firmware could have left these sectors: one open sector behind closed ones, and no other in use that is open. */
function isRing(sectors: readonly Sector[], format: LogFormat): boolean {
  const steps = sectors.filter(
    ({ isClosed }, index) => isClosed && !sectors[(index + 1) % sectors.length]!.isClosed,
  ).length;
  const writeSector = findWriteSector(sectors);
  if (steps > 1 || writeSector === undefined) return false;
  const isOpen = (sector: Sector) =>
    !sector.isClosed && (format.id === 'nvs' ? !isBlank(sector) : sector.entries.length > 0);
  return sectors.every((sector, index) => index === writeSector || !isOpen(sector));
}

/**
 * Copies of what the ring still holds elsewhere stand in the sector being written to: no firmware writes a value again that did not
 * change, so the sector after it is being collected, and the ring ends where it seems to.
 */
function isCollecting(ring: readonly Sector[]): boolean {
  const writeSector = findWriteSector(ring);
  if (writeSector === undefined || ring.length < 2) return false;
  const next = ring[(writeSector + 1) % ring.length]!;
  if (next.isSpare) return false;
  const first = ring[writeSector]!.entries[0];
  return (
    first !== undefined &&
    next.entries.some(({ id, data }) => id === first.id && equalBytes(data, first.data))
  );
}
