/**
 * What of a chip must be read to find its node, where every byte takes time: of each page its first and its last bytes, which tell
 * of most pages that no sector ends there; of others the end, where sectors have their tables; and the pages of sectors whole.
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
