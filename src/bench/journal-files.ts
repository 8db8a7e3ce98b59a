/** The journal as a file, for spreadsheets (CSV) and programs (JSON), and back again. It holds no keys, so its files hold none. */
import { hex } from '../bytes.ts';
import { formatCsv, parseCsv } from '../csv.ts';
import { LIMITS } from '../limits.ts';
import { lastUnicast } from '../mesh/index.ts';
import { badJournal, journalTooLarge } from './errors.ts';
import { keyOf } from './account.ts';
import { PROOF_STEPS, type ProofStep } from './proof-steps.ts';
import { isProof, RECORD_KINDS, type IdentityRef, type JournalRecord, type RecordKind } from './records.ts';

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
  'step',
  'milliseconds',
  'uuid',
] as const;
type Column = (typeof COLUMNS)[number];
/** Journals of 0.1.0 have none of them. */
const LATER: ReadonlySet<Column> = new Set(['step', 'milliseconds', 'uuid']);
/** A record as text, column by column; the four of an identity are empty where there is none. */
type JournalRow = Record<Column, string>;

const MAY_LACK_CHIP: ReadonlySet<RecordKind> = new Set(['unlocking', 'discarded']);

/** Oldest first, CRLF at the end of each row. Source: RFC 4180. */
export const formatJournalCsv = (records: readonly JournalRecord[]): string =>
  formatCsv([COLUMNS, ...records.map((record) => Object.values(rowOf(record)))]);

/** `{ "meshpress": "journal", "version": 1, "records": [ … ] }`, with the columns of the CSV as members. */
export const formatJournalJson = (records: readonly JournalRecord[]): string =>
  `${JSON.stringify({ meshpress: 'journal', version: 1, records: records.map(memberOf) }, null, 2)}\n`;

/** Columns that were added later stand only where they say something. */
const memberOf = (record: JournalRecord): Partial<JournalRow> =>
  Object.fromEntries(
    Object.entries(rowOf(record)).filter(([column, text]) => text !== '' || !LATER.has(column as Column)),
  );

/**
 * Refuse a file by its size, before it is read.
 *
 * @throws `station/journal-too-large`
 */
export function assertJournalSize(bytes: number): void {
  const { bytes: limit } = LIMITS.journal;
  if (bytes > limit) throw journalTooLarge('bytes', bytes, limit);
}

/**
 * Read either of the two; columns may come in any order, and others are passed over.
 *
 * @throws `station/bad-journal` with the place, `station/journal-too-large`
 */
export function parseJournal(text: string): JournalRecord[] {
  assertJournalSize(text.length);
  const body = text.replace(/^\ufeff/, '');
  return /^\s*\{/.test(body) ? recordsOfJson(body) : recordsOfCsv(body);
}

function recordsOfCsv(text: string): JournalRecord[] {
  const all = parseCsv(text, (row, cell, problem) => badJournal(`Row ${row}, ${cell}`, problem));
  const header = all.next().value;
  const rows = [...all];
  assertCount(rows.length);
  const places = COLUMNS.map((column) => header?.cells.indexOf(column) ?? -1);
  const missing = places.findIndex((place, i) => place === -1 && !LATER.has(COLUMNS[i]!));
  if (missing !== -1) throw badJournal('Row 1', `the column ${COLUMNS[missing]} is missing`);
  const placeOf = new Map(COLUMNS.map((column, i) => [column, places[i]!]));
  return checked(
    rows.map(({ row, cells }) => ({
      place: `Row ${row}`,
      cellOf: (column) => cells[placeOf.get(column)!],
    })),
  );
}

function recordsOfJson(text: string): JournalRecord[] {
  // each record opens one brace; what opens many more is no journal, and costly to find that out of
  const opened = countOf(text, ['{', '[']);
  const { records: most } = LIMITS.journal;
  if (opened > 2 * most) throw journalTooLarge('records', opened, most);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw badJournal('The file', 'its JSON is broken');
  }
  const { meshpress, version, records } = json as Record<string, unknown>;
  if (meshpress !== 'journal' || version !== 1 || !Array.isArray(records))
    throw badJournal('The file', 'it does not call itself a journal of version 1');
  assertCount(records.length);
  return checked(
    records.map((record: unknown, i) => ({
      place: `Record ${i + 1}`,
      cellOf: (column) => (record as Record<string, unknown> | null)?.[column],
    })),
  );
}

function assertCount(records: number): void {
  const { records: limit } = LIMITS.journal;
  if (records > limit) throw journalTooLarge('records', records, limit);
}

function countOf(text: string, characters: readonly string[]): number {
  let count = 0;
  for (const character of characters)
    for (let at = text.indexOf(character); at !== -1; at = text.indexOf(character, at + 1)) count++;
  return count;
}

interface UncheckedRow {
  /** `Row 2`, as in the file */
  readonly place: string;
  readonly cellOf: (column: keyof JournalRow) => unknown;
}

function checked(rows: readonly UncheckedRow[]): JournalRecord[] {
  const onChips = new Map<string, Set<string>>();
  return rows.map(({ place, cellOf }) => {
    const record = parseRow(place, cellOf);
    assertFewChips(place, record, onChips);
    return record;
  });
}

/** @param onChips  where each identity is as far as the file was read, by `keyOf`; kept up to date */
function assertFewChips(
  place: string,
  { kind, identity, chipId }: JournalRecord,
  onChips: Map<string, Set<string>>,
): void {
  if (!identity || kind === 'reserved') return;
  const key = keyOf(identity);
  const chips = onChips.get(key) ?? new Set();
  onChips.set(key, chips);
  if (kind === 'discarded') chips.clear();
  else if (kind === 'released') chips.delete(chipId);
  else chips.add(chipId);
  const { chips: most } = LIMITS.journal;
  if (chips.size > most) throw badJournal(place, `it puts one identity onto more than ${most} chips`);
}

function rowOf({ identity, ...record }: JournalRecord): JournalRow {
  const { at, kind, chipId, probe, imageSha256, result, run, number, proof, uuid = '' } = record;
  return {
    at,
    kind,
    clone: identity?.clone ?? '',
    unicastAddress: identity ? hex(identity.unicast, 4) : '',
    lastUnicastAddress: identity ? hex(lastUnicast(identity), 4) : '',
    chipId,
    probe,
    imageSha256,
    result,
    network: identity?.network ?? '',
    run,
    number: String(number),
    step: proof?.step ?? '',
    milliseconds: proof ? String(proof.ms) : '',
    uuid,
  };
}

function parseRow(place: string, cellOf: (column: keyof JournalRow) => unknown): JournalRecord {
  const cell = (column: keyof JournalRow, form: RegExp): string => {
    const value = cellOf(column) ?? (LATER.has(column) ? '' : undefined);
    if (typeof value === 'string' && value.length <= LIMITS.journal.text && form.test(value)) return value;
    throw badJournal(place, `${column} is not what a journal writes`);
  };
  const kind = cell('kind', new RegExp(`^(${RECORD_KINDS.join('|')})$`)) as RecordKind;
  const uuid = cell('uuid', /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$/);
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
    ...(isProof({ kind }) && {
      proof: {
        step: cell('step', new RegExp(`^(${PROOF_STEPS.join('|')})$`)) as ProofStep,
        ms: Number(cell('milliseconds', /^\d{1,9}$/)),
      },
    }),
    ...(uuid !== '' && { uuid }),
  };
}

function parseIdentity(place: string, cell: (column: keyof JournalRow, form: RegExp) => string): IdentityRef {
  const unicast = Number(cell('unicastAddress', /^0x[0-7][0-9A-F]{3}$/));
  const last = Number(cell('lastUnicastAddress', /^0x[0-7][0-9A-F]{3}$/));
  if (unicast === 0 || last < unicast) throw badJournal(place, 'its unicast addresses are no range');
  const elementCount = last - unicast + 1;
  const { elements } = LIMITS.journal;
  if (elementCount > elements)
    throw badJournal(
      place,
      `its range has ${elementCount} addresses, and a node has ${elements} elements at most`,
    );
  return {
    network: cell('network', /^[0-9a-f]{32}$/),
    clone: cell('clone', /^/),
    unicast,
    elementCount,
  };
}
