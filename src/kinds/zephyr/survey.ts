/**
 * What of a chip must be read to find its node, where every byte takes time: of each page its end, where sectors have their tables,
 * and the pages of sectors whole.
 *
 * Below lie the formats; whoever asks reads what is wanted and asks again.
 */
import type { Chip, MemoryImage, Stretch } from '../../image/index.ts';
import { PAGE_SIZE } from './storage/locate.ts';
import { mayEndSector, TAIL_SIZE } from './storage/table-end.ts';

export function stillToRead(image: MemoryImage, { flashSize }: Chip): Stretch[] {
  const wanted: Stretch[] = [];
  for (let page = 0; page < flashSize; page += PAGE_SIZE) {
    const tail = page + PAGE_SIZE - TAIL_SIZE;
    if (!image.covers(tail, TAIL_SIZE)) wanted.push({ address: tail, length: TAIL_SIZE });
    else if (mayEndSector(image.read(tail, TAIL_SIZE)) && !image.covers(page, PAGE_SIZE))
      wanted.push({ address: page, length: PAGE_SIZE - TAIL_SIZE });
  }
  return wanted;
}
