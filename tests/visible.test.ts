import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HOSTILE } from './support/hostile-names.ts';
import {
  charactersOf,
  shownName,
  shownText,
  visibleJson,
  visibleText,
  visibleValue,
} from '../src/visible.ts';

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

  test.each([
    ['Hindi', 'र्क्ष्म्यों हिन्दी'.repeat(5)],
    ['Thai', 'ภาษาไทยที่นี่น้ำ'],
    ['Arabic with its vowels', 'العَرَبِيَّةُ الفُصْحَىٰ'],
    ['Hebrew with all its points', 'בְּרֵאשִׁ֖ית בָּרָ֣א'],
    ['Vietnamese, taken apart', 'Tiếng Việt ở đây'.normalize('NFD')],
    ['Burmese', 'မြန်မာ ကြွှုံ့'],
    ['Tibetan', 'བོད་སྐད་ ཧྐྵྨླྺྼྻྂ'],
    ['families and couples of emoji', '👨‍👩‍👧‍👦 👩🏽‍👩🏽‍👧🏽‍👦🏽 👩🏻‍❤️‍💋‍👨🏿 🏳️‍🌈 1️⃣ 🇩🇪'],
  ])('is whole in %s', (_, name) => {
    expect(shownName(name)).toBe(name);
  });

  test.each([
    ['marks on one letter', HOSTILE.marked, /^e[\u0301\u0316]{5}…$/u],
    ['emoji joined to one', HOSTILE.joined, /^(?:\u{1f469}\u200d){6}…$/u],
    ['one syllable without end', HOSTILE.syllable, /^\u1100{12}…$/u],
  ])('ends early: %s', (_, name, shown) => {
    expect(shownName(name)).toMatch(shown);
  });

  /** Marks, joiners, syllables, emoji, letters that go before others, directions, and ends of characters. */
  const name = fc
    .array(
      fc.tuple(
        fc.oneof(
          fc.constantFrom(
            ...[
              '\u0301',
              '\u0316',
              '\u200d',
              '\u{1f469}',
              '\u{1f3fd}',
              '\ufe0f',
              '\u1100',
              '\u0d4e',
              '\u0f90',
              '\u0915',
              '\u094d',
            ],
            ...['a', '…', '\u00ad', '\u202e', '\r', '\n', '\ud83d', '\u05d0', '\u{1f1e9}'],
          ),
          fc.string({ unit: 'binary', minLength: 1, maxLength: 2 }),
        ),
        fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 40 })),
      ),
      { maxLength: 60 },
    )
    .map((parts) => parts.map(([part, times]) => part.repeat(times)).join(''));

  test('has at most a hundred characters, none of which is piled up, and is the same when it is shown again', () => {
    fc.assert(
      fc.property(name, (name) => {
        const shown = shownName(name);
        const characters = [...new Intl.Segmenter().segment(shown)].map(({ segment }) => segment);
        expect(characters.length).toBeLessThanOrEqual(101);
        if (characters.length === 101) expect(characters[100]).toBe('…');
        // a letter that goes before others takes the ellipsis along
        for (const one of characters)
          expect(Array.from(one.replace(/…$/, '')).length).toBeLessThanOrEqual(12);
        expect(shown).not.toMatch(/(?:(?!\p{Script=Tibetan})\p{Mn}){6}/u);
        expect(shownName(shown)).toBe(shown);
        expect(visibleValue(shown)).toBe(shown);
        expect(charactersOf(shown).join('')).toBe(shown);
      }),
    );
  });

  test('of our own making is untouched', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\w .:-]{1,100}$/), (name) => {
        expect(shownName(name)).toBe(name);
      }),
    );
  });
});

describe('sentences that hold names', () => {
  test('cut an endless name where it stands, and go on behind it', () => {
    expect(shownText(`The database has no device key of ${HOSTILE.endless} at 0x0053.`)).toBe(
      `The database has no device key of ${shownName(HOSTILE.endless)} at 0x0053.`,
    );
  });

  test('end before they fill the screen', () => {
    expect(shownText(HOSTILE.words.repeat(3))).toBe(`${HOSTILE.words.slice(0, 1500)}…`);
    expect(shownText(`${HOSTILE.marked} `.repeat(1000)).length).toBeLessThan(20_000);
  });
});
