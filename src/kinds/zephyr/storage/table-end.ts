/** The last bytes of a page, which tell whether a sector may end there: enough to pass over code and to read little of a chip. */
import { isFilledWith } from '../../../bytes.ts';
import { crc8 } from './crc8.ts';
import { nvs } from './nvs.ts';
import { readHeader } from './zms.ts';

/** Entries that may be free, torn or stale although there are sound ones below. */
const SLOTS = 16;
export const TAIL_SIZE = SLOTS * nvs.entrySize;

/** @param tail  the last `TAIL_SIZE` bytes of a page */
export function mayEndSector(tail: Uint8Array): boolean {
  if (isFilledWith(tail, 0xff)) return false;
  if (readHeader(tail)) return true;
  for (let at = tail.length - nvs.entrySize; at >= 0; at -= nvs.entrySize) {
    const checksum = at + nvs.entrySize - 1;
    if (crc8(tail, at, checksum) === tail[checksum]) return true;
  }
  return false;
}
