/**
 * Pages of an image packed for the way to a chip, once for all clones: `PackedPage` says what that is.
 *
 * What a match may reach into is the 32 KB that every clone has before the page, so pages in which clones differ end it.
 */
import { Deflate } from 'pako';
import { equalBytes, isFilledWith } from '../bytes.ts';
import { crc32 } from '../crc32.ts';
import type { Chip, MemoryImage, PackedPage, Stretch } from '../image/index.ts';
import { withAbsoluteBranches } from './thumb-branches.ts';

/** How far back a match reaches: RFC 1951, section 2. */
const WINDOW = 0x8000;
/** A page that packs to more is not worth the time that the chip takes to unpack it. */
const WORTH_IT = 15 / 16;

/**
 * @param image  what all clones share; its bytes in `own` are not looked at
 * @param own    whole pages in which clones differ
 * @returns      by rising address; without pages that are erased, `own`, or hardly smaller when packed
 */
export function packPages(
  image: MemoryImage,
  { flashSize, pageSize }: Chip,
  own: readonly Stretch[],
): readonly PackedPage[] {
  const flash = image.read(0, flashSize);
  const absoluteFlash = withAbsoluteBranches(flash, pageSize);
  const ownPages = new Set(own.map(({ address }) => address));
  const seen = new Map<number, number>();
  const packed: PackedPage[] = [];
  let shared = 0; // where what comes before a page is the same in all clones from
  for (let address = 0; address < flashSize; address += pageSize) {
    if (ownPages.has(address)) {
      shared = address + pageSize;
      continue;
    }
    const page = flash.subarray(address, address + pageSize);
    if (isFilledWith(page, 0xff)) continue;
    const sum = crc32(page);
    const twin = seen.get(sum);
    const isRepeated = twin !== undefined && equalBytes(flash.subarray(twin, twin + pageSize), page);
    if (!isRepeated) seen.set(sum, address);
    const [from, history] = isRepeated
      ? [twin, twin + pageSize]
      : [Math.max(shared, address - WINDOW), address];
    const deflated = (bytes: Uint8Array) =>
      deflateAfter(bytes.subarray(from, history), bytes.subarray(address, address + pageSize));
    const relative = deflated(flash);
    const absolute = deflated(absoluteFlash);
    const absoluteBranches = absolute.length < relative.length;
    const bytes = absoluteBranches ? absolute : relative;
    if (bytes.length <= WORTH_IT * pageSize)
      packed.push({ address, crc32: sum, packed: bytes, absoluteBranches, history });
  }
  return packed;
}

/**
 * The older of pako's two ways to look for matches also finds those of three bytes: 3 % smaller for code in Thumb.
 *
 * @param before  what matches may reach into; it may be empty
 */
function deflateAfter(before: Uint8Array, page: Uint8Array): Uint8Array {
  const deflate = new Deflate({
    raw: true,
    level: 9,
    memLevel: 9,
    legacyHash: true,
    ...(before.length > 0 && { dictionary: before }),
  });
  deflate.push(page, true);
  return deflate.result as Uint8Array;
}
