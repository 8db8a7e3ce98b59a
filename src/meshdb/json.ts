/**
 * JSON as a tree that remembers where every value stands in its text.
 *
 * `JSON.parse` loses what a database must give back: the order of members, members that occur twice, how a number was
 * written, and the place of a fault. So a database keeps its text; this reader says where things are, and a change is a
 * list of splices (splices.ts). What nobody touched goes back byte for byte. It knows nothing about mesh networks.
 */
import { LIMITS } from '../limits.ts';
import { notJson, tooDeep, tooManyMembers, tooManyValues } from './errors.ts';

/** Where a value stands in its text. */
export interface TextSpan {
  /** Offset of the first character. */
  readonly start: number;
  /** Offset behind the last character. */
  readonly end: number;
}
export interface JsonObject extends TextSpan {
  readonly kind: 'object';
  /** Objects with the same keys in the same order mostly share this. */
  readonly keys: readonly string[];
  readonly values: readonly Json[];
}
export interface JsonArray extends TextSpan {
  readonly kind: 'array';
  readonly items: readonly Json[];
}
export interface JsonString extends TextSpan {
  readonly kind: 'string';
  readonly value: string;
}
export interface JsonNumber extends TextSpan {
  readonly kind: 'number';
  readonly value: number;
  /** Written without fraction and exponent: `16`, not `16.0`. */
  readonly whole: boolean;
}
export interface JsonLiteral extends TextSpan {
  readonly kind: 'literal';
  readonly value: boolean | null;
}
export type Json = JsonObject | JsonArray | JsonString | JsonNumber | JsonLiteral;

/** A member that occurs twice in one object. */
export interface DuplicateKey {
  readonly path: string;
  readonly key: string;
  readonly firstLine: number;
  readonly secondLine: number;
}

/** The member of that name, the first if there are several; `undefined` also where `json` is no object. */
export function member(json: Json | undefined, key: string): Json | undefined {
  if (json?.kind !== 'object') return undefined;
  return json.values[json.keys.indexOf(key)];
}
/** The items of a list; none where `json` is no list. */
export const itemsOf = (json: Json | undefined): readonly Json[] =>
  json?.kind === 'array' ? json.items : [];
export const stringOf = (json: Json | undefined): string | undefined =>
  json?.kind === 'string' ? json.value : undefined;
/** A number written without fraction or exponent that a double holds exactly. */
export const wholeOf = (json: Json | undefined): number | undefined =>
  json?.kind === 'number' && json.whole && Number.isSafeInteger(json.value) ? json.value : undefined;
export const booleanOf = (json: Json | undefined): boolean | undefined =>
  json?.kind === 'literal' && json.value !== null ? json.value : undefined;

/** What a value is, in words: `null`, `a list`, `the number 16`. Texts are not quoted: they may be keys. */
export function describe(json: Json): string {
  switch (json.kind) {
    case 'object':
      return 'an object';
    case 'array':
      return 'a list';
    case 'string':
      return 'a text';
    case 'number':
      return `the number ${json.value}`;
    case 'literal':
      return String(json.value);
  }
}

/** `nodes[0].deviceKey` from its steps. */
export const pathText = (steps: readonly (string | number)[]): string =>
  steps.map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`)).join('');

/** Line and column of offsets in a text, both from 1, by one walk over it; the offsets rise. */
function placesOf(text: string, rising: readonly number[]): { line: number; column: number }[] {
  let line = 1;
  let lineStart = 0;
  return rising.map((offset) => {
    for (let end; (end = text.indexOf('\n', lineStart)) !== -1 && end < offset; line++) lineStart = end + 1;
    return { line, column: offset - lineStart + 1 };
  });
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
/** What may follow a backslash, but for `u` and its digits. */
const ESCAPES = '"\\/bfnrt';
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const LITERALS = [
  ['true', true],
  ['false', false],
  ['null', null],
] as const;

/**
 * Read a JSON text (RFC 8259, nothing more).
 *
 * Time and memory grow with the length of the text and no faster: a value costs some hundred bytes, so there is a limit to how
 * many there may be for so much text.
 *
 * @returns the tree, and members that occur twice, the first thousand of them
 * @throws `meshdb/cut-off` when the text ends in the middle, `meshdb/not-json` at any other fault, both with line and
 *         column; `meshdb/too-deep`, `meshdb/too-many-values`
 */
export function parseJson(text: string): { root: Json; duplicates: readonly DuplicateKey[] } {
  let at = 0;
  let valuesLeft = LIMITS.jsonValues + Math.floor(text.length / LIMITS.jsonCharactersPerValue);
  const lineAt = (offset: number) => placesOf(text, [offset])[0]!;
  const doubles: { path: string; key: string; first: number; second: number }[] = [];
  const path: (string | number)[] = [];
  // members of the objects and lists that are still open; closing one cuts off arrays of exactly its size
  const keyStack: string[] = [];
  const keyStartStack: number[] = [];
  const valueStack: Json[] = [];
  let top = 0;
  const names = new Names();
  /** Where a member of that name stands among those of the open object from `base` on. */
  const findOpen = (key: string, base: number): number | undefined => {
    for (let i = base; i < top; i++) if (keyStack[i] === key) return keyStartStack[i];
    return undefined;
  };

  const fail = (expected: string, offset = at): never => {
    throw notJson(lineAt(offset), expected, offset >= text.length);
  };
  const skipBlanks = () => {
    for (;;) {
      const code = text.charCodeAt(at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      at++;
    }
  };
  const readText = (): string => {
    const start = at++;
    let escaped = false;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) {
        at++;
        return escaped ? (JSON.parse(text.slice(start, at)) as string) : text.slice(start + 1, at - 1);
      }
      if (code === BACKSLASH) {
        escaped = true;
        const escape = text.charAt(++at);
        if (escape === 'u') {
          const digits = text.slice(at + 1, at + 5);
          if (!/^[0-9a-fA-F]{4}$/.test(digits))
            fail('four hex digits', Math.min(at + 1 + digits.length, text.length));
          at += 4;
        } else if (escape === '' || !ESCAPES.includes(escape)) {
          fail('an escape sequence');
        }
        at++;
      } else if (code >= 0x20) {
        at++;
      } else {
        fail('the closing quote of the text'); // the end of the text (NaN) or a raw control character
      }
    }
  };
  const readNumber = (start: number): JsonNumber => {
    NUMBER.lastIndex = start;
    const match = NUMBER.exec(text);
    at = match === null ? start + 1 : NUMBER.lastIndex;
    // a number cut in the middle is a file cut in the middle
    if (at >= text.length - 2 && '-.eE+'.includes(text.at(-1)!)) fail('a digit', text.length);
    if (match === null) return fail('a digit');
    return {
      kind: 'number',
      start,
      end: at,
      value: Number(match[0]),
      whole: match[1] === undefined && match[2] === undefined,
    };
  };
  /** The values from `base` on, in a list of exactly their number. */
  const cutOff = (base: number): readonly Json[] => {
    const values = top === base ? NONE : valueStack.slice(base, top);
    top = base;
    return values;
  };
  const readObject = (start: number): JsonObject => {
    const base = top;
    let seen: Map<string, number> | undefined; // only for objects too big to search
    at++;
    skipBlanks();
    if (text.charCodeAt(at) === CLOSE_BRACE) at++;
    else
      for (;;) {
        if (text.charCodeAt(at) !== QUOTE) fail('a key in quotes');
        const keyStart = at;
        const key = names.key(readText());
        if (top - base === 32)
          seen = new Map(keyStack.slice(base, top).map((open, i) => [open, keyStartStack[base + i]!]));
        const first = seen === undefined ? findOpen(key, base) : seen.get(key);
        if (first !== undefined) {
          if (doubles.length < LIMITS.findingsOfOneKind)
            doubles.push({ path: pathText([...path, key]), key, first, second: keyStart });
        } else seen?.set(key, keyStart);
        skipBlanks();
        if (text.charCodeAt(at) !== COLON) fail("':' after the key");
        at++;
        path.push(key);
        const value = readValue();
        path.pop();
        keyStack[top] = key;
        keyStartStack[top] = keyStart;
        valueStack[top++] = value;
        if (top - base > LIMITS.jsonMembers) throw tooManyMembers(lineAt(start).line);
        const next = text.charCodeAt(at);
        if (next !== COMMA && next !== CLOSE_BRACE) fail("',' or '}'");
        at++;
        if (next === CLOSE_BRACE) break;
        skipBlanks();
      }
    const keys = names.keys(path, keyStack, base, top);
    const values = cutOff(base);
    return { kind: 'object', start, end: at, keys, values };
  };
  const readArray = (start: number): JsonArray => {
    const base = top;
    at++;
    skipBlanks();
    if (text.charCodeAt(at) === CLOSE_BRACKET) at++;
    else
      for (;;) {
        path.push(top - base);
        const item = readValue();
        path.pop();
        valueStack[top++] = item;
        const next = text.charCodeAt(at);
        if (next !== COMMA && next !== CLOSE_BRACKET) fail("',' or ']'");
        at++;
        if (next === CLOSE_BRACKET) break;
      }
    return { kind: 'array', start, end: at, items: cutOff(base) };
  };
  const readLiteral = (start: number): JsonLiteral => {
    for (const [word, value] of LITERALS) {
      if (text.startsWith(word, start)) return { kind: 'literal', start, end: (at += word.length), value };
      // a word cut in the middle is a file cut in the middle
      if (start < text.length && word.startsWith(text.slice(start))) fail(`'${word}'`, text.length);
    }
    return fail('a value');
  };
  const readOne = (): Json => {
    if (--valuesLeft < 0) throw tooManyValues(text.length);
    const start = at;
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const value = readText();
      return { kind: 'string', start, end: at, value };
    }
    if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (path.length >= LIMITS.jsonDepth) throw tooDeep(lineAt(at).line, LIMITS.jsonDepth);
      return code === OPEN_BRACE ? readObject(start) : readArray(start);
    }
    if (code === 0x2d || (code >= 0x30 && code <= 0x39)) return readNumber(start);
    return readLiteral(start);
  };
  /** One value with the blanks around it. */
  const readValue = (): Json => {
    skipBlanks();
    const value = readOne();
    skipBlanks();
    return value;
  };

  const root = readValue();
  if (at < text.length) fail('the end of the file');
  return { root, duplicates: withLines(text, doubles) };
}

/** Members that occur twice, with lines for their offsets. */
function withLines(
  text: string,
  doubles: readonly { readonly path: string; readonly key: string; first: number; second: number }[],
): DuplicateKey[] {
  const offsets = doubles.flatMap(({ first, second }) => [first, second]).sort((a, b) => a - b);
  const places = placesOf(text, offsets);
  const lines = new Map(offsets.map((offset, i) => [offset, places[i]!.line]));
  return doubles.map(({ path, key, first, second }) => ({
    path,
    key,
    firstLine: lines.get(first)!,
    secondLine: lines.get(second)!,
  }));
}

const NONE: readonly never[] = [];

/** Keys, each kept once, and lists of them: ten thousand nodes have the same twenty keys in the same order. */
class Names {
  readonly #keys = new Map<string, string>();
  /** The list that was last seen, by the member that its object is in and by its first key. */
  readonly #lists = new Map<string, Map<string, readonly string[]>>();

  key(key: string): string {
    const known = this.#keys.get(key);
    if (known === undefined && this.#keys.size < MOST_NAMES) this.#keys.set(key, key);
    return known ?? key;
  }

  /** The keys in `stack[base..top)` of an object at `path`. */
  keys(
    path: readonly (string | number)[],
    stack: readonly string[],
    base: number,
    top: number,
  ): readonly string[] {
    if (top === base) return NONE;
    const first = stack[base]!;
    const lists = this.#listsIn(String(typeof path.at(-1) === 'number' ? path.at(-2) : path.at(-1)));
    const known = lists.get(first);
    if (known?.length === top - base && known.every((key, i) => key === stack[base + i])) return known;
    const keys = stack.slice(base, top);
    if (known !== undefined || lists.size < MOST_LISTS) lists.set(first, keys);
    return keys;
  }

  #listsIn(name: string): Map<string, readonly string[]> {
    const known = this.#lists.get(name);
    if (known) return known;
    const lists = new Map<string, readonly string[]>();
    if (this.#lists.size < MOST_LISTS) this.#lists.set(name, lists);
    return lists;
  }
}
/** Of lists that are kept, by either. */
const MOST_LISTS = 100;
/** A database has some hundred. */
const MOST_NAMES = 10_000;
