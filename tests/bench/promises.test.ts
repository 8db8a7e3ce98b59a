import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dealJobs } from '../../src/bench/promises.ts';
import type { SlotState, SlotView } from '../../src/bench/index.ts';
import { UICR_START, MemoryImage } from '../../src/image/index.ts';
import { pattern } from '../target/bench.ts';
import { jobsFrom, NETWORK, NEW, Workshop } from './workshop.ts';

const protectedBoard = MemoryImage.of([
  { address: 0, bytes: pattern(0x100, 5) },
  { address: UICR_START + 0x208, bytes: Uint8Array.of(0, 0xff, 0xff, 0xff) },
]);
const told = (workshop: Workshop) => workshop.bench.view.slots.map(({ next }) => next?.unicast ?? null);

describe('boards that wait for a word', () => {
  test('are each told their own next clone, and get just that, in whatever order they are allowed', async () => {
    const workshop = await Workshop.open({ jobs: jobsFrom(0x53, 6) });
    const boards = Array.from({ length: 4 }, () => workshop.addBoard({ contents: protectedBoard }));
    for (const board of boards) workshop.plug(board);
    await workshop.bench.idle();
    expect(workshop.bench.view.slots.map(({ state }) => state)).toEqual(Array<string>(4).fill('asks'));
    const offered = told(workshop);
    expect(offered).toEqual([0x53, 0x55, 0x57, 0x59]);
    for (const letter of ['C', 'A', 'D', 'B']) {
      workshop.bench.allow(letter);
      await workshop.bench.idle();
    }
    expect(workshop.bench.view.slots.map(({ job }) => job?.unicast)).toEqual(offered);
    await workshop.expectAgreement();
  });

  test('of whom only some can have one: the others are told none, until there is one again', async () => {
    const workshop = await Workshop.open({ jobs: jobsFrom(0x53, 2) });
    const boards = Array.from({ length: 3 }, () => workshop.addBoard({ contents: protectedBoard }));
    for (const board of boards) workshop.plug(board);
    await workshop.bench.idle();
    expect(told(workshop)).toEqual([0x53, 0x55, null]);
    workshop.unplug(boards[0]!);
    expect(told(workshop)).toEqual([null, 0x55, 0x53]);
  });

  test('that were seen before are told none: they become again what they were', async () => {
    const workshop = await Workshop.open({ jobs: jobsFrom(0x53, 3) });
    const board = workshop.addBoard({ silicon: NEW });
    await workshop.serve(board);
    workshop.bench.allow('A');
    await workshop.bench.idle();
    workshop.unplug(board);
    await workshop.serve(board);
    expect(workshop.slot('A')).toMatchObject({ state: 'asks', next: null });
  });
});

describe('empty places', () => {
  test('are told nothing where there are several: the first board to come is the first in the queue', async () => {
    const workshop = new Workshop({ jobs: jobsFrom(0x53, 4) });
    const [a, b] = [workshop.addBoard(), workshop.addBoard()];
    await workshop.openBench({ probes: [a.board.serial, b.board.serial] });
    expect(told(workshop)).toEqual([null, null]);
    await workshop.serve(b);
    expect(workshop.slot('B')).toMatchObject({ state: 'verified', job: { unicast: 0x53 }, next: null });
    expect(told(workshop)).toEqual([0x55, null]);
    await workshop.serve(a);
    expect(workshop.slot('A')).toMatchObject({ state: 'verified', job: { unicast: 0x55 } });
  });

  test('give up what they were told where a board that is there has none', async () => {
    const workshop = new Workshop({ jobs: jobsFrom(0x53, 2) });
    const [a, b] = [workshop.addBoard({ contents: protectedBoard }), workshop.addBoard()];
    await workshop.openBench({ probes: [a.board.serial, b.board.serial] });
    await workshop.serve(a);
    expect(told(workshop)).toEqual([0x53, 0x55]);
    await workshop.bench.discard({ network: NETWORK, unicast: 0x53 });
    expect(told(workshop)).toEqual([0x55, null]);
  });
});

test('whatever was told before: no clone is told twice, boards come before empty places, and what can be kept is', () => {
  const letters = ['A', 'B', 'C', 'D', 'E'];
  const slot = fc.record({
    state: fc.constantFrom<SlotState>('empty', 'attaching', 'asks', 'waiting', 'verified', 'failed'),
    isKnown: fc.boolean(),
  });
  const slots = fc.array(slot, { minLength: 1, maxLength: 5 }).map((some) =>
    some.map(
      ({ state, isKnown }, i) =>
        ({
          letter: letters[i]!,
          state,
          plugged: state !== 'empty',
          job: isKnown && state !== 'empty' ? { unicast: 1 } : null,
          needs: state === 'asks' ? { kind: 'unlock', facts: {} } : null,
        }) as unknown as SlotView,
    ),
  );
  const keys = fc.uniqueArray(fc.constantFrom('1', '2', '3', '4', '5', '6'));
  const before = fc.dictionary(fc.constantFrom(...letters), fc.constantFrom('1', '2', '3', '4', '5', '6'));
  fc.assert(
    fc.property(slots, keys, before, (views, free, told) => {
      const rules = { isFree: (key: string) => (free as string[]).includes(key), fits: () => true };
      const dealt = dealJobs(views, () => free, new Map(Object.entries(told)), rules);
      expect(new Set(dealt.values()).size).toBe(dealt.size);
      for (const key of dealt.values()) expect(free).toContain(key);
      const takers = views.filter(
        ({ state, job }) => job === null && state !== 'verified' && state !== 'failed',
      );
      const there = takers.filter(({ plugged }) => plugged);
      const places = takers.length - there.length === 1 ? 1 : 0;
      expect(dealt.size).toBe(Math.min(there.length + places, free.length));
      const served = there.filter(({ letter }) => dealt.has(letter)).length;
      expect(served).toBe(Math.min(there.length, free.length));
      const again = dealJobs(views, () => free, dealt, rules);
      expect(Object.fromEntries(again)).toEqual(Object.fromEntries(dealt));
    }),
  );
});
