import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatCsv, parseCsv } from '../src/csv.ts';

const fault = (row: number, cell: string, problem: string) => new Error(`${row}, ${cell}: ${problem}`);
const cellsOf = (text: string) => Array.from(parseCsv(text, fault), ({ cells }) => cells);

/** Texts of what a spreadsheet minds, what separates cells, and what guards them. */
const nastyCells = fc.string({
  unit: fc.constantFrom(
    '=',
    '+',
    '-',
    '@',
    "'",
    '"',
    '\t',
    '\r',
    '\n',
    ';',
    ',',
    ' ',
    '\u200b',
    '＝',
    '−',
    'a',
    '1',
  ),
});
const tables = fc
  .array(fc.array(fc.oneof(nastyCells, fc.string({ unit: 'grapheme' })), { minLength: 1, maxLength: 4 }))
  .map((rows) => [['head', 'er'], ...rows]);

describe('a table', () => {
  test('comes back as it was written, but for rows of blanks', () => {
    fc.assert(
      fc.property(tables, (rows) => {
        const kept = rows.filter((cells) => cells.some((cell) => cell.trim() !== ''));
        expect(cellsOf(formatCsv(rows))).toEqual(kept);
      }),
      { numRuns: 2000 },
    );
  });

  test('is read with the separator of its first row that is not blank', () => {
    expect(cellsOf('\ufeff \r\n;a,b\r\n1;2')).toEqual([
      ['', 'a,b'],
      ['1', '2'],
    ]);
    expect(cellsOf('\ta;b\n')).toEqual([['', 'a;b']]);
    expect(cellsOf('')).toEqual([]);
  });

  test('counts rows as spreadsheets do: blank ones too, and a cell of two lines once', () => {
    const rows = [...parseCsv('a\r\n\r\n"two\nlines"\rlast', fault)];
    expect(rows.map(({ row }) => row)).toEqual([1, 3, 4]);
  });

  test.each([
    ['a\n x,"open', '2, cell 2: a quote is opened and never closed'],
    ['"a" b', '1, cell 1: text follows a closing quote'],
  ])('says where its quotes are wrong: %j', (text, message) => {
    expect(() => cellsOf(text)).toThrow(message);
  });
});

describe('a spreadsheet', () => {
  /** The first character a spreadsheet looks at in each cell it may see, whatever it separates cells at. */
  const firstOfCells = (csv: string) =>
    csv.split(/[;\t\r\n]/).flatMap((line) => {
      const cell = line.replace(/^"/, '');
      return cell === '' ? [] : [cell.replace(/^[\s\p{Cf}\p{Cc}]+/u, '').charAt(0)];
    });

  test.each([
    ['=1+1', "'=1+1"],
    ['+49 30', "'+49 30"],
    ['-5', "'-5"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', '"\'\t\'=1"'],
    ['\rx', '"\'\rx"'],
    ['  =1', "'  =1"],
    ['\u200b=1', "'\u200b=1"],
    ['＝1', "'＝1"],
    ['−1', "'−1"],
    ["'=1", "''=1"],
    ["'tis", "'tis"],
    ['a=1', 'a=1'],
    ['a;=1', '"a;\'=1"'],
    ['a\n@x', '"a\n\'@x"'],
    ['0x0011', '0x0011'],
  ])('finds no formula in %j', (cell, written) => {
    expect(formatCsv([[cell]])).toBe(`${written}\r\n`);
    expect(cellsOf(formatCsv([['head'], [cell]]))[1]).toEqual([cell]);
  });

  test('finds none in any cell, whatever separates cells there', () => {
    fc.assert(
      fc.property(nastyCells, (cell) => {
        for (const first of firstOfCells(formatCsv([[cell]]))) expect([...'=+-@＝−']).not.toContain(first);
      }),
      { numRuns: 2000 },
    );
  });
});
