/**
 * A browser that is killed while boards are written, a tab that stands still for an hour, a clock that is set: at any transfer of a
 * job. The usual run strikes at some; `npm run faults:bench` at each.
 */
import { describe, expect, test } from 'vitest';
import {
  formatJournalCsv,
  formatJournalJson,
  MemoryStore,
  parseJournal,
  type JournalRecord,
  type JournalStore,
} from '../../src/bench/index.ts';
import { reportedAttempts } from '../../src/app/paper/report.ts';
import type { ProbeName } from '../../src/virtual/index.ts';
import { dice } from './mischief.ts';
import {
  holds,
  imageOf,
  jobsFrom,
  NETWORK,
  NEW,
  OLD,
  PROBES,
  Workshop,
  type TableBoard,
} from './workshop.ts';

const isLong = process.env['FAULTS'] === 'long';
const SEED = Number(process.env['FAULTS_SEED'] ?? 1);
const YEAR_MS = 365 * 86_400_000;
const SETUP = { permissions: { lockedChips: true } };

/** A store that is deaf to tabs that are gone. */
class Disk extends MemoryStore {
  #tab = 0;

  /** The journal as a new tab sees it; every other tab is gone. */
  opened(): JournalStore {
    const tab = ++this.#tab;
    return {
      load: () => this.load(),
      append: async (records: readonly JournalRecord[]) => {
        if (tab !== this.#tab) throw new Error('The tab is gone');
        await this.append(records);
      },
    };
  }
}

/** Have something happen at a transfer, before it is under way. */
function at(transfer: number, { board: { device } }: TableBoard, happens: () => void): void {
  let count = device.transfers;
  Object.defineProperty(device, 'transfers', {
    get: () => count,
    set: (now: number) => {
      count = now;
      if (now === transfer) happens();
    },
  });
}

async function transfersOf(probe: ProbeName, silicon: typeof OLD): Promise<number> {
  const whole = await Workshop.open({ jobs: jobsFrom(0x53, 2) }, SETUP);
  const board = whole.addBoard({ probe, silicon });
  await whole.serve(board);
  return board.board.device.transfers;
}

/** Every transfer, or some that reach from the first to the last. */
function moments(transfers: number): readonly number[] {
  const step = isLong ? 1 : Math.ceil(transfers / 5);
  return Array.from({ length: Math.ceil(transfers / step) }, (_, i) => 1 + i * step);
}

/** Yes to each question, and again what failed, until the board is done. */
async function finish(workshop: Workshop, board: TableBoard, why: string): Promise<void> {
  let slot = await workshop.serve(board);
  for (let tries = 0; slot.state !== 'verified' && slot.state !== 'known'; tries++) {
    expect(tries, `${slot.state} ${slot.error?.message} ${why}`).toBeLessThan(6);
    if (slot.state === 'asks') workshop.bench.allow(slot.letter);
    else workshop.bench.retry(slot.letter);
    await workshop.bench.idle();
    slot = workshop.slotOf(board);
  }
  expect(holds(board.board, imageOf(0x53)), why).toBe(true);
  await workshop.expectAgreement(why);
}

const CHIPS = [
  ['an open chip', OLD],
  ['a chip that locks itself', NEW],
] as const;
const CASES = (isLong ? PROBES : (['mcu-link', 'jlink-sam3u'] as const)).flatMap((probe) =>
  CHIPS.map(([title, silicon]) => ({ probe, title, silicon })),
);

describe.each(CASES)('$title behind a $probe', { timeout: 400_000 }, ({ probe, silicon }) => {
  test('whose browser is killed, and that keeps its power, is known half written and finished', async () => {
    const all = moments(await transfersOf(probe, silicon));
    for (const moment of all) {
      const store = new Disk();
      const workshop = new Workshop({ jobs: jobsFrom(0x53, 2), store });
      await workshop.openBench({ ...SETUP, store: store.opened() });
      const board = workshop.addBoard({ probe, silicon });
      const why = `(killed at transfer ${moment})`;
      let next: JournalStore | undefined;
      at(moment, board, () => {
        next = store.opened();
        board.board.device.unplug(); // the system takes the device from a process that is gone; the board stays as it is
      });
      workshop.plug(board);
      await workshop.bench.idle();
      board.board.plugIn();
      await workshop.openBench({ ...SETUP, store: next! });
      await workshop.expectAgreement(why);
      await finish(workshop, board, why);
      const others = (await store.load()).filter(({ identity }) => identity && identity.unicast !== 0x53);
      expect(others, why).toEqual([]);
    }
    if (isLong) console.info(`killed at ${all.length} transfers: lost 0, doubled 0`);
  });

  test('whose tab stands still for an hour goes on, or fails for a reason and is written again', async () => {
    const all = moments(await transfersOf(probe, silicon));
    const codes = new Map<string, number>();
    for (const moment of all) {
      const workshop = await Workshop.open({ jobs: jobsFrom(0x53, 2) }, SETUP);
      const board = workshop.addBoard({ probe, silicon });
      const why = `(frozen at transfer ${moment})`;
      // under way, and with its patience begun
      at(moment, board, () => queueMicrotask(() => workshop.clock.advance(3_600_000)));
      const { error } = await workshop.serve(board);
      if (error) codes.set(error.code, (codes.get(error.code) ?? 0) + 1);
      await workshop.expectAgreement(why);
      await finish(workshop, board, why);
    }
    if (isLong)
      console.info(
        `frozen at ${all.length} transfers: lost 0, doubled 0; failed ${JSON.stringify([...codes])}`,
      );
  });
});

test('a clock that is set back and forth is written down as it is, and changes nothing else', async () => {
  const roll = dice(SEED * 7919);
  const rounds = isLong ? 200 : 3;
  for (let round = 0; round < rounds; round++) {
    const store = new Disk();
    const now = () => new Date(Date.UTC(2026, 10, 24) + Math.round((roll() - 0.5) * 2 * YEAR_MS));
    const workshop = new Workshop({ jobs: jobsFrom(0x53, 2), store });
    await workshop.openBench({ ...SETUP, store: store.opened(), now });
    const boards = [OLD, NEW].map((silicon) => workshop.addBoard({ probe: 'mcu-link', silicon }));
    for (const board of boards) workshop.plug(board);
    await workshop.bench.idle();
    expect(workshop.states()).toEqual(['verified', 'verified']);

    await workshop.openBench({ ...SETUP, store: store.opened(), now });
    expect(workshop.states()).toEqual(['verified', 'verified']);
    await workshop.expectAgreement(`round ${round}`);
    const records = await store.load();
    expect(parseJournal(formatJournalJson(records))).toEqual(records);
    expect(parseJournal(formatJournalCsv(records))).toEqual(records);
    const attempts = [...reportedAttempts(records, NETWORK, [], now().getTime()).values()].flat();
    expect(attempts).toHaveLength(2);
    for (const { seconds, outcome } of attempts) {
      expect(outcome).toBe('verified');
      expect(seconds).toBeGreaterThanOrEqual(0);
    }
  }
  if (isLong)
    console.info(`seed ${SEED}: ${rounds} runs whose clock was set at each record: lost 0, doubled 0`);
});
