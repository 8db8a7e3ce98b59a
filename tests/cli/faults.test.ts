import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ERRORS,
  SCENARIOS,
  failEverywhere,
  killEverywhere,
  killProcesses,
  race,
  type Tally,
} from '../faults/campaigns.ts';
import { Children } from '../faults/children.ts';

// `npm run faults:cli` does the same without leaving any out
let children: Children;
beforeAll(async () => void (children = await Children.prepare()));
afterAll(() => children.end());

function expectWhole({ tried, lost, doubled, broken }: Tally, atLeast: number): void {
  expect({ lost, doubled, broken }).toEqual({ lost: [], doubled: [], broken: [] });
  expect(tried).toBeGreaterThanOrEqual(atLeast);
}

// some hundred runs each: long on a machine that is busy otherwise
describe('no identity is lost or doubled, and the donor stays as it is,', { timeout: 600_000 }, () => {
  test('when a run dies at a file operation', async () => {
    expectWhole(await killEverywhere(4), 100);
  });

  test('when a process is killed at a file operation', async () => {
    expectWhole(await killProcesses(children, SCENARIOS.slice(1, 2), 7), 10);
  });

  test('when a file operation fails, and when all do from there on', async () => {
    expectWhole(await failEverywhere((at) => (at % 8 === 0 ? [ERRORS[(at / 8) % ERRORS.length]!] : [])), 100);
  });

  test('when two processes begin at once on one database', async () => {
    expectWhole(await race(children, 100), 100);
  });
});
