import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shownName, visibleJson, visibleText, visibleValue } from '../src/visible.ts';

describe('a text of somebody else', () => {
  test.each([
    ['light\x1b[2J', String.raw`light\x1b[2J`],
    ['\x9b31m\x07', String.raw`\x9b31m\x07`],
    ['a\u202eb\u2066', String.raw`a\u202eb\u2066`],
    ['\rover', String.raw`\x0dover`],
    ['\ud83d', String.raw`\ud83d`],
    ['\u{e0041}', String.raw`\u{e0041}`],
    ['Küche 灯 \u{1f4a1}', 'Küche 灯 \u{1f4a1}'],
    ['می\u200cخواهم', 'می\u200cخواهم'],
  ])('is shown and not obeyed: %j', (text, shown) => {
    expect(visibleText(text)).toBe(shown);
    expect(visibleValue(text)).toBe(shown);
  });

  test('keeps its lines; a value in a line has none', () => {
    expect(visibleText('a\tb\nc')).toBe('a\tb\nc');
    expect(visibleValue('a\tb\nc')).toBe(String.raw`a\x09b\x0ac`);
  });

  test('is the same data as JSON, with nothing left to show', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, text) => {
        const json = visibleJson(JSON.stringify([value, text, '\u202e\x9b\u{e0041}'], null, 2));
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify([value, text, '\u202e\x9b\u{e0041}'])));
        expect(visibleText(json)).toBe(json);
      }),
    );
  });
});

describe('a name among other words on a screen', () => {
  test('turns nothing round and hides nothing', () => {
    expect(shownName('light\u202egnp.xeh\u200b')).toBe(String.raw`light\u202egnp.xeh\u200b`);
  });

  test('is whole up to a hundred characters, whatever they are made of, and cut behind them', () => {
    expect(shownName('\u{1f4a1}'.repeat(100))).toBe('\u{1f4a1}'.repeat(100));
    expect(shownName('\u{1f4a1}'.repeat(10_000))).toBe(`${'\u{1f4a1}'.repeat(100)}…`);
  });
});
