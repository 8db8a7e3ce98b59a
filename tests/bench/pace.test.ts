import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { paceOf, type Span } from '../../src/bench/index.ts';

const minute = 60_000;
const spansEvery = (periodMs: number, workMs: number, count: number): Span[] =>
  Array.from({ length: count }, (_, i) => ({ startMs: i * periodMs, endMs: i * periodMs + workMs }));

describe('pace', () => {
  test('is unknown before the first board is done', () => {
    expect(paceOf([], 5)).toBeNull();
  });

  test('of one after another counts the work and the changing between', () => {
    // 10 s of work and 5 s of changing: 5 boards in 70 s, as nobody changed before the first
    const pace = paceOf(spansEvery(15_000, 10_000, 5), 10)!;
    expect(pace.boardsPerMinute).toBeCloseTo((5 * minute) / 70_000);
    expect(pace.msLeft).toBeCloseTo(10 * 14_000);
  });

  test('of four side by side is four times that of one', () => {
    const one = spansEvery(20_000, 20_000, 3);
    const four = [...one, ...one, ...one, ...one];
    expect(paceOf(four, 1)!.boardsPerMinute).toBeCloseTo(4 * paceOf(one, 1)!.boardsPerMinute);
  });

  test('does not know of breaks', () => {
    const after = spansEvery(15_000, 10_000, 5).map(({ startMs, endMs }) => ({
      startMs: startMs + 60 * minute,
      endMs: endMs + 60 * minute,
    }));
    expect(paceOf([...spansEvery(15_000, 10_000, 5), ...after], 1)!.msLeft).toBeCloseTo(14_000);
  });

  test('forgets how the day began', () => {
    const slow = spansEvery(minute, minute, 30);
    const fast = spansEvery(6_000, 6_000, 20).map(({ startMs, endMs }) => ({
      startMs: startMs + 30 * minute,
      endMs: endMs + 30 * minute,
    }));
    expect(paceOf([...slow, ...fast], 1)!.boardsPerMinute).toBeCloseTo(10);
  });

  test('is never more than all boards one after another would take, whatever their order', () => {
    const span = fc.tuple(fc.nat({ max: 1e6 }), fc.integer({ min: 1, max: 1e5 }));
    fc.assert(
      fc.property(fc.array(span, { minLength: 1, maxLength: 20 }), fc.nat({ max: 100 }), (raw, left) => {
        const spans = raw.map(([startMs, ms]) => ({ startMs, endMs: startMs + ms }));
        const pace = paceOf(spans, left)!;
        const most = raw.reduce((sum, [, ms]) => sum + ms + 30_000, 0) / raw.length;
        expect(pace.msLeft).toBeLessThanOrEqual(most * left + 1e-6);
        expect(pace.boardsPerMinute).toBeGreaterThan(0);
        expect(paceOf([...spans].reverse(), left)).toEqual(pace);
      }),
    );
  });
});
