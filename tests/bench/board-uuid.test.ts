import { describe, expect, test } from 'vitest';
import {
  Bench,
  formatJournalCsv,
  formatJournalJson,
  MemoryStore,
  parseJournal,
} from '../../src/bench/index.ts';
import type { FactoryIds } from '../../src/image/index.ts';
import { VirtualBoard, VirtualClock } from '../../src/virtual/index.ts';
import { reader } from '../support/chip-reader.ts';
import { jobAt, NETWORK } from './workshop.ts';

const UUID = '78563412-dcfe-48ba-9122-334455c6ffff';

/** A bench with one clone, and what it asked of its reader. */
async function pressed(answer: string | null) {
  const clock = new VirtualClock();
  const asked: { readonly ids: FactoryIds; readonly unicast: number }[] = [];
  const bench = await Bench.open({
    clock,
    store: new MemoryStore(),
    run: 'run',
    now: () => new Date(0),
    network: NETWORK,
    platform: 'linux',
    reader: {
      ...reader,
      deviceUuid: async (board) => {
        asked.push(board);
        return answer;
      },
    },
    jobs: [jobAt(0x53)],
  });
  const board = new VirtualBoard({ clock });
  bench.plugIn(board.device);
  await bench.idle();
  return { bench, asked };
}

describe('a board that is verified', () => {
  test('tells what it calls itself: in the journal, in the queue, and over a reload', async () => {
    const { bench, asked } = await pressed(UUID);
    expect(bench.view.jobs).toMatchObject([{ state: 'verified', uuid: UUID }]);
    expect(asked).toMatchObject([{ ids: { deviceId: [0x55667788, 0x11223344] }, unicast: 0x53 }]);
    const { records } = bench.view;
    expect(records.map(({ kind, uuid }) => [kind, uuid])).toEqual([
      ['reserved', undefined],
      ['writing', undefined],
      ['verified', UUID],
    ]);
    expect(parseJournal(formatJournalCsv(records))).toEqual(records);
    expect(parseJournal(formatJournalJson(records))).toEqual(records);
  });

  test('keeps the placeholder where nobody knows', async () => {
    const { bench } = await pressed(null);
    expect(bench.view.jobs).toMatchObject([{ state: 'verified', uuid: '' }]);
    expect(bench.view.records.at(-1)).not.toHaveProperty('uuid');
  });
});

test('a journal of 0.1.0, which has no column for it, is read as it was', async () => {
  const { bench } = await pressed(UUID);
  const old = formatJournalCsv(bench.view.records)
    .split('\r\n')
    .map((row) => row.slice(0, row.lastIndexOf(',')))
    .join('\r\n');
  expect(parseJournal(`${old}\r\n`).map(({ kind, uuid }) => [kind, uuid])).toEqual([
    ['reserved', undefined],
    ['writing', undefined],
    ['verified', undefined],
  ]);
});
