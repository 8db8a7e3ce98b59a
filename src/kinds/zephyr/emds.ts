/**
 * Emergency data storage of the nRF Connect SDK: what a node saves when its power goes, such as the replay list. A clone starts with
 * none, so the pages are found, named and erased.
 *
 * Source: nRF Connect SDK subsys/emds/emds_flash.c, 2.x and 3.1; docs/zephyr-format.md, section 10.
 */
import { bytes, isFilledWith, struct, u16, u32, u8, type Decoded } from '../../bytes.ts';
import { UICR_START, type MemoryImage, type Stretch } from '../../image/index.ts';
import { crc8 } from './storage/crc8.ts';
import { PAGE_SIZE } from './storage/locate.ts';

/** 3.1 and later: records from the end of a partition downwards, each of one snapshot. */
const snapshot = struct({
  marker: u32,
  count: u32,
  dataOffset: u32,
  dataLength: u32,
  recordCrc: u32,
  dataCrc: u32,
  reserved: bytes(8),
});
const MARKER = 0x4d444553;
/** 2.x: entries from the end of the partition downwards. */
const entry = struct({ id: u16, offset: u16, length: u16, dataCrc8: u8, crc8: u8 });
/** The replay list's, unless it is built otherwise. */
const REPLAY_LIST = 999;
/** Partitions are small; this many pages are looked at for the beginning of one. */
const MAX_PAGES = 16;

/** CRC-32K/4.2, starting from 0. Source: Zephyr include/zephyr/sys/crc.h, `crc32_k_4_2_update`. */
export function crc32k(data: Uint8Array, before = 0): number {
  let crc = before;
  for (const byte of data) crc = (TABLE[(crc >>> 24) ^ byte]! ^ (crc << 8)) >>> 0;
  return crc;
}
const POLYNOMIAL = 0x93a409eb;
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit++) value = (value << 1) ^ (value & 0x80000000 ? POLYNOMIAL : 0);
  return value >>> 0;
});

/**
 * The partitions of it, as far as what they hold tells where they begin.
 *
 * @param taken  pages that are known to be something else, by address
 */
export function findEmds(image: MemoryImage, taken: ReadonlySet<number>): Stretch[] {
  const found: Stretch[] = [];
  const covered = new Set(taken);
  for (const { address } of image.runs.toReversed()) {
    const page = address - (address % PAGE_SIZE);
    if (page >= UICR_START || covered.has(page)) continue;
    const pages = snapshotPages(image, page) ?? entryPages(image, page);
    if (pages === undefined) continue;
    const start = page - (pages - 1) * PAGE_SIZE;
    for (let one = start; one <= page; one += PAGE_SIZE) covered.add(one);
    found.push({ address: start, length: pages * PAGE_SIZE });
  }
  return found.reverse();
}

/** How many pages, up to this one, satisfy `holds` when they are taken for a partition; 1 when none do. */
function pagesUpTo(image: MemoryImage, page: number, holds: (partition: Uint8Array) => boolean): number {
  for (let pages = 1; pages <= MAX_PAGES && page - (pages - 1) * PAGE_SIZE >= 0; pages++) {
    if (holds(image.read(page - (pages - 1) * PAGE_SIZE, pages * PAGE_SIZE))) return pages;
  }
  return 1;
}

function snapshotPages(image: MemoryImage, page: number): number | undefined {
  const bytes = image.read(page + PAGE_SIZE - snapshot.size, snapshot.size);
  const { marker, recordCrc, dataCrc, dataOffset, dataLength } = snapshot.decode(bytes);
  if (marker !== MARKER || crc32k(bytes.subarray(0, snapshot.offsets.recordCrc)) !== recordCrc)
    return undefined;
  return pagesUpTo(
    image,
    page,
    (partition) =>
      dataOffset + dataLength <= partition.length &&
      crc32k(partition.subarray(dataOffset, dataOffset + dataLength)) === dataCrc,
  );
}

function entryPages(image: MemoryImage, page: number): number | undefined {
  const entries: Decoded<typeof entry>[] = [];
  const bytes = image.read(page, PAGE_SIZE);
  for (let at = PAGE_SIZE - entry.size; at >= 0; at -= entry.size) {
    const slot = bytes.subarray(at, at + entry.size);
    if (isFilledWith(slot, 0xff)) break;
    if (isFilledWith(slot, 0)) continue; // of a snapshot that was used up
    if (crc8(slot, 0, entry.offsets.crc8) !== slot[entry.offsets.crc8]) return undefined;
    entries.push(entry.decode(slot));
  }
  if (!entries.some(({ id, length }) => id === REPLAY_LIST && length > 0)) return undefined;
  return pagesUpTo(image, page, (partition) =>
    entries.every(
      ({ offset, length, dataCrc8 }) =>
        offset + length <= partition.length && crc8(partition, offset, offset + length) === dataCrc8,
    ),
  );
}
