/** The memory map of a dump, of whatever kind: what lies where, without a gap. */
import { isFilledWith } from '../bytes.ts';
import type { Chip, MemoryImage } from '../image/index.ts';
import type { Region } from './image-kind.ts';

/** What a page is part of. Of equal parts neighbours are joined; the same object is joined with itself alone. */
export interface Part extends Pick<Region, 'use' | 'kind' | 'title'> {
  /** Stays apart from a neighbour that is called the same. */
  readonly isOwn?: boolean;
}

export const MISSING: Part = { use: 'missing', kind: 'missing', title: 'not in the dump' };
export const ERASED: Part = { use: 'erased', kind: 'erased', title: 'erased' };

/** What is to be seen of a page without knowing a format: that it is not there, or blank. */
export function blankPart(image: MemoryImage, page: number, pageSize: number): Part | undefined {
  if (image.definedBytes(page, pageSize) === 0) return MISSING;
  return isFilledWith(image.read(page, pageSize), 0xff) ? ERASED : undefined;
}

/** The code flash from 0 to its end, then everything else the dump defines, by rising address. */
export function regionsOf(image: MemoryImage, chip: Chip, partOf: (page: number) => Part): Region[] {
  const { pageSize, flashSize } = chip;
  const regions: Region[] = [];
  let previous: Part | undefined;
  for (let address = 0; address < flashSize; address += pageSize) {
    const part = partOf(address);
    const last = regions.at(-1);
    if (last && previous && isSame(part, previous)) {
      regions[regions.length - 1] = { ...last, length: last.length + pageSize };
    } else regions.push({ address, length: pageSize, use: part.use, kind: part.kind, title: part.title });
    previous = part;
  }
  return [...regions, ...outside(image, chip)];
}

const isSame = (a: Part, b: Part): boolean =>
  a === b || (!a.isOwn && a.kind === b.kind && a.title === b.title);

function outside(image: MemoryImage, { flashSize, uicr }: Chip): Region[] {
  return image
    .stretches()
    .filter(({ address, length }) => address + length > flashSize)
    .map(({ address, length }) => {
      const start = Math.max(address, flashSize);
      const isUicr = start >= uicr.address && start < uicr.address + uicr.length;
      return {
        address: start,
        length: address + length - start,
        use: 'other',
        kind: isUicr ? 'uicr' : 'other',
        title: isUicr ? 'UICR' : 'outside the code flash',
      };
    });
}
