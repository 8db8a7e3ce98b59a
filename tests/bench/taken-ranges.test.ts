import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Ledger, type JournalRecord } from '../../src/bench/index.ts';
import { lastOf, TakenRanges, type UnicastRange } from '../../src/bench/taken-ranges.ts';

const NETWORK = 'f3d2b8a04c5e4b0e9d7a61c2ff00aa11';
const verified = (unicast: number, elementCount: number, number = unicast): JournalRecord => ({
  run: 'run-1',
  number,
  at: '2026-11-24T00:00:00.000Z',
  kind: 'verified',
  identity: { network: NETWORK, clone: `light_${unicast}`, unicast, elementCount },
  chipId: number.toString(16).padStart(16, '0'),
  probe: '',
  imageSha256: '',
  result: '',
});

const anyRange = fc
  .record({ unicast: fc.integer({ min: 1, max: 0x7fff }), elementCount: fc.integer({ min: 1, max: 0x7fff }) })
  .map(({ unicast, elementCount }) => ({
    unicast,
    elementCount: Math.min(elementCount, 0x8000 - unicast),
  }));
/** Near each other, so that they meet. */
const nearRange = fc.record({
  unicast: fc.integer({ min: 0x7fd0, max: 0x7fe8 }),
  elementCount: fc.integer({ min: 1, max: 9 }),
});

describe('ranges of addresses', () => {
  test('are found by any address that they share, as by looking at all of them', () => {
    const range = fc.oneof(anyRange, nearRange);
    const act = fc.record({ range, isAdded: fc.boolean() });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), range, (acts, asked) => {
        const ranges = new TakenRanges();
        const model = new Map<number, UnicastRange>();
        for (const { range, isAdded } of acts) {
          if (isAdded) ranges.add(range);
          else ranges.delete(range);
          if (isAdded) model.set(range.unicast, range);
          else model.delete(range.unicast);
        }
        const found = [...model.values()].filter(
          (one) => one.unicast <= lastOf(asked) && asked.unicast <= lastOf(one),
        );
        expect(ranges.overlapping(asked)).toEqual(found.map(({ unicast }) => unicast).sort((a, b) => a - b));
      }),
    );
  });
});

/** Steps from records to ledger, conflicts, and a question about each identity. */
function costOf(records: readonly JournalRecord[]): number {
  const ledger = Ledger.of(records);
  ledger.conflicts();
  for (const account of ledger.accounts) ledger.overlapping(account);
  return ledger.steps;
}

describe('the cost of a journal', () => {
  test('does not depend on how long its ranges are', () => {
    const short = Array.from({ length: 60 }, (_, i) => verified(1 + 500 * i, 1));
    const long = Array.from({ length: 60 }, (_, i) => verified(1 + 500 * i, 500));
    expect(costOf(long)).toBeLessThan(1.5 * costOf(short));
  });

  test('grows with its records, and no faster', () => {
    const [n, twice, fourTimes] = [2000, 4000, 8000].map((count) =>
      costOf(Array.from({ length: count }, (_, i) => verified(1 + 4 * i, 4))),
    );
    expect(twice! / n!).toBeLessThan(2.2);
    expect(fourTimes! / twice!).toBeLessThan(2.2);
  });

  test('is the same where every range reaches to the last address', () => {
    const records = (count: number) => Array.from({ length: count }, (_, i) => verified(1 + i, 0x7fff - i));
    const steps = (count: number) => Ledger.of(records(count)).steps;
    expect(steps(4000) / steps(2000)).toBeLessThan(2.2);
    const found = (count: number) => Ledger.of(records(count)).conflicts().length;
    expect([found(1000), found(2000), found(4000)]).toEqual([999, 1999, 3999]);
  });
});

describe('identities that share addresses', () => {
  test('are each named, and none that does not', () => {
    fc.assert(
      fc.property(fc.uniqueArray(nearRange, { selector: ({ unicast }) => unicast, maxLength: 12 }), (all) => {
        const ledger = Ledger.of(all.map(({ unicast, elementCount }) => verified(unicast, elementCount)));
        const said = ledger.conflicts().map(({ message }) => message);
        for (const account of ledger.accounts)
          expect(said.some((message) => message.includes(`${account.clone} (`))).toBe(
            ledger.overlapping(account).length > 0,
          );
      }),
    );
  });
});
