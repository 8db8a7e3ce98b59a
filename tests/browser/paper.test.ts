/** Labels and reports as they come out of a printer, and what must not come out. */
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import decodeQR from 'qr/decode.js';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { breaches } from '../support/schema.ts';
import { pull, reachTwoBoards } from './bench-states.ts';
import { launchChromium } from './chromium.ts';
import { keysOfSample } from './files.ts';
import { headline, visit } from './page.ts';
import { reachPressed } from './states.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());
const open = () => visit(browser, inject('pageUrl'));

/** Paper as a printer gets it: the size of each page, in mm. */
async function print(page: Page): Promise<{ width: number; height: number }[]> {
  const pdf = (await page.pdf({ format: 'A4', preferCSSPageSize: true })).toString('latin1');
  const boxes = [...pdf.matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)];
  return boxes.map(([, width, height]) => ({
    width: Math.round((Number(width) / 72) * 25.4),
    height: Math.round((Number(height) / 72) * 25.4),
  }));
}

/** What a scanner reads off the screen; the browser itself takes the screenshot apart. */
async function scan(page: Page, place: number): Promise<string> {
  const code = page.locator('.place svg').nth(place);
  const { width, height, data } = await page.evaluate(
    async (base64) => {
      const png = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
      const bitmap = await createImageBitmap(new Blob([png]));
      const { width, height } = bitmap;
      const context = new OffscreenCanvas(width, height).getContext('2d')!;
      context.drawImage(bitmap, 0, 0);
      return { width, height, data: [...context.getImageData(0, 0, width, height).data] };
    },
    (await code.screenshot()).toString('base64'),
  );
  return decodeQR({ width, height, data: Uint8ClampedArray.from(data) });
}

const printButton = (page: Page, count: number) =>
  page.getByRole('button', { name: `Print ${count} labels`, disabled: false });

describe('labels', () => {
  test('come out on sheets or from a roll, are read by a scanner, and hold no key unless asked for twice', async () => {
    const { page, complaints } = await open();
    await reachPressed(page, 40);
    await page.getByRole('link', { name: 'Labels' }).click();
    await printButton(page, 40).waitFor();
    await expect.poll(() => page.locator('.place').count()).toBe(40);
    expect(await print(page)).toEqual([
      { width: 210, height: 297 },
      { width: 210, height: 297 },
    ]);
    expect(await scan(page, 0)).toMatch(/^MESHPRESS:1:0053-0055:[0-9A-F]{32}:light_0053$/);
    const uuid = await page.locator('.place').first().locator('p').last().innerText();
    expect(await scan(page, 0)).toContain(uuid.replaceAll(/[^0-9a-f]/g, '').toUpperCase());

    await page.getByLabel('Begin at place').fill('28');
    await page.getByLabel('From clone').fill('3');
    await page.getByLabel('To clone').fill('4');
    await printButton(page, 2).waitFor();
    await expect.poll(() => page.locator('.place').count()).toBe(29);
    await expect.poll(() => page.locator('.label').first().innerText()).toContain('light_0059');

    const box = page.getByLabel('Device keys as well');
    const bars = page.locator('.bar', { hasText: 'contains keys' });
    const holds = async (text: string) => (await page.content()).toUpperCase().includes(text);
    await box.check();
    await page.getByRole('dialog').waitFor();
    await expect.poll(() => bars.count()).toBe(0);
    await page.getByRole('button', { name: 'Leave them off' }).click();
    await expect.poll(() => box.isChecked()).toBe(false);
    expect(await scan(page, 0)).not.toContain(':1K:');

    await box.check();
    await page.getByRole('button', { name: 'Print device keys' }).click();
    await bars.first().waitFor();
    await printButton(page, 2).waitFor();
    await expect.poll(() => bars.count()).toBe(2);
    const [, keyed] = /^MESHPRESS:1K:0059-005B:[0-9A-F]{32}:([0-9A-F]{32}):light_0059$/.exec(
      await scan(page, 0),
    )!;
    expect(await holds(keyed!.slice(0, 16))).toBe(true);
    expect((await page.locator('.key').first().innerText()).replaceAll(/key|\s/g, '')).toBe(
      keyed!.toLowerCase(),
    );

    await page.getByLabel('Paper').selectOption({ label: 'Roll, 62 × 24 mm' });
    expect(await print(page)).toEqual([
      { width: 62, height: 24 },
      { width: 62, height: 24 },
    ]);
    await page.getByRole('link', { name: 'Report', exact: true }).click();
    await headline(page, '40 clones pressed').waitFor();
    expect(await holds(keyed!.slice(0, 16))).toBe(false);
    await page.goBack();
    await printButton(page, 40).waitFor();
    await expect.poll(() => bars.count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

describe('a report', () => {
  test('tells of a run on paper and as JSON, after a reload and when it is finished', async () => {
    const { page, complaints } = await open();
    page.on('dialog', (dialog) => dialog.accept());
    const report = async () => {
      const saving = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Save JSON' }).click();
      return JSON.parse(readFileSync(await (await saving).path(), 'utf8')) as {
        bench: { counts: Record<string, number> };
        clones: {
          state: string;
          chipId: string | null;
          attempts: { code: string | null; stages: unknown[] | null }[];
        }[];
      };
    };
    await reachTwoBoards(page);
    await pull(page, 'A'); // otherwise it is written again after the reload
    await expect.poll(() => page.locator('.run .job').count()).toBe(2);
    await page.getByRole('link', { name: 'Report', exact: true }).click();
    await headline(page, '1 of 3 clones on boards').waitFor();
    await page.getByText('target/verify-failed').waitFor();
    expect(await print(page)).toEqual([{ width: 210, height: 297 }]);
    const before = await report();
    const schema = JSON.parse(
      readFileSync(new URL('../../docs/report.schema.json', import.meta.url), 'utf8'),
    ) as Record<string, unknown>;
    expect(breaches(before, schema)).toEqual([]);
    expect(before.clones.map(({ state }) => state)).toEqual(['maybe', 'verified', 'free']);
    expect(before.clones[1]!.attempts[0]!.stages).not.toBeNull();
    for (const key of keysOfSample()) expect(JSON.stringify(before)).not.toContain(key);

    await page.reload();
    await headline(page, 'Go on with 3 clones?').waitFor();
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('link', { name: 'Report', exact: true }).click();
    await headline(page, '1 of 3 clones on boards').waitFor();
    const after = await report();
    expect(breaches(after, schema)).toEqual([]);
    expect(after.bench.counts).toEqual(before.bench.counts);
    expect(after.clones.map(({ chipId }) => chipId)).toEqual(before.clones.map(({ chipId }) => chipId));

    await page.getByRole('link', { name: 'Labels' }).click();
    await page.getByRole('radio', { name: /verified on a board/ }).check();
    await page.getByRole('button', { name: 'Print 1 label', disabled: false }).waitFor();

    await page.getByRole('link', { name: 'Bench' }).click();
    await page.getByRole('button', { name: 'Forget this run' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Forget' }).click();
    await headline(page, /onto boards$/).waitFor();
    await page.getByRole('link', { name: 'Report', exact: true }).click();
    await headline(page, '1 of 3 clones on boards').waitFor();
    expect((await report()).bench.counts).toEqual(before.bench.counts);
    await page.getByRole('link', { name: 'Labels' }).click();
    await printButton(page, 3).waitFor();
    expect(await page.getByLabel('Device keys as well').count()).toBe(0);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
