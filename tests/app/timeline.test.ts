import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runTimeOf } from '../../src/app/paper/run-time.ts';
import { roundStep, timeScale } from '../../src/app/paper/timeline.ts';
import { momentOf, periodOf, runLength, stagesText } from '../../src/app/paper/words.ts';
import type { ReportedAttempt } from '../../src/app/paper/report.ts';

const MINUTE = 60_000;

describe('a scale of time', () => {
  test('shows lengths as they are where nobody paused for long', () => {
    const { at, breaks } = timeScale([
      { startMs: 1000, endMs: 3000 },
      { startMs: 4000, endMs: 5000 },
    ]);
    expect([1000, 3000, 4000, 5000].map(at)).toEqual([0, 0.5, 0.75, 1]);
    expect(breaks).toEqual([]);
  });

  test('folds a long break, so that the work before and after it stays to be seen', () => {
    const { at, breaks } = timeScale([
      { startMs: 0, endMs: MINUTE },
      { startMs: 61 * MINUTE, endMs: 62 * MINUTE },
    ]);
    expect(breaks).toHaveLength(1);
    expect(at(MINUTE)).toBeGreaterThan(0.45);
    expect(at(62 * MINUTE)).toBe(1);
    expect(at(62 * MINUTE) - at(61 * MINUTE)).toBeCloseTo(at(MINUTE) - at(0));
  });

  test('never goes back and stays within its width', () => {
    const stretch = fc
      .tuple(fc.integer({ min: 0, max: 1e8 }), fc.integer({ min: 0, max: 1e6 }))
      .map(([startMs, ms]) => ({ startMs, endMs: startMs + ms }));
    fc.assert(
      fc.property(
        fc.array(stretch, { minLength: 1 }),
        fc.array(fc.integer({ max: 1e8 })),
        (some, moments) => {
          const { at } = timeScale(some);
          const places = moments.sort((a, b) => a - b).map(at);
          places.forEach((place, i) => {
            expect(place).toBeGreaterThanOrEqual(Math.max(0, places[i - 1] ?? 0) - 1e-9);
            expect(place).toBeLessThanOrEqual(1 + 1e-9);
          });
        },
      ),
    );
  });

  test('has marks at round distances, eight at most', () => {
    expect(roundStep(15_000)).toBe(2000);
    expect(roundStep(25 * MINUTE)).toBe(5 * MINUTE);
  });
});

describe('a run as a picture', () => {
  const attempt = (second: number, more: Partial<ReportedAttempt>): ReportedAttempt => ({
    begun: new Date(second * 1000).toISOString(),
    seconds: 5,
    chipId: '7d2f000000009114',
    probe: 'A',
    outcome: 'verified',
    code: null,
    proof: [],
    stages: null,
    ...more,
  });
  const run = (...attempts: ReportedAttempt[]) => runTimeOf([{ name: 'light', attempts }]);

  test('has a row for each probe and a bar for each attempt, in the order of time', () => {
    const { rows } = run(attempt(20, {}), attempt(0, { outcome: 'failed' }), attempt(2, { probe: 'B' }))!;
    expect(rows.map(({ probe, bars }) => [probe, bars.map(({ mark }) => mark)])).toEqual([
      ['A', ['fail', 'ok']],
      ['B', ['ok']],
    ]);
  });

  test('begins a bar when the board was found, and ends it with its record', () => {
    const stages = [
      { stage: 'looking', seconds: 2 },
      { stage: 'writing', seconds: 5 },
    ];
    const bar = run(attempt(10, { stages }))!.rows[0]!.bars[0]!;
    expect([bar.startMs, bar.endMs]).toEqual([8000, 15_000]);
  });

  test('shows a board at work as far as it is, and one that a crash cut off not at all', () => {
    const stages = [{ stage: 'writing', seconds: 3 }];
    expect(run(attempt(10, { seconds: null, outcome: 'open', stages }))!.rows[0]!.bars[0]).toMatchObject({
      mark: 'busy',
      endMs: 13_000,
    });
    expect(run(attempt(10, { seconds: null, outcome: 'open' }))).toBeNull();
  });

  test('marks no moment inside a folded break', () => {
    const { ticks, scale } = run(attempt(0, {}), attempt(36_000, {}))!;
    expect(ticks.length).toBeGreaterThan(0);
    for (const tick of ticks)
      expect(scale.breaks.some(({ startMs, endMs }) => startMs < tick && tick < endMs)).toBe(false);
  });

  test('says in words what it shows', () => {
    expect(
      stagesText([
        { stage: 'comparing', seconds: 0.342 },
        { stage: 'writing', seconds: 4.12 },
      ]),
    ).toBe('compare 0.34 s, write 4.1 s');
    expect(stagesText([{ stage: 'whole', seconds: 12 }])).toBe('in all 12 s');
  });
});

describe('the times of a run in words', () => {
  const local = (day: number, hour: number, minute: number, second = 0) =>
    new Date(2026, 10, day, hour, minute, second).toISOString();
  const begun = local(24, 19, 12);

  test('name the day once, unless it goes on on another', () => {
    expect(periodOf(begun, begun)).toBe('24 November 2026, 19:12');
    expect(periodOf(begun, local(24, 19, 40))).toBe('24 November 2026, 19:12 to 19:40');
    expect(periodOf(begun, local(25, 11, 56))).toBe('24 November 2026, 19:12 to 25 November 2026, 11:56');
  });

  test('have seconds on the day it began, and the day on another', () => {
    expect(momentOf(local(24, 19, 12, 5), begun)).toBe('19:12:05');
    expect(momentOf(local(25, 11, 56, 7), begun)).toBe('25 Nov, 11:56');
  });

  test('turn to hours where minutes are too many to be felt', () => {
    expect(runLength(1683)).toBe('28 min 3 s');
    expect(runLength(15 * 3600 + 46 * 60)).toBe('15 h 46 min');
  });
});
