/** Long enough to get something done, short enough that nobody feels it. */
const CHUNK_MS = 12;
/** What is made must be drawn as well, in the same breath. */
const CHUNK_ITEMS = 50;

/**
 * Make many things without holding up the page.
 *
 * @param take  gets all that is made so far, again and again, and once more at the end
 */
export async function makeInChunks<Item, Made>(
  items: readonly Item[],
  make: (item: Item) => Made,
  take: (made: readonly Made[]) => void,
  signal: AbortSignal,
): Promise<void> {
  const made: Made[] = [];
  while (made.length < items.length) {
    const until = performance.now() + CHUNK_MS;
    const end = Math.min(items.length, made.length + CHUNK_ITEMS);
    while (made.length < end && performance.now() < until) made.push(make(items[made.length]!));
    take([...made]);
    await new Promise((resolve) => setTimeout(resolve));
    if (signal.aborted) return;
  }
  if (items.length === 0) take([]);
}
