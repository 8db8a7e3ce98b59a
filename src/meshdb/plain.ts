/** JSON data read without trust, for writing one form of database as another. */
import { withDashes } from '../mesh/index.ts';
import { uuidDigits } from './values.ts';
import type { PlainJson } from './json-text.ts';
import type { Members } from './objects.ts';

export type Fields = { readonly [key: string]: PlainJson | undefined };

export const fields = (value: PlainJson | undefined): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
export const items = (value: PlainJson | undefined): readonly PlainJson[] =>
  Array.isArray(value) ? (value as readonly PlainJson[]) : [];
export const text = (value: PlainJson | undefined): string => (typeof value === 'string' ? value : '');
export const numeric = (value: PlainJson | undefined): number | undefined =>
  typeof value === 'number' ? value : undefined;
export const without = (object: Fields, ...keys: string[]): Fields =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
/** The object with one member made anew, where it has it. */
export const map = (
  object: Fields,
  key: string,
  change: (value: PlainJson) => PlainJson | undefined,
): Fields => (object[key] === undefined ? object : { ...object, [key]: change(object[key]) });
export const mapItems = (object: Fields, key: string, change: (item: Fields) => Fields): Fields =>
  map(object, key, (list) => items(list).map((item) => change(fields(item))));
export const objectsOf = (object: Fields, key: string): readonly Fields[] =>
  items(object[key]).map((item) => fields(item));
export const listOf = (object: Fields, key: string, change: (item: Fields) => Fields): readonly Fields[] =>
  objectsOf(object, key).map(change);
export const mapModels = (node: Fields, change: (model: Fields, element: number) => Fields): Fields =>
  map(node, 'elements', (elements) =>
    items(elements).map((element, i) => mapItems(fields(element), 'models', (model) => change(model, i))),
  );
export const notEmpty = <T>(list: readonly T[]): readonly T[] | undefined =>
  list.length === 0 ? undefined : list;

export const hex4 = (value: number): string => value.toString(16).toUpperCase().padStart(4, '0');
export const hexToNumber = (value: PlainJson | undefined): number => Number.parseInt(text(value), 16) || 0;
export const isLabel = (value: PlainJson | undefined): boolean => text(value).length >= 32;
export const dashed = (value: PlainJson | undefined): string =>
  withDashes(uuidDigits(text(value))).toUpperCase();
export const upper = (value: PlainJson): PlainJson =>
  typeof value === 'string' ? value.replaceAll(' ', '').toUpperCase() : value;

/** The words for the security of a key or node: those of a CDB of 1.0.1, and those of PyACI and of older files. */
export const modernWord = (value: PlainJson): PlainJson =>
  value === 'low' ? 'insecure' : value === 'high' ? 'secure' : value;
export const oldWord = (value: PlainJson): PlainJson =>
  value === 'insecure' ? 'low' : value === 'secure' ? 'high' : value;

/** Add to the count of a repeat setting, where there is one. Android writes `null` for what a node has not told. */
export const shiftCount = (object: Fields, key: string, by: number): Fields =>
  map(object, key, (setting) =>
    setting === null ? null : map(fields(setting), 'count', (count) => (numeric(count) ?? 0) + by),
  );

/**
 * The data with the members of a table alone, and the names of those that are in none of its objects, each once.
 */
export function onlyKnown(root: Fields, members: Members): { known: Fields; unknown: readonly string[] } {
  const unknown = new Set<string>();
  const strip = (value: PlainJson, inside: Members | undefined): PlainJson => {
    if (inside === undefined) return value;
    if (Array.isArray(value)) return value.map((item: PlainJson) => strip(item, inside));
    return typeof value === 'object' && value !== null ? stripMembers(fields(value), inside) : value;
  };
  const stripMembers = (object: Fields, table: Members): Fields =>
    Object.fromEntries(
      Object.entries(object).flatMap(([key, value]) => {
        if (!Object.hasOwn(table, key)) {
          unknown.add(key);
          return [];
        }
        return [[key, value === undefined ? value : strip(value, table[key]!.rule.inside)]];
      }),
    );
  return { known: stripMembers(root, members), unknown: [...unknown] };
}
