/** The serial console with a virtual kit: beside boards that are written, on its own page, and over a cable that is pulled. */
import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { inState, plugIn, reachRun } from './bench-states.ts';
import { launchChromium } from './chromium.ts';
import { headline, step, visit } from './page.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

describe('the serial console', () => {
  test('hears a kit beside the boards, is searched and saved, and comes back after its cable was pulled', async () => {
    const { page, complaints } = await visit(browser, inject('pageUrl'));
    const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
    const log = page.getByRole('log', { name: 'Log on the serial port' });
    await reachRun(page, 2);
    await press('Open it here');
    await press('Use a virtual kit');
    await log.getByText('Node Address: 0x0053').waitFor();
    await plugIn(page, 'A');
    await inState(page, 'A', 'verified').waitFor();
    await log.getByText('ONOFF SET 1').first().waitFor();

    // another page, the same log
    await page.goto(`${inject('pageUrl')}#console`);
    await headline(page, 'Serial console').waitFor();
    await log.getByText('Node Address: 0x0053').waitFor();
    await page.getByRole('textbox', { name: 'A line to send' }).fill('3');
    await press('Send');
    await log.getByText('Button 3 pressed').waitFor();

    await page.getByRole('searchbox', { name: 'Search' }).fill('node address');
    await expect.poll(() => log.locator('p').count()).toBe(1);
    expect(await log.locator('mark').innerText()).toBe('Node Address');
    await page.getByRole('searchbox', { name: 'Search' }).fill('');
    await page.getByRole('combobox', { name: 'Source' }).selectOption('mesh_app_utils.c');
    const saving = page.waitForEvent('download');
    await press('Save');
    const saved = readFileSync(await (await saving).path(), 'utf8')
      .trim()
      .split('\t');
    expect(saved).toEqual([
      expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/),
      expect.stringMatching(/^\d+$/),
      'mesh_app_utils.c:66',
      'Device UUID (raw): 1F4FF3C5624B7D8B6F5E4D3C2B1AFFFF',
    ]);
    expect((await saving).suggestedFilename()).toMatch(/^serial-.*\.log$/);
    await page.getByRole('combobox', { name: 'Source' }).selectOption('all');

    const speed = page.getByRole('combobox', { name: 'Bits a second' });
    await speed.selectOption('9600');
    await press('Press its reset button');
    await page.getByText('What comes is no text.').waitFor();
    await speed.selectOption('115200');
    await press('Press its reset button');

    await press('Pull its cable');
    await page.getByText('It is opened again once it is back.').waitFor();
    await log.getByText('[the port was lost]').waitFor();
    await press('Push its cable in');
    await log.getByText('[the port is back]').waitFor();

    await press('Close the port');
    await step(page, 'Bench').click();
    await inState(page, 'A', 'verified').waitFor(); // the run went on meanwhile
    await page.getByRole('button', { name: 'Open it here' }).waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
