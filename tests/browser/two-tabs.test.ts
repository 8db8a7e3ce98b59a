/** Two tabs of one browser, one of which shows what was true before the other did its work. */
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { inState, openBench, plugIn, reachRun } from './bench-states.ts';
import { launchChromium } from './chromium.ts';
import { headline, opened, visit } from './page.ts';
import { reachPlan } from './states.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

/** Both have a plan; the first has written a board and is closed, and the second knows nothing of it. */
async function staleTab(): Promise<Page> {
  const { page: first } = await visit(browser, inject('pageUrl'));
  const stale = await first.context().newPage();
  stale.setDefaultTimeout(20_000);
  await stale.goto(inject('pageUrl'));
  await reachPlan(stale, 3);
  await openBench(stale);
  await first.bringToFront(); // a tab behind another draws once a second, and every click waits for that
  await reachRun(first, 2);
  await plugIn(first, 'A');
  await inState(first, 'A', 'verified').waitFor();
  await first.close();
  await stale.bringToFront();
  await untilBenchIsFree(stale);
  return stale;
}
/** A tab that was closed has the bench for a moment longer: whoever begins something in that moment is told so, which is another story. */
async function untilBenchIsFree(page: Page): Promise<void> {
  await page.evaluate(() => navigator.locks.request('meshpress-bench', async () => {}));
}
const begin = (page: Page) => page.getByRole('button', { name: 'Use virtual boards' }).click();

describe('a tab that was opened before another one wrote boards', () => {
  test('begins nothing over that run, says what lies there, and can go on with it', async () => {
    const page = await staleTab();
    await begin(page);
    await headline(page, 'Go on with 2 clones?').waitFor();
    await page.getByText('A run that was begun in another tab is kept here.').first().waitFor();
    await page.getByText('1 of 2 verified').waitFor();
    await page.getByText('Neither zip nor database is saved').waitFor();
    await page.getByRole('button', { name: 'Go on', exact: true }).click();
    await inState(page, 'A', 'known').waitFor();
    await expect.poll(() => page.locator('.counts').innerText()).toMatch(/1 verified[^]*1 left/);
    await page.context().close();
  });

  test('can save it as a file and begin its own; the file brings the very same clones back', async () => {
    const page = await staleTab();
    await begin(page);
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save it and put it away' }).click();
    const buffer = readFileSync(await (await saving).path());
    await headline(page, '3 clones onto boards').waitFor();
    await begin(page);
    await headline(page, 'Plug in the first board').waitFor();
    await page.getByRole('button', { name: 'Forget this run' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Forget' }).click();
    await headline(page, '3 clones onto boards').waitFor();

    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Open a saved run…' }).click();
    await (await chooser).setFiles([{ name: 'run.json', mimeType: 'application/json', buffer }]);
    await headline(page, 'Go on with 2 clones?').waitFor();
    await page.getByRole('button', { name: 'Go on', exact: true }).click();
    await headline(page, 'Plug in the first board').waitFor();
    const again = await opened(page);
    const saved = JSON.parse(buffer.toString()) as { plan: { clones: { deviceKey: string }[] } };
    expect(saved.plan.clones).toHaveLength(2);
    for (const { deviceKey } of saved.plan.clones)
      expect(again).toContain(Buffer.from(deviceKey, 'hex').toString('latin1'));
    await page.context().close();
  });

  test('forgets it only by a word about what is there now', async () => {
    const page = await staleTab();
    await begin(page);
    await headline(page, 'Go on with 2 clones?').waitFor();
    const other = await page.context().newPage();
    await other.goto(page.url().replace(/#.*/, '#bench'));
    await other.getByRole('button', { name: 'Go on', exact: true }).click();
    await plugIn(other, 'B');
    await inState(other, 'B', 'verified').waitFor();
    await other.close();
    await page.bringToFront();
    await untilBenchIsFree(page);
    await page.getByRole('button', { name: 'Forget this run' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Forget' }).click();
    await page.getByText('The run that is kept is not as it was shown').first().waitFor();
    await page.getByText('2 of 2 verified').waitFor();
    await page.context().close();
  });
});
