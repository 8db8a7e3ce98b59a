/** The whole browser is killed while a board is half written, and started again with what was on its disk. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, expect, inject, test } from 'vitest';
import { atPace, inState, plugIn, reachRun, tile } from './bench-states.ts';
import { CHROMIUM_ARGS, findChromium } from './chromium.ts';
import { dump } from './files.ts';
import { headline } from './page.ts';

const profile = mkdtempSync(join(tmpdir(), 'meshpress-profile-'));
let started: ChildProcess | undefined;

/** Kills the one process that keeps what pages keep; those of its pages end with it. */
async function killBrowser(): Promise<void> {
  if (!started || started.exitCode !== null || started.signalCode !== null) return;
  const ended = once(started, 'exit');
  started.kill('SIGKILL');
  await ended;
}
afterEach(killBrowser);
afterAll(() => rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));

async function openPage(): Promise<Page> {
  started = spawn(
    findChromium()!,
    [...CHROMIUM_ARGS, '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let endpoint: string | undefined;
  for await (const line of createInterface(started.stderr!)) {
    endpoint = /^DevTools listening on (.*)$/.exec(line)?.[1];
    if (endpoint) break;
  }
  started.stderr!.resume();
  const browser = await chromium.connectOverCDP(endpoint!);
  const page = await browser.contexts()[0]!.newPage();
  page.setDefaultTimeout(20_000);
  await page.goto(inject('pageUrl'));
  return page;
}

test('a browser that is killed while a board is half written goes on with that board, and the same clone', async () => {
  const page = await openPage();
  await reachRun(page, 2, dump);
  await atPace(page, 'real');
  await page.evaluate(() => {
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function (this: IDBObjectStore, ...of) {
      const request = put.apply(this, of);
      if (this.name === 'desk')
        this.transaction.addEventListener('complete', () => {
          document.body.dataset['kept'] = `${Number(document.body.dataset['kept'] ?? 0) + 1}`;
        });
      return request;
    };
  });
  await plugIn(page, 'A');
  await tile(page, 'A')
    .getByText(/page [1-9]/)
    .waitFor();
  // once when it came, and at least once with some of its pages
  await expect.poll(() => page.evaluate(() => Number(document.body.dataset['kept']))).toBeGreaterThan(2);
  const clone = (await tile(page, 'A').innerText()).match(/light_\d{4}/)![0];
  await killBrowser();

  const again = await openPage();
  await again.goto(`${inject('pageUrl')}#bench`);
  await headline(again, 'Go on with 2 clones?').waitFor();
  await again.getByText('1 more may be on a board').waitFor();
  await again.getByRole('button', { name: 'Go on', exact: true }).click();
  await atPace(again, 'fast');
  await inState(again, 'A', 'verified').waitFor();
  expect(await tile(again, 'A').innerText()).toContain(clone);
  await expect.poll(() => again.locator('.counts').innerText()).toMatch(/1 verified[^]*1 left/);
});
