/**
 * The way PyACI writes its file: Python's `json.dump(..., indent=2, sort_keys=True)`. Members sorted by code point, two
 * blanks, letters beyond ASCII as `\u`, an empty list as `[]`, no final newline; on Windows CRLF, as in the file read.
 *
 * Source: nRF5 SDK for Mesh 5.0.0, scripts/interactive_pyaci/mesh/database.py; docs/database-formats.md.
 */
import type { Json, JsonObject } from './json.ts';
import { quote } from './json-text.ts';
import type { Members } from './objects.ts';
import { pyaciDatabase } from './shapes.ts';

/** What the objects of a member may hold; nothing for a member PyACI does not know, whose inside is not ours to change. */
const insideOf = (members: Members, key: string): Members | undefined =>
  Object.hasOwn(members, key) ? members[key]!.rule.inside : undefined;
const isKnown = (members: Members, key: string): boolean => Object.hasOwn(members, key);

/** The whole file as PyACI would store it; numbers keep the form they have, and unknown members all of their text. */
export function canonicalPyaci(text: string, root: JsonObject): string {
  const asWritten = ({ start, end }: Json) => text.slice(start, end);
  const print = (json: Json, newline: string, members: Members | undefined): string => {
    const inner = `${newline}  `;
    switch (json.kind) {
      case 'string':
        return quote(json.value, 'ascii');
      case 'array':
        if (json.items.length === 0) return '[]';
        return `[${inner}${json.items.map((item) => print(item, inner, members)).join(`,${inner}`)}${newline}]`;
      case 'object':
        return members === undefined ? asWritten(json) : printObject(json, newline, members);
      default:
        return asWritten(json);
    }
  };
  const printObject = (object: JsonObject, newline: string, members: Members): string => {
    if (object.keys.length === 0) return '{}';
    const inner = `${newline}  `;
    const sorted = object.keys
      .map((key, i) => [key, object.values[i]!] as const)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    const entries = sorted.map(([key, value]) => {
      const written = isKnown(members, key) ? print(value, inner, insideOf(members, key)) : asWritten(value);
      return `${quote(key, 'ascii')}: ${written}`;
    });
    return `{${inner}${entries.join(`,${inner}`)}${newline}}`;
  };
  return printObject(root, text.includes('\r\n') ? '\r\n' : '\n', pyaciDatabase);
}

/**
 * PyACI knows its members as `unicast_address` too and writes them as `unicastAddress`; underscores at the ends stay.
 *
 * Source: scripts/interactive_pyaci/mesh/types.py of the SDK.
 */
const camelCase = (key: string): string =>
  key.replace(/(?<=[^_])_+([^_])/g, (_, next: string) => next.toUpperCase());

/** The tree with the members of PyACI named as it writes them; the very same tree where they are. */
export function inCamelCase(root: JsonObject, text: string): JsonObject {
  if (!/[^_"]_[^_"][^"]{0,60}"\s*:/.test(text)) return root;
  const rename = (json: Json, members: Members): Json => {
    if (json.kind === 'array') return { ...json, items: json.items.map((item) => rename(item, members)) };
    return json.kind === 'object' ? renameMembers(json, members) : json;
  };
  const renameMembers = (object: JsonObject, members: Members): JsonObject => {
    const keys = object.keys.map((key) => (isKnown(members, camelCase(key)) ? camelCase(key) : key));
    const values = object.values.map((value, i) => {
      const inside = insideOf(members, keys[i]!);
      return inside === undefined ? value : rename(value, inside);
    });
    return { ...object, keys, values };
  };
  return renameMembers(root, pyaciDatabase);
}
