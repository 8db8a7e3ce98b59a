/**
 * What of a chip must be read to find its node, where every byte takes time: of the firmware the place of the bootloader and the
 * first bytes of each page, of the areas their logs, and nothing behind the end of a log; and all of those pages whose being blank
 * decides where an area is.
 *
 * Below lie container and discovery; whoever asks reads what is wanted and asks again. The state that `judgeDump` finds in what was read
 * is that of the whole flash (tests/kinds/flashfs/surveys.test.ts holds one against the other).
 */
import { isFilledWith } from '../../bytes.ts';
import type { Chip, MemoryImage, Stretch } from '../../image/index.ts';
import { ENTRY_HEADER_SIZE, readPageMetadata, walkPage } from './container.ts';
import { pagesTakenForBlank } from './discovery.ts';
import { RECOVERY_COPY_OFFSET } from './recovery-page.ts';
import { MBR_TAIL } from '../firmware.ts';

/** Bytes that tell areas, recovery pages, vector tables and the SoftDevice's own description, and that a page is blank. */
const HEAD = 16;
/** What is read of a log at once; most are shorter. */
const STEP = 0x100;

/** What tells a master boot record, and the word behind it that names a bootloader. */
const MBR_END: Stretch = { address: MBR_TAIL.address, length: MBR_TAIL.length + 4 };

/** @param image  what was read so far */
export function stillToRead(image: MemoryImage, { flashSize, pageSize }: Chip): Stretch[] {
  const wanted: Stretch[] = image.covers(MBR_END.address, MBR_END.length) ? [] : [MBR_END];
  const mustBeBlank = new Set(pagesTakenForBlank(image, pageSize, flashSize));
  for (let address = 0; address < flashSize; address += pageSize) {
    const [start] = image.slice(address, address + pageSize).runs;
    const known = start?.address === address ? start.bytes.length : 0;
    const needed =
      known < HEAD
        ? HEAD
        : mustBeBlank.has(address)
          ? pageSize
          : Math.min(bytesNeeded(image.read(address, pageSize), known), pageSize);
    if (needed > known) wanted.push({ address: address + known, length: needed - known });
  }
  return wanted;
}

/** @param known  bytes of the page that are so; the others read as erased @returns how many it takes, from its start */
function bytesNeeded(page: Uint8Array, known: number): number {
  if (isFilledWith(page.subarray(0, HEAD), 0xff)) return HEAD;
  if (isFilledWith(page.subarray(4, HEAD), 0xff)) return page.length; // unformatted, if nothing follows
  if (readPageMetadata(page)) return bytesOfLog(page, known);
  const copy = page.subarray(RECOVERY_COPY_OFFSET);
  if (readPageMetadata(copy)) return RECOVERY_COPY_OFFSET + bytesOfLog(copy, known - RECOVERY_COPY_OFFSET);
  return bytesOfLostLog(page, known);
}

/** Up to the header that ends it. */
function bytesOfLog(bytes: Uint8Array, known: number): number {
  const { endOffset } = walkPage({ address: 0, bytes });
  return endOffset + ENTRY_HEADER_SIZE <= known ? known : endOffset + STEP;
}

/** A page that lost its signature is known by a sound log with nothing behind it; code gives itself away within a few words. */
function bytesOfLostLog(bytes: Uint8Array, known: number): number {
  const { entries, end, endOffset, damage } = walkPage({ address: 0, bytes });
  if (endOffset + ENTRY_HEADER_SIZE > known) return endOffset + STEP;
  return end === 'seal' && entries.length > 0 && !damage ? bytes.length : known;
}
