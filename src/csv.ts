/**
 * Tables as text: CSV (RFC 4180) with commas, as some spreadsheets save it with semicolons, or as they paste it with tabs.
 *
 * It knows quotes, separators and rows, and how to keep a spreadsheet from taking a cell for a formula. What the columns
 * mean, and what an error is called, its callers know.
 */

import { LIMITS } from './limits.ts';
import { thousands } from './numbers.ts';

export interface CsvRow {
  /** In the file, from 1; a quoted cell may hold line ends. */
  readonly row: number;
  readonly cells: readonly string[];
}

/** Makes the error for a place in a table: the row, the cell in words, what is wrong there, and what to do. */
export type CsvFault = (row: number, cell: string, problem: string, hint: string) => Error;

/** Rows as CSV: commas, quotes where they are needed, CRLF at the end of each row. */
export const formatCsv = (rows: Iterable<readonly string[]>): string =>
  Array.from(rows, formatCsvRow).join('');

/** One row with its line end. */
export const formatCsvRow = (cells: readonly string[]): string => `${cells.map(formatCell).join(',')}\r\n`;

const formatCell = (cell: string): string => {
  const harmless = withGuards(cell);
  return /[",;\t\r\n]|^\s|\s$/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
};

/**
 * Rows of a table that are not empty, one after the other; commas, semicolons or tabs, whichever its first row has.
 *
 * @param text   a byte order mark is skipped
 * @param fault  what is thrown where quotes do not match or a row has too many cells
 */
export function* parseCsv(text: string, fault: CsvFault): Generator<CsvRow, void, undefined> {
  const reader = new CellReader(text, fault);
  while (!reader.atEnd) {
    const { row } = reader;
    const cells = reader.readRow();
    if (cells.some((cell) => cell.trim() !== '')) yield { row, cells };
  }
}

class CellReader {
  /** Of the row that comes next. */
  row = 1;
  readonly #text: string;
  readonly #fault: CsvFault;
  readonly #separator: string;
  #at: number;

  constructor(text: string, fault: CsvFault) {
    this.#text = text;
    this.#fault = fault;
    this.#at = text.startsWith('\ufeff') ? 1 : 0;
    this.#separator = separatorOf(text);
  }

  get atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  /** Cells up to the end of the row, which is passed. */
  readRow(): string[] {
    const cells = [this.#readCell(1)];
    while (this.#text[this.#at] === this.#separator) {
      this.#at++;
      if (cells.length === LIMITS.tableCells) throw this.#tooManyCells();
      cells.push(this.#readCell(cells.length + 1));
    }
    if (this.#text[this.#at] === '\r' && this.#text[this.#at + 1] === '\n') this.#at++;
    this.#at++;
    this.row++;
    return cells;
  }

  #tooManyCells = (): Error =>
    this.#fault(
      this.row,
      `cell ${LIMITS.tableCells + 1}`,
      `the row has more than ${thousands(LIMITS.tableCells)} cells`,
      'Choose the table of the clones.',
    );

  #readCell(number: number): string {
    const from = this.#at;
    const opening = this.#skipBlanks(from);
    const cell = this.#text[opening] === '"' ? this.#readQuoted(opening, number) : this.#readPlain(from);
    return withoutGuards(cell);
  }

  #readPlain(from: number): string {
    while (!this.#endsCell(this.#at)) this.#at++;
    return this.#text.slice(from, this.#at);
  }

  #readQuoted(opening: number, number: number): string {
    const fail = (problem: string, hint: string) => this.#fault(this.row, `cell ${number}`, problem, hint);
    const closing = closingQuote(this.#text, opening);
    if (closing === -1) throw fail('a quote is opened and never closed', 'Close the quote.');
    this.#at = this.#skipBlanks(closing + 1);
    if (!this.#endsCell(this.#at))
      throw fail('text follows a closing quote', 'Write a quote inside a cell twice.');
    return this.#text.slice(opening + 1, closing).replaceAll('""', '"');
  }

  /** The first place from `at` on that is no blank of this row. */
  #skipBlanks(at: number): number {
    while (!this.#endsCell(at) && this.#text[at]!.trim() === '') at++;
    return at;
  }

  #endsCell(at: number): boolean {
    const character = this.#text[at];
    return (
      character === undefined || character === this.#separator || character === '\n' || character === '\r'
    );
  }
}

/** Of the first row that is not blank. */
function separatorOf(text: string): string {
  const from = text.search(/\S/);
  const length = from === -1 ? 0 : text.slice(from).search(/[\r\n]/);
  // a row that begins with separators begins with blanks where those are tabs
  const start = Math.max(text.lastIndexOf('\n', from), text.lastIndexOf('\r', from)) + 1;
  const head = text.slice(start, length === -1 ? undefined : from + length);
  return head.includes('\t') ? '\t' : head.includes(';') ? ';' : ',';
}

/** The quote that ends a quoted cell; a doubled one is part of it. */
function closingQuote(text: string, open: number): number {
  let at = text.indexOf('"', open + 1);
  while (at !== -1 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at;
}

/**
 * Where a spreadsheet would see the beginning of a formula: at the start of a cell, and behind what another spreadsheet
 * separates cells or rows at. `=`, `+`, `-` and `@` begin one, also in full width and in the other forms that Unicode has of
 * them, behind blanks and characters that are not seen; so does a tab or a line end at the start.
 *
 * Source: OWASP, "CSV Injection".
 */
const UNSEEN = String.raw`(?:[^\S\t\r\n]|[\p{Cf}\0-\x08\x0e-\x1f\x7f-\x9f])*`;
const SIGN = String.raw`[=+\-@\u2212\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20]`;
const AT_START = String.raw`^(?='*[\t\r\n])|(?<=^|[;\t\r\n])(?='*${UNSEEN}${SIGN})`;

/** An apostrophe makes a spreadsheet take what follows for a text. */
const withGuards = (cell: string): string => cell.replace(TO_GUARD, "'");
const TO_GUARD = new RegExp(AT_START, 'gu');
/** The cell as it was: without the apostrophes that would have been put there. */
const withoutGuards = (cell: string): string => (cell.includes("'") ? cell.replace(GUARDS, '') : cell);
const GUARDS = new RegExp(AT_START.replaceAll("(?='*", "'(?='*"), 'gu');
