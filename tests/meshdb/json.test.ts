import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson, type JsonArray, type JsonObject } from '../../src/meshdb/json.ts';
import { appendItems, insertMember, keyStart, splice } from '../../src/meshdb/splices.ts';
import { plainOf, printPlain, quote } from '../../src/meshdb/json-text.ts';

const parse = (text: string) => parseJson(text).root;
const codeOf = (text: string) => {
  try {
    parseJson(text);
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return 'read';
};

describe('reading JSON', () => {
  test('agrees with the JSON reader of the language on every value, however it is spaced', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 2, '\t'), (json, indent) => {
        const value = JSON.parse(json);
        expect(plainOf(parse(JSON.stringify(value, null, indent)))).toEqual(value);
      }),
    );
  });

  test('accepts exactly the texts that the reader of the language accepts', () => {
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"\\u00e4"',
      '"\\x"',
      '1',
      '-',
      '01',
      '1.',
      '2e3',
      'true',
      'nul',
      ' ',
      '\n',
    ];
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((parts) => parts.join('')),
        (text) => {
          let valid = true;
          try {
            JSON.parse(text);
          } catch {
            valid = false;
          }
          expect(codeOf(text) === 'read').toBe(valid);
        },
      ),
      { numRuns: 3000 },
    );
  });

  test('calls a text that was cut anywhere cut off', () => {
    const text = '{"nodes": [{"name": "L\\u0069ght", "crpl": -4.5e1, "on": true, "none": null}]}';
    for (let length = 1; length < text.length; length++)
      expect(codeOf(text.slice(0, length))).toBe('meshdb/cut-off');
  });

  test('names line and column of a fault', () => {
    expect(() => parse('{\n  "a": 1,\n  oops\n}')).toThrowError(
      expect.objectContaining({ code: 'meshdb/not-json', facts: { catalogue: 'E01', line: 3, column: 3 } }),
    );
  });

  test('remembers how a number was written', () => {
    expect(parse('[16, 16.0, 1e2]')).toMatchObject({
      items: [
        { value: 16, whole: true },
        { value: 16, whole: false },
        { value: 100, whole: false },
      ],
    });
  });

  test('knows where each value and each key stands', () => {
    const text = ' { "a" : [ 12 , "x" ] } ';
    const root = parse(text) as JsonObject;
    const list = root.values[0] as JsonArray;
    expect(text.slice(root.start, root.end)).toBe('{ "a" : [ 12 , "x" ] }');
    expect(text.slice(list.start, list.end)).toBe('[ 12 , "x" ]');
    expect(text[keyStart(text, root, 0)]).toBe('"');
    expect(list.items.map(({ start, end }) => text.slice(start, end))).toEqual(['12', '"x"']);
  });

  test('reports a key that occurs twice with both lines, in small and in big objects', () => {
    const filler = Array.from({ length: 40 }, (_, i) => `"k${i}": 0`).join(',\n');
    expect(parseJson('{"a": [{"b": 1,\n"b": 2}]}').duplicates).toEqual([
      { path: 'a[0].b', key: 'b', firstLine: 1, secondLine: 2 },
    ]);
    expect(parseJson(`{${filler},\n"k3": 1}`).duplicates).toEqual([
      { path: 'k3', key: 'k3', firstLine: 4, secondLine: 41 },
    ]);
  });

  test('takes `__proto__` for a key like any other', () => {
    const value = plainOf(parse('{"__proto__": {"polluted": true}}'));
    expect(Object.keys(value as object)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('refuses to go more than 50 levels deep', () => {
    expect(codeOf('['.repeat(50) + ']'.repeat(50))).toBe('read');
    expect(codeOf('['.repeat(51) + ']'.repeat(51))).toBe('meshdb/too-deep');
    expect(codeOf('['.repeat(1_000_000))).toBe('meshdb/too-deep');
  });
});

describe('writing JSON', () => {
  test('reads back as what was written, in every style of escapes', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom(0, 2),
        fc.constantFrom('ascii', 'html', 'raw'),
        (value, indent, escapes) => {
          const text = printPlain(value as never, indent, escapes as 'raw');
          expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        },
      ),
    );
  });

  test('escapes as PyACI, Android and iOS do', () => {
    expect(quote("Küche <1> 'a' \u007f😀", 'ascii')).toBe('"K\\u00fcche <1> \'a\' \\u007f\\ud83d\\ude00"');
    expect(quote("Küche <1> 'a'", 'html')).toBe('"Küche \\u003c1\\u003e \\u0027a\\u0027"');
    expect(quote("Küche <1> 'a' /", 'raw')).toBe('"Küche <1> \'a\' /"');
  });

  test('makes splices in any order', () => {
    const at = (start: number, end: number, insert: string) => ({ start, end, insert });
    expect(splice('abcdef', [at(4, 5, 'E'), at(0, 0, '>'), at(1, 3, '')])).toBe('>adEf');
  });

  test('puts a member where it belongs, spaced as its neighbours', () => {
    const add = (text: string, index: number) =>
      splice(text, [insertMember(text, parse(text) as JsonObject, index, 'k', '1')]);
    expect(add('{\n  "a": 0,\n  "z": 0\n}', 1)).toBe('{\n  "a": 0,\n  "k": 1,\n  "z": 0\n}');
    expect(add('{"a":0}', 1)).toBe('{"a":0,"k":1}');
    expect(add('{}', 0)).toBe('{"k":1}');
  });

  test('puts items at the end of a list, spaced as its items', () => {
    const add = (text: string) => splice(text, [appendItems(text, parse(text) as JsonArray, ['8', '9'])]);
    expect(add('[1,2]')).toBe('[1,2,8,9]');
    expect(add('[ 1 , 2 ]')).toBe('[ 1 , 2 , 8 , 9 ]');
    expect(add('[\r\n  1\r\n]')).toBe('[\r\n  1,\r\n  8,\r\n  9\r\n]');
    expect(add('[]')).toBe('[8,9]');
  });
});
