/** The engine ends in the middle of a run. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { atPace, freshBoards, inState, reachRun, tile } from './bench-states.ts';
import { launchChromium } from './chromium.ts';
import { dump } from './files.ts';
import { endEngine, visit } from './page.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

test('an engine that ends while boards are written is told of, begun again with the same files, and the run goes on', async () => {
  const { page } = await visit(browser, inject('pageUrl'));
  await reachRun(page, 1, dump);
  await atPace(page, 'real');
  await freshBoards(page).click();
  await tile(page, 'A')
    .getByText(/page [1-9]/)
    .waitFor();
  const clone = (await tile(page, 'A').innerText()).match(/light_\d{4}/)![0];
  await endEngine(page);
  await page.getByRole('button', { name: 'Begin again' }).click();
  await atPace(page, 'fast');
  // it was written on, or waits to be told
  await inState(page, 'A', 'verified')
    .or(inState(page, 'A', 'failed'))
    .waitFor();
  const again = tile(page, 'A').getByRole('button', { name: /^(Write|Try) again$/ });
  if (await again.isVisible()) await again.click();
  await inState(page, 'A', 'verified').waitFor();
  expect(await tile(page, 'A').innerText()).toContain(clone);
  expect(await page.getByRole('button', { name: 'Begin again' }).count()).toBe(0);
  await page.context().close();
});
