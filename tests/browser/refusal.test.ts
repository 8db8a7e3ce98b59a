import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { launchChromium } from './chromium.ts';
import { database, databaseWithout, dump, file, keysOfSample, nodeDump } from './files.ts';
import { choose, drop, headline, step, visit } from './page.ts';
import { reachDonor } from './states.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());
const open = () => visit(browser, inject('pageUrl'));

describe('a refused dump', () => {
  test('is a page with what happened, the evidence, and what to do now', async () => {
    const { page, complaints } = await open();
    await choose(page, [nodeDump('4.0.0', 'deprovisioned'), database]);
    await headline(page, 'The node has left its network').waitFor();
    for (const name of ['What happened', 'Evidence', 'What to do now', 'Your files']) {
      await expect
        .poll(() => page.getByRole('region', { name, exact: true }).count(), { message: name })
        .toBe(1);
    }
    await expect.poll(() => step(page, 'Donor').innerText()).toContain('dump refused');
    await page.getByText('flashfs/node-reset').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('makes way for a good one, while the database stays', async () => {
    const { page } = await open();
    await choose(page, [nodeDump('5.0.0', 'unprovisioned'), database]);
    await headline(page, 'The node was never provisioned').waitFor();
    await choose(page, [dump], /Choose another dump/);
    await headline(page, 'light').waitFor();
    await page.context().close();
  });

  test('can be reported without a key', async () => {
    const { page } = await open();
    await choose(page, [nodeDump('4.0.0', 'deprovisioned'), database]);
    await page.getByRole('button', { name: 'Copy a report', exact: true }).click();
    await page.getByRole('button', { name: 'Report copied' }).first().waitFor();
    const report = await page.evaluate(() => navigator.clipboard.readText());
    expect(report).toContain('flashfs/node-reset');
    expect(report).toContain('PyACI');
    for (const key of keysOfSample()) expect(report).not.toContain(key);
    await page.context().close();
  });
});

describe('dump and database of two kinds', () => {
  test('are both shown, and both stay', async () => {
    const { page } = await open();
    await choose(page, [dump, databaseWithout('light')]);
    await headline(page, 'The node is not in this database').waitFor();
    await expect.poll(() => page.getByRole('cell', { name: 'other0' }).count()).toBe(1);
    await choose(page, [database], /Choose another file/);
    await headline(page, 'light').waitFor();
    await page.context().close();
  });
});

describe('a file that is neither', () => {
  test('is named with the reason, and costs nothing of what was there', async () => {
    const { page } = await open();
    await reachDonor(page);
    await drop(page, [file('notes.json', '{"a": [1, 2')]);
    await page.getByText('notes.json').waitFor();
    await headline(page, 'light').waitFor();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    expect(await page.getByText('notes.json').count()).toBe(0);
    await page.context().close();
  });
});

describe('a step that has nothing to show', () => {
  test('says what it waits for', async () => {
    const { page } = await open();
    await step(page, 'Press').click();
    await headline(page, 'Nothing to press yet').waitFor();
    await page.getByRole('link', { name: 'Go to the donor' }).click();
    await headline(page, /^Press clones of one/).waitFor();
    await page.context().close();
  });
});
