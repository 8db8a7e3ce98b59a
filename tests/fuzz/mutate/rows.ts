/** Damage to tables: cells, rows and columns, and the ways in which spreadsheets write the same table. */
import type { Pick } from '../../kinds/pick.ts';
import { once, oneOf, type Change } from './choose.ts';
import { HOSTILE_NAMES } from './names.ts';

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const hexDigits = (length: number, pick: Pick): string =>
  Array.from({ length }, () => pick(16).toString(16)).join('');
const CELLS: readonly ((was: string, pick: Pick) => string)[] = [
  () => '',
  () => ' ',
  () => '0',
  () => '-1',
  () => '0x0001',
  () => '0x7FFF',
  () => '0x8000',
  () => '0XFFFF',
  () => '1.2E+31',
  () => '99999999999999999999',
  (was) => was.toUpperCase(),
  (was) => was.slice(0, -1),
  (was) => `${was}0`,
  (was) => ` ${was} `,
  (was) => `'${was}`,
  (was) => was.replaceAll('-', ''),
  (was) => '0'.repeat(was.length),
  (was) => 'f'.repeat(was.length),
  (_, pick) => hexDigits(4, pick),
  (_, pick) => hexDigits(32, pick),
  (_, pick) => `0x${hexDigits(4, pick)}`,
  (_, pick) => oneOf(HOSTILE_NAMES, pick),
];

const row = (table: Table, pick: Pick, how: (cells: readonly string[]) => readonly (readonly string[])[]) => {
  if (table.rows.length === 0) return table;
  const i = pick(table.rows.length);
  return { ...table, rows: table.rows.toSpliced(i, 1, ...how(table.rows[i]!)) };
};
const column = (table: Table, change: (cells: readonly string[]) => readonly string[]): Table => ({
  columns: change(table.columns),
  rows: table.rows.map(change),
});

export const TABLE_CHANGES: Readonly<Record<string, Change<Table>>> = {
  'a cell at its edge': (table, pick) =>
    row(table, pick, (cells) => {
      if (cells.length === 0) return [cells];
      const i = pick(cells.length);
      return [cells.with(i, oneOf(CELLS, pick)(cells[i]!, pick))];
    }),
  'a row twice': (table, pick) => row(table, pick, (cells) => [cells, cells]),
  'a row left out': (table, pick) => row(table, pick, () => []),
  'an empty row': (table, pick) => row(table, pick, (cells) => [[], cells, ['', '']]),
  'a row cut short': (table, pick) => row(table, pick, (cells) => [cells.slice(0, pick(cells.length + 1))]),
  'a row elsewhere': (table, pick) => {
    if (table.rows.length === 0) return table;
    const i = pick(table.rows.length);
    return {
      ...table,
      rows: table.rows.toSpliced(i, 1).toSpliced(pick(table.rows.length), 0, table.rows[i]!),
    };
  },
  'columns in another order': (table, pick) => {
    const i = pick(table.columns.length + 1);
    return column(table, (cells) => [...cells.slice(i), ...cells.slice(0, i)]);
  },
  'a column left out': (table, pick) => {
    const i = pick(table.columns.length + 1);
    return column(table, (cells) => cells.toSpliced(i, 1));
  },
};
/** Refused as a rule. */
export const TABLE_AT_THE_DOOR: Readonly<Record<string, Change<Table>>> = {
  'a cell too many': (table, pick) => row(table, pick, (cells) => [[...cells, 'more']]),
  'very many cells': (table, pick) =>
    row(table, pick, (cells) => [[...cells, ...new Array<string>(1200).fill('')]]),
  'a column twice': (table) => column(table, (cells) => [...cells, cells[0] ?? '']),
  'a column under another name': (table, pick) => {
    const i = pick(table.columns.length + 1);
    return {
      ...table,
      columns: table.columns.toSpliced(i, 1, oneOf(['Name', 'device key', '', '__proto__'], pick)),
    };
  },
  'without the names of its columns': (table) => ({
    columns: table.rows[0] ?? [],
    rows: table.rows.slice(1),
  }),
};

/** As one of the programs that save tables writes it. */
export function csvOf({ columns, rows }: Table, pick: Pick): string {
  const separator = oneOf([',', ',', ';', '\t'], pick);
  const end = oneOf(['\r\n', '\n', '\r'], pick);
  const quotesAll = once(4, pick);
  const cell = (text: string) =>
    quotesAll || /["\r\n]/.test(text) || text.includes(separator) ? `"${text.replaceAll('"', '""')}"` : text;
  const lines = [columns, ...rows].map((cells) => cells.map(cell).join(separator));
  return `${once(8, pick) ? '\ufeff' : ''}${lines.join(end)}${once(4, pick) ? '' : end}`;
}

/** What an editor may do to it. */
export const CSV_CHANGES: Readonly<Record<string, Change<string>>> = {
  'a quote put in': (text, pick) => {
    const at = pick(text.length + 1);
    return `${text.slice(0, at)}"${text.slice(at)}`;
  },
  'a character left out': (text, pick) => {
    const at = pick(text.length + 1);
    return text.slice(0, at) + text.slice(at + 1);
  },
  'cut off': (text, pick) => text.slice(0, pick(text.length + 1)),
  'NUL put in': (text, pick) => {
    const at = pick(text.length + 1);
    return `${text.slice(0, at)}\0${text.slice(at)}`;
  },
};
