import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { moving, sideways, violations } from './access.ts';
import { BENCH_STATES } from './bench-states.ts';
import { launchChromium } from './chromium.ts';
import { visit } from './page.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

/** By day, by night, and on a phone: the states are far to walk to, so each is walked to once. */
const LOOKS = [
  { width: 1280, height: 900, colorScheme: 'light' },
  { width: 1280, height: 900, colorScheme: 'dark' },
  { width: 390, height: 844, colorScheme: 'light' },
  { width: 320, height: 640, colorScheme: 'dark' },
  { width: 640, height: 400, colorScheme: 'light' }, // a small laptop at 200 % zoom
] as const;

describe.each(Object.entries(BENCH_STATES))('in the state "%s"', (_, reach) => {
  test('nobody is shut out', async () => {
    const { page, complaints } = await visit(browser, inject('pageUrl'), { reducedMotion: 'reduce' });
    await reach(page);
    for (const { width, height, colorScheme } of LOOKS) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      expect(await violations(page), `${width} ${colorScheme}`).toEqual([]);
      expect(await sideways(page), `${width} ${colorScheme}`).toEqual([]);
    }
    expect(await moving(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
