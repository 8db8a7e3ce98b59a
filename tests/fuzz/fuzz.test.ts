/** Some inputs of every kind; `npm run fuzz` has any number of them. And the rig itself: it finds what it is to find. */
import { describe, expect, test } from 'vitest';
import { reportOf } from '../../src/errors.ts';
import { parseHex } from '../../src/hex/index.ts';
import { played, smallest } from './choices.ts';
import { KINDS } from './kinds.ts';
import { fuzzKind, type FuzzKind } from './run.ts';
import type { Trial } from './trial.ts';

const INPUTS = 100;
const parts = KINDS.reduce((sum, { weight }) => sum + weight, 0);

describe('damaged input', () => {
  test.each(KINDS)('as $name: nothing but refusals and whole results', async (kind) => {
    const count = Math.max(3, Math.round((INPUTS * kind.weight) / parts));
    const { failures, tried, accepted } = await fuzzKind(kind, { seed: 21, count, shrink: false });
    expect(failures.map(({ index, error }) => `${kind.name} ${index}: ${error}`)).toEqual([]);
    expect(tried).toBe(count);
    expect(accepted).toBeGreaterThan(0);
  });
});

describe('the rig', () => {
  const kind = (run: FuzzKind['run']): FuzzKind => ({ name: 'rig', title: 'the rig', weight: 1, run });
  const tryOnce = (run: FuzzKind['run'], slowMs = 5_000) =>
    fuzzKind(kind(run), { seed: 1, count: 1, slowMs });
  const KEY = '00112233445566778899aabbccddeeff';

  const faults: readonly [string, (trial: Trial) => Promise<void> | void, RegExp][] = [
    ['an error that nobody foresaw', () => void (undefined as unknown as string).length, /TypeError/],
    [
      'the same, told as a report',
      () => {
        throw Object.assign(new Error(), reportOf(new TypeError('x')));
      },
      /Error/,
    ],
    [
      'an input that was changed',
      (trial) => void trial.gives('a', new Uint8Array(1)).fill(1),
      /a was changed/,
    ],
    [
      'a key that is told',
      (trial) => {
        trial.secret(KEY);
        trial.tells({ text: `Key ${KEY.toUpperCase()}` });
      },
      /A key is told/,
    ],
    ['what never ends', () => new Promise(() => {}), /did not end/],
  ];
  test.each(faults)('finds %s', async (_, run, error) => {
    const { failures } = await tryOnce((_pick, trial) => run(trial), 50);
    expect(failures.map((one) => one.error)).toEqual([expect.stringMatching(error)]);
  });

  test('counts what is refused at the door, and what is stopped behind it', async () => {
    const refused = await tryOnce(() => void parseHex('x'));
    expect([refused.accepted, [...refused.refused]]).toEqual([0, [['hex/not-hex', 1]]]);
    const stopped = await tryOnce((_, trial) => {
      trial.accept();
      parseHex('x');
    });
    expect([stopped.accepted, [...stopped.stopped], stopped.failures]).toEqual([1, [['hex/not-hex', 1]], []]);
  });

  test('gives the same inputs for the same seed, each by its place', async () => {
    const drawn: number[] = [];
    const draws = kind((pick) => void drawn.push(pick(1_000_000)));
    await fuzzKind(draws, { seed: 5, count: 10 });
    await fuzzKind(draws, { seed: 5, count: 1, from: 7 });
    expect(drawn[10]).toBe(drawn[7]);
    expect(new Set(drawn).size).toBe(10);
  });

  test('makes a failing input small', async () => {
    const row = [900, 3, 17, 64, 5, 1000, 12, 40];
    const hasTwo = (numbers: readonly number[]) => numbers.filter((one) => one > 30).length >= 2;
    const small = await smallest(row, async (candidate) => {
      const pick = played(candidate);
      const drawn = Array.from({ length: 8 }, () => pick(2000));
      return hasTwo(drawn) ? drawn : undefined;
    });
    expect(small.length).toBe(2);
    expect(small.every((one) => one > 30 && one <= 62)).toBe(true);
  });
});
