/** A run whose tab nobody looks at, or that the browser stops for a while. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { atPace, freshBoards, inState, reachRun, tile } from './bench-states.ts';
import { launchChromium } from './chromium.ts';
import { dump } from './files.ts';
import { visit } from './page.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

/** Boards as slow as real ones, two of which are being written. */
async function atWork(): Promise<Page> {
  const { page } = await visit(browser, inject('pageUrl'));
  await reachRun(page, 2, dump);
  await atPace(page, 'real');
  await freshBoards(page).click();
  await tile(page, 'A')
    .getByText(/page [1-9]/)
    .waitFor();
  return page;
}

describe('a run in a tab', () => {
  test('that goes into the background says so, on the tile and in its title, and is finished', async () => {
    const page = await atWork();
    await page.evaluate(() => {
      Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await tile(page, 'A').getByText('This tab is in the background.').waitFor();
    await page.locator('[data-sight=hidden]').waitFor();
    await expect.poll(() => page.title()).toContain('In the background: ');
    await atPace(page, 'fast');
    for (const letter of ['A', 'B']) await inState(page, letter, 'verified').waitFor({ timeout: 60_000 });
    await page.context().close();
  });

  test('that is frozen and thawed again goes on where it was, and says how long that took', async () => {
    const page = await atWork();
    await page.evaluate(() => {
      document.dispatchEvent(new Event('freeze'));
      const until = performance.now() + 2_000;
      while (performance.now() < until); // nothing of the page runs, as while it is frozen
      document.dispatchEvent(new Event('resume'));
    });
    await page
      .locator('[data-sight=frozen]')
      .getByText(/had stopped this tab/)
      .waitFor();
    await page.getByRole('button', { name: 'Noted' }).click();
    await expect.poll(() => page.locator('[data-sight]').count()).toBe(0);
    await atPace(page, 'fast');
    for (const letter of ['A', 'B']) await inState(page, letter, 'verified').waitFor({ timeout: 60_000 });
    await page.context().close();
  });
});
