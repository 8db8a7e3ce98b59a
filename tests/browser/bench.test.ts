/** Clones onto virtual boards, as a person does it. */
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { Ledger, parseJournal, type JournalRecord } from '../../src/bench/index.ts';
import {
  atPace,
  finishRun,
  freshBoards,
  inState,
  openBench,
  plugIn,
  pull,
  reachRun,
  tile,
  withoutUsb,
} from './bench-states.ts';
import { launchChromium } from './chromium.ts';
import { keysOfSample, parseDatabase, dump } from './files.ts';
import { headline, opened, step, untilKept, visit } from './page.ts';
import { reachPlan } from './states.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());
const open = () => visit(browser, inject('pageUrl'));

async function download(page: Page, button: string): Promise<Buffer> {
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: button, exact: true }).last().click();
  return readFileSync(await (await saving).path());
}
const journalOf = async (page: Page, form: 'CSV' | 'JSON' = 'CSV') =>
  parseJournal((await download(page, `Export ${form}`)).toString());

/** Every chip that was ever announced as the bearer of an identity, told from the bare records. */
function bearers(records: readonly JournalRecord[]): Map<string, Set<string>> {
  const chips = new Map<string, Set<string>>();
  for (const { kind, identity, chipId } of records) {
    if (kind !== 'writing' || !identity) continue;
    chips.set(identity.clone, (chips.get(identity.clone) ?? new Set()).add(chipId));
  }
  return chips;
}

describe('12 clones on four virtual boards', () => {
  test('end verified, one identity a board, though a cable is pulled and the tab is reloaded', async () => {
    const { page, complaints } = await open();
    page.on('dialog', (dialog) => dialog.accept()); // leaving while boards are written asks first
    await reachRun(page, 12, dump);
    await atPace(page, 'real');
    await freshBoards(page).click();
    await tile(page, 'B')
      .getByText(/page [1-6]\d of/)
      .waitFor();
    const clone = (await tile(page, 'B').innerText()).match(/light_\d{4}/)![0];
    await pull(page, 'B');
    await tile(page, 'B')
      .getByText(/Board B is gone at page/)
      .waitFor();
    await tile(page, 'A')
      .getByText(/page \d+ of/)
      .waitFor();
    await expect
      .poll(() => page.title())
      .toMatch(/^Demo · (\d boards|[A-D]) \d+ %, \d+ of 12 verified · Meshpress$/);
    await expect.poll(() => page.locator('link[rel="icon"]').getAttribute('href')).toMatch(/^blob:/);

    await untilKept(page, (text) => text.includes('"plugged":false')); // behind boards that are kept at work
    await page.reload();
    await page.getByRole('button', { name: 'Go on', exact: true }).click();
    await atPace(page, 'fast');
    await page.getByRole('button', { name: 'The same again at B' }).click();
    await inState(page, 'B', 'verified').waitFor();
    await expect.poll(() => tile(page, 'B').innerText()).toContain(clone);
    await finishRun(page);

    const records = await journalOf(page);
    const ledger = Ledger.of(records);
    expect(ledger.accounts.map(({ state }) => state)).toEqual(Array(12).fill('verified'));
    const chips = bearers(records);
    expect(chips.size).toBe(12);
    expect([...chips.values()].map((some) => some.size)).toEqual(Array(12).fill(1));
    expect(new Set([...chips.values()].flatMap((some) => [...some])).size).toBe(12);
    expect(ledger.conflicts()).toEqual([]);
    expect(new Set(records.map(({ run }) => run)).size).toBe(2);

    const database = parseDatabase(await download(page, 'Save the database'));
    expect(database.nodes.filter(({ name }) => /^light_/.test(name)).length).toBe(12);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});

describe('a board', () => {
  test('that is protected is erased only on a person’s word, which says what is lost', async () => {
    const { page } = await open();
    await reachRun(page, 2);
    await plugIn(page, 'A', 'A protected board');
    await headline(page, 'Board A needs your word').waitFor();
    await expect
      .poll(() => tile(page, 'A').innerText())
      .toContain('Everything on it is lost, its old identity too.');
    await expect.poll(() => page.getByText('Nothing written yet.').count()).toBe(1);
    await page.getByRole('button', { name: 'Erase this chip and write light_0053' }).click();
    await inState(page, 'A', 'verified').waitFor();
    const [first] = await journalOf(page);
    expect(first?.kind).toBe('unlocking');
    await page.context().close();
  });

  test('that was here before is known, and keeps its identity', async () => {
    const { page } = await open();
    await reachRun(page, 2);
    await plugIn(page, 'A');
    await inState(page, 'A', 'verified').waitFor();
    const before = await journalOf(page);
    await pull(page, 'A');
    await page.getByRole('button', { name: 'The same again at A' }).click();
    await inState(page, 'A', 'known').waitFor();
    await expect.poll(() => tile(page, 'A').innerText()).toContain('light_0053');
    expect(await journalOf(page)).toEqual(before);
    await page.getByRole('button', { name: 'Write light_0053 once more' }).click();
    await inState(page, 'A', 'verified').waitFor();
    expect(Ledger.of(await journalOf(page)).accounts.length).toBe(1);
    await page.context().close();
  });

  test('that is a node of somebody asks, and one with another chip is refused', async () => {
    const { page } = await open();
    await reachRun(page, 2);
    await plugIn(page, 'A', 'A board that is a node');
    await inState(page, 'A', 'asks').waitFor();
    await expect
      .poll(() => tile(page, 'A').innerText())
      .toContain('already carries a provisioned node, 0x0011');
    await page.getByRole('button', { name: 'Set aside' }).click();
    await inState(page, 'A', 'skipped').waitFor();
    await plugIn(page, 'B', 'A board with another chip');
    await inState(page, 'B', 'failed').waitFor();
    await expect.poll(() => tile(page, 'B').innerText()).toMatch(/nRF52810[^]*Nothing was written/);
    await expect.poll(() => page.locator('.counts').innerText()).toMatch(/2 left/);
    await page.context().close();
  });

  test('whose flash is worn says where it differs; its identity is free again on a person’s word', async () => {
    const { page } = await open();
    await reachRun(page, 2);
    await plugIn(page, 'A', 'A board with worn flash');
    await inState(page, 'A', 'failed').waitFor();
    await expect.poll(() => tile(page, 'A').innerText()).toMatch(/At 0x10A1\d: expected 0x\w\w, found 0xFF/);
    await page.getByRole('button', { name: 'Set aside' }).click();
    const clones = page.getByRole('region', { name: 'Clones' });
    await clones.getByText('may be on chip').waitFor();
    await clones.getByRole('button', { name: /^It is not there/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'It is not on that chip' }).click();
    await clones.getByText('No identity is in doubt.').waitFor();
    await plugIn(page, 'B');
    await inState(page, 'B', 'verified').waitFor();
    await expect.poll(() => tile(page, 'B').innerText()).toContain('light_0053');
    await page.context().close();
  });

  test('is not begun while the bench is paused', async () => {
    const { page } = await open();
    await reachRun(page, 2);
    await page.getByRole('button', { name: 'Pause after this' }).click();
    await headline(page, 'Paused').waitFor();
    await plugIn(page, 'A');
    await inState(page, 'A', 'waiting').waitFor();
    await page.getByRole('button', { name: 'Go on' }).click();
    await inState(page, 'A', 'verified').waitFor();
    await page.context().close();
  });
});

describe('a run', () => {
  test('locks the plan, and holds on to its files', async () => {
    const { page } = await open();
    await reachRun(page, 2);
    await step(page, 'Plan').click();
    await page.getByText('These clones are going onto boards.').waitFor();
    await expect.poll(() => page.getByLabel('How many').isDisabled()).toBe(true);
    await step(page, 'Donor').click();
    await page.getByRole('button', { name: /^Remove the dump/ }).click();
    await page.getByText('A run is on with these files').waitFor();
    await page.context().close();
  });

  test('that is finished leaves no key in this browser', async () => {
    const { page } = await open();
    await reachRun(page, 1);
    await plugIn(page, 'A');
    await headline(page, 'The clone is on its board').waitFor();
    await page.getByRole('button', { name: 'Finish' }).first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Forget' }).click();
    await headline(page, '1 clone onto boards').waitFor();
    const left = await opened(page);
    expect(left).not.toContain('"files"');
    for (const key of keysOfSample()) {
      expect(left).not.toContain(key);
      expect(left).not.toContain(Buffer.from(key, 'hex').toString('latin1'));
    }
    await step(page, 'Plan').click(); // which is no longer held
    await page.getByLabel('How many').fill('2');
    await headline(page, '2 clone').waitFor();
    await page.context().close();
  });

  test('can be in one tab only, and the other takes over when that is closed', async () => {
    const { page } = await open();
    await reachRun(page, 2);
    const other = await page.context().newPage();
    await other.goto(page.url().replace(/#.*/, '#bench'));
    await headline(other, 'The bench is open in another tab').waitFor();
    await page.close();
    await headline(other, 'Go on with 2 clones?').waitFor();
    await other.getByRole('button', { name: 'Go on' }).click();
    await headline(other, 'Plug in the first board').waitFor();
    await other.context().close();
  });

  test('takes over the journal of another', async () => {
    const { page: first } = await open();
    await reachRun(first, 2);
    await plugIn(first, 'A');
    await inState(first, 'A', 'verified').waitFor();
    const journal = await download(first, 'Export JSON');
    await first.context().close();

    const { page } = await open();
    await reachRun(page, 2);
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Import…' }).click();
    await (await chooser).setFiles([{ name: 'journal.json', mimeType: 'application/json', buffer: journal }]);
    await page.getByText('5 records of journal.json are new').waitFor(); // two of them prove it
    // the same addresses with another device key: not to be handed out
    await page.getByText(/with another image/).waitFor();
    await expect.poll(() => page.locator('.counts').innerText()).toMatch(/1 left/);
    await page.context().close();
  });
});

describe('addresses that are on boards', () => {
  test('are left alone by a plan from a database that does not know them', async () => {
    const { page } = await open();
    await reachPlan(page, 1);
    await headline(page, '1 clone at 0x0053–0x0055').waitFor();
    await putOnBoard(page, 0x53);
    await page.reload();
    await reachPlan(page, 1);
    await headline(page, '1 clone at 0x0056–0x0058').waitFor();
    await page.context().close();
  });

  test('since a plan was made are left alone by it: nothing is begun with it, and it is made anew', async () => {
    const { page } = await open();
    await reachPlan(page, 1);
    await headline(page, '1 clone at 0x0053–0x0055').waitFor();
    await openBench(page);
    await putOnBoard(page, 0x53);
    await page.getByRole('button', { name: 'Use virtual boards' }).click();
    await page
      .getByText(/^Since these clones were planned, addresses of 1 of them came onto boards/)
      .first()
      .waitFor();
    await step(page, 'Plan').click();
    await headline(page, '1 clone at 0x0056–0x0058').waitFor();
    await openBench(page);
    await page.getByRole('button', { name: 'Use virtual boards' }).click();
    await headline(page, 'Plug in the first board').waitFor();
    await page.context().close();
  });
});

describe('a browser', () => {
  test('without WebUSB keeps the step, says what is missing, and has virtual boards', async () => {
    const { page } = await open();
    await withoutUsb(page);
    await reachPlan(page, 1);
    await page.getByText('not in this browser').first().waitFor();
    await step(page, 'Bench').click();
    await headline(page, 'This browser cannot reach USB boards').waitFor();
    await page.getByText('nrfjprog').first().waitFor();
    await page.getByRole('button', { name: 'Use virtual boards' }).click();
    await headline(page, 'Plug in the first board').waitFor();
    await expect.poll(() => page.title()).toMatch(/^Demo · /);
    await page.context().close();
  });

  test('in which no board was chosen says so in a quiet line', async () => {
    const { page } = await open();
    await page.addInitScript({
      content: `USB.prototype.requestDevice = async () => { throw new DOMException('No device selected.', 'NotFoundError'); };`,
    });
    await page.reload();
    await reachPlan(page, 1);
    await openBench(page);
    await page.getByRole('button', { name: 'Add a board…' }).click();
    await page.getByText(/^No board was chosen\./).waitFor();
    await headline(page, '1 clone onto boards').waitFor();
    await page.context().close();
  });
});

describe('the bench screen', () => {
  test('is driven by the keyboard, and left by holding Escape for two seconds', async () => {
    const { page } = await open();
    await reachRun(page, 2);
    await page.getByRole('button', { name: 'Full screen' }).click();
    await page.getByText('Plan locked.').waitFor();
    await expect.poll(() => page.getByRole('navigation', { name: 'Steps' }).isVisible()).toBe(false);
    await page.keyboard.press('b');
    await page.keyboard.press('Enter');
    await page.locator('li[data-state="verified"]').getByText('0x0053').waitFor();
    await expect.poll(() => page.locator('li[data-state="verified"] .letter').innerText()).toBe('B');
    await page.keyboard.press('m');
    await page.getByRole('button', { name: /^Sound on/ }).waitFor();
    await page.keyboard.press('Escape'); // let go at once: the keys that follow are still the bench's
    await page.keyboard.press('m');
    await page.getByRole('button', { name: /^Sound off/ }).waitFor();
    await expect.poll(() => page.getByText('Plan locked.').isVisible()).toBe(true);
    await page.keyboard.down('Escape');
    await page.getByRole('button', { name: 'Full screen' }).waitFor();
    await page.keyboard.up('Escape');
    await page.context().close();
  });
});

/** A clone with another key is on a real board, as another tab may have put it there. */
const putOnBoard = (page: Page, unicast: number): Promise<unknown> =>
  page.evaluate(
    `new Promise((resolve) => {
        const request = indexedDB.open('meshpress-kept');
        request.onsuccess = () => {
          const transaction = request.result.transaction('usb', 'readwrite');
          const identity = { network: ${JSON.stringify(networkOfSample())}, clone: 'x', unicast: ${unicast}, elementCount: 3 };
          const record = { at: '2026-01-01T00:00:00.000Z', chipId: '00112233445566ff', probe: '', result: '' };
          for (const [i, kind] of ['reserved', 'writing', 'verified'].entries())
            transaction.objectStore('usb').add({ ...record, run: 'r', number: i + 1, kind, identity, imageSha256: '' });
          transaction.oncomplete = resolve;
        };
      })`,
  );

const networkOfSample = () =>
  (
    JSON.parse(readFileSync(new URL('../../public/samples/client.db.json', import.meta.url), 'utf8')) as {
      meshUUID: string;
    }
  ).meshUUID
    .replaceAll('-', '')
    .toLowerCase();
