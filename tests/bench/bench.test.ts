import { reader } from '../support/chip-reader.ts';
import { describe, expect, test } from 'vitest';
import { isFilledWith } from '../../src/bytes.ts';
import { findChip, MemoryImage, UICR_START } from '../../src/image/index.ts';
import { Bench, MemoryStore, type JobEvent, type JournalRecord } from '../../src/bench/index.ts';
import { pattern } from '../target/bench.ts';
import {
  holds,
  imageOf,
  jobAt,
  jobsFrom,
  NETWORK,
  NEW,
  OLD,
  PROBES,
  takeBugs,
  Workshop,
} from './workshop.ts';

describe.each(PROBES)('one board after another on a %s', (probe) => {
  test('each gets the next identity, is verified, and the journal says so', async () => {
    const workshop = await Workshop.open();
    for (const [i, job] of workshop.jobs.entries()) {
      expect(workshop.bench.view.next?.name).toBe(job.name);
      const board = workshop.addBoard({ probe });
      const slot = await workshop.serve(board);
      expect(slot).toMatchObject({
        letter: 'A',
        state: 'verified',
        chip: { id: board.chipId, name: 'nRF52832' },
        job: { name: job.name, unicast: job.unicast },
        error: null,
      });
      expect(holds(board.board, imageOf(job.unicast))).toBe(true);
      expect(workshop.bench.view.counts).toMatchObject({
        verified: i + 1,
        left: 2 - i,
        failed: 0,
        working: 0,
      });
      workshop.unplug(board);
      expect(workshop.slot('A')).toMatchObject({ state: 'empty', job: null });
    }
    expect(workshop.bench.view.next).toBeNull();
    expect(await workshop.account()).toEqual([
      ...['reserved 53 c1', 'writing 53 c1', 'verified 53 c1'],
      ...['reserved 55 c2', 'writing 55 c2', 'verified 55 c2'],
      ...['reserved 57 c3', 'writing 57 c3', 'verified 57 c3'],
    ]);
    await workshop.expectAgreement();
  });

  test('several side by side get different identities', async () => {
    const workshop = await Workshop.open({ jobs: jobsFrom(0x100, 4) });
    const boards = Array.from({ length: 4 }, () => workshop.addBoard({ probe }));
    for (const board of boards) workshop.plug(board);
    expect(workshop.bench.view.busy).toBe(true);
    await workshop.bench.idle();
    expect(workshop.bench.view.slots.map(({ letter, state }) => letter + state)).toEqual([
      'Averified',
      'Bverified',
      'Cverified',
      'Dverified',
    ]);
    expect(workshop.states()).toEqual(['verified', 'verified', 'verified', 'verified']);
    expect(workshop.bench.view.busy).toBe(false);
    await workshop.expectAgreement();
  });
});

describe('a bench with a DAPLink, a Debug Probe and J-Links of both generations', () => {
  test('presses twenty clones, five on each', async () => {
    const probes = ['daplink', 'debug-probe', 'jlink-sam3u', 'jlink-nrf5340'] as const;
    const workshop = await Workshop.open({ jobs: jobsFrom(0x100, 20) });
    for (let round = 0; round < 5; round++) {
      const boards = probes.map((probe) => workshop.addBoard({ probe, serial: `of the ${probe}` }));
      for (const board of boards) workshop.plug(board);
      await workshop.bench.idle();
      for (const board of boards) {
        expect(workshop.slotOf(board)).toMatchObject({ state: 'verified' });
        workshop.unplug(board);
      }
    }
    expect(new Set(workshop.states())).toEqual(new Set(['verified']));
    expect(workshop.bench.view.slots).toHaveLength(4);
    await workshop.expectAgreement();
  });

  test('tells of each probe what it tells about itself', async () => {
    const workshop = await Workshop.open({ jobs: jobsFrom(0x100, 1) });
    const board = workshop.addBoard({ probe: 'jlink-sam3u', serial: '000682123456' });
    expect((await workshop.serve(board)).probe).toMatchObject({
      title: 'SEGGER J-Link',
      serial: '000682123456',
      firmware: expect.stringMatching(/^J-Link OB-SAM3U128/),
      interfaceChip: 'ATSAM3U',
      targetMillivolts: 3000,
    });
  });
});

describe('the story of a job', () => {
  test('is told in order, with bytes, to whoever listens', async () => {
    const workshop = await Workshop.open();
    const events: JobEvent[] = [];
    workshop.bench.onEvent((event) => events.push(event));
    const board = workshop.addBoard();
    await workshop.serve(board);
    const kinds = events.map(({ kind }) => kind).filter((kind, i, all) => kind !== all[i - 1]);
    // What need not be compared or erased is not.
    expect(kinds.filter((kind) => kind !== 'comparing' && kind !== 'erasing')).toEqual([
      'attached',
      'writing',
      'verifying',
      'verified',
    ]);
    expect(events.every(({ job, slot }) => job === 'light_0053' && slot === 'A')).toBe(true);
    expect(events[0]).toMatchObject({ chipId: board.chipId });
    expect(events.at(-1)).toMatchObject({ imageSha256: workshop.jobs[0]!.imageSha256 });
    const verifying = events.filter((event) => event.kind === 'verifying');
    expect(verifying.at(-1)).toMatchObject({ doneBytes: 0x3000, totalBytes: 0x3000 });
  });

  test('reaches a viewer as snapshots that never change', async () => {
    const workshop = await Workshop.open();
    const seen: string[] = [];
    const texts: string[] = [];
    const views: unknown[] = [];
    const end = workshop.bench.subscribe((view) => {
      views.push(view);
      texts.push(JSON.stringify(view));
      const [slot] = view.slots;
      if (slot && seen.at(-1) !== slot.state) seen.push(slot.state);
    });
    await workshop.serve(workshop.addBoard());
    expect(seen).toEqual(['attaching', 'working', 'verified']);
    expect(views.map((view) => JSON.stringify(view))).toEqual(texts);
    end();
    const count = views.length;
    await workshop.serve(workshop.addBoard());
    expect(views.length).toBe(count);
  });

  test('holds no byte of a device key, and neither does the journal', async () => {
    const deviceKey = pattern(16, 0x5eed);
    const image = MemoryImage.of([{ address: 0x1000, bytes: deviceKey }]);
    const workshop = await Workshop.open({ jobs: [jobAt(0x53, image)] });
    const told: unknown[] = [];
    workshop.bench.onEvent((event) => told.push(event));
    workshop.bench.subscribe((view) => told.push(view));
    const board = workshop.addBoard();
    board.board.device.faults.unplugAt = 200;
    await workshop.serve(board);
    workshop.unplug(board);
    await workshop.serve(board);
    const text = JSON.stringify(told);
    expect(workshop.states()).toEqual(['verified']);
    for (const form of [deviceKey.toString(), Buffer.from(deviceKey).toString('hex')])
      expect(text.toLowerCase()).not.toContain(form);
  });
});

describe('a board that the journal knows', () => {
  test('is recognised, left alone, and written again only on purpose, as the same', async () => {
    const workshop = await Workshop.open();
    const board = workshop.addBoard();
    await workshop.serve(board);
    workshop.unplug(board);
    const erasures = board.board.chip.erasures.length;

    expect(await workshop.serve(board)).toMatchObject({
      state: 'known',
      job: { name: 'light_0053' },
      needs: { kind: 'reflash-known', facts: { found: 'same' } },
    });
    expect(board.board.chip.erasures.length).toBe(erasures);
    board.board.chip.flash[0x1000] = 0; // a page that the node itself may write
    workshop.bench.allow('A');
    await workshop.bench.idle();
    expect(workshop.slot('A')).toMatchObject({ state: 'verified', job: { name: 'light_0053' } });
    expect(holds(board.board, imageOf(0x53))).toBe(true);
    expect(workshop.states()).toEqual(['verified', 'free', 'free']);
    expect((await workshop.account()).slice(3)).toEqual(['writing 53 c1', 'verified 53 c1']);

    workshop.bench.retry('A'); // the word was good for that time
    await workshop.bench.idle();
    expect(workshop.slot('A')).toMatchObject({ state: 'known', job: { name: 'light_0053' } });
  });

  test('is known after a reload too, wherever it is plugged in', async () => {
    const workshop = await Workshop.open();
    const [first, second] = [workshop.addBoard(), workshop.addBoard()];
    await workshop.serve(first);
    await workshop.openBench();
    expect(await workshop.serve(second)).toMatchObject({ job: { name: 'light_0055' } });
    expect(await workshop.serve(first)).toMatchObject({
      letter: 'B',
      state: 'known',
      job: { name: 'light_0053' },
    });
    await workshop.expectAgreement();
  });

  test('and was erased elsewhere is written again without a question: nothing on it can be lost', async () => {
    const workshop = await Workshop.open();
    const board = workshop.addBoard();
    await workshop.serve(board);
    workshop.unplug(board);
    board.board.chip.eraseEverything();
    expect(await workshop.serve(board)).toMatchObject({ state: 'verified', job: { name: 'light_0053' } });
    expect(await workshop.account()).toContain('failed 53 c1 station/changed-elsewhere');
    await workshop.expectAgreement();
  });

  test('and holds another firmware by now is not counted as done, and a person decides', async () => {
    const workshop = await Workshop.open();
    const board = workshop.addBoard();
    await workshop.serve(board);
    workshop.unplug(board);
    board.board.chip.flash.set(pattern(0x100, 99));
    expect(await workshop.serve(board)).toMatchObject({
      state: 'asks',
      needs: { kind: 'reflash-known', facts: { found: 'changed' } },
    });
    expect(workshop.states()).toEqual(['maybe', 'free', 'free']);
    expect(workshop.bench.confirmed()).toEqual([]);
    workshop.bench.allow('A');
    await workshop.bench.idle();
    expect(workshop.bench.confirmed().map(({ name }) => name)).toEqual(['light_0053']);
    await workshop.expectAgreement();
  });

  test('with an identity outside the queue gives it up for good on a word, and not before', async () => {
    const workshop = await Workshop.open();
    const board = workshop.addBoard();
    await workshop.serve(board);
    await workshop.openBench({ jobs: jobsFrom(0x200, 1) });
    workshop.unplug(board);
    expect(await workshop.serve(board)).toMatchObject({
      state: 'asks',
      job: { name: 'light_0053' },
      needs: { kind: 'replace-identity', facts: { unicast: 0x53, network: NETWORK } },
    });
    expect(holds(board.board, imageOf(0x53))).toBe(true);
    workshop.bench.allow('A');
    await workshop.bench.idle();
    expect(workshop.slot('A')).toMatchObject({ state: 'verified', job: { name: 'light_0200' } });
    expect((await workshop.account()).slice(3)).toEqual([
      'reserved 00 c1',
      'discarded 53 c1 station/replaced',
      'writing 00 c1',
      'verified 00 c1',
    ]);
    const { ledger } = workshop.bench.journal;
    expect(ledger.onChip(board.chipId).map(({ clone }) => clone)).toEqual(['light_0200']);
    expect(ledger.claims(NETWORK)).toContainEqual({ start: 0x53, count: 2 });
  });

  test('that was replaced keeps its old identity, and the new one stays free, when the journal cannot be written', async () => {
    class Moody extends MemoryStore {
      override append(records: readonly JournalRecord[]) {
        const refused = records.some(({ kind }) => kind === 'discarded');
        return refused ? Promise.reject(new Error('full')) : super.append(records);
      }
    }
    const workshop = await Workshop.open({ store: new Moody() });
    const board = workshop.addBoard();
    await workshop.serve(board);
    workshop.unplug(board);
    await workshop.openBench({ jobs: jobsFrom(0x200, 1) });
    await workshop.serve(board);
    workshop.bench.allow('A');
    await workshop.bench.idle();
    expect(workshop.slot('A')).toMatchObject({
      state: 'failed',
      error: { code: 'station/journal-not-written' },
    });
    expect(workshop.states()).toEqual(['free']);
    expect(workshop.bench.journal.ledger.onChip(board.chipId)).toMatchObject([
      { unicast: 0x53, state: 'verified' },
    ]);
    expect(holds(board.board, imageOf(0x53))).toBe(true);
  });

  test('and is not in the queue is done when nothing is left for it, unless it never was', async () => {
    const workshop = await Workshop.open();
    const [done, half] = [workshop.addBoard(), workshop.addBoard()];
    workshop.loseWhileWriting(half);
    for (const board of [done, half]) {
      await workshop.serve(board);
      workshop.unplug(board);
    }
    await workshop.openBench({ jobs: [] });
    expect(await workshop.serve(done)).toMatchObject({ state: 'known', job: { name: 'light_0053' } });
    expect(await workshop.serve(half)).toMatchObject({
      state: 'waiting',
      job: { name: 'light_0055' },
      needs: null,
    });
  });

  test('with the same address in another network is not taken for the one in the queue', async () => {
    const workshop = await Workshop.open({ jobs: jobsFrom(0x53, 1) });
    const board = workshop.addBoard();
    await workshop.serve(board);
    workshop.unplug(board);
    const network = '0123456789abcdef0123456789abcdef';
    await workshop.openBench({ network });
    expect(await workshop.serve(board)).toMatchObject({
      state: 'asks',
      job: { network: NETWORK, unicast: 0x53 },
      needs: { kind: 'replace-identity', facts: { network: NETWORK } },
    });
    workshop.bench.allow('A');
    await workshop.bench.idle();
    expect(workshop.slot('A')).toMatchObject({ state: 'verified', job: { network, unicast: 0x53 } });
    expect(workshop.states()).toEqual(['verified']);
    const { ledger } = workshop.bench.journal;
    expect(ledger.accounts.map((account) => [account.network, account.state])).toEqual([
      [NETWORK, 'discarded'],
      [network, 'verified'],
    ]);
  });

  test('keeps its old image counted as taken when the queue has another one for the same address', async () => {
    const workshop = await Workshop.open({ jobs: [jobAt(0x53)] });
    const [first, second] = [workshop.addBoard(), workshop.addBoard()];
    await workshop.serve(first);
    const jobs = [jobAt(0x53, imageOf(0x1234)), jobAt(0x55)];
    await workshop.openBench({ jobs });
    expect(workshop.bench.view.jobs[0]).toMatchObject({
      state: 'taken',
      error: { code: 'station/other-image' },
    });
    expect(await workshop.serve(second)).toMatchObject({ job: { name: 'light_0055' } });
    expect(workshop.bench.confirmed().map(({ name }) => name)).toEqual(['light_0055']);

    expect(await workshop.serve(first)).toMatchObject({
      state: 'asks',
      needs: { facts: { found: 'other-image' } },
    });
    workshop.bench.allow('B');
    await workshop.bench.idle();
    expect(holds(first.board, imageOf(0x1234))).toBe(true);
    expect(workshop.states()).toEqual(['verified', 'verified']);
  });
});

describe('a protected chip', () => {
  const protectedBoard = (workshop: Workshop) =>
    workshop.addBoard({
      contents: MemoryImage.of([
        { address: 0, bytes: pattern(0x1000, 5) },
        { address: UICR_START + 0x208, bytes: Uint8Array.of(0, 0xff, 0xff, 0xff) },
      ]),
    });

  test('is erased only once a person allows it', async () => {
    const workshop = await Workshop.open();
    const board = protectedBoard(workshop);
    expect(await workshop.serve(board)).toMatchObject({
      state: 'asks',
      chip: null,
      needs: { kind: 'unlock' },
    });
    expect(board.board.chip.erasures).toEqual([]);
    expect(await workshop.account()).toEqual([]);
    workshop.bench.allow('A');
    await workshop.bench.idle();
    expect(workshop.slot('A')).toMatchObject({ state: 'verified', job: { name: 'light_0053' } });
    expect(await workshop.account()).toEqual([
      'unlocking',
      'reserved 53 c1',
      'writing 53 c1',
      'verified 53 c1',
    ]);
    await workshop.expectAgreement();
  });

  test('a yes is good for one visit: when that came to nothing, the next one asks again', async () => {
    const workshop = await Workshop.open({ jobs: jobsFrom(0x53, 1) });
    const [first, second] = [protectedBoard(workshop), protectedBoard(workshop)];
    await workshop.serve(first);
    await workshop.serve(second);
    for (const letter of ['A', 'B']) {
      workshop.bench.allow(letter);
      await workshop.bench.idle();
    }
    expect(workshop.slot('B')).toMatchObject({ state: 'waiting' });
    workshop.bench.enqueue(jobsFrom(0x55, 1));
    await workshop.bench.idle();
    expect(workshop.slot('B')).toMatchObject({ state: 'asks', needs: { kind: 'unlock' } });
    expect(second.board.chip.erasures).toEqual([]);
  });

  test('is left as it is when a person says no', async () => {
    const workshop = await Workshop.open();
    const board = protectedBoard(workshop);
    await workshop.serve(board);
    workshop.bench.skip('A');
    expect(workshop.slot('A')).toMatchObject({ state: 'skipped', needs: null });
    await workshop.bench.idle();
    expect(board.board.chip.erasures).toEqual([]);
  });

  test('is erased without a question once that was allowed for the run, also where it had asked before', async () => {
    const workshop = await Workshop.open();
    const [first, second] = [protectedBoard(workshop), protectedBoard(workshop)];
    await workshop.serve(first);
    workshop.bench.permit({ lockedChips: true });
    await workshop.serve(second);
    expect(workshop.states()).toEqual(['verified', 'verified', 'free']);
    expect(workshop.bench.view.permissions).toEqual({ lockedChips: true, provisionedNodes: false });
  });

  test('is not erased when nobody would get an identity', async () => {
    const workshop = await Workshop.open({ jobs: [] }, { permissions: { lockedChips: true } });
    const board = protectedBoard(workshop);
    expect(await workshop.serve(board)).toMatchObject({ state: 'waiting' });
    expect(board.board.chip.erasures).toEqual([]);
  });

  test('that locks itself at every reset is guessed by its probe, and gets the same identity again', async () => {
    const workshop = await Workshop.open({}, { permissions: { lockedChips: true } });
    const board = workshop.addBoard({ silicon: NEW });
    expect(await workshop.serve(board)).toMatchObject({ state: 'verified', job: { name: 'light_0053' } });
    workshop.unplug(board);
    expect(board.board.chip.locked).toBe(true);
    const erasures = board.board.chip.erasures.length;
    expect(await workshop.serve(board)).toMatchObject({
      state: 'asks',
      needs: { kind: 'unlock', facts: { unicast: 0x53, chipId: board.chipId } },
    });
    expect(board.board.chip.erasures.length).toBe(erasures);
    workshop.bench.allow('A');
    await workshop.bench.idle();
    expect(workshop.slot('A')).toMatchObject({ state: 'verified', job: { name: 'light_0053' } });
    expect(await workshop.account()).toContain('failed 53 c1 station/erased');
    expect(workshop.states()).toEqual(['verified', 'free', 'free']);
  });

  test('is not counted as done once it was erased, even when its image cannot be made again', async () => {
    let broken = false;
    const job = {
      ...jobAt(0x53),
      image: async () => (broken ? Promise.reject(new Error('gone')) : imageOf(0x53)),
    };
    const workshop = await Workshop.open({ jobs: [job] });
    const board = workshop.addBoard({ silicon: NEW });
    await workshop.serve(board);
    workshop.bench.allow('A');
    await workshop.bench.idle();
    workshop.unplug(board);
    await workshop.serve(board);
    broken = true;
    workshop.bench.allow('A');
    await workshop.bench.idle();
    expect(workshop.slot('A')).toMatchObject({ state: 'failed', error: { code: 'bug/unexpected' } });
    expect(workshop.states()).toEqual(['maybe']);
    expect(takeBugs()).not.toEqual([]); // the engine’s, which the bench can only pass on
  });

  test('behind a probe that has seen many is taken for a new one', async () => {
    const workshop = await Workshop.open({}, { permissions: { lockedChips: true } });
    for (const i of [0, 1, 2]) {
      const board = workshop.addBoard({ silicon: NEW, serial: 'external', probe: 'debug-probe' });
      await workshop.serve(board);
      if (i === 1) {
        // it cannot be told from the first, which is done
        expect(workshop.slot('A').needs).toMatchObject({ kind: 'unlock' });
        workshop.bench.allow('A');
        await workshop.bench.idle();
      }
      expect(workshop.slot('A')).toMatchObject({ state: 'verified' });
      workshop.unplug(board);
    }
    expect(workshop.states()).toEqual(['verified', 'verified', 'verified']);
    await workshop.expectAgreement();
  });

  test('is closed afterwards where that is wanted, and the journal says so', async () => {
    const workshop = await Workshop.open({}, { protect: true });
    const board = workshop.addBoard();
    expect(await workshop.serve(board)).toMatchObject({ state: 'verified' });
    expect(board.board.chip.locked).toBe(true);
    expect(workshop.states()).toEqual(['locked', 'free', 'free']);
    expect(workshop.bench.confirmed().length).toBe(1);
  });
});

describe('a permission', () => {
  test('is good for the board it was given for: one exchanged meanwhile is asked about anew', async () => {
    const workshop = await Workshop.open({ jobs: jobsFrom(0x53, 2) });
    const [first, second] = [1, 2].map(() => workshop.addBoard({ serial: 'external', probe: 'debug-probe' }));
    for (const board of [first!, second!]) {
      await workshop.serve(board);
      workshop.unplug(board);
    }
    await workshop.serve(first!);
    expect(workshop.slot('A')).toMatchObject({ state: 'known', job: { name: 'light_0053' } });
    // The probe stays, the target behind it is another one.
    Object.assign(first!.board.device, { firmware: second!.board.device.firmware, chip: second!.board.chip });
    const erasures = second!.board.chip.erasures.length;
    workshop.bench.allow('A');
    await workshop.bench.idle();
    expect(workshop.slot('A')).toMatchObject({ state: 'known', job: { name: 'light_0055' } });
    expect(second!.board.chip.erasures.length).toBe(erasures);
  });
});

describe('a board that the image does not fit', () => {
  test('is refused unchanged, and its identity goes to the next one', async () => {
    const workshop = await Workshop.open();
    const tooSmall = workshop.addBoard({ silicon: { ...OLD, chip: { ...OLD.chip, flashSize: 0x2000 } } });
    expect(await workshop.serve(tooSmall)).toMatchObject({
      state: 'failed',
      error: { code: 'target/outside-memory', facts: { address: 0x2000 } },
    });
    expect(tooSmall.board.chip.erasures).toEqual([]);
    expect(workshop.states()).toEqual(['free', 'free', 'free']);
    expect(await workshop.account()).toEqual([
      'reserved 53 c1',
      'writing 53 c1',
      'released 53 c1 target/outside-memory',
    ]);
    expect(await workshop.serve(workshop.addBoard())).toMatchObject({ job: { name: 'light_0053' } });
    await workshop.expectAgreement();
  });

  test('is refused when it carries another chip than the donor', async () => {
    const jobs = jobsFrom(0x53, 3).map((job) => ({ ...job, chip: findChip('nRF52833')! }));
    const workshop = await Workshop.open({ jobs });
    const board = workshop.addBoard();
    expect(await workshop.serve(board)).toMatchObject({ error: { code: 'target/wrong-chip' } });
    expect(board.board.chip.erasures).toEqual([]);
    expect(workshop.states()[0]).toBe('free');
  });
});

describe('a used board', () => {
  test('keeps nothing of its past: not a page, not a word of UICR', async () => {
    const workshop = await Workshop.open();
    const board = workshop.addBoard({
      contents: MemoryImage.of([
        { address: 0, bytes: pattern(0x3000, 77) },
        { address: UICR_START + 0x80, bytes: pattern(0x80, 78) },
      ]),
    });
    expect(await workshop.serve(board)).toMatchObject({ state: 'verified' });
    expect(holds(board.board, imageOf(0x53))).toBe(true);
    expect(isFilledWith(board.board.chip.flash.subarray(0x1000, 0x2000), 0xff)).toBe(true);
  });
});

describe('an image that cannot be had', () => {
  test('or is another than announced changes no board and costs no identity', async () => {
    const wrong = { ...jobAt(0x53), image: async () => imageOf(0x55) };
    const workshop = await Workshop.open({ jobs: [wrong] });
    const board = workshop.addBoard();
    expect(await workshop.serve(board)).toMatchObject({
      state: 'failed',
      error: { code: 'station/image-differs' },
    });
    expect(board.board.chip.erasures).toEqual([]);
    expect(await workshop.account()).toEqual(['reserved 53 c1', 'released 53 c1 station/image-differs']);
    expect(workshop.states()).toEqual(['free']);
  });
});

describe('a board that failed', () => {
  const failing = async () => {
    const workshop = await Workshop.open();
    const board = workshop.addBoard();
    board.board.port.faults.fault = { after: 900 };
    const slot = await workshop.serve(board);
    expect(slot).toMatchObject({
      state: 'failed',
      error: { code: 'probe/fault' },
      job: { name: 'light_0053' },
    });
    return { workshop, board };
  };

  test('keeps its identity for itself while others go on', async () => {
    const { workshop, board } = await failing();
    expect(workshop.bench.view.jobs[0]).toMatchObject({
      state: 'maybe',
      chipId: board.chipId,
      error: { code: 'probe/fault' },
    });
    expect(await workshop.serve(workshop.addBoard())).toMatchObject({
      letter: 'B',
      job: { name: 'light_0055' },
    });
    workshop.bench.retryFailed();
    await workshop.bench.idle();
    expect(workshop.slot('A')).toMatchObject({ state: 'verified', job: { name: 'light_0053' }, error: null });
    expect(workshop.bench.view.jobs[0]).toMatchObject({ state: 'verified', error: null });
    await workshop.expectAgreement();
  });

  test('is written again slower on request', async () => {
    const { workshop, board } = await failing();
    workshop.bench.retry('A', { slower: true });
    await workshop.bench.idle();
    expect(workshop.slot('A')).toMatchObject({ state: 'verified' });
    expect(board.board.port.clockHz).toBeLessThanOrEqual(1_000_000);
  });

  test('gives up its identity only on a word about this very chip', async () => {
    const { workshop, board } = await failing();
    const identity = { network: NETWORK, unicast: 0x53 };
    workshop.bench.skip('A');
    const other = { code: 'station/not-on-chip' };
    await expect(workshop.bench.release(identity, '0000000000000001')).rejects.toMatchObject(other);
    expect(workshop.states()[0]).toBe('maybe');
    await workshop.bench.release(identity, board.chipId);
    expect(workshop.states()[0]).toBe('free');
    const second = workshop.addBoard();
    expect(await workshop.serve(second)).toMatchObject({ job: { name: 'light_0053' } });
    await expect(workshop.bench.release({ ...identity, unicast: 0x999 }, board.chipId)).rejects.toMatchObject(
      {
        code: 'station/unknown-identity',
      },
    );
  });

  test('leaves an identity that nobody gets any more where a person discards it', async () => {
    const { workshop, board } = await failing();
    await workshop.bench.discard({ network: NETWORK, unicast: 0x53 });
    expect(workshop.states()[0]).toBe('discarded');
    workshop.bench.retry('A');
    await workshop.bench.idle();
    expect(workshop.slot('A')).toMatchObject({ state: 'verified', job: { name: 'light_0055' } });
    expect(workshop.bench.journal.ledger.onChip(board.chipId).map(({ clone }) => clone)).toEqual([
      'light_0055',
    ]);
  });
});

describe('a person who interferes', () => {
  test('cannot give away an identity while its board is served', async () => {
    const workshop = await Workshop.open();
    const board = workshop.addBoard();
    let asked: Promise<unknown> | undefined;
    workshop.bench.onEvent((event) => {
      if (event.kind !== 'writing' || asked) return;
      asked = Promise.allSettled([
        workshop.bench.release({ network: NETWORK, unicast: 0x53 }, board.chipId),
        workshop.bench.discard({ network: NETWORK, unicast: 0x53 }),
        workshop.bench.import([]),
      ]);
    });
    await workshop.serve(board);
    const code = (name: string) => ({ status: 'rejected', reason: { code: `station/${name}` } });
    expect(await asked).toMatchObject([code('in-work'), code('in-work'), code('busy')]);
    expect(workshop.states()[0]).toBe('verified');
  });

  test('cannot discard an identity that is set aside for a board', async () => {
    let asked: Promise<unknown> | undefined;
    const job = {
      ...jobAt(0x53),
      image: async () => {
        asked = workshop.bench.discard({ network: NETWORK, unicast: 0x53 }).catch((error) => error.code);
        return imageOf(0x53);
      },
    };
    const workshop = await Workshop.open({ jobs: [job] });
    await workshop.serve(workshop.addBoard());
    expect(await asked).toBe('station/in-work');
    expect(workshop.states()).toEqual(['verified']);
  });

  test('pauses: boards at work are finished, others wait until it goes on', async () => {
    const workshop = await Workshop.open();
    const [first, second] = [workshop.addBoard(), workshop.addBoard()];
    workshop.bench.onEvent(({ kind }) => kind === 'writing' && workshop.bench.pause());
    await workshop.serve(first);
    expect(await workshop.serve(second)).toMatchObject({ letter: 'B', state: 'waiting' });
    expect(workshop.slot('A')).toMatchObject({ state: 'verified' });
    expect(workshop.bench.view.paused).toBe(true);
    workshop.bench.resume();
    await workshop.bench.idle();
    expect(workshop.slot('B')).toMatchObject({ state: 'verified' });
  });

  test('stops: the board keeps its identity and is written again later', async () => {
    const workshop = await Workshop.open();
    const [first, second] = [workshop.addBoard(), workshop.addBoard()];
    let stopping = true;
    workshop.bench.onEvent(({ kind }) => {
      if (kind !== 'writing' || !stopping) return;
      stopping = false;
      workshop.bench.stop();
    });
    expect(await workshop.serve(first)).toMatchObject({
      state: 'failed',
      error: { code: 'station/stopped' },
    });
    expect(workshop.states()[0]).toBe('maybe');
    expect(await workshop.serve(second)).toMatchObject({ state: 'waiting' });
    workshop.bench.resume();
    await workshop.bench.idle();
    expect(workshop.slot('B')).toMatchObject({ state: 'verified', job: { name: 'light_0055' } });
    workshop.bench.retry('A');
    await workshop.bench.idle();
    expect(workshop.slot('A')).toMatchObject({ state: 'verified', job: { name: 'light_0053' } });
    await workshop.expectAgreement();
  });

  test('adds clones: boards that found none left go on', async () => {
    const workshop = await Workshop.open({ jobs: [] });
    expect(await workshop.serve(workshop.addBoard())).toMatchObject({ state: 'waiting' });
    workshop.bench.enqueue(jobsFrom(0x300, 1));
    await workshop.bench.idle();
    expect(workshop.slot('A')).toMatchObject({ state: 'verified', job: { name: 'light_0300' } });
    expect(() => workshop.bench.enqueue([jobAt(0x301)])).toThrow(
      expect.objectContaining({ code: 'station/queued-twice' }),
    );
  });

  test('wires two probes to one chip: it does not get two identities', async () => {
    const workshop = await Workshop.open();
    const [first, second] = [workshop.addBoard(), workshop.addBoard({ deviceId: 0x7d2f_0000_0000_91c1n })];
    workshop.plug(first);
    workshop.plug(second);
    await workshop.bench.idle();
    expect(workshop.bench.view.slots.map(({ state }) => state).sort()).toEqual(['failed', 'verified']);
    expect(workshop.bench.view.slots.find(({ state }) => state === 'failed')!.error).toMatchObject({
      code: 'station/chip-at-work',
    });
    expect(workshop.states()).toEqual(['verified', 'free', 'free']);
  });
});

describe('journals that contradict each other', () => {
  const writing = (unicast: number, chipId: string, number: number) => ({
    run: 'elsewhere',
    number,
    at: '2026-11-24T00:00:00.000Z',
    kind: 'verified' as const,
    identity: { network: NETWORK, clone: `other_${unicast}`, unicast, elementCount: 2 },
    chipId,
    probe: '',
    imageSha256: '',
    result: '',
  });

  test('keep a chip with two identities from being written until one is discarded', async () => {
    const workshop = await Workshop.open();
    const board = workshop.addBoard();
    await workshop.bench.import([writing(0x53, board.chipId, 1), writing(0x55, board.chipId, 2)]);
    expect(await workshop.serve(board)).toMatchObject({
      state: 'failed',
      error: { code: 'station/two-identities' },
    });
    expect(board.board.chip.erasures).toEqual([]);
    await workshop.bench.discard({ network: NETWORK, unicast: 0x53 });
    workshop.bench.retry('A');
    await workshop.bench.idle();
    expect(workshop.slot('A')).toMatchObject({ state: 'verified', job: { unicast: 0x55 } });
  });

  test('keep an identity on two chips from being written until it is said where it is not', async () => {
    const workshop = await Workshop.open();
    const board = workshop.addBoard();
    const elsewhere = '00000000000000ee';
    await workshop.bench.import([writing(0x53, board.chipId, 1), writing(0x53, elsewhere, 2)]);
    expect(await workshop.serve(board)).toMatchObject({
      state: 'failed',
      error: { code: 'station/identity-twice' },
    });
    expect(board.board.chip.erasures).toEqual([]);
    await workshop.bench.release({ network: NETWORK, unicast: 0x53 }, elsewhere);
    workshop.bench.retry('A');
    await workshop.bench.idle();
    expect(workshop.slot('A')).toMatchObject({ state: 'verified', job: { unicast: 0x53 } });
  });

  test('keep a clone from a board where another identity has one of its addresses', async () => {
    const workshop = await Workshop.open();
    await workshop.bench.import([writing(0x54, '00000000000000ee', 1)]);
    const taken = { state: 'taken', error: { code: 'station/address-taken' } };
    expect(workshop.bench.view.jobs).toMatchObject([taken, taken, { state: 'free' }]);
    expect(workshop.bench.view.counts).toMatchObject({ unavailable: 2, left: 1 });
    expect(await workshop.serve(workshop.addBoard())).toMatchObject({ job: { unicast: 0x57 } });
    await workshop.bench.release({ network: NETWORK, unicast: 0x54 }, '00000000000000ee');
    expect(workshop.states()).toEqual(['free', 'free', 'verified']);
  });
});

describe('slots', () => {
  test('are given by letter: the same probe comes back to its own, a new one to the first empty', async () => {
    const workshop = await Workshop.open({ jobs: jobsFrom(0x53, 6) });
    const boards = Array.from({ length: 3 }, () => workshop.addBoard());
    for (const board of boards) workshop.plug(board);
    await workshop.bench.idle();
    workshop.unplug(boards[0]!);
    workshop.unplug(boards[1]!);
    expect((await workshop.serve(boards[1]!)).letter).toBe('B');
    expect((await workshop.serve(workshop.addBoard())).letter).toBe('A');
    expect((await workshop.serve(boards[0]!)).letter).toBe('D');
  });

  test('a device plugged in twice is one board', async () => {
    const workshop = await Workshop.open();
    const board = workshop.addBoard();
    workshop.plug(board);
    workshop.plug(board);
    await workshop.bench.idle();
    workshop.plug(board);
    await workshop.bench.idle();
    expect(workshop.bench.view.slots.length).toBe(1);
    expect(workshop.states()).toEqual(['verified', 'free', 'free']);
  });

  test('the twenty-seventh is AA', async () => {
    const workshop = await Workshop.open({ jobs: [] });
    for (let i = 0; i < 28; i++) workshop.plug(workshop.addBoard());
    expect(workshop.bench.view.slots.map(({ letter }) => letter).slice(24)).toEqual(['Y', 'Z', 'AA', 'AB']);
    await workshop.bench.idle();
  });

  test('tell what a probe cannot do', async () => {
    const workshop = await Workshop.open();
    const board = workshop.addBoard();
    board.board.device.faults.claimedElsewhere = true;
    workshop.plug(board);
    await workshop.bench.idle();
    expect(workshop.slot('A')).toMatchObject({ state: 'failed', job: null, error: { code: 'probe/busy' } });
    expect(await workshop.account()).toEqual([]);
  });
});

describe('two tabs', () => {
  const oneLock = () => {
    let taken = false;
    return {
      async acquire() {
        if (taken) return undefined;
        taken = true;
        return () => void (taken = false);
      },
    };
  };

  test('do not share the bench; the second may have it once the first is closed', async () => {
    const lock = oneLock();
    const workshop = await Workshop.open({}, { lock });
    const { bench } = workshop;
    await expect(workshop.openBench({ lock })).rejects.toMatchObject({ code: 'station/other-tab' });
    await bench.close();
    await workshop.openBench({ lock });
  });

  test('a bench that cannot read its journal lets go of the lock', async () => {
    const lock = oneLock();
    const broken = { load: () => Promise.reject(new Error('gone')), append: async () => {} };
    const setup = { run: 'x', now: () => new Date(0), network: NETWORK, lock, reader };
    const workshop = new Workshop();
    const { clock } = workshop;
    await expect(Bench.open({ ...setup, clock, store: broken })).rejects.toMatchObject({
      code: 'station/journal-not-read',
    });
    await Bench.open({ ...setup, clock, store: new MemoryStore() });
  });
});
