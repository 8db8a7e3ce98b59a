/** The radio's pages with a virtual kit, and the whole way in the tour: from a switch that joins to a light that goes on. */
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { expectOpenToAll, type Look } from './access.ts';
import { launchChromium } from './chromium.ts';
import { plugIn, reachRun } from './bench-states.ts';
import { phoneDatabase } from './files.ts';
import { drop, headline, step, visit } from './page.ts';
import { reachJoined, reachOnAir, reachRemoval, RADIO_WALKS } from './radio-states.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());
const open = (hash = '') => visit(browser, inject('pageUrl') + hash, { reducedMotion: 'reduce' });

/** By day, by night, and on a phone; and the narrowest window. */
const LOOKS: readonly Look[] = [
  { width: 1280, height: 900, colorScheme: 'light', reducedMotion: 'reduce' },
  { width: 1280, height: 900, colorScheme: 'dark', reducedMotion: 'reduce', for: 'colours' },
  { width: 390, height: 844, colorScheme: 'light', reducedMotion: 'reduce' },
  { width: 320, height: 640, for: 'room' },
];

describe.each(RADIO_WALKS.map((walk) => [Object.keys(walk).join(', '), walk] as const))(
  'in the states %s',
  (_, walk) => {
    test('nobody is shut out', async () => {
      const { page, complaints } = await open();
      await expectOpenToAll(page, walk, LOOKS);
      expect(complaints).toEqual([]);
      await page.context().close();
    });
  },
);

describe('the tour', () => {
  test('provisions switch and light with a virtual kit', async () => {
    const { page, complaints } = await open('#tour');
    await page.getByRole('button', { name: 'Provision them with a kit' }).click();
    await page.getByText('has joined, and its device key is stored').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('goes by virtual Bluetooth from a switch that joins to a light that its clone switches on', async () => {
    const { page, complaints } = await open('#tour');
    const press = (name: string | RegExp) => page.getByRole('button', { name }).click();
    const next = () => page.getByRole('link', { name: 'Next' }).click();
    await press('Provision them by Bluetooth');
    await page.getByText('switch 0x0020–0x0022 has joined, and its device key is stored').waitFor();
    await page.getByText('did not exist before, with 2 nodes').waitFor();
    await next();
    await press('Read the board of the switch');
    await page.getByText('and each is as the chip has it').waitFor();
    await page.getByText('switch 0x0020–0x0022 was found in the dump').waitFor();
    await page.getByText('knows it by the same key, among 2 nodes').waitFor();
    await next();
    await page.getByRole('checkbox', { name: /development or research/ }).check();
    await press('Press 20 clones');
    await page.getByText('Each was booted in simulation').waitFor();
    await next();
    await press('Plug in four virtual boards');
    await page.getByText('4 of 20 are on boards').waitFor();
    await next();
    await press('Ask 4 clones by Bluetooth');
    await page.getByText('4 of 4 clones answer').waitFor();
    expect(await page.getByText('is on', { exact: false }).count()).toBe(0);
    await press(/^Press switch_0023: on/);
    await page.getByText('lamp is on').waitFor();
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
    await page.getByText('On air: answers, ').first().waitFor();
    expect(await page.locator('[data-state=verified]').innerText()).toMatch(
      /On air: answers, \d hops?, \d+ ms/,
    );

    // what was heard is in the report, and stays there when the page is opened again
    await page.reload();
    await page.getByRole('button', { name: 'Go on', exact: true }).click();
    await page.getByText('1 of 3 clones answer').waitFor();
    await page.evaluate(() => (location.hash = 'report'));
    await page.getByText(/on air: answers, \d hops?, \d+ ms/).waitFor();
    await page.getByRole('link', { name: 'Labels' }).click();
    await page.getByRole('radio', { name: 'The 1 that answered on air' }).check();
    await page.getByText('answers on air, ').waitFor();
    await headline(page, '1 label').waitFor();
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
    await page.getByRole('button', { name: 'Ask whether it is on' }).click();
    await page
      .getByText(/^1 light of 0xC001 answered: 1 on, 0 off\.$/)
      .first()
      .waitFor();
    await page.getByLabel('What to switch').selectOption({ label: 'Lamp 0x0010' });
    await page.getByRole('button', { name: 'Ask whether it is on' }).click();
    await page
      .getByText(/^Lamp is on: it answered after \d+ ms\.$/)
      .first()
      .waitFor();

    // the radio is this tab's alone
    const other = await page.context().newPage();
    await other.goto(inject('pageUrl') + '#provision');
    await other.getByRole('button', { name: 'Use a virtual kit' }).click();
    await other.getByText('Another tab of this browser uses the radio.').first().waitFor();
    await other.close();
    await page.bringToFront();
    await page.getByRole('button', { name: 'Go on to its dump' }).click();
    await page.getByText('mesh.json').first().waitFor();
    await page.getByRole('button', { name: 'Choose the dump…' }).waitFor();
    await expect.poll(() => step(page, 'Donor').innerText()).toContain('dump missing');
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

describe('a node that is to leave', () => {
  test('is reset over the air after a person said so, and the radio’s journal can be taken along', async () => {
    const { page, complaints } = await open();
    await reachRemoval(page);
    await page.getByRole('button', { name: 'Keep it' }).click();
    await page.getByRole('button', { name: 'Remove it…' }).click();
    await page.getByRole('button', { name: 'Remove it', exact: true }).click();
    await page.getByText('other1 has left the network.').first().waitFor();
    expect(await page.getByLabel('Node to remove').innerText()).not.toContain('other1');

    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export journal' }).click();
    const journal = await (await saving).path();
    await page.getByRole('button', { name: 'Disconnect' }).click();
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Import journal…' }).click();
    await (
      await chooser
    ).setFiles({
      name: 'another.jsonl',
      mimeType: 'application/x-ndjson',
      buffer: Buffer.from(readFileSync(journal, 'utf8').replaceAll('"ivIndex":0', '"ivIndex":1')),
    });
    await page.getByText(/^\d+ records? of another.jsonl (is|are) new.$/).waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

describe('a browser without serial ports', () => {
  test('says what is missing, and offers the virtual kit, in a network whose IV index a person knows', async () => {
    const { page, complaints } = await open();
    await page.addInitScript({
      content: `Object.defineProperty(Navigator.prototype, 'serial', { get: () => undefined });`,
    });
    await page.reload();
    await page.getByRole('link', { name: /provision one now/ }).click();
    await headline(page, 'Provision a node').waitFor();
    await page.getByText('Not in this browser. Serial ports').waitFor();
    expect(await page.getByRole('button', { name: 'Connect the kit…' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Use a virtual kit' }).waitFor();

    // neither an app's export nor a dump tells the IV index
    const openNodes = async () => {
      await drop(page, [phoneDatabase]);
      await page.getByText('Light switch').first().waitFor();
      await page.evaluate(() => (location.hash = 'on-air'));
      await headline(page, 'Clones on air').waitFor();
    };
    await openNodes();
    await page.getByLabel('IV index of the network').fill('7');
    await page.getByRole('button', { name: 'Use a virtual kit' }).click();
    await page.getByRole('radio', { name: /One answer each/ }).check();
    await page.getByRole('button', { name: 'Ask 3 clones' }).click();
    await headline(page, '3 of 3 clones answer').waitFor();
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export journal' }).click();
    const journal = readFileSync(await (await saving).path(), 'utf8');
    expect(journal).toContain('"ivIndex":7');
    expect(journal).not.toContain('"ivIndex":0');

    // asked again, they are so also after a reload
    await page.getByRole('button', { name: 'Ask all again' }).click();
    await page.getByText('3 not tried').waitFor();
    await page.reload();
    await openNodes();
    await page.getByText('3 not tried').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
