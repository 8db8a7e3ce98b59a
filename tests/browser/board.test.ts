/** From one provisioned board to proven clones with nothing but the page: read, plan, write, prove. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { parseHex } from '../../src/hex/index.ts';
import { parseJournal } from '../../src/bench/index.ts';
import { launchChromium } from './chromium.ts';
import { finishRun, openBench, tile } from './bench-states.ts';
import { headline, visit } from './page.ts';
import { reachReadDone } from './states.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

describe('one provisioned board and three blank ones', () => {
  test('become four nodes, and each step of the proof stands in journal and report', async () => {
    const { page, complaints } = await visit(browser, inject('pageUrl'));
    const saved = async (button: RegExp) => {
      const download = page.waitForEvent('download');
      await page.getByRole('button', { name: button }).click();
      return readFileSync(await (await download).path());
    };
    await reachReadDone(page);
    const sample = readFileSync(new URL('../../public/samples/client.hex.gz', import.meta.url));
    const donor = parseHex(gunzipSync(sample).toString()).image;
    const read = parseHex(gunzipSync(await saved(/^Save donor_0011_nRF52832.hex.gz/)).toString()).image;
    expect(Buffer.compare(read.read(0, 0x80000), donor.read(0, 0x80000))).toBe(0);
    expect(read.definedBytes(0x10001000, 0x1000)).toBe(0x1000);

    await page.getByRole('link', { name: 'Go to the donor' }).click();
    await page.getByRole('link', { name: 'Plan clones' }).click();
    await page.getByLabel('How many').fill('3');
    await headline(page, '3 clones').waitFor();
    await openBench(page);
    await page.getByLabel('Proof').selectOption('full');
    await page.getByRole('button', { name: 'Use virtual boards' }).click();
    await headline(page, 'Plug in the first board').waitFor();
    await page.getByRole('radio', { name: 'As fast as this computer can' }).check();
    await finishRun(page);
    const board = tile(page, 'A');
    await board.getByText('its pages still say the same after a while').waitFor();
    await board.getByRole('button', { name: /^Log/ }).click();
    await board.getByRole('log').getByText('Node Address: 0x0053').waitFor();
    await board.getByLabel('Search').fill('models');
    await board.getByText(/^1 line of/).waitFor();

    const journal = parseJournal((await saved(/^Export CSV/)).toString());
    const proofs = journal.filter(({ proof }) => proof);
    expect(proofs).toHaveLength(15);
    expect(proofs.every(({ kind }) => kind === 'proved')).toBe(true);
    await page.evaluate(() => (location.hash = 'report'));
    await page
      .getByText(/proof: its firmware runs/)
      .first()
      .waitFor();
    const report = JSON.parse((await saved(/JSON/)).toString());
    for (const clone of report.clones) {
      const [attempt] = clone.attempts;
      const own = proofs.filter(({ identity }) => identity?.clone === clone.name);
      expect(attempt.proof).toEqual(
        own.map(({ proof }) => ({
          step: proof!.step,
          outcome: 'passed',
          seconds: proof!.ms / 1000,
          code: null,
        })),
      );
    }
    expect(complaints).toEqual([]);
    await page.context().close();
  }, 120_000);
});
