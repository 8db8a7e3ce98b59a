/**
 * What of a chip must be read to find its node, where every byte takes time: of each page its first and its last bytes, which tell
 * of most pages that no sector ends there; of others the end, where sectors have their tables; and whole the pages of sectors and
 * those beside them, since what firmware makes of a sector depends on whether the next one is blank.
 *
 * Two things are not seen. A page away from all sectors that is blank at both ends is taken for blank. A sector away from all others
 * is passed over where its last entries are lost, what closes it among them, though sound ones lie below.
 *
 * Below lie the formats; whoever asks reads what is wanted and asks again.
 */
import { isFilledWith } from '../../bytes.ts';
import type { Chip, MemoryImage, Stretch } from '../../image/index.ts';
import { PAGE_SIZE } from './storage/locate.ts';
import { FOOT_SIZE, looksLikeFoot, mayEndSector, TAIL_SIZE } from './storage/table-end.ts';

/** The values of a sector stand from its start on: one in use is not blank there. */
const HEAD_SIZE = 16;

/** @param image  what was read so far */
export function stillToRead(image: MemoryImage, { flashSize }: Chip): Stretch[] {
  const wanted: Stretch[] = [];
  for (let page = 0; page < flashSize; page += PAGE_SIZE)
    for (const { address, length } of wantedOf(image, page)) wanted.push(...image.gaps(address, length));
  return wanted;
}

/** Of one page, in its turn: its ends, its table, all of it. */
function wantedOf(image: MemoryImage, page: number): readonly Stretch[] {
  const end = page + PAGE_SIZE;
  const head = { address: page, length: HEAD_SIZE };
  const foot = { address: end - FOOT_SIZE, length: FOOT_SIZE };
  const tail = { address: end - TAIL_SIZE, length: TAIL_SIZE };
  const covers = ({ address, length }: Stretch) => image.covers(address, length);
  const read = ({ address, length }: Stretch) => image.read(address, length);
  if (isSector(image, page - PAGE_SIZE) || isSector(image, end))
    return [{ address: page, length: PAGE_SIZE }];
  if (!covers(head) || !covers(foot)) return [head, foot];
  if (!mayEndSector(read(foot))) {
    const isOpen = isFilledWith(read(foot), 0xff)
      ? !isFilledWith(read(head), 0xff)
      : looksLikeFoot(read(foot));
    if (!isOpen) return [];
    if (!covers(tail)) return [tail];
    if (!mayEndSector(read(tail))) return [];
  }
  return [{ address: page, length: PAGE_SIZE }];
}

/** Whether this page was read whole, and a sector may end with it. */
const isSector = (image: MemoryImage, page: number): boolean =>
  image.covers(page, PAGE_SIZE) && mayEndSector(image.read(page + PAGE_SIZE - TAIL_SIZE, TAIL_SIZE));
