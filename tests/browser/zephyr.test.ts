/** Clones of an nRF Connect SDK light, from the sample to boards: the page knows no kind of image by name. */
import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { atPace, finishRun, openBench } from './bench-states.ts';
import { launchChromium } from './chromium.ts';
import { headline, visit } from './page.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

describe('the light of the nRF Connect SDK', () => {
  test('is read, planned, and put onto virtual boards, each booted in simulation', async () => {
    const { page, complaints } = await visit(browser, inject('pageUrl'));
    await page.getByRole('button', { name: 'Try an nRF Connect SDK light' }).click();
    await headline(page, 'ncs-light').waitFor();
    await expect.poll(() => page.getByText('nRF Connect SDK').first().isVisible()).toBe(true);
    await expect.poll(() => page.getByText('SIG model 2 of its element').count()).toBeGreaterThan(0);
    await page.getByRole('link', { name: 'Plan clones' }).click();
    await page.getByLabel('How many').fill('3');
    await headline(page, '3 clones').waitFor();
    await openBench(page);
    await page.getByRole('button', { name: 'Use virtual boards' }).click();
    await headline(page, 'Plug in the first board').waitFor();
    await atPace(page, 'fast');
    await finishRun(page);
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save the database', exact: true }).last().click();
    const saved = JSON.parse(readFileSync(await (await saving).path(), 'utf8')) as {
      nodes: { name: string }[];
    };
    expect(saved.nodes.filter(({ name }) => name.startsWith('ncs-light_')).length).toBe(3);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
