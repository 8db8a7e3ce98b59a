/** Writing JSON: texts as a file escapes them, and data that has no text of its own yet. */
import type { Json } from './json.ts';

/** How the texts of a file are escaped: beyond ASCII (`ascii`), the five HTML characters (`html`), only where JSON asks (`raw`). */
export type Escapes = 'ascii' | 'html' | 'raw';

const unicodeEscape = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** A text as JSON, with quotes. */
export function quote(value: string, escapes: Escapes): string {
  const json = JSON.stringify(value);
  switch (escapes) {
    case 'ascii':
      return json.replace(/[\u007f-\uffff]/g, unicodeEscape);
    case 'html':
      return json.replace(/['<>&=\u2028\u2029]/g, unicodeEscape);
    case 'raw':
      return json;
  }
}

/** JSON data without a text of its own yet. */
export type PlainJson =
  string | number | boolean | null | readonly PlainJson[] | { readonly [key: string]: PlainJson | undefined };

/** The data of a value, without its text. */
export function plainOf(json: Json): PlainJson {
  switch (json.kind) {
    case 'object':
      return Object.fromEntries(json.keys.map((key, i) => [key, plainOf(json.values[i]!)]));
    case 'array':
      return json.items.map(plainOf);
    default:
      return json.value;
  }
}

/** Write data with `indent` blanks a level, or on one line when it is 0. Members that are `undefined` are left out. */
export function printPlain(value: PlainJson, indent: number, escapes: Escapes): string {
  const print = (value: PlainJson, newline: string): string => {
    if (typeof value === 'string') return quote(value, escapes);
    if (typeof value !== 'object' || value === null) return String(value);
    const inner = indent === 0 ? '' : newline + ' '.repeat(indent);
    const colon = indent === 0 ? ':' : ': ';
    const parts = Array.isArray(value)
      ? value.map((item: PlainJson) => print(item, inner))
      : Object.entries(value as Record<string, PlainJson | undefined>).flatMap(([key, item]) =>
          item === undefined ? [] : [quote(key, escapes) + colon + print(item, inner)],
        );
    const [open, close] = Array.isArray(value) ? '[]' : '{}';
    return parts.length === 0 ? open! + close! : open! + inner + parts.join(`,${inner}`) + newline + close!;
  };
  return print(value, indent === 0 ? '' : '\n');
}
