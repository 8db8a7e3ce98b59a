import { describe, expect, test } from 'vitest';
import { hex } from '../../src/bytes.ts';
import { LIMITS } from '../../src/limits.ts';
import {
  assertJournalSize,
  formatJournalCsv,
  formatJournalJson,
  parseJournal,
  type JournalRecord,
} from '../../src/bench/index.ts';

const record = (number: number, changes: Partial<JournalRecord> = {}): JournalRecord => ({
  run: 'run-1',
  number,
  at: '2026-11-24T00:00:00.000Z',
  kind: 'verified',
  identity: { network: 'f3'.repeat(16), clone: 'light', unicast: 0x53, elementCount: 2 },
  chipId: number.toString(16).padStart(16, '0'),
  probe: '',
  imageSha256: '',
  result: '',
  ...changes,
});
const range = (unicast: number, elementCount: number) => ({
  identity: { network: 'f3'.repeat(16), clone: 'light', unicast, elementCount },
});
const refusal = (code: string, facts: Record<string, unknown>) =>
  expect.objectContaining({ code, facts: expect.objectContaining(facts) });

describe('a journal from elsewhere', () => {
  test.each([
    ['CSV', formatJournalCsv, 'Row 2'],
    ['JSON', formatJournalJson, 'Record 1'],
  ])('with 60 records over the whole address range is refused at its first (%s)', (_, format, place) => {
    const records = Array.from({ length: 60 }, (_, i) => record(i + 1, range(i + 1, 0x7fff - i)));
    expect(() => parseJournal(format(records))).toThrow(
      refusal('station/bad-journal', {
        place,
        problem: 'its range has 32767 addresses, and a node has 255 elements at most',
      }),
    );
  });

  test('may have a node of 255 elements, and none of 256', () => {
    const most = [record(1, range(0x7fff - 254, 255))];
    expect(parseJournal(formatJournalCsv(most))).toEqual(most);
    expect(() => parseJournal(formatJournalCsv([...most, record(2, range(0x100, 256))]))).toThrow(
      refusal('station/bad-journal', { place: 'Row 3' }),
    );
  });

  test('is refused by its size before it is read', () => {
    const { bytes } = LIMITS.journal;
    assertJournalSize(bytes);
    expect(() => assertJournalSize(bytes + 1)).toThrow(
      refusal('station/journal-too-large', { what: 'bytes', found: bytes + 1, limit: bytes }),
    );
    expect(() => parseJournal(' '.repeat(bytes + 1))).toThrow(
      refusal('station/journal-too-large', { what: 'bytes' }),
    );
  });

  test('is refused by its number of records', () => {
    const { records: limit } = LIMITS.journal;
    const [header, row] = formatJournalCsv([record(1)]).split('\r\n');
    const csv = [header, ...Array<string>(limit + 1).fill(row!)].join('\r\n');
    expect(() => parseJournal(csv)).toThrow(
      refusal('station/journal-too-large', { what: 'records', found: limit + 1, limit }),
    );
  });

  test('is refused before its JSON is built where that opens more than records could', () => {
    const braces = `{"records":[${'{},'.repeat(2 * LIMITS.journal.records)}`; // and never closed
    expect(() => parseJournal(braces)).toThrow(refusal('station/journal-too-large', { what: 'records' }));
  });

  test('holds no text without end', () => {
    const { text } = LIMITS.journal;
    const probe = 'p'.repeat(text);
    expect(parseJournal(formatJournalCsv([record(1, { probe })]))[0]!.probe).toBe(probe);
    expect(() => parseJournal(formatJournalCsv([record(1, { probe: `${probe}p` })]))).toThrow(
      refusal('station/bad-journal', { place: 'Row 2' }),
    );
  });

  test('has an identity on a few chips at once, and on any number one after another', () => {
    const { chips } = LIMITS.journal;
    const once = Array.from({ length: chips + 1 }, (_, i) => record(i + 1));
    expect(() => parseJournal(formatJournalCsv(once))).toThrow(
      refusal('station/bad-journal', { place: `Row ${chips + 2}` }),
    );
    const inTurn = once.flatMap(({ chipId, number }) => [
      record(2 * number, { chipId }),
      record(2 * number + 1, { chipId, kind: 'released' }),
    ]);
    expect(parseJournal(formatJournalCsv(inTurn))).toEqual(inTurn);
  });

  test('of a full network of single elements is within the limits', () => {
    const last = 0x7fff;
    expect(6 * last).toBeLessThanOrEqual(LIMITS.journal.records);
    const longest = formatJournalJson([
      record(1, {
        clone: '',
        ...range(last, 1),
        imageSha256: 'ab'.repeat(32),
        probe: 'p'.repeat(32),
      } as Partial<JournalRecord>),
    ]);
    expect(6 * last * longest.length).toBeLessThanOrEqual(LIMITS.journal.bytes);
    expect(longest).toContain(hex(last, 4));
  });
});
