/**
 * The way PyACI writes its file: Python's `json.dump(..., indent=2, sort_keys=True)`. Members sorted by code point, two
 * blanks, letters beyond ASCII as `\u`, an empty list as `[]`, no final newline; on Windows CRLF, as in the file read.
 *
 * Source: nRF5 SDK for Mesh 5.0.0, scripts/interactive_pyaci/mesh/database.py; docs/database-formats.md.
 */
import { quote, type Json, type JsonObject } from './json.ts';

/** The whole file as PyACI would store it; numbers keep the form they have. */
export function canonicalPyaci(text: string, root: Json): string {
  const print = (json: Json, newline: string): string => {
    const inner = `${newline}  `;
    switch (json.kind) {
      case 'string':
        return quote(json.value, 'ascii');
      case 'array':
        if (json.items.length === 0) return '[]';
        return `[${inner}${json.items.map((item) => print(item, inner)).join(`,${inner}`)}${newline}]`;
      case 'object': {
        if (json.keys.length === 0) return '{}';
        const members = json.keys.map((key, i) => [key, json.values[i]!] as const);
        members.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
        const entries = members.map(([key, value]) => `${quote(key, 'ascii')}: ${print(value, inner)}`);
        return `{${inner}${entries.join(`,${inner}`)}${newline}}`;
      }
      default:
        return text.slice(json.start, json.end);
    }
  };
  return print(root, text.includes('\r\n') ? '\r\n' : '\n');
}

/**
 * PyACI knows its members as `unicast_address` too and writes them as `unicastAddress`; underscores at the ends stay.
 *
 * Source: scripts/interactive_pyaci/mesh/types.py of the SDK.
 */
const camelCase = (key: string): string =>
  key.replace(/(?<=[^_])_+([^_])/g, (_, next: string) => next.toUpperCase());

/** The tree with all members named as PyACI writes them; the very same tree where they are. */
export function inCamelCase(root: JsonObject, text: string): JsonObject {
  if (!/[^_"]_[^_"][^"]{0,60}"\s*:/.test(text)) return root;
  const rename = (json: Json): Json => {
    if (json.kind === 'array') return { ...json, items: json.items.map(rename) };
    return json.kind === 'object' ? renameMembers(json) : json;
  };
  const renameMembers = (object: JsonObject): JsonObject => ({
    ...object,
    keys: object.keys.map(camelCase),
    values: object.values.map(rename),
  });
  return renameMembers(root);
}
