/** A replay cache that is kept must not hold the clone's own addresses, and its items must count from 1 without a gap. */
import type { MemoryImage, Patch, ReplayItem } from '../../image/index.ts';
import { ENTRY_HEADER_SIZE, type Entry } from './container.ts';
import { replayRows } from './records.ts';

const itemWords = 3;

/** What a cache still holds without the messages of a range of nodes. */
export const withoutReplayOf = (
  items: readonly ReplayItem[],
  start: number,
  count: number,
): readonly ReplayItem[] => items.filter(({ source }) => source < start || source >= start + count);

/** Move later items up over those of the clone's own addresses, and invalidate the ones left over at the end. */
export function replayPatches(
  image: MemoryImage,
  entries: readonly Entry[],
  start: number,
  count: number,
): Patch[] {
  const byHandle = entries.toSorted((a, b) => a.handle - b.handle);
  const items = byHandle.filter(({ lengthWords }) => lengthWords === itemWords);
  const segmentations = byHandle.filter(({ lengthWords }) => lengthWords !== itemWords);
  const layout = replayRows.item.layoutOf(itemWords)!;
  const kept = items.flatMap(({ payload }, index) => {
    const { source } = layout.decode(payload);
    return source >= start && source < start + count ? [] : [index];
  });
  return kept.length === items.length
    ? []
    : [items, segmentations].flatMap((half) =>
        half.flatMap((entry, index) => {
          const from = kept[index];
          if (from === undefined) return [patch(image, entry.address + 2, new Uint8Array(2))];
          return from === index || !half[from]
            ? []
            : [patch(image, entry.address + ENTRY_HEADER_SIZE, half[from].payload.slice())];
        }),
      );
}

const patch = (image: MemoryImage, address: number, after: Uint8Array): Patch => ({
  address,
  before: image.read(address, after.length).slice(),
  after,
  purpose: 'option',
  what: 'replay item of the clone itself',
  secret: false,
});
