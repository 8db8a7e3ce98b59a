import { expect, test } from 'vitest';
import { DeskJournal } from '../../../src/app/demo/desk-journal.ts';
import { RECORD_KINDS, type JournalRecord, type RecordKind } from '../../../src/bench/index.ts';

const record = (kind: RecordKind, chipId: string): JournalRecord => ({
  kind,
  chipId,
  identity: null,
  probe: '',
  imageSha256: '',
  result: '',
  run: 'a',
  number: 1,
  at: '2026-11-27T12:00:00.000Z',
});

/** A store and a desk that take their time, and what they began (`…`) and ended, in order. */
function recorded() {
  const told: string[] = [];
  const later = async (what: string) => {
    told.push(`${what} …`);
    await new Promise((resolve) => setTimeout(resolve));
    told.push(what);
  };
  const store = {
    load: async () => [],
    append: (records: readonly JournalRecord[]) => later(records.map(({ kind }) => kind).join()),
  };
  return { told, store, desk: { keepChip: later } };
}

test('the journal says of a virtual board that it is verified once that board is kept', async () => {
  const { told, store, desk } = recorded();
  const journal = new DeskJournal(store, () => desk);
  await journal.append([record('verified', 'aa'), record('locked', 'bb')]);
  expect(told).toEqual(['aa …', 'aa', 'bb …', 'bb', 'verified,locked …', 'verified,locked']);
});

test('what says nothing of what is in its flash waits for no board', async () => {
  const { told, store, desk } = recorded();
  const journal = new DeskJournal(store, () => desk);
  const others = RECORD_KINDS.filter((kind) => kind !== 'verified' && kind !== 'locked');
  await journal.append(others.map((kind) => record(kind, 'aa')));
  expect(told).toEqual([`${others.join()} …`, others.join()]);
});

test('before the desk stands, records are appended as they come', async () => {
  const { told, store } = recorded();
  await new DeskJournal(store, () => null).append([record('verified', 'aa')]);
  expect(told).toEqual(['verified …', 'verified']);
});
