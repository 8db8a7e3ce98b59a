/** Changes of a JSON text: what is replaced where, so that all else goes back byte for byte. */
import type { Json, JsonArray, JsonObject, TextSpan } from './json.ts';

/** Replace `text[start..end)` by `insert`. */
export interface Splice extends TextSpan {
  readonly insert: string;
}
/** The same with an insert that is made piece by piece, while it is read. */
export interface LongSplice extends TextSpan {
  readonly insert: Iterable<string>;
}

/** The text with all splices made; they may come in any order but not overlap. Those at one place keep their order. */
export const splice = (text: string, splices: readonly (Splice | LongSplice)[]): string =>
  [...splicedPieces(text, splices)].join('');

/** The same in pieces, for texts that are too long to lie in memory more than once. */
export function* splicedPieces(
  text: string,
  splices: readonly (Splice | LongSplice)[],
): Generator<string, void, undefined> {
  let from = 0;
  for (const { start, end, insert } of splices.toSorted((a, b) => a.start - b.start)) {
    yield text.slice(from, start);
    if (typeof insert === 'string') yield insert;
    else yield* insert;
    from = end;
  }
  yield text.slice(from);
}

export const replacing = (value: Json, insert: string): Splice => ({
  start: value.start,
  end: value.end,
  insert,
});

/** Put a member in front of the one at `index`, or behind the last when there are only `index`, with the blanks its neighbours have. */
export function insertMember(
  text: string,
  object: JsonObject,
  index: number,
  key: string,
  value: string,
): Splice {
  const first = object.values[0];
  if (first === undefined)
    return { start: object.start + 1, end: object.start + 1, insert: `"${key}":${value}` };
  const firstKey = keyStart(text, object, 0);
  const gap = text.slice(object.start + 1, firstKey);
  const colon = /:\s*$/.exec(text.slice(firstKey, first.start))![0];
  const entry = `"${key}"${colon}${value}`;
  const isLast = index >= object.keys.length;
  const start = isLast ? object.values.at(-1)!.end : keyStart(text, object, index);
  return { start, end: start, insert: isLast ? `,${gap}${entry}` : `${entry},${gap}` };
}

/** Offset of a key's opening quote: nothing but blanks and a comma stands before it. */
export const keyStart = (text: string, object: JsonObject, index: number): number =>
  text.indexOf('"', index === 0 ? object.start : object.values[index - 1]!.end);

/** Put items at the end of a list, with the blanks its items have. */
export function appendItems(text: string, array: JsonArray, items: readonly string[]): Splice {
  const last = array.items.at(-1);
  if (last !== undefined) {
    const before = array.items.at(-2);
    const gap =
      before === undefined
        ? `,${text.slice(array.start + 1, last.start)}`
        : text.slice(before.end, last.start);
    return { start: last.end, end: last.end, insert: items.map((item) => gap + item).join('') };
  }
  const lineStart = text.lastIndexOf('\n', array.start) + 1;
  const margin = /^[ \t]*/.exec(text.slice(lineStart, array.start))![0];
  const newline = lineStart === 0 ? '' : `${text.charAt(lineStart - 2) === '\r' ? '\r' : ''}\n${margin}`;
  const inner = newline === '' ? '' : `${newline}  `;
  return { start: array.start, end: array.end, insert: `[${inner}${items.join(`,${inner}`)}${newline}]` };
}
