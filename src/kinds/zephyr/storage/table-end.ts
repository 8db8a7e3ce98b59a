/** The last bytes of a page, which tell whether a sector may end there: enough to pass over code and to read little of a chip. */
import { isFilledWith } from '../../../bytes.ts';
import { crc8 } from './crc8.ts';
import { nvs } from './nvs.ts';
import { readHeader } from './zms.ts';

/** Entries that may be free, torn or stale although there are sound ones below. */
const SLOTS = 16;
export const TAIL_SIZE = SLOTS * nvs.entrySize;
/** What closes or opens a sector, and the first entry of one that is written in words. */
export const FOOT_SIZE = 16;

/** Where an entry of NVS has the offset of its value, which begins at a whole word on every flash that NVS is kept in here. */
const OFFSET_AT = 2;
const WORD = 4;

/** @param tail  the last `TAIL_SIZE` bytes of a page */
export function mayEndSector(tail: Uint8Array): boolean {
  if (isFilledWith(tail, 0xff)) return false;
  if (readHeader(tail)) return true;
  for (let at = tail.length - nvs.entrySize; at >= 0; at -= nvs.entrySize) {
    if (tail[at + OFFSET_AT]! % WORD !== 0) continue;
    const checksum = at + nvs.entrySize - 1;
    if (crc8(tail, at, checksum) === tail[checksum]) return true;
  }
  return false;
}

/**
 * Whether these may be the first slots of a table although no sound entry is in them, as a lost write or a bit that tipped leave them. Code
 * is passed over: where one half of a write is lost the other is blank, and what closes a sector begins with an id that is.
 *
 * @param foot  the last `FOOT_SIZE` bytes of a page, not blank
 */
export const looksLikeFoot = (foot: Uint8Array): boolean =>
  isFilledWith(foot.subarray(-4), 0xff) || isFilledWith(foot.subarray(-8, -6), 0xff);
