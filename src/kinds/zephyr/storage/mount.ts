/**
 * What a firmware finds when it mounts an area: which sector it goes on writing to, what power loss left to repair, and the newest
 * entry of every id.
 *
 * Below lie the sectors; above lie the settings. It changes nothing: repairs are the firmware's, and known here only as far as
 * they decide what it reads.
 *
 * Source: docs/zephyr-format.md, section 3; Zephyr subsys/fs/nvs/nvs.c `nvs_startup`, subsys/fs/zms/zms.c `zms_init`.
 */
import { crc32 } from '../../../crc32.ts';
import { u32 } from '../../../bytes.ts';
import type { Area, LogEntry, Sector } from './log.ts';

/** A collection of garbage that power loss cut off. */
export interface Interruption {
  /** Index of the sector that the firmware erases at its next boot, and which counts for nothing. */
  readonly sector: number;
  /** `repeated`: the sector with the copies. `finished`: the sector that was collected. */
  readonly collection: 'repeated' | 'finished';
}

export interface Mount {
  readonly area: Area;
  /** Index of the sector being written to; `undefined` when all are closed, which no firmware mounts. */
  readonly writeSector: number | undefined;
  readonly interruption: Interruption | undefined;
  /** Indexes of the sectors that are read, newest first. */
  readonly order: readonly number[];
  /** The newest entry of every id, those that delete it included. */
  readonly newest: ReadonlyMap<number, LogEntry>;
  /** Entries that another of their id overrides, and all of sectors that are not read. */
  readonly superseded: readonly LogEntry[];
  /** The firmware keeps a checksum of every value. */
  readonly hasDataCrc: boolean;
}

export function mount(area: Area): Mount {
  const { sectors } = area;
  const writeSector = findWriteSector(sectors);
  const interruption = writeSector === undefined ? undefined : findInterruption(sectors, writeSector);
  const order =
    writeSector === undefined
      ? []
      : readingOrder(sectors, writeSector).filter((index) => index !== interruption?.sector);
  const newest = new Map<number, LogEntry>();
  for (const entry of newestFirst(sectors, order)) if (!newest.has(entry.id)) newest.set(entry.id, entry);
  const counted = new Set(newest.values());
  return {
    area,
    writeSector,
    interruption,
    order,
    newest,
    superseded: sectors.flatMap(({ entries }) => entries).filter((entry) => !counted.has(entry)),
    hasDataCrc: looksChecked(area, [...counted]),
  };
}

export function* newestFirst(sectors: readonly Sector[], order: readonly number[]): Iterable<LogEntry> {
  for (const index of order) yield* sectors[index]!.entries.toReversed();
}

const after = (index: number, { length }: readonly Sector[]): number => (index + 1) % length;

/** The open sector that follows a closed one; with none closed the first, or the last if it is the one in use. */
export function findWriteSector(sectors: readonly Sector[]): number | undefined {
  if (sectors.every(({ isClosed }) => isClosed)) return undefined;
  const last = sectors.findIndex(
    ({ isClosed }, index) => isClosed && !sectors[after(index, sectors)]!.isClosed,
  );
  if (last !== -1) return after(last, sectors);
  return sectors.at(-1)!.firstSlotUsed ? sectors.length - 1 : 0;
}

/**
 * The sector after the one being written to is kept free. If it is not, what was to be collected from it still stands in both;
 * the mark of a finished collection tells which of the two the firmware gives up.
 */
function findInterruption(sectors: readonly Sector[], writeSector: number): Interruption | undefined {
  const next = after(writeSector, sectors);
  if (sectors[next]!.isSpare) return undefined;
  return sectors[writeSector]!.hasDoneMark
    ? { sector: next, collection: 'finished' }
    : { sector: writeSector, collection: 'repeated' };
}

/** From the sector being written to backwards, up to the first that was never left for another. */
export function readingOrder(sectors: readonly Sector[], writeSector: number): number[] {
  const order = [writeSector];
  for (let step = 1; step < sectors.length; step++) {
    const index = (writeSector - step + sectors.length) % sectors.length;
    if (!sectors[index]!.isClosed) break;
    order.push(index);
  }
  return order;
}

const CRC_SIZE = u32.size;
const crcBehind = (data: Uint8Array): number =>
  u32.read(new DataView(data.buffer, data.byteOffset), data.length - CRC_SIZE);

/**
 * Nothing in an area says whether its firmware checks values; the values do. One record may be damaged, or end in a checksum of
 * its own, so the greater number decides.
 */
function looksChecked({ format }: Area, entries: readonly LogEntry[]): boolean {
  let checked = 0;
  let unchecked = 0;
  for (const { data, isInline, dataCrc } of entries) {
    if (format.dataCrcPlace === 'in-entry') {
      if (isInline || data.length === 0) continue;
      if (dataCrc === crc32(data)) checked++;
      else unchecked++;
    } else if (data.length > 0) {
      if (data.length > CRC_SIZE && crcBehind(data) === crc32(data.subarray(0, -CRC_SIZE))) checked++;
      else unchecked++;
    }
  }
  return checked > unchecked;
}

/** The value that an entry stores. @returns `undefined` when its checksum is wrong: the firmware then cannot read it */
export function valueOf(
  { area: { format }, hasDataCrc }: Mount,
  { data, isInline, dataCrc }: LogEntry,
): Uint8Array | undefined {
  if (!hasDataCrc || isInline || data.length === 0) return data;
  if (format.dataCrcPlace === 'in-entry') return dataCrc === crc32(data) ? data : undefined;
  if (data.length < CRC_SIZE) return undefined;
  const value = data.subarray(0, -CRC_SIZE);
  return crcBehind(data) === crc32(value) ? value : undefined;
}

/** What is stored for a value: with its checksum behind it where that is its place. */
export function storedForm(
  { area: { format }, hasDataCrc }: Pick<Mount, 'area' | 'hasDataCrc'>,
  value: Uint8Array,
): Uint8Array {
  if (!hasDataCrc || format.dataCrcPlace !== 'behind-value') return value;
  const stored = new Uint8Array(value.length + CRC_SIZE);
  stored.set(value);
  u32.write(new DataView(stored.buffer), value.length, crc32(value));
  return stored;
}
