/**
 * Damage to JSON at the level of its structure: values that are the edge of their type, or of another one; members left out, twice,
 * under another name, in another order; and forms of writing that mean the same.
 */
import type { Pick } from '../../kinds/pick.ts';
import { once, oneOf, type Change } from './choose.ts';
import { HOSTILE_NAMES } from './names.ts';

/** JSON as it is written: members keep their order and may be there twice, numbers their form. */
export type Tree =
  | { readonly kind: 'object'; readonly members: readonly (readonly [key: string, value: Tree])[] }
  | { readonly kind: 'array'; readonly items: readonly Tree[] }
  /** Everything without parts, as its text. */
  | { readonly kind: 'leaf'; readonly text: string };

export const leaf = (value: string | number | boolean | null): Tree => ({
  kind: 'leaf',
  text: JSON.stringify(value),
});

export function treeOf(value: unknown): Tree {
  if (Array.isArray(value)) return { kind: 'array', items: value.map(treeOf) };
  if (typeof value === 'object' && value !== null)
    return {
      kind: 'object',
      members: Object.entries(value).map(([key, one]) => [key, treeOf(one)] as const),
    };
  return leaf(value as string | number | boolean | null);
}

/** @param indent  blanks a level; none gives one line */
export function textOf(tree: Tree, indent = 0, level = 0): string {
  if (tree.kind === 'leaf') return tree.text;
  const [open, close] = tree.kind === 'object' ? '{}' : '[]';
  const parts =
    tree.kind === 'object'
      ? tree.members.map(
          ([key, value]) =>
            `${JSON.stringify(key)}:${indent > 0 ? ' ' : ''}${textOf(value, indent, level + 1)}`,
        )
      : tree.items.map((item) => textOf(item, indent, level + 1));
  if (parts.length === 0) return `${open}${close}`;
  const line = indent > 0 ? `\n${' '.repeat(indent * (level + 1))}` : '';
  const end = indent > 0 ? `\n${' '.repeat(indent * level)}` : '';
  return `${open}${line}${parts.join(`,${line}`)}${end}${close}`;
}

type Step = string | number;
type Path = readonly Step[];
interface Place {
  readonly path: Path;
  readonly tree: Tree;
}

/** Every value below a root, the root among them. */
export function placesIn(tree: Tree, path: Path = []): Place[] {
  const below =
    tree.kind === 'object'
      ? tree.members.flatMap(([, value], i) => placesIn(value, [...path, i]))
      : tree.kind === 'array'
        ? tree.items.flatMap((item, i) => placesIn(item, [...path, i]))
        : [];
  return [{ path, tree }, ...below];
}

/** With the value at a place made another one. Steps are places in lists of members or of items. */
function at(tree: Tree, path: Path, change: (value: Tree) => Tree): Tree {
  const [first, ...rest] = path;
  if (first === undefined) return change(tree);
  if (tree.kind === 'object')
    return {
      ...tree,
      members: tree.members.map(([key, value], i) => [key, i === first ? at(value, rest, change) : value]),
    };
  if (tree.kind === 'array')
    return { ...tree, items: tree.items.map((item, i) => (i === first ? at(item, rest, change) : item)) };
  return tree;
}

/** Of those below the root, mostly one that is not the part of a big list: lists would have nearly all of them. */
function somewhere(tree: Tree, pick: Pick, suits: (place: Place) => boolean = () => true): Place | undefined {
  const all = placesIn(tree).filter((place) => place.path.length > 0 && suits(place));
  return all.length === 0 ? undefined : oneOf(all, pick);
}

const NUMBERS = [
  '0',
  '-0',
  '-1',
  '1',
  '2',
  '4095',
  '4096',
  '32767',
  '32768',
  '49152',
  '65535',
  '65536',
  '2147483647',
  '2147483648',
  '4294967295',
  '4294967296',
  '9007199254740991',
  '9007199254740993',
  '1.5',
  '16.0',
  '1E1',
  '1e308',
  '1e999',
  '-1e999',
  '1e-999',
] as const;

const hexDigits = (length: number, pick: Pick): string =>
  Array.from({ length }, () => pick(16).toString(16)).join('');
/** What texts of databases are: addresses, keys, UUIDs, times. */
const TEXTS: readonly ((was: string, pick: Pick) => string)[] = [
  () => '',
  () => ' ',
  (was) => was.toUpperCase(),
  (was) => was.toLowerCase(),
  (was) => ` ${was} `,
  (was) => was.slice(0, -1),
  (was) => `${was}0`,
  (was) => `0x${was}`,
  (was) => was.replaceAll('-', ''),
  (was, pick) => hexDigits(was.length, pick),
  (was) => '0'.repeat(was.length),
  (was) => 'F'.repeat(was.length),
  () => '0000',
  () => '0001',
  () => '7FFF',
  () => '8000',
  () => 'C000',
  () => 'FFFF',
  (_, pick) => hexDigits(4, pick),
  (_, pick) => hexDigits(8, pick),
  (_, pick) => hexDigits(32, pick),
  () => '00000000-0000-0000-0000-000000000000',
  () => '2022-02-30T25:61:61Z',
  () => '1970-01-01T00:00:00+99:99',
  () => '٠٠٠١',
  () => '\u{1d7d8}\u{1d7d8}\u{1d7d9}\u{1d7d9}',
  (_, pick) => oneOf(HOSTILE_NAMES, pick),
];
const OTHERS: readonly Tree[] = [
  leaf(null),
  leaf(true),
  leaf(false),
  leaf(0),
  leaf(''),
  leaf('0001'),
  { kind: 'array', items: [] },
  { kind: 'object', members: [] },
  { kind: 'array', items: [leaf(null), leaf(0), leaf('')] },
];
const KEYS = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'length',
  'UUID',
  'uuid',
  'key',
  'nodes',
  'name',
  'index',
  '',
  ' ',
] as const;

function edgeOf(tree: Tree, pick: Pick): Tree {
  if (tree.kind === 'array')
    return oneOf<Tree>(
      [
        { ...tree, items: [] },
        { ...tree, items: tree.items.slice(0, 1) },
        { ...tree, items: [...tree.items, ...tree.items] },
        { ...tree, items: tree.items.toReversed() },
      ],
      pick,
    );
  if (tree.kind === 'object')
    return oneOf<Tree>(
      [
        { ...tree, members: [] },
        { ...tree, members: tree.members.toReversed() },
        { ...tree, members: tree.members.slice(1) },
      ],
      pick,
    );
  if (/^-?\d/.test(tree.text)) {
    const near = Number(tree.text) + oneOf([-1, 1, 0x100, 0x8000], pick);
    return { kind: 'leaf', text: once(4, pick) ? String(near) : oneOf(NUMBERS, pick) };
  }
  if (tree.text.startsWith('"')) return leaf(oneOf(TEXTS, pick)(JSON.parse(tree.text) as string, pick));
  return oneOf([leaf(true), leaf(false), leaf(null)], pick);
}

const isObject = (
  place: Place,
): place is Place & { readonly tree: Extract<Tree, { readonly kind: 'object' }> } =>
  place.tree.kind === 'object';
const isArray = (
  place: Place,
): place is Place & { readonly tree: Extract<Tree, { readonly kind: 'array' }> } =>
  place.tree.kind === 'array';

/** With the members of one object made others. */
function members(
  tree: Tree,
  pick: Pick,
  change: (members: readonly (readonly [string, Tree])[], i: number) => readonly (readonly [string, Tree])[],
): Tree {
  const place = somewhere({ kind: 'array', items: [tree] }, pick, isObject);
  if (!place || !isObject(place) || place.tree.members.length === 0) return tree;
  const i = pick(place.tree.members.length);
  return at(tree, place.path.slice(1), () => ({
    kind: 'object',
    members: change(place.tree.members, i),
  }));
}
function items(tree: Tree, pick: Pick, change: (items: readonly Tree[], i: number) => readonly Tree[]): Tree {
  const place = somewhere(tree, pick, (one) => isArray(one) && one.tree.items.length > 0);
  if (!place || !isArray(place)) return tree;
  const i = pick(place.tree.items.length);
  return at(tree, place.path, () => ({ kind: 'array', items: change(place.tree.items, i) }));
}

/** What the tests look for afterwards: nobody knows it, and it has to be there still. */
export const UNKNOWN_KEY = 'x-of-another-program';

export const JSON_CHANGES: Readonly<Record<string, Change<Tree>>> = {
  'a value at the edge of its type': (tree, pick) => {
    const place = somewhere(tree, pick);
    return place ? at(tree, place.path, (was) => edgeOf(was, pick)) : tree;
  },
  'a text or number at its edge': (tree, pick) => {
    const place = somewhere(tree, pick, (one) => one.tree.kind === 'leaf');
    return place ? at(tree, place.path, (was) => edgeOf(was, pick)) : tree;
  },
  'a value of another type': (tree, pick) => {
    const place = somewhere(tree, pick);
    return place ? at(tree, place.path, () => oneOf(OTHERS, pick)) : tree;
  },
  'a member left out': (tree, pick) => members(tree, pick, (all, i) => all.toSpliced(i, 1)),
  'a member twice': (tree, pick) => members(tree, pick, (all, i) => all.toSpliced(i, 0, all[i]!)),
  'a member under another name': (tree, pick) =>
    members(tree, pick, (all, i) => {
      const [key, value] = all[i]!;
      const other = oneOf([key.toUpperCase(), `${key} `, key.slice(1), `${key}s`, ...KEYS], pick);
      return all.toSpliced(i, 1, [other, value]);
    }),
  'members in another order': (tree, pick) =>
    members(tree, pick, (all, i) => [...all.slice(i), ...all.slice(0, i)]),
  'the values of two members swapped': (tree, pick) =>
    members(tree, pick, (all, i) => {
      const j = pick(all.length);
      const [a, b] = [all[i]!, all[j]!];
      return all.map((one, k) => (k === i ? [a[0], b[1]] : k === j ? [b[0], a[1]] : one));
    }),
  'a member that nobody knows': (tree, pick) =>
    members(tree, pick, (all, i) =>
      all.some(([key]) => key === UNKNOWN_KEY)
        ? all
        : all.toSpliced(i, 0, [UNKNOWN_KEY, treeOf({ kept: [1.5, 'as it is', { $: null }] })]),
    ),
  'an item left out': (tree, pick) => items(tree, pick, (all, i) => all.toSpliced(i, 1)),
  'an item twice': (tree, pick) => items(tree, pick, (all, i) => all.toSpliced(i, 0, all[i]!)),
  'an item elsewhere': (tree, pick) =>
    items(tree, pick, (all, i) => {
      const rest = all.toSpliced(i, 1);
      return rest.toSpliced(pick(all.length), 0, all[i]!);
    }),
  'very many items': (tree, pick) =>
    items(tree, pick, (all, i) => [...all, ...new Array<Tree>(oneOf([50, 400], pick)).fill(all[i]!)]),
  'levels without end': (tree, pick) => {
    const place = somewhere(tree, pick);
    const levels = oneOf([5, 30, 45, 3000], pick);
    const deep = { kind: 'leaf', text: `${'['.repeat(levels)}${']'.repeat(levels)}` } as const;
    return place ? at(tree, place.path, () => deep) : tree;
  },
};

/** What changes nothing that matters, as a rule: most of it gets to the end. */
export const HARMLESS_JSON_CHANGES: Readonly<Record<string, Change<Tree>>> = {
  'a name at its edge': (tree, pick) => {
    const names = /^(?:meshName|name|provisionerName|description|fileName|label)$/;
    const place = somewhere(
      { kind: 'array', items: [tree] },
      pick,
      (one) => isObject(one) && one.tree.members.some(([key]) => names.test(key)),
    );
    if (!place) return tree;
    return at(tree, place.path.slice(1), (was) =>
      was.kind === 'object'
        ? {
            ...was,
            members: was.members.map(([key, value]) => [
              key,
              names.test(key) ? leaf(oneOf(HOSTILE_NAMES, pick)) : value,
            ]),
          }
        : was,
    );
  },
  'small letters for large ones': (tree, pick) => {
    const place = somewhere(
      tree,
      pick,
      ({ tree: value }) => value.kind === 'leaf' && /^"[\da-f-]+"$/i.test(value.text),
    );
    return place
      ? at(tree, place.path, (was) => (was.kind === 'leaf' ? { ...was, text: was.text.toLowerCase() } : was))
      : tree;
  },
  ...Object.fromEntries(
    ['members in another order', 'a member that nobody knows', 'an item elsewhere'].map((name) => [
      name,
      JSON_CHANGES[name]!,
    ]),
  ),
};

/** The same said otherwise, and what editors and downloads do to a text. */
export const TEXT_CHANGES: Readonly<Record<string, Change<string>>> = {
  'a byte order mark': (text) => `\ufeff${text}`,
  'line ends of Windows': (text) => text.replaceAll('\n', '\r\n'),
  'blanks around it': (text) => `\n\t ${text} \r\n`,
  'escapes for letters': (text) =>
    text.replace(/(?<=[a-z])[a-z](?=[a-z]*")/g, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`),
  'cut off': (text, pick) => text.slice(0, pick(Math.max(1, text.length))),
  'text behind it': (text, pick) => text + oneOf(['}', ']', ',', '{}', 'null', '//', '\0'], pick),
  'a character left out': (text, pick) => {
    const place = pick(Math.max(1, text.length));
    return text.slice(0, place) + text.slice(place + 1);
  },
  'a character put in': (text, pick) => {
    const place = pick(Math.max(1, text.length));
    return text.slice(0, place) + oneOf([...'"\\,:{}[]0-eE.\0\n\u202e'], pick) + text.slice(place);
  },
};

/** Every value without parts, as its text, and the name of the member that it is or is in a list of. */
export function leavesOf(tree: Tree, key = ''): { readonly key: string; readonly text: string }[] {
  if (tree.kind === 'leaf') return [{ key, text: tree.text }];
  if (tree.kind === 'array') return tree.items.flatMap((item) => leavesOf(item, key));
  return tree.members.flatMap(([name, value]) => [{ key: '', text: name }, ...leavesOf(value, name)]);
}
