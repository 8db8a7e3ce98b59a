/** Cables, tabs and the power go at any moment. Afterwards journal and boards agree, and nothing is lost or given twice. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isFilledWith } from '../../src/bytes.ts';
import { MemoryStore, type JournalRecord, type JournalStore } from '../../src/bench/index.ts';
import { holds, imageOf, jobsFrom, NEW, OLD, PROBES, Workshop, type TableBoard } from './workshop.ts';

/** As it is when the tab dies: nothing is stored from some append on, which may itself have been stored or not. */
class MortalStore extends MemoryStore {
  appends = 0;
  diesAt = Infinity;
  keepsLast = false;

  get dead(): boolean {
    return this.appends >= this.diesAt;
  }

  override async append(records: readonly JournalRecord[]): Promise<void> {
    if (this.dead) throw new Error('The tab is gone');
    this.appends++;
    if (!this.dead || this.keepsLast) await super.append(records);
    if (this.dead) throw new Error('The tab is gone');
  }

  revive(): void {
    this.diesAt = Infinity;
  }
}

/** Plug in everything in turn until every job is done, saying yes to each question. */
async function finish(workshop: Workshop, boards: readonly TableBoard[]): Promise<void> {
  for (const board of boards) {
    workshop.plug(board);
    await workshop.bench.idle();
    for (const { letter, state } of workshop.bench.view.slots) {
      if (state !== 'asks') continue;
      workshop.bench.allow(letter);
      await workshop.bench.idle();
    }
    workshop.unplug(board);
  }
  expect(workshop.states()).toEqual(workshop.jobs.map(() => 'verified'));
}

describe.each(PROBES)('when the cable of a %s comes out at any transfer of a job', (probe) => {
  test.each([
    ['an open chip', OLD, {}],
    ['a chip that locks itself', NEW, { permissions: { lockedChips: true } }],
  ])(
    '%s gets its identity back and no other board gets it',
    { timeout: 180_000 },
    async (_, silicon, setup) => {
      const whole = await Workshop.open({ jobs: jobsFrom(0x53, 2) }, setup);
      const measured = whole.addBoard({ probe, silicon });
      await whole.serve(measured);
      const { transfers } = measured.board.device;
      expect(transfers).toBeGreaterThan(100);

      // Every transfer on one kind of probe, some on the others: what differs between them is below the bench.
      const some = probe === 'mcu-link' ? 60 : 12;
      const step = probe === 'mcu-link' && silicon === OLD ? 1 : Math.ceil(transfers / some);
      let before = '';
      for (let n = 1; n <= transfers; n += step) {
        const workshop = await Workshop.open({ jobs: jobsFrom(0x53, 2) }, setup);
        const [first, second] = [0, 1].map(() => workshop.addBoard({ probe, silicon })) as [
          TableBoard,
          TableBoard,
        ];
        const why = `(unplugged at transfer ${n})`;
        first.board.device.faults.unplugAt = n;
        workshop.plug(first);
        await workshop.bench.idle();
        const ledger = await workshop.expectAgreement(why);
        if (!isFilledWith(first.board.chip.flash, 0xff))
          expect(ledger.onChip(first.chipId), `what was written is accounted for ${why}`).toMatchObject([
            { unicast: 0x53 },
          ]);

        // What becomes of the boards depends on what was written, on the chip and into the journal: it is seen to wherever that
        // is another story than at the transfer before, and at every fourth.
        const story = [
          ...(await workshop.account()),
          `${first.board.chip.events.map(({ kind }) => kind)}`,
        ].join();
        if (step === 1 && story === before && n % 4 !== 0) continue;
        before = story;

        // Another board is plugged in where the first one was.
        workshop.unplug(first);
        await workshop.serve(second);
        await workshop.expectAgreement(why);
        workshop.unplug(second);
        await finish(workshop, [first, second]);
        await workshop.expectAgreement(why);
      }
    },
  );
});

describe('when the tab dies at any append to the journal', () => {
  test.each([false, true])(
    'the next one goes on from what is stored (the last record stored: %s)',
    { timeout: 120_000 },
    async (keepsLast) => {
      const setup = { permissions: { lockedChips: true } };
      const run = async (diesAt: number) => {
        const store = new MortalStore();
        store.diesAt = diesAt;
        store.keepsLast = keepsLast;
        const workshop = await Workshop.open({ jobs: jobsFrom(0x53, 3), store }, setup);
        const boards = [OLD, NEW, OLD].map((silicon) => workshop.addBoard({ silicon }));
        for (const board of boards) workshop.plug(board);
        await workshop.bench.idle();
        return { workshop, boards, store };
      };
      const whole = await run(Infinity);
      expect(whole.store.appends).toBe(10);

      for (let n = 1; n <= whole.store.appends; n++) {
        const { workshop, boards, store } = await run(n);
        const why = `(died at append ${n})`;
        expect(store.dead).toBe(true);
        for (const { error } of workshop.bench.view.slots.filter(({ state }) => state === 'failed'))
          expect(error!.code, why).toBe('station/journal-not-written');
        await workshop.expectAgreement(why);

        store.revive();
        for (const board of boards) workshop.unplug(board); // a reload lets go of them; a power cut does the same
        await workshop.openBench(setup);
        await workshop.expectAgreement(why);
        await finish(workshop, [...boards].reverse());
        await workshop.expectAgreement(why);
      }
    },
  );

  test('no board is changed by a bench that cannot write its journal', async () => {
    const store: JournalStore = {
      load: async () => [],
      append: () => Promise.reject(new Error('The disk is full')),
    };
    const workshop = await Workshop.open(
      { store },
      { permissions: { lockedChips: true, provisionedNodes: true } },
    );
    for (const silicon of [OLD, NEW]) {
      const board = workshop.addBoard({ silicon });
      expect(await workshop.serve(board)).toMatchObject({
        state: 'failed',
        error: { code: 'station/journal-not-written' },
      });
      expect(board.board.chip.erasures).toEqual([]);
    }
    expect(workshop.states()).toEqual(['free', 'free', 'free']);
  });
});

describe('when two boards are swapped in the middle', () => {
  test('each ends with the identity that it began with', async () => {
    const workshop = await Workshop.open({ jobs: jobsFrom(0x53, 3) });
    const [first, second] = [workshop.addBoard(), workshop.addBoard()];
    for (const board of [first, second]) workshop.loseWhileWriting(board);
    workshop.plug(first);
    workshop.plug(second);
    await workshop.bench.idle();
    expect(workshop.states()).toEqual(['maybe', 'maybe', 'free']);
    const identityOf = (board: TableBoard) => workshop.bench.journal.ledger.onChip(board.chipId)[0]!.unicast;
    const began = [identityOf(first), identityOf(second)];
    expect([...began].sort()).toEqual([0x53, 0x55]);
    workshop.unplug(first);
    workshop.unplug(second);
    await workshop.serve(second);
    await workshop.serve(first);
    expect([first, second].map(({ board }, i) => holds(board, imageOf(began[i]!)))).toEqual([true, true]);
    expect(workshop.states()).toEqual(['verified', 'verified', 'free']);
    await workshop.expectAgreement();
  });

  test('a board that comes back before its loss was noticed is served after it', async () => {
    const workshop = await Workshop.open();
    const board = workshop.addBoard();
    let pulled = false;
    workshop.bench.onEvent(({ kind }) => {
      if (kind !== 'writing' || pulled) return;
      pulled = true;
      workshop.unplug(board);
      workshop.plug(board);
    });
    await workshop.serve(board);
    expect(workshop.slot('A')).toMatchObject({ state: 'verified', job: { name: 'light_0053' } });
    expect(workshop.bench.view.slots.length).toBe(1);
    expect(await workshop.account()).toEqual([
      'reserved 53 c1',
      'writing 53 c1',
      'failed 53 c1 probe/disconnected',
      'writing 53 c1',
      'verified 53 c1',
    ]);
    await workshop.expectAgreement();
  });
});

describe('whatever happens on a bench', () => {
  const board = fc.nat({ max: 4 });
  const slot = fc.constantFrom('A', 'B', 'C');
  const happening = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('plug' as const),
        board,
        unplugAt: fc.option(fc.integer({ min: 30, max: 250 })),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('unplug' as const), board }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('allow', 'allow', 'skip', 'retry'), slot }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('idle' as const) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), turns: fc.nat({ max: 5000 }) }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constantFrom('pause', 'resume', 'resume', 'stop', 'reload') }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('die' as const),
        appends: fc.nat({ max: 4 }),
        keepsLast: fc.boolean(),
      }),
    },
  );
  const happenings = fc.array(happening, { minLength: 12, maxLength: 40, size: 'max' });

  const property = fc.asyncProperty(happenings, async (sequence) => {
    const store = new MortalStore();
    const workshop = await Workshop.open({ jobs: jobsFrom(0x53, 5), store });
    const boards = [OLD, NEW, OLD, NEW, OLD].map((silicon) =>
      workshop.addBoard({ silicon, probe: 'mcu-link' }),
    );
    const reload = async () => {
      store.diesAt = store.appends; // whatever the old bench still does is not heard of
      await workshop.bench.idle();
      store.revive();
      await workshop.openBench();
    };
    for (const one of sequence) {
      const { bench } = workshop;
      switch (one.kind) {
        case 'plug': {
          const { device } = boards[one.board]!.board;
          if (one.unplugAt !== null) device.faults.unplugAt = one.unplugAt;
          bench.plugIn(device);
          break;
        }
        case 'unplug':
          workshop.unplug(boards[one.board]!);
          break;
        case 'allow':
        case 'skip':
        case 'retry':
          bench[one.kind](one.slot);
          break;
        case 'wait':
          for (let turn = 0; turn < one.turns; turn++) await Promise.resolve();
          break;
        case 'die':
          store.diesAt = store.appends + one.appends;
          store.keepsLast = one.keepsLast;
          break;
        case 'reload':
          await reload();
          break;
        case 'idle':
          await bench.idle();
          break;
        default:
          bench[one.kind]();
      }
      await workshop.expectAgreement();
    }
    await reload();
    for (const each of boards) workshop.unplug(each);
    await workshop.expectAgreement();
    await finish(workshop, boards);
    await workshop.expectAgreement();
  });

  test('an identity is on one board, a board has one, and in the end all are done', async () => {
    await fc.assert(property, { numRuns: 40 });
  });
});
