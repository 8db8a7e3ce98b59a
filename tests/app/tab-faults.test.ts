/**
 * A tab that is struck at its writes, by the real page state over the real store. The usual run strikes at each of a run with one
 * board, once; `npm run faults:bench` at each of a run with two, and then at two of each run by dice (`FAULTS_SEED`, 1 when left out).
 */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { dice } from '../bench/mischief.ts';
import { runWith, type Strike, type Story } from '../faults/tabs.ts';
import type { StorageFault } from '../support/faulty-storage.ts';

/** What a dead tab still says is heard by nobody. */
const { error } = console;
beforeEach(() => {
  vi.spyOn(console, 'error').mockImplementation((...said) => {
    if (!String(said[0]).includes('The tab is gone')) error(...said);
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const isLong = process.env['FAULTS'] === 'long';
const SEED = Number(process.env['FAULTS_SEED'] ?? 1);

const FAULTS: readonly StorageFault[] = ['dies-before', 'dies-after', 'full', 'full-from-here', 'lost'];
/** In turn: what is going to be written is written down; the board is done, and nobody wrote it down; there is no room to say so. */
const JOURNAL_FAULTS: readonly StorageFault[] = ['dies-after', 'dies-before', 'full-from-here'];
/** Runs in which two tabs are struck. */
const DOUBLE_STRIKES = 40;

/** Nothing is lost, nothing doubled, and where there was no room for a run a person was told. */
function expectWhole(story: Pick<Story, 'lost' | 'doubled'>, why: string): void {
  expect(story.lost, `lost ${why}`).toEqual([]);
  expect(story.doubled, `doubled ${why}`).toEqual([]);
}

describe('a tab that is struck at a write', () => {
  test.skipIf(isLong)('loses nothing and doubles nothing: each write of a run with one board', async () => {
    const { writes, ...unharmed } = await runWith(undefined, [], 1);
    expectWhole(unharmed, 'by nothing');
    let ofJournal = 0;
    for (const [i, about] of writes.entries()) {
      const fault = about.includes('usb')
        ? JOURNAL_FAULTS[ofJournal++ % JOURNAL_FAULTS.length]!
        : 'dies-before';
      const story = await runWith({ at: i + 1, fault }, [], 1);
      const why = `${fault} at write ${i + 1}, ${about}`;
      expect(story.struck, why).toBe(true);
      expectWhole(story, why);
      if (fault === 'full-from-here') expect(story.told, why).toContain('app/storage-full');
    }
    expect(ofJournal).toBeGreaterThanOrEqual(JOURNAL_FAULTS.length);
  });

  test.runIf(isLong).each(FAULTS)(
    '%s: each write of a run with two boards',
    { timeout: 1_800_000 },
    async (fault) => {
      const { writes } = await runWith(undefined);
      const told = new Map<string, number>();
      for (let at = 1; at <= writes.length; at++) {
        const story = await runWith({ at, fault });
        expect(story.struck, `${fault} at write ${at}`).toBe(true);
        expectWhole(story, `${fault} at write ${at}, ${writes[at - 1]}`);
        if (fault.startsWith('full') && /run|usb/.test(writes[at - 1]!))
          expect(story.told, `at write ${at}`).toContain('app/storage-full');
        for (const code of story.told) told.set(code, (told.get(code) ?? 0) + 1);
      }
      console.info(`${fault}: struck ${writes.length}, lost 0, doubled 0; told ${JSON.stringify([...told])}`);
    },
  );

  test.runIf(isLong)('and whose next tab is struck too, by dice', { timeout: 1_800_000 }, async () => {
    const roll = dice(SEED * 7919);
    const any = (): Strike => ({
      at: 1 + Math.floor(roll() * 10),
      fault: FAULTS[Math.floor(roll() * FAULTS.length)]!,
    });
    let struck = 0;
    for (let i = 0; i < DOUBLE_STRIKES; i++) {
      const [first, second] = [any(), any()];
      const story = await runWith(first, [second]);
      expectWhole(story, JSON.stringify([first, second]));
      struck += story.strikes;
    }
    console.info(`seed ${SEED}: ${DOUBLE_STRIKES} runs, struck ${struck}, lost 0, doubled 0`);
  });
});
