import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { launchChromium } from './chromium.ts';
import { file } from './files.ts';
import { choose, headline, visit } from './page.ts';
import { reachPlan } from './states.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());
const open = () => visit(browser, inject('pageUrl'));

describe('planning', () => {
  test('offers the next free address where the wished one is taken', async () => {
    const { page } = await open();
    await reachPlan(page);
    const first = page.getByRole('textbox', { name: 'First address' });
    await first.fill('0x0052');
    await page
      .getByText(/other1/)
      .first()
      .waitFor();
    await expect.poll(() => first.getAttribute('aria-invalid')).toBe('true');
    await expect.poll(() => page.getByRole('button', { name: 'Go to press' }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Use 0x0053' }).click();
    await headline(page, '20 clones, 0x0053 to 0x008E').waitFor();
    await expect.poll(() => first.inputValue()).toBe('0x0053');
    await page.context().close();
  });

  test('says what a number of clones must be, and how many fit', async () => {
    const { page } = await open();
    await reachPlan(page);
    const count = page.getByLabel('How many');
    await count.fill('many');
    await page.getByText('“many” is not a number of clones.').waitFor();
    await count.fill('20000');
    await page.getByRole('button', { name: /^Make 10,/ }).click();
    await headline(page, /^10,\d+ clones/).waitFor();
    await page.context().close();
  });

  test('gives a clone another name where it stands, and no two the same', async () => {
    const { page, complaints } = await open();
    await reachPlan(page, 3);
    await page.getByRole('button', { name: 'Rename light_0053' }).click();
    await page.getByLabel('Name of clone 1').fill('kitchen');
    await page.keyboard.press('Enter');
    const kitchen = page.getByRole('button', { name: 'kitchen', exact: true });
    await kitchen.waitFor();
    expect(await kitchen.evaluate((button) => button === document.activeElement)).toBe(true);
    await expect.poll(() => page.getByRole('row', { name: /kitchen/ }).innerText()).toContain('kitchen.hex');

    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('F2');
    await page.getByLabel('Name of clone 2').fill('kitchen');
    await page.keyboard.press('Enter');
    await page.getByText('Two clones would have the name kitchen.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'light_0056', exact: true }).waitFor();
    await expect.poll(() => page.getByRole('link', { name: 'Go to press' }).count()).toBe(1);

    await kitchen.dblclick();
    await page.getByLabel('Name of clone 1').fill('');
    await page.keyboard.press('Tab');
    await page.getByRole('button', { name: 'light_0053', exact: true }).waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('takes names and addresses from a table', async () => {
    const { page } = await open();
    await reachPlan(page, 3);
    await page.locator('summary', { hasText: 'Values from a table' }).click();
    const table = page.getByLabel('CSV, or rows pasted from a spreadsheet');
    await table.fill('name\tunicastAddress\nkitchen\t0x0100\nhall\t\n');
    await page.getByRole('button', { name: 'kitchen', exact: true }).waitFor();
    await expect
      .poll(() => page.getByRole('row', { name: /kitchen/ }).innerText())
      .toContain('0x0100–0x0102');
    await page.getByRole('button', { name: 'hall', exact: true }).waitFor();
    await table.fill('name,unicastAddress\nkitchen,somewhere\n');
    await page.getByText(/Row 2, column unicastAddress/).waitFor();
    await page.getByRole('button', { name: 'Clear the table' }).click();
    await page.getByRole('button', { name: 'light_0053', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText(/Row 2, column unicastAddress/).waitFor();
    await expect.poll(() => page.getByRole('button', { name: 'Undo' }).count()).toBe(0);
    await page.context().close();
  });

  test('saves the plan as a table, and makes the same plan of that table again', async () => {
    const { page } = await open();
    await reachPlan(page, 3);
    await page.locator('summary', { hasText: 'Values from a table' }).click();
    const saved = async (button: RegExp) => {
      const saving = page.waitForEvent('download');
      await page.getByRole('button', { name: button }).click();
      return readFileSync(await (await saving).path(), 'utf8');
    };
    expect(await saved(/^Save a template/)).toMatch(/^name,unicastAddress,deviceKey,UUID,label\r\n/);
    const table = await saved(/^Save the plan/);
    expect(table.trim().split('\r\n')).toHaveLength(4);
    expect(table).toMatch(/light_0053,0x0053,[0-9a-f]{32},/);

    await choose(page, [file('clones.csv', table.replace('light_0056', 'hall'))], /^Open a table/);
    await page.getByRole('button', { name: 'hall', exact: true }).waitFor();
    expect(await saved(/^Save the plan/)).toBe(table.replace('light_0056', 'hall'));
    await page.context().close();
  });

  test('shows what each clone changes before it is pressed', async () => {
    const { page } = await open();
    await reachPlan(page, 3);
    await page.getByRole('button', { name: 'light_0059', exact: true }).click();
    await page.getByText('0x0011 becomes 0x0059').first().waitFor();
    await page.getByText('59 00').first().waitFor();
    await page.context().close();
  });

  test('lists ten thousand clones with a handful of rows', async () => {
    const { page } = await open();
    await reachPlan(page, 10_000);
    await expect.poll(() => page.getByRole('row').count()).toBeLessThan(30);
    await page.getByRole('button', { name: 'light_0053', exact: true }).click();
    await page.keyboard.press('End');
    await page.getByText('9,991–10,000 of 10,000').waitFor();
    await expect.poll(() => page.locator(':focus').innerText()).toMatch(/^light_7580$/i);
    await page.keyboard.press('ArrowUp');
    await expect.poll(() => page.locator(':focus').innerText()).toMatch(/^light_757d$/i);
    await page.context().close();
  });

  test('moves the lens along the address space by keyboard', async () => {
    const { page } = await open();
    await reachPlan(page);
    const lens = page.getByRole('slider', { name: 'First address under the lens' });
    await lens.focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => lens.getAttribute('aria-valuetext')).toBe('0x0040');
    await page.keyboard.press('End');
    await expect.poll(() => lens.getAttribute('aria-valuetext')).toBe('0x7F00');
    await page.context().close();
  });
});
