/**
 * Values for each clone as a table: CSV (RFC 4180), with semicolons as some spreadsheets save it, or with tabs as they paste.
 *
 * The first row names the columns, in any order and any of them: `name,unicastAddress,deviceKey,UUID,label`. An empty cell
 * leaves the value to Meshpress. No key enters an error.
 */
import { fromHex, hex, toHex } from '../bytes.ts';
import { formatCsv, parseCsv } from '../csv.ts';
import { LIMITS } from '../limits.ts';
import { HIGHEST_UNICAST, LOWEST_UNICAST } from './addresses.ts';
import { badTable, tableTooLarge, tooManyRows } from './errors.ts';
import { isTrivialKey, parseUuid } from './identity.ts';

/** What a person wants for one clone; all else is chosen. */
export interface NodeValues {
  readonly name?: string;
  /** 0x0001..0x7FFF */
  readonly unicast?: number;
  /** 16 bytes. */
  readonly deviceKey?: Uint8Array;
  /** In small letters with dashes. */
  readonly uuid?: string;
  /** For the sticker on the board; it goes nowhere else. */
  readonly label?: string;
}

const COLUMNS = ['name', 'unicastAddress', 'deviceKey', 'UUID', 'label'] as const;
type Column = (typeof COLUMNS)[number];

/** An empty table to fill in: the names of the columns and as many empty rows. */
export const nodeValuesTemplate = (rows = 0): string =>
  formatNodeValues(Array.from({ length: rows }, () => ({})));

/** Values as CSV with all columns, CRLF at the end of each row, readable by `parseNodeValues`. It holds the device keys. */
export function formatNodeValues(values: readonly NodeValues[]): string {
  const rows = values.map(({ name = '', unicast, deviceKey, uuid = '', label = '' }) => [
    name,
    unicast === undefined ? '' : hex(unicast, 4),
    deviceKey ? toHex(deviceKey) : '',
    uuid,
    label,
  ]);
  return formatCsv([COLUMNS, ...rows]);
}

/**
 * Read values for clones.
 *
 * @param text  CSV or a paste from a spreadsheet; a byte order mark and empty rows are skipped
 * @returns     one entry a row, in order
 * @throws      `meshdb/bad-table` with row (from 1, the names of the columns being row 1) and column,
 *              `meshdb/table-too-large`
 */
export function parseNodeValues(text: string): NodeValues[] {
  if (text.length > LIMITS.tableCharacters) throw tableTooLarge(text.length);
  const rows = parseCsv(text, badTable);
  const header = rows.next().value;
  if (!header) throw badTable(1, 'name', 'the table is empty', describeHeader());
  const columns = header.cells.map((cell) => columnNamed(cell, header.row));
  for (const [i, column] of columns.entries())
    if (columns.indexOf(column) !== i)
      throw badTable(header.row, column, 'the column occurs twice', describeHeader());
  const values: NodeValues[] = [];
  for (const { row, cells } of rows) {
    if (values.length === LIMITS.tableRows) throw tooManyRows(row);
    if (cells.length > columns.length)
      throw badTable(
        row,
        `after ${columns.at(-1)!}`,
        `the row has ${cells.length} cells for ${columns.length} columns`,
        'Put cells that hold commas, semicolons or tabs into quotes.',
      );
    values.push(
      columns.reduce<NodeValues>((read, column, i) => {
        const cell = cells[i]?.trim() ?? '';
        return cell === '' ? read : { ...read, ...readCell[column](cell, row) };
      }, {}),
    );
  }
  return values;
}

const describeHeader = () => `The first row names the columns, any of: ${COLUMNS.join(', ')}.`;

function columnNamed(cell: string, row: number): Column {
  const wanted = cell.trim().toLowerCase();
  const column = COLUMNS.find((name) => name.toLowerCase() === wanted);
  // a table without header may start with a key, so the cell is not repeated
  if (column === undefined)
    throw badTable(
      row,
      COLUMNS[0],
      'the first row holds something else than names of columns',
      describeHeader(),
    );
  return column;
}

const readCell: Record<Column, (cell: string, row: number) => NodeValues> = {
  name: (name) => ({ name }),
  label: (label) => ({ label }),
  unicastAddress(cell, row) {
    const digits = /^(?:0x([0-9a-f]{1,4})|([0-9a-f]{4}))$/i.exec(cell);
    const unicast = digits ? Number.parseInt(digits[1] ?? digits[2]!, 16) : 0;
    if (!digits || unicast < LOWEST_UNICAST || unicast > HIGHEST_UNICAST)
      throw badTable(
        row,
        'unicastAddress',
        `'${cell.slice(0, 20)}' is no unicast address`,
        'Write 0x0001 to 0x7FFF, or four hex digits. Spreadsheets drop leading zeros: 0x keeps them from it.',
      );
    return { unicast };
  },
  deviceKey(cell, row) {
    const deviceKey = fromHex(cell.replace(/^0x/i, ''));
    if (deviceKey?.length !== 16 || isTrivialKey(deviceKey))
      throw badTable(
        row,
        'deviceKey',
        deviceKey?.length === 16 ? 'the key is all zeros or all ones' : 'this is no key of 32 hex digits',
        'Write 32 hex digits, or leave the cell empty for a random key. Spreadsheets turn long digits into 1.2E+31: format the column as text.',
      );
    return { deviceKey };
  },
  UUID(cell, row) {
    const uuid = parseUuid(cell);
    if (uuid === undefined)
      throw badTable(
        row,
        'UUID',
        `'${cell.slice(0, 40)}' is no UUID`,
        'Write 32 hex digits, with or without dashes, or leave the cell empty.',
      );
    return { uuid };
  },
};
