import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { piecesOf } from '../../src/app/text/pieces.ts';

const kinds = (text: string) => piecesOf(text).map(({ kind, text }) => [kind, text]);

describe('running text', () => {
  test('has addresses and bytes apart', () => {
    expect(kinds('From 0x0053–0x0055 on, 0xFF.')).toEqual([
      ['words', 'From '],
      ['hex', '0x0053–0x0055'],
      ['words', ' on, '],
      ['hex', '0xFF'],
      ['words', '.'],
    ]);
  });

  test('has what is written from right to left by itself, and the figures beside it outside', () => {
    expect(kinds('Node נוּרה 12 בסלון 0x0053 has 3 elements, مصباح, 4.')).toEqual([
      ['words', 'Node '],
      ['leftward', 'נוּרה 12 בסלון'],
      ['words', ' '],
      ['hex', '0x0053'],
      ['words', ' has 3 elements, '],
      ['leftward', 'مصباح'],
      ['words', ', 4.'],
    ]);
  });

  test('is all there in its pieces, none of which is empty, and nothing outside them is written from right to left', () => {
    const part = fc.oneof(
      fc.constantFrom('0x0053', 'א', 'بَ', ' 12 ', ', ', 'a', '\u{1e900}'),
      fc.string({ unit: 'binary', maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        const text = parts.join('');
        const pieces = piecesOf(text);
        expect(pieces.map(({ text }) => text).join('')).toBe(text);
        for (const { kind, text } of pieces) {
          expect(text).not.toBe('');
          if (kind !== 'leftward')
            expect(text).not.toMatch(/(?=\p{L})[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Adlam}]/u);
        }
      }),
    );
  });
});
