/** The radio's pages with a virtual kit, and the whole way in the tour: from a switch that joins to a light that goes on. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { moving, sideways, violations } from './access.ts';
import { launchChromium } from './chromium.ts';
import { plugIn, reachRun } from './bench-states.ts';
import { headline, step, visit } from './page.ts';
import { reachJoined, reachOnAir, RADIO_STATES } from './radio-states.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());
const open = (hash = '') => visit(browser, inject('pageUrl') + hash, { reducedMotion: 'reduce' });

/** By day, by night, and on a phone. */
const LOOKS = [
  { width: 1280, height: 900, colorScheme: 'light' },
  { width: 1280, height: 900, colorScheme: 'dark' },
  { width: 390, height: 844, colorScheme: 'light' },
  { width: 320, height: 640, colorScheme: 'dark' },
] as const;

describe.each(Object.entries(RADIO_STATES))('in the state "%s"', (_, reach) => {
  test('nobody is shut out', async () => {
    const { page, complaints } = await open();
    await reach(page);
    for (const { width, height, colorScheme } of LOOKS) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      expect(await violations(page), `${width} ${colorScheme}`).toEqual([]);
      expect(await sideways(page), `${width} ${colorScheme}`).toEqual([]);
    }
    expect(await moving(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

describe.each([
  ['the virtual kit', 'with a kit'],
  ['virtual Bluetooth', 'by Bluetooth'],
])('the tour with %s', (_, way) => {
  test('goes from a switch that joins to a light that its clone switches on', async () => {
    const { page, complaints } = await open('#tour');
    const press = (name: string | RegExp) => page.getByRole('button', { name }).click();
    const next = () => page.getByRole('link', { name: 'Next' }).click();
    await press(`Provision it ${way}`);
    await page.getByText('has joined, and its device key is stored').waitFor();
    await next();
    await press('Read out the virtual switch');
    await page.getByText('was found in the dump').waitFor();
    await page.getByText('light 0x0053–0x0055').first().waitFor();
    await next();
    await page.getByRole('checkbox', { name: /development or research/ }).check();
    await press('Press 20 clones');
    await page.getByText('Each was booted in simulation').waitFor();
    await next();
    await press('Plug in four virtual boards');
    await page.getByText('4 of 20 are on boards').waitFor();
    await next();
    await press(`Ask 4 clones ${way}`);
    await page.getByText('4 of 4 clones answer').waitFor();
    expect(await page.getByText('is on', { exact: false }).count()).toBe(0);
    await press(/^Press light_0056: on/);
    await page.getByText('other1 is on').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

describe('a bench whose clones are asked by themselves', () => {
  test('has them answer some seconds after their boards are verified', async () => {
    const { page, complaints } = await open();
    await reachRun(page, 3);
    await page.evaluate(() => (location.hash = 'on-air'));
    await page.getByRole('button', { name: 'Use a virtual kit' }).click();
    await page.getByText('A virtual kit answers').waitFor();
    await step(page, 'Bench').click();
    await page.getByRole('checkbox', { name: /Ask each clone by itself/ }).check();
    await plugIn(page, 'A');
    await page.getByText('1 of 3 clones answer').waitFor();
    await page.getByLabel(/Find a clone/).fill('light_0053');
    await page.getByText('On air: answers.').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

describe('a node that joined', () => {
  test('is the donor of the network that was made for it, once its dump is there', async () => {
    const { page, complaints } = await open();
    await reachJoined(page);
    await page.getByRole('button', { name: 'Switch it on' }).click();
    await page.getByText('A group answers nothing').first().waitFor();
    await page.locator('li.on').waitFor();
    await page.getByRole('button', { name: 'Go on to its dump' }).click();
    await page.getByText('mesh.json').first().waitFor();
    await page.getByRole('button', { name: 'Choose the dump…' }).waitFor();
    expect(await step(page, 'Donor').innerText()).toContain('dump missing');
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

describe('a long list of clones', () => {
  const rowsDrawn = (page: Page) => page.locator('tbody tr:not([aria-hidden])').count();
  test('draws what is in sight alone', async () => {
    const { page, complaints } = await open();
    await reachOnAir(page, 1000);
    expect(await rowsDrawn(page)).toBeLessThan(40);
    await expect.poll(() => page.locator('svg circle.open').count()).toBe(1000);
    await page.getByRole('region', { name: 'Clones' }).evaluate((list) => list.scrollTo(0, 1e6));
    await page.getByText('0x0C05').first().waitFor();
    expect(await rowsDrawn(page)).toBeLessThan(40);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

describe('a browser without serial ports', () => {
  test('says what is missing, and offers the virtual kit and the command line', async () => {
    const { page } = await open();
    await page.addInitScript({
      content: `Object.defineProperty(Navigator.prototype, 'serial', { get: () => undefined });`,
    });
    await page.reload();
    await page.getByRole('link', { name: /provision one now/ }).click();
    await headline(page, 'Provision a node').waitFor();
    await page.getByText('Not in this browser.').waitFor();
    expect(await page.getByRole('button', { name: 'Connect the kit…' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Use a virtual kit' }).waitFor();
    await page.context().close();
  });
});
