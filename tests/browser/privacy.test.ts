import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { launchChromium } from './chromium.ts';
import { keysOfSample, parseDatabase, database } from './files.ts';
import { plugIn, reachRun } from './bench-states.ts';
import { headline, opened, step, stored, untilKept, visit } from './page.ts';
import { PASSPHRASE, reachDonor, reachKept, reachPlan, reachPressed, setPassphrase } from './states.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());
const open = () => visit(browser, inject('pageUrl'));

/** Everything of the page that a key could stand in: text and attributes, without blanks between bytes. */
const documentText = async (page: Page) =>
  (await page.evaluate(() => document.documentElement.outerHTML + document.documentElement.textContent))
    .replaceAll(/[\s-]/g, '')
    .toLowerCase();

const shownKeys = async (page: Page) => {
  const text = await documentText(page);
  return keysOfSample().filter((key) => text.includes(key));
};

describe('keys', () => {
  test('are nowhere in the page until somebody asks, and gone after leaving the step', async () => {
    const { page, complaints } = await open();
    await reachDonor(page);
    const own = parseDatabase(database.buffer).nodes.find(({ name }) => name === 'light')!.deviceKey;
    expect(await shownKeys(page)).toEqual([]);
    await page.getByRole('button', { name: 'Show keys' }).click();
    await page.getByText(own).waitFor();
    expect(await shownKeys(page)).toContain(own);
    await page.evaluate(() => window.dispatchEvent(new Event('blur'))); // another window has the focus
    await page.getByText(own).waitFor({ state: 'detached' });
    expect(await shownKeys(page)).toEqual([]);
    await page.getByRole('button', { name: 'Show keys' }).click();
    await page.getByText(own).waitFor();
    await page.getByRole('link', { name: 'Plan clones' }).click();
    await headline(page, /^20 clones/).waitFor();
    expect(await shownKeys(page)).toEqual([]);
    await step(page, 'Donor').click();
    await headline(page, 'light').waitFor();
    expect(await shownKeys(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('of clones are dots in table and preview', async () => {
    const { page } = await open();
    await reachPlan(page, 2);
    const table = page.getByRole('table', { name: 'Clones' });
    await expect.poll(() => table.innerText()).toContain('••••');
    await page.getByRole('button', { name: 'Show keys' }).click();
    await page
      .getByText(/^[0-9a-f]{32}$/)
      .first()
      .waitFor();
    expect(await table.innerText()).not.toContain('••••');
    await page.getByRole('button', { name: 'Hide keys' }).click();
    await expect.poll(() => table.innerText()).toContain('••••');
    await page.context().close();
  });
});

describe('nothing leaves the page', () => {
  test('because its policy forbids every connection, in the worker too', async () => {
    const { page } = await open();
    await reachDonor(page);
    const answers = await page.evaluate(async (url) => {
      const attempt = (act: () => Promise<unknown>) =>
        act().then(
          () => 'went through',
          () => 'blocked',
        );
      return {
        fetch: await attempt(() => fetch(url)),
        image: await attempt(
          () =>
            new Promise((resolve, reject) => {
              const image = new Image();
              image.onload = resolve;
              image.onerror = reject;
              image.src = 'https://example.invalid/a.png';
            }),
        ),
      };
    }, inject('pageUrl'));
    expect(answers.fetch).toBe('blocked');
    expect(answers.image).toBe('blocked');
    const [worker] = page.workers();
    const ways = await worker!.evaluate(() => {
      const scope = globalThis as unknown as Record<string, unknown>;
      return ['fetch', 'XMLHttpRequest', 'WebSocket', 'EventSource', 'importScripts'].filter(
        (way) => scope[way] !== undefined,
      );
    });
    expect(ways).toEqual([]);
    await page.context().close();
  });

  test('and the address of the page holds the name of the step alone', async () => {
    const { page } = await open();
    await reachPressed(page, 1);
    expect(new URL(page.url()).hash).toBe('#press');
    expect(new URL(page.url()).search).toBe('');
    await page.context().close();
  });
});

describe('what this browser keeps', () => {
  test('is settings and file names, and no key, unless the person says so', async () => {
    const { page } = await open();
    await reachPlan(page, 7);
    await untilKept(page, (text) => text.includes('"count":"7"'));
    const text = await opened(page);
    expect(text).toContain('client.hex');
    for (const key of keysOfSample()) expect(text).not.toContain(key);
    expect(await stored(page)).not.toContain('client.hex');

    await page.reload();
    await page.getByText(/your settings are back/).waitFor();
    expect(await page.getByRole('button', { name: 'Continue' }).count()).toBe(0);
    await reachDonor(page);
    await step(page, 'Plan').click();
    await headline(page, '7 clones').waitFor();
    await page.context().close();
  });

  test('is the whole project when the person says so, and nothing after "Forget"', async () => {
    const { page } = await open();
    await reachDonor(page);
    await page.getByRole('checkbox', { name: /Keep this project/ }).check();
    await untilKept(page, (text) => text.includes('"files"'));
    const key = keysOfSample()[0]!;
    expect((await opened(page)).toLowerCase()).toContain(key);
    expect((await stored(page)).toLowerCase()).not.toContain(key);
    await page.reload();
    await page.getByRole('button', { name: 'Continue' }).click();
    await headline(page, 'light').waitFor();
    await page.getByRole('button', { name: 'Forget' }).click();
    await untilKept(page, (text) => text === '');
    await page.reload();
    await headline(page, /^Press clones of one/).waitFor();
    expect(await page.getByText(/^Last time/).count()).toBe(0);
    await page.context().close();
  });

  test('is nothing after "Forget everything", which offers first what would be lost', async () => {
    const { page } = await open();
    await page.evaluate(() => {
      localStorage.setItem('of another page', 'stays');
      indexedDB.open('of another page');
    });
    await reachRun(page, 1);
    await plugIn(page, 'A');
    await headline(page, 'The clone is on its board').waitFor();
    await page.reload();
    await headline(page, 'Go on with 1 clone?').waitFor();
    const key = Buffer.from(parseDatabase(database.buffer).netKeys[0]!.key, 'hex').toString('latin1');
    expect(await opened(page)).toContain(key);
    expect(await stored(page)).not.toContain(JSON.stringify(key).slice(1, -1));
    await page.getByRole('button', { name: 'Dark' }).click();
    await reachKept(page);
    await page.getByRole('button', { name: /^Forget everything/ }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/Neither zip nor database is saved/).waitFor();
    const saving = page.waitForEvent('download');
    await dialog.getByRole('button', { name: 'Save The run of 1 clone' }).click();
    await saving;
    await dialog.getByText(/Saved as meshpress-run/).waitFor();
    await dialog.getByRole('button', { name: 'Forget everything', exact: true }).click();
    await page.getByRole('dialog', { name: 'Everything is forgotten' }).waitFor();
    const left = await page.evaluate(async () => ({
      databases: (await indexedDB.databases()).map(({ name }) => name),
      settings: Object.keys(localStorage),
    }));
    expect(left).toEqual({ databases: ['of another page'], settings: ['of another page'] });
    await page.getByRole('button', { name: 'Load the page anew' }).click();
    await page.goto(page.url().replace(/#.*/, ''));
    await headline(page, /^Press clones of one/).waitFor();
    expect(await page.getByText(/^Last time/).count()).toBe(0);
    await page.context().close();
  });

  test('opens by its passphrase alone, at the next start and in each tab', async () => {
    const { page } = await open();
    await reachDonor(page);
    await page.getByRole('checkbox', { name: /Keep this project/ }).check();
    await untilKept(page, (text) => text.includes('"files"'));
    await setPassphrase(page);
    await page.goto(page.url().replace(/#.*/, ''));
    await page.reload();
    const dialog = page.getByRole('dialog', { name: /^Unlock/ });
    await dialog.getByLabel('Passphrase', { exact: true }).fill('another one');
    await page.keyboard.press('Enter');
    await dialog.getByText(/does not open what this browser keeps/).waitFor();
    await page.keyboard.press('Escape');
    await page.getByText(/is locked, and nothing is added to it/).waitFor();
    expect(await page.getByRole('button', { name: 'Continue' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Unlock…' }).click();
    await dialog.getByLabel('Passphrase', { exact: true }).fill(PASSPHRASE);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Continue' }).click();
    await headline(page, 'light').waitFor();
    await page.context().close();
  });

  test('warns when an older database would hand out addresses that were pressed before', async () => {
    const { page } = await open();
    await reachPressed(page, 2);
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: /^Save zip/ }).click();
    await saving;
    await untilKept(page, (text) => text.includes('"pressed"'));
    await page.reload();
    await reachDonor(page);
    await step(page, 'Plan').click();
    await page.getByRole('region', { name: 'Older database' }).waitFor();
    await page.context().close();
  });
});
