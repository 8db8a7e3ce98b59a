import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { expectOpenToAll, type Look } from './access.ts';
import { launchChromium } from './chromium.ts';
import { database, dump } from './files.ts';
import { headline, visit } from './page.ts';
import { STATES, WALKS, reachPlan } from './states.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());
const open = (options?: Parameters<typeof visit>[2]) => visit(browser, inject('pageUrl'), options);

/** By day, by night and calm, and on a phone; the narrowest window, and a small laptop at 200 % zoom. */
const LOOKS: readonly Look[] = [
  { width: 1280, height: 900, colorScheme: 'light', reducedMotion: 'no-preference' },
  { width: 1280, height: 900, colorScheme: 'dark', reducedMotion: 'reduce', for: 'colours' },
  { width: 390, height: 900, colorScheme: 'light', reducedMotion: 'no-preference' },
  { width: 320, height: 640, for: 'room' },
  { width: 640, height: 400, for: 'room' },
];

describe.each(WALKS.map((walk) => [Object.keys(walk).join(', '), walk] as const))(
  'in the states %s',
  (_, walk) => {
    test('nobody is shut out', async () => {
      const { page, complaints } = await open({ picker: 'file' });
      await expectOpenToAll(page, walk, LOOKS);
      expect(complaints).toEqual([]);
      await page.context().close();
    });
  },
);

describe('the page on a phone', () => {
  test('has targets of 44 px for a thumb in the bar at its lower edge', async () => {
    const { page } = await open({ width: 390, height: 844 });
    await reachPlan(page);
    const press = (await page.getByRole('link', { name: 'Go to press' }).boundingBox())!;
    expect(press.height).toBeGreaterThanOrEqual(44);
    expect(press.y + press.height).toBeLessThanOrEqual(844);
    await page.context().close();
  });
});

describe('by keyboard alone', () => {
  test('one gets from the files to the zip', async () => {
    const { page } = await open();
    const tabTo = async (name: RegExp) => {
      for (let i = 0; i < 60; i++) {
        await page.keyboard.press('Tab');
        const focused = await page.evaluate(() => {
          const element = document.activeElement as HTMLElement;
          return element.getAttribute('aria-label') ?? (element.closest('label') ?? element).textContent;
        });
        if (focused && name.test(focused.trim())) return;
      }
      throw new Error(`Tab never came to ${name}`);
    };
    const focusedHeadline = (name: RegExp) =>
      page.waitForFunction(
        (source) =>
          document.activeElement?.tagName === 'H1' &&
          new RegExp(source).test(document.activeElement.textContent),
        name.source,
      );

    const chooser = page.waitForEvent('filechooser');
    await tabTo(/^Choose files/);
    await page.keyboard.press('Enter');
    await (await chooser).setFiles([dump, database]);
    await focusedHeadline(/^light$/);
    await tabTo(/^Plan clones$/);
    await page.keyboard.press('Enter');
    await focusedHeadline(/^20 clones/);
    await tabTo(/^Go to press$/);
    await page.keyboard.press('Enter');
    await focusedHeadline(/^Ready to press/);
    await tabTo(/development or research/);
    await page.keyboard.press('Space');
    await tabTo(/^Encrypt it with a password/);
    await page.keyboard.press('ArrowDown');
    for (let i = 0; i < 3; i++) await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await focusedHeadline(/are ready$/);
    const saving = page.waitForEvent('download');
    await tabTo(/^Save zip/);
    await page.keyboard.press('Enter');
    await saving;
    await page.context().close();
  });

  test('Escape keeps what was pressed, and the focus goes back', async () => {
    const { page } = await open();
    await STATES['question']!(page);
    await expect.poll(() => page.locator(':focus').innerText()).toBe('Keep');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await headline(page, /are ready$/).waitFor();
    await expect.poll(() => page.locator(':focus').innerText()).toBe('Plan further clones');
    await page.context().close();
  });
});
