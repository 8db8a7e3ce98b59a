import { unzipSync } from 'fflate';
import MemoryMap from 'nrf-intel-hex';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { launchChromium } from './chromium.ts';
import { database, dump, packedDump, parseDatabase } from './files.ts';
import { choose, contentOf, drop, endEngine, headline, step, stored, visit } from './page.ts';
import { reachPlan, reachPressed, reachReady } from './states.ts';
import { CLEARED_AFTER_MS } from '../../src/app/state/copied.svelte.ts';
import { unzipEncrypted } from '../support/encrypted-zip.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());
const open = (options?: Parameters<typeof visit>[2]) => visit(browser, inject('pageUrl'), options);

/** Where the sample keeps who it is: its address twice, and its device key. Source: the donor's own fixture manifest. */
const UNICAST = 0x7d01c;
const OWNER = 0x7d04c;
const DEVICE_KEY = 0x7d050;

/** Flash bytes of a HEX file, read by a reader that is not ours. */
function flashOf(hex: Uint8Array): Uint8Array {
  const flash = new Uint8Array(0x80000).fill(0xff);
  for (const [address, bytes] of MemoryMap.fromHex(new TextDecoder().decode(hex))) {
    if (address < flash.length) flash.set(bytes, address);
  }
  return flash;
}
const u16 = (bytes: Uint8Array, at: number) => bytes[at]! | (bytes[at + 1]! << 8);
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

async function fileInOrigin(page: Page, name: string): Promise<Uint8Array> {
  const base64 = await page.evaluate(async (name) => {
    const directory = await navigator.storage.getDirectory();
    const file = await (await directory.getFileHandle(name)).getFile();
    const bytes = new Uint8Array(await file.arrayBuffer());
    let text = '';
    for (let i = 0; i < bytes.length; i += 0x8000)
      text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
    return btoa(text);
  }, name);
  return Buffer.from(base64, 'base64');
}

describe('a person with a dump and a database', () => {
  test('gets a zip of clones that differ from the donor in who they are, and in nothing else', async () => {
    const { page, complaints } = await open();
    await reachReady(page, 5, dump);
    await page.getByRole('button', { name: 'Press 5 clones' }).click();
    await headline(page, '5 clones are ready').waitFor();
    await expect.poll(() => page.title()).toBe('Press: 5 pressed, zip not saved · Meshpress');

    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: /^Save zip/ }).click();
    const download = await saving;
    expect(download.suggestedFilename()).toMatch(/^light.*\.zip$/);
    const zip = unzipSync(await contentOf(download));

    const updated = parseDatabase(zip['client.db.json']!);
    const before = parseDatabase(database.buffer);
    expect(updated.nodes.slice(0, 3)).toEqual(before.nodes);
    const added = updated.nodes.slice(3);
    expect(added.map((node) => node.unicastAddress)).toEqual([0x53, 0x56, 0x59, 0x5c, 0x5f]);
    expect(new Set(added.map((node) => node.deviceKey)).size).toBe(5);

    const donor = flashOf(dump.buffer);
    const images = Object.keys(zip).filter((path) => path.startsWith('clones/'));
    expect(images).toHaveLength(5);
    for (const node of added) {
      const clone = flashOf(zip[`clones/${node.name}.hex`]!);
      expect(u16(clone, UNICAST)).toBe(node.unicastAddress);
      expect(u16(clone, OWNER)).toBe(node.unicastAddress);
      expect(hexOf(clone.subarray(DEVICE_KEY, DEVICE_KEY + 16))).toBe(node.deviceKey);
      for (const [at, length] of [
        [UNICAST, 2],
        [OWNER, 2],
        [DEVICE_KEY, 16],
      ] as const) {
        clone.set(donor.subarray(at, at + length), at);
      }
      expect(hexOf(clone) === hexOf(donor)).toBe(true);
    }
    const manifest = new TextDecoder().decode(zip['manifest.csv']);
    for (const node of added) {
      expect(manifest).toContain(node.name);
      expect(manifest).not.toContain(node.deviceKey);
    }
    expect(new TextDecoder().decode(zip['README.txt'])).toContain('development and research only');
    await expect.poll(() => step(page, 'Press').innerText()).toContain('zip saved');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('may drop both files at once, packed or not, and in any order', async () => {
    const { page, complaints } = await open();
    await drop(page, [database, packedDump]);
    await headline(page, 'light').waitFor();
    await page.getByText('0x0011–0x0013').first().waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('may give them one after the other, take one away again, and have it back', async () => {
    const { page } = await open();
    await choose(page, [database]);
    await page.getByRole('button', { name: 'Choose the dump…' }).waitFor();
    await choose(page, [dump], /Choose the dump/);
    await headline(page, 'light').waitFor();
    await page.getByRole('button', { name: 'Remove the dump' }).click();
    await page.getByRole('button', { name: 'Choose the dump…' }).waitFor();
    await expect.poll(() => page.getByText('client.db.json').first().isVisible()).toBe(true);
    await page.getByRole('button', { name: 'Undo' }).click();
    await headline(page, 'light').waitFor();
    await page.context().close();
  });

  test('saves where they choose, and a closed picker loses nothing', async () => {
    const closed = await open({ picker: 'closed' });
    await reachPressed(closed.page, 2);
    await closed.page.getByRole('button', { name: /^Save zip/ }).click();
    await closed.page.getByText('No place was chosen. Nothing was saved.').waitFor();
    await expect.poll(() => step(closed.page, 'Press').innerText()).toContain('zip not saved');
    await closed.page.context().close();

    const { page, complaints } = await open({ picker: 'file' });
    await reachPressed(page, 2);
    await page.getByRole('button', { name: /^Save zip/ }).click();
    await page.getByText(/Saved as/).waitFor();
    const name = (await page.getByText(/\.zip is saved\.$/).innerText()).replace(' is saved.', '');
    const zip = unzipSync(await fileInOrigin(page, name));
    expect(Object.keys(zip).filter((path) => path.startsWith('clones/'))).toHaveLength(2);

    await page.getByRole('button', { name: 'Save the database' }).click();
    await page.getByText('client.db.json is saved.').waitFor();
    await page.getByRole('button', { name: 'Save lines for PyACI' }).click();
    await page.getByText('device-keys-pyaci.txt is saved.').waitFor();
    const alone = parseDatabase(await fileInOrigin(page, 'client.db.json'));
    expect(alone.nodes.map(({ name, deviceKey }) => [name, deviceKey])).toEqual(
      parseDatabase(zip['client.db.json']!).nodes.map(({ name, deviceKey }) => [name, deviceKey]),
    );
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('has a very large zip written straight into the file', async () => {
    const { page } = await open({ picker: 'file' });
    await reachReady(page, 1000, dump);
    await page.getByRole('button', { name: 'Press 1,000 clones into a file…' }).click();
    await headline(page, '1,000 clones are ready').waitFor({ timeout: 90_000 });
    expect(await page.getByRole('button', { name: /^Save zip/ }).count()).toBe(0);
    const bytes = await page.evaluate(async () => {
      let largest = 0;
      for await (const handle of (await navigator.storage.getDirectory()).values()) {
        if (handle.kind === 'file')
          largest = Math.max(largest, (await (handle as FileSystemFileHandle).getFile()).size);
      }
      return largest;
    });
    expect(bytes).toBeGreaterThan(100_000_000);
    await page.context().close();
  });

  test('may have what all share once, and of each clone only its pages', async () => {
    const { page } = await open();
    await reachReady(page, 4);
    await page.getByRole('radio', { name: /What all share once/ }).check();
    await page.getByRole('button', { name: 'Press 4 clones' }).click();
    await headline(page, '4 clones are ready').waitFor();
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: /^Save zip/ }).click();
    const zip = unzipSync(await contentOf(await saving));
    const base = MemoryMap.fromHex(new TextDecoder().decode(zip['base.hex']));
    const nodes = parseDatabase(zip['client.db.json']!).nodes.slice(3);
    expect(nodes).toHaveLength(4);
    for (const node of nodes) {
      const own = MemoryMap.fromHex(new TextDecoder().decode(zip[`clones/${node.name}.hex`]));
      const clone = new Uint8Array(0x80000).fill(0xff);
      for (const [address, bytes] of [...base, ...own]) if (address < clone.length) clone.set(bytes, address);
      expect(u16(clone, UNICAST)).toBe(node.unicastAddress);
      expect(hexOf(clone.subarray(DEVICE_KEY, DEVICE_KEY + 16))).toBe(node.deviceKey);
    }
    await expect.poll(() => page.getByText(/base\.hex/).count()).toBeGreaterThan(1);
    await page.context().close();
  });

  test('plans further clones behind the pressed ones', async () => {
    const { page } = await open();
    await reachPressed(page, 3);
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: /^Save zip/ }).click();
    await saving;
    await page.getByRole('button', { name: 'Plan further clones' }).click();
    await headline(page, '3 clones, 0x005C to 0x0064').waitFor();
    await page.context().close();
  });
});

describe('clones that were not saved', () => {
  test('are asked about once before further ones are planned, and outlive the engine until they are saved', async () => {
    const { page } = await open();
    await reachPressed(page, 2);
    await page.getByRole('button', { name: 'Plan further clones' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click();
    await headline(page, '2 clones, 0x0059 to 0x005E').waitFor();

    await page.getByRole('link', { name: 'Go to press' }).click();
    await page.getByRole('button', { name: 'Press 2 clones' }).click();
    await headline(page, '2 clones are ready').waitFor();
    await endEngine(page);
    await page.getByRole('button', { name: 'Begin again' }).click();
    const saving = page.waitForEvent('download');
    await page.getByRole('dialog').getByRole('button', { name: 'Save the zip' }).click();
    expect(Object.keys(unzipSync(await contentOf(await saving)))).toHaveLength(2 + 4);
    await headline(page, 'Ready to press 2 clones').waitFor();
    await page.context().close();
  });
});

describe('pressing', () => {
  test('waits for the word, and for a password or the word that there shall be none', async () => {
    const { page } = await open();
    await reachPlan(page, 2);
    await page.getByRole('link', { name: 'Go to press' }).click();
    const button = page.getByRole('button', { name: 'Press 2 clones' });
    const word = page.getByRole('checkbox', { name: /development or research/ });
    const field = page.getByLabel('Password of the zip', { exact: true });
    await expect.poll(() => button.isDisabled()).toBe(true);
    await word.check();
    await page.getByText('Give the zip a password').waitFor();
    await field.fill('elevenchars');
    await field.blur();
    await page.getByText('has 11 characters; it takes 12 at least').waitFor();
    expect(await button.isDisabled()).toBe(true);
    await field.fill('twelve chars');
    await expect.poll(() => button.isEnabled()).toBe(true);
    await field.fill('');
    await expect.poll(() => button.isDisabled()).toBe(true);
    await page.getByRole('radio', { name: 'Without a password' }).check();
    await expect.poll(() => button.isEnabled()).toBe(true);
    await page.context().close();
  });

  test('with a password that was made gives a zip that it alone opens, and forgets it', async () => {
    const { page, complaints } = await open();
    await reachPlan(page, 3);
    await page.getByRole('link', { name: 'Go to press' }).click();
    await page.getByRole('checkbox', { name: /development or research/ }).check();
    await page.getByRole('button', { name: 'Make one' }).click();
    const password = await page.getByLabel('Password of the zip', { exact: true }).inputValue();
    expect(password).toMatch(/^(\w{5}-){4}\w{5}$/);
    await page.getByRole('button', { name: 'Press 3 clones' }).click();
    await headline(page, '3 clones are ready').waitFor();
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: /^Save zip/ }).click();
    const zip = await contentOf(await saving);
    const files = await unzipEncrypted(zip, password);
    expect(Object.keys(files)).toHaveLength(3 + 4);
    expect(parseDatabase(files['client.db.json']!).nodes).toHaveLength(6);
    await expect(unzipEncrypted(zip, `${password.slice(0, -1)}0`)).rejects.toThrow('Invalid password');

    await page.clock.install();
    await page.getByText(password).dblclick(); // it stays until somebody says that they have it
    await page.keyboard.press('Control+C');
    const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
    await expect.poll(clipboard).toBe(password);
    await page.evaluate(() => window.dispatchEvent(new Event('blur'))); // another window has the focus
    await page.getByText(password).waitFor({ state: 'detached' });
    await page.clock.runFor(CLEARED_AFTER_MS);
    await expect.poll(clipboard).toBe('');
    await page.getByRole('button', { name: 'Show the password' }).click();
    await page.getByText(password).waitFor();
    await page.getByRole('button', { name: 'I have it' }).click();
    await page.getByText(password).waitFor({ state: 'detached' });
    expect(await page.evaluate(() => document.documentElement.outerHTML)).not.toContain(password);
    expect(await stored(page)).not.toContain(password);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('can be cancelled, and the plan stands', async () => {
    const { page } = await open();
    await reachReady(page, 2500);
    await page.getByRole('button', { name: /^Press 2,500/ }).click();
    await page.getByText(/^[1-9]\d? %$/).waitFor();
    await expect.poll(() => page.title()).toMatch(/^\d+ % pressed · Meshpress$/);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('Cancelled. Nothing was saved; the plan stands as it was.').waitFor();
    await expect.poll(() => page.getByRole('button', { name: /^Press 2,500/ }).isEnabled()).toBe(true);
    await page.context().close();
  });

  test('fixes the plan until somebody says otherwise', async () => {
    const { page } = await open();
    await reachPressed(page, 2);
    await step(page, 'Plan').click();
    await expect.poll(() => page.getByLabel('How many').isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Change this plan' }).click();
    const dialog = page.getByRole('dialog', { name: 'Discard 2 pressed clones?' });
    await dialog.getByRole('button', { name: 'Keep' }).click();
    await expect.poll(() => page.getByLabel('How many').isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Change this plan' }).click();
    await dialog.getByRole('button', { name: 'Discard' }).click();
    await page.getByLabel('How many').fill('4');
    await headline(page, '4 clones').waitFor();
    await page.context().close();
  });
});

describe('the sample network', () => {
  test('opens without files and without a connection', async () => {
    const { page, complaints } = await open();
    await page.getByRole('button', { name: 'Try the sample network' }).click();
    await headline(page, 'light').waitFor();
    await expect.poll(() => page.locator('header').innerText()).toContain('Demo: sample network');
    await expect.poll(() => page.title()).toMatch(/^Demo · /);
    await expect.poll(() => page.getByText('4.0.0').first().isVisible()).toBe(true);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
