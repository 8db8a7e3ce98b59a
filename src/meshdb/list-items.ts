/** Lists of a database with other items. */
import type { Json, JsonArray } from './json.ts';
import { type Splice, replacing } from './splices.ts';

/** Keep only some items of a list, with the blanks they have; `[]` where none is kept. */
export function keepItems(
  text: string,
  list: JsonArray,
  keep: (item: Json, index: number) => boolean,
): Splice {
  const [first, second] = list.items;
  const kept = list.items.filter(keep);
  if (first === undefined || kept.length === 0) return replacing(list, '[]');
  const between = second === undefined ? ',' : text.slice(first.end, second.start);
  const lead = text.slice(list.start, first.start);
  const tail = text.slice(list.items.at(-1)!.end, list.end);
  return replacing(list, lead + kept.map(({ start, end }) => text.slice(start, end)).join(between) + tail);
}
