import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { expectOpenToAll, type Look } from './access.ts';
import { BENCH_WALKS, reachRun } from './bench-states.ts';
import { launchChromium } from './chromium.ts';
import { headline, visit } from './page.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

/** By day, by night, and on a phone; the narrowest window, and a small laptop at 200 % zoom. */
const LOOKS: readonly Look[] = [
  { width: 1280, height: 900, colorScheme: 'light', reducedMotion: 'reduce' },
  { width: 1280, height: 900, colorScheme: 'dark', reducedMotion: 'reduce', for: 'colours' },
  { width: 390, height: 844, colorScheme: 'light', reducedMotion: 'reduce' },
  { width: 320, height: 640, for: 'room' },
  { width: 640, height: 400, for: 'room' },
];

describe.each(BENCH_WALKS.map((walk) => [Object.keys(walk).join(', '), walk] as const))(
  'in the states %s',
  (_, walk) => {
    test('nobody is shut out', async () => {
      const { page, complaints } = await visit(browser, inject('pageUrl'), { reducedMotion: 'reduce' });
      await expectOpenToAll(page, walk, LOOKS);
      expect(complaints).toEqual([]);
      await page.context().close();
    });
  },
);

test('on a phone, all that can be done with a kept run is in sight at the lower edge', async () => {
  const { page } = await visit(browser, inject('pageUrl'), { width: 390, height: 844 });
  await reachRun(page, 2);
  await page.reload();
  await headline(page, 'Go on with 2 clones?').waitFor();
  for (const name of ['Forget this run', 'Save it and put it away', 'Go on']) {
    const { x, width, height } = (await page.getByRole('button', { name, exact: true }).boundingBox())!;
    expect([name, x >= 0 && x + width <= 390, height >= 44]).toEqual([name, true, true]);
  }
  await page.context().close();
});
