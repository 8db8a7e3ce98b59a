/**
 * Pictures of every state of the page, for eyes: `npx tsx tests/browser/screens.ts [state…]`.
 * They land in tests/browser/screens/, named state-width-theme.png.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'fflate';
import type { Page } from 'playwright-core';
import { launchChromium } from './chromium.ts';
import { serveBuiltPage } from './setup.ts';

const OUT = join(import.meta.dirname, 'screens');
const SAMPLES = join(import.meta.dirname, '../../public/samples');
const file = (name: string, buffer: Buffer) => ({ name, mimeType: 'application/octet-stream', buffer });
const dump = file('client.hex', Buffer.from(gunzipSync(readFileSync(join(SAMPLES, 'client.hex.gz')))));
const database = file('client.db.json', readFileSync(join(SAMPLES, 'client.db.json')));

async function choose(
  page: Page,
  files: ReturnType<typeof file>[],
  button: RegExp | string = /^Choose|files…$/,
) {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: button }).first().click();
  await (await chooser).setFiles(files);
}
async function donor(page: Page) {
  await choose(page, [dump, database]);
  await page.getByRole('heading', { level: 1, name: 'light' }).waitFor();
  await page.locator('.changes').first().waitFor();
}
async function plan(page: Page) {
  await donor(page);
  await page.getByRole('link', { name: 'Plan clones' }).click();
  await page.getByRole('heading', { level: 1, name: '20 clones' }).waitFor();
}
async function ready(page: Page) {
  await plan(page);
  await page.getByRole('link', { name: 'Go to press' }).click();
  await page.getByRole('checkbox', { name: /development or research/ }).check();
}
async function pressed(page: Page) {
  await ready(page);
  await page.getByRole('button', { name: /^Press / }).click();
  await page.getByRole('heading', { name: 'are ready' }).waitFor({ timeout: 60_000 });
}
async function many(page: Page, count: number) {
  await plan(page);
  await page.getByLabel('How many').fill(String(count));
  await page.getByRole('heading', { level: 1, name: `${count.toLocaleString('en')} clones` }).waitFor();
}

const STATES: Record<string, (page: Page) => Promise<void>> = {
  start: async () => {},
  half: async (page) => {
    await choose(page, [dump]);
    await page.getByRole('button', { name: 'Choose the database…' }).waitFor();
  },
  rejected: async (page) => {
    await choose(page, [
      file('notes.json', Buffer.from('{"a": [1, 2')),
      file('photo.hex', Buffer.from(':10000000ZZ')),
    ]);
    await page.getByText('Dismiss').waitFor();
  },
  donor,
  entries: async (page) => {
    await donor(page);
    await page.getByRole('button', { name: /^DSM/ }).click();
  },
  keys: async (page) => {
    await donor(page);
    await page.getByRole('button', { name: 'Show keys' }).click();
    await page.getByRole('button', { name: 'Hide keys' }).waitFor();
  },
  refused: async (page) => {
    const erased = ':020000040000FA\n:10000000' + 'FF'.repeat(16) + '00\n:00000001FF\n';
    await choose(page, [file('erased.hex', Buffer.from(erased)), database]);
    await page.getByRole('heading', { level: 1 }).filter({ hasNotText: 'Press clones' }).waitFor();
  },
  mismatch: async (page) => {
    const other = JSON.parse(database.buffer.toString()) as {
      nodes: { name: string; unicastAddress: number }[];
    };
    other.nodes = other.nodes.filter(({ name }) => name !== 'light');
    await choose(page, [dump, file('other.json', Buffer.from(JSON.stringify(other, null, 2)))]);
    await page.getByRole('heading', { level: 1 }).filter({ hasNotText: 'Press clones' }).waitFor();
  },
  plan,
  more: async (page) => {
    await plan(page);
    await page.getByText('More settings').click();
    await page.getByText('Values from a table', { exact: true }).first().click();
  },
  taken: async (page) => {
    await plan(page);
    await page.getByLabel('First address').fill('0052');
    await page.getByRole('button', { name: /^Use 0x/ }).waitFor();
  },
  thousand: (page) => many(page, 1000),
  ready,
  pressing: async (page) => {
    await many(page, 400);
    await page.getByRole('link', { name: 'Go to press' }).click();
    await page.getByRole('checkbox', { name: /development or research/ }).check();
    await page.getByRole('button', { name: /^Press / }).click();
    await page.getByText(/^(1|2|3|4)\d %$/).waitFor();
  },
  pressed,
  locked: async (page) => {
    await pressed(page);
    await page.getByRole('link', { name: /^Plan/ }).first().click();
  },
  question: async (page) => {
    await pressed(page);
    await page.getByRole('button', { name: 'Plan further clones' }).click();
    await page.getByRole('dialog').waitFor();
  },
  help: async (page) => {
    await page.getByRole('link', { name: 'Help' }).click();
    await page.getByRole('heading', { level: 1, name: 'Help' }).waitFor();
  },
  nothing: async (page) => {
    await page.getByRole('link', { name: /^Plan/ }).click();
  },
};

mkdirSync(OUT, { recursive: true });
const only = process.argv.slice(2).filter((name) => !/^\d+$|^(light|dark)$/.test(name));
const widths = process.argv
  .slice(2)
  .filter((name) => /^\d+$/.test(name))
  .map(Number);
const themes = process.argv
  .slice(2)
  .filter((name): name is 'light' | 'dark' => name === 'light' || name === 'dark');
const { url, close } = await serveBuiltPage();
const browser = await launchChromium();
for (const [name, reach] of Object.entries(STATES)) {
  if (only.length > 0 && !only.includes(name)) continue;
  for (const width of widths.length > 0 ? widths : [1280, 390]) {
    for (const colorScheme of themes.length > 0 ? themes : (['light', 'dark'] as const)) {
      const context = await browser.newContext({
        viewport: { width, height: width > 760 ? 900 : 844 },
        colorScheme,
        deviceScaleFactor: width > 760 ? 1 : 2,
      });
      const page = await context.newPage();
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') console.log(name, message.text());
      });
      page.on('pageerror', (error) => console.log(name, error));
      page.setDefaultTimeout(15_000);
      await page.goto(url);
      try {
        await reach(page);
      } catch (error) {
        console.log(name, width, colorScheme, String(error).split('\n').slice(0, 4).join(' | '));
      }
      await page.waitForTimeout(300); // let what was just changed be painted
      await page.screenshot({ path: join(OUT, `${name}-${width}-${colorScheme}.png`), fullPage: true });
      await context.close();
    }
  }
  console.log(name);
}
await browser.close();
await close();
