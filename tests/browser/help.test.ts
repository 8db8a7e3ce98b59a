import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { violations } from './access.ts';
import { launchChromium } from './chromium.ts';
import { database, nodeDump } from './files.ts';
import { choose, headline, step, visit } from './page.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());
const open = (hash = '') => visit(browser, inject('pageUrl') + hash);

const focused = (page: Page, text: string | RegExp) =>
  page.waitForFunction(
    (source) => new RegExp(source).test(document.activeElement?.textContent ?? ''),
    text instanceof RegExp ? text.source : text,
  );

describe('a refusal', () => {
  test('says what to do in steps, leads to its help, and has the focus back where one left', async () => {
    const { page, complaints } = await open();
    await choose(page, [nodeDump('4.0.0', 'deprovisioned'), database]);
    const todo = page.getByRole('region', { name: 'What to do now' });
    await todo.getByText('Read the whole flash out again').waitFor();
    await expect.poll(() => todo.getByRole('list').first().getByRole('listitem').count()).toBe(3);

    await todo.getByRole('link', { name: 'flashfs/node-reset' }).click();
    await headline(page, 'The node has left its network').waitFor();
    await focused(page, 'The node has left its network');
    expect(page.url()).toMatch(/#help\/flashfs\/node-reset$/);
    await page.getByText('button 4 on the examples').waitFor();

    await page.goBack();
    await page.waitForFunction(
      () => document.activeElement?.getAttribute('href') === '#help/flashfs/node-reset',
    );
    await page.keyboard.press('Enter');
    await page.getByText('button 4 on the examples').waitFor();
    await page.getByRole('link', { name: 'Back to Donor' }).click();
    await page.waitForFunction(
      () => document.activeElement?.getAttribute('href') === '#help/flashfs/node-reset',
    );
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

describe('the help', () => {
  test('is found by its addresses, old ones and after a reload too, and by a search', async () => {
    const { page, complaints } = await open('#help/probes/windows');
    await focused(page, '^Windows$');
    await page.getByText('SEGGER’s and Nordic’s tools go on working').waitFor(); // not folded away
    await page.reload();
    await focused(page, '^Windows$');

    const search = page.getByRole('searchbox', { name: 'Search the help' });
    await search.fill('configurator winusb');
    await page.getByText('1 code found.').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('link', { name: 'SEGGER’s driver has the J-Link' }).click();
    await focused(page, 'SEGGER’s driver has the J-Link');
    await expect.poll(() => search.inputValue()).toBe('');
    await page.getByRole('link', { name: 'Windows', exact: true }).last().click();
    await focused(page, '^Windows$');

    await page.getByRole('link', { name: 'Disclaimer' }).last().click();
    await headline(page, 'Disclaimer').waitFor();
    await page.getByText('Whoever gets hold of one image').waitFor();

    await page.goto(inject('pageUrl') + '#help/nowhere/at-all');
    await headline(page, 'There is no such place').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

describe('the tour', () => {
  test('goes by keyboard from nothing to verified boards, and leaves everything where it is', async () => {
    const { page, complaints } = await open('#tour');
    const go = async (name: RegExp) => {
      for (let i = 0; i < 40; i++) {
        await page.keyboard.press('Tab');
        const here = await page.evaluate(() => {
          const element = document.activeElement as HTMLElement;
          return (element.closest('label') ?? element).textContent.trim();
        });
        if (name.test(here)) return;
      }
      throw new Error(`Tab never came to ${name}`);
    };
    await headline(page, 'Provision one node').waitFor();
    await page.keyboard.press('ArrowRight');
    await focused(page, '^Read it out$');
    await go(/^Open the sample network$/);
    await page.keyboard.press('Enter');
    await focused(page, '^Next$');
    await page.keyboard.press('Enter');
    await focused(page, '^Press its clones$');
    await go(/development or research/);
    await page.keyboard.press('Space');
    await go(/^Press 20 clones$/);
    await page.keyboard.press('Enter');
    await focused(page, '^Next$');
    await page.keyboard.press('ArrowRight');
    await focused(page, '^Flash them$');
    await go(/^Plug in four virtual boards$/);
    await page.keyboard.press('Enter');
    await page.getByText('4 of 20 are on boards').waitFor();
    await page.keyboard.press('ArrowRight');
    await headline(page, 'Switch them on').waitFor();
    await page.getByText('4 boards written and read back').waitFor();

    await expect.poll(() => page.title()).toContain('Demo');
    await expect.poll(() => step(page, 'Bench').innerText()).toContain('4 verified');
    await page.getByRole('link', { name: 'End the tour' }).click();
    await headline(page, 'light').waitFor();
    await expect.poll(() => step(page, 'Press').innerText()).toContain('20 pressed');
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
