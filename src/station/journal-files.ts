/** The journal as a file, for spreadsheets (CSV) and programs (JSON), and back again. It holds no keys, so its files hold none. */
import { hex } from '../bytes.ts';
import { formatCsv, parseCsv } from '../csv.ts';
import { badJournal } from './errors.ts';
import { RECORD_KINDS, type IdentityRef, type JournalRecord, type RecordKind } from './records.ts';

const COLUMNS = [
  'at',
  'kind',
  'clone',
  'unicastAddress',
  'lastUnicastAddress',
  'chipId',
  'probe',
  'imageSha256',
  'result',
  'network',
  'run',
  'number',
] as const;
/** A record as text, column by column; the four of an identity are empty where there is none. */
type Row = Record<(typeof COLUMNS)[number], string>;

const MAY_LACK_CHIP: ReadonlySet<RecordKind> = new Set(['unlocking', 'discarded']);

/** Oldest first, CRLF at the end of each row. Source: RFC 4180. */
export const formatJournalCsv = (records: readonly JournalRecord[]): string =>
  formatCsv([COLUMNS, ...records.map((record) => Object.values(rowOf(record)))]);

/** `{ "meshpress": "journal", "version": 1, "records": [ … ] }`, with the columns of the CSV as members. */
export const formatJournalJson = (records: readonly JournalRecord[]): string =>
  `${JSON.stringify({ meshpress: 'journal', version: 1, records: records.map(rowOf) }, null, 2)}\n`;

/**
 * Read either of the two; columns may come in any order, and others are passed over.
 *
 * @throws `station/bad-journal` with the place
 */
export function parseJournal(text: string): JournalRecord[] {
  const body = text.replace(/^\ufeff/, '');
  return body.trimStart().startsWith('{') ? recordsOfJson(body) : recordsOfCsv(body);
}

function recordsOfCsv(text: string): JournalRecord[] {
  const rows = parseCsv(text, (row, cell, problem) => badJournal(`Row ${row}, ${cell}`, problem));
  const header = rows.next().value;
  const places = COLUMNS.map((column) => header?.cells.indexOf(column) ?? -1);
  const missing = places.indexOf(-1);
  if (missing !== -1) throw badJournal('Row 1', `the column ${COLUMNS[missing]} is missing`);
  return Array.from(rows, ({ row, cells }) =>
    parseRow(`Row ${row}`, (column) => cells[places[COLUMNS.indexOf(column)]!]),
  );
}

function recordsOfJson(text: string): JournalRecord[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw badJournal('The file', 'its JSON is broken');
  }
  const { meshpress, version, records } = json as Record<string, unknown>;
  if (meshpress !== 'journal' || version !== 1 || !Array.isArray(records))
    throw badJournal('The file', 'it does not call itself a journal of version 1');
  return records.map((record: unknown, i) =>
    parseRow(`Record ${i + 1}`, (column) => (record as Record<string, unknown> | null)?.[column]),
  );
}

function rowOf({ identity, ...record }: JournalRecord): Row {
  const { at, kind, chipId, probe, imageSha256, result, run, number } = record;
  return {
    at,
    kind,
    clone: identity?.clone ?? '',
    unicastAddress: identity ? hex(identity.unicast, 4) : '',
    lastUnicastAddress: identity ? hex(identity.unicast + identity.elementCount - 1, 4) : '',
    chipId,
    probe,
    imageSha256,
    result,
    network: identity?.network ?? '',
    run,
    number: String(number),
  };
}

function parseRow(place: string, cellOf: (column: keyof Row) => unknown): JournalRecord {
  const cell = (column: keyof Row, form: RegExp): string => {
    const value = cellOf(column);
    if (typeof value === 'string' && form.test(value)) return value;
    throw badJournal(place, `${column} is not what a journal writes`);
  };
  const kind = cell('kind', new RegExp(`^(${RECORD_KINDS.join('|')})$`)) as RecordKind;
  return {
    run: cell('run', /./),
    number: Number(cell('number', /^[1-9]\d{0,14}$/)),
    at: cell('at', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    kind,
    identity: kind === 'unlocking' ? null : parseIdentity(place, cell),
    chipId: cell('chipId', MAY_LACK_CHIP.has(kind) ? /^([0-9a-f]{16})?$/ : /^[0-9a-f]{16}$/),
    probe: cell('probe', /^/),
    imageSha256: cell('imageSha256', /^([0-9a-f]{64})?$/),
    result: cell('result', /^([a-z0-9-]+\/[a-z0-9-]+)?$/),
  };
}

function parseIdentity(place: string, cell: (column: keyof Row, form: RegExp) => string): IdentityRef {
  const unicast = Number(cell('unicastAddress', /^0x[0-7][0-9A-F]{3}$/));
  const last = Number(cell('lastUnicastAddress', /^0x[0-7][0-9A-F]{3}$/));
  if (unicast === 0 || last < unicast) throw badJournal(place, 'its unicast addresses are no range');
  return {
    network: cell('network', /^[0-9a-f]{32}$/),
    clone: cell('clone', /^/),
    unicast,
    elementCount: last - unicast + 1,
  };
}
