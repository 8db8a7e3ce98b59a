/** The page without its server, and one version of it after the other. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { buildServiceWorker, filesOf } from '../../scripts/service-worker.ts';
import { sideways, violations } from './access.ts';
import { atPace, inState, plugIn, reachRun } from './bench-states.ts';
import { launchChromium } from './chromium.ts';
import { headline, sayWord, step, visit } from './page.ts';
import { reachReady } from './states.ts';
import { DIST, StaticHost } from './static-host.ts';

const NEXT = '99.0.0';

let browser: Browser;
/** The built page under the next version's name: its files have the names they had, and other bytes. */
let next: string;
beforeAll(async () => {
  browser = await launchChromium();
  next = mkdtempSync(join(tmpdir(), 'meshpress-next-'));
  cpSync(DIST, next, { recursive: true });
  for (const path of Object.keys(filesOf(next)).filter((path) => path.endsWith('.js'))) {
    const script = readFileSync(join(next, path), 'utf8');
    writeFileSync(join(next, path), script.replaceAll(`Meshpress ${manifest.version}`, `Meshpress ${NEXT}`));
  }
  await buildServiceWorker(next, NEXT);
});
afterAll(async () => {
  rmSync(next, { recursive: true });
  await browser.close();
});

let host: StaticHost;
beforeEach(async () => {
  host = await StaticHost.open();
});
afterEach(() => host.close());

async function firstVisit() {
  const first = await visit(browser, host.url, { offline: true });
  await first.page.getByText('Works offline').waitFor();
  return first;
}

const offer = (page: Page) => page.getByRole('complementary').getByText(`Version ${NEXT} is ready.`);
const reloadNow = (page: Page) => page.getByRole('button', { name: 'Reload now' });
const version = (page: Page) => page.getByText(/^Meshpress \d/).innerText();
/** Have the browser look for another version, as it does at each visit, until one waits. */
const lookForNext = (page: Page) =>
  page.evaluate(async () => {
    const registration = (await navigator.serviceWorker.getRegistration())!;
    await registration.update();
    while (!registration.waiting) await new Promise((resolve) => setTimeout(resolve, 20));
  });

describe('after the first visit', () => {
  test('all of the page works while its server is gone: sample, help, network, zip, bench', async () => {
    const { page, complaints } = await firstVisit();
    await host.close();
    await page.reload();
    await page.getByText('Works offline').waitFor();
    await page.getByText(/^Commit (?:[0-9a-f]{8}(?:\+changes)?|unknown)$/).waitFor();

    const opened = page.waitForEvent('popup');
    await page.getByRole('link', { name: 'Licences', exact: true }).click();
    const licences = await opened;
    await licences.getByText('Dani Biró').waitFor();
    await licences.close();

    const sample = page.waitForEvent('download');
    await page.getByRole('link', { name: 'dump of the switch', exact: true }).click();
    expect(readFileSync(await (await sample).path())).toEqual(
      readFileSync(join(DIST, 'samples/client.hex.gz')),
    );
    await page.getByRole('button', { name: 'Try the sample network' }).click();
    await headline(page, 'light').waitFor();
    await page.getByRole('link', { name: 'Help', exact: true }).click();
    await headline(page, 'Help').waitFor();
    await page.getByRole('link', { name: 'Network', exact: true }).click();
    await headline(page, 'BT Mesh').waitFor();

    await step(page, 'Press').click();
    await sayWord(page);
    await page.getByRole('button', { name: 'Press 20 clones' }).click();
    await headline(page, '20 clones are ready').waitFor();
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: /^Save zip/ }).click();
    const zip = unzipSync(readFileSync(await (await saving).path()));
    expect(Object.keys(zip).filter((path) => path.startsWith('clones/'))).toHaveLength(20);

    await step(page, 'Bench').click();
    await page.getByRole('button', { name: 'Use virtual boards' }).click();
    await atPace(page, 'fast');
    await plugIn(page, 'A');
    await inState(page, 'A', 'verified').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('its browser holds each of its files, nothing that a person gave, and asks the host for all others', async () => {
    const { page } = await firstVisit();
    await page.getByRole('button', { name: 'Try the sample network' }).click();
    await headline(page, 'light').waitFor();
    const held = await page.evaluate(async () => {
      const names = await caches.keys();
      const cache = await caches.open(names[0]!);
      return { names, urls: (await cache.keys()).map(({ url }) => url) };
    });
    expect(held.names).toHaveLength(1);
    const files = Object.keys(filesOf(DIST));
    expect(held.urls.sort()).toEqual(files.map((path) => host.url + path).sort());
    expect(files.join()).not.toMatch(/cli\.js|sw\.js|samples\//);
    expect([...new Set(host.asked)].sort()).toEqual(
      [...files.map((path) => path || 'index.html'), 'sw.js'].sort(),
    );

    const before = host.asked.length;
    await page.goto(`${host.url}samples/client.db.json`);
    expect(host.asked.slice(before)).toContain('samples/client.db.json');
    await page.context().close();
  });

  test('a browser calls it an app that can be installed', async () => {
    const { page } = await firstVisit();
    const session = await page.context().newCDPSession(page);
    const { errors, manifest: read } = (await session.send('Page.getAppManifest')) as {
      errors: unknown[];
      manifest?: { id?: string; scope?: string; startUrl?: string; display?: string };
    };
    expect(errors).toEqual([]);
    // without an id of its own the app is known by where it lies, so that two copies on one host are two apps
    expect(read).toMatchObject({ id: host.url, scope: host.url, startUrl: host.url });
    const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
    // what the test itself forbids: its visitor is a private window
    const others = installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito');
    expect(others).toEqual([]);
    for (const icon of JSON.parse(readFileSync(join(DIST, 'manifest.webmanifest'), 'utf8')).icons) {
      const size = await page.evaluate(async (src) => {
        const image = new Image();
        image.src = src;
        await image.decode();
        return `${image.naturalWidth}x${image.naturalHeight}`;
      }, icon.src);
      if (icon.type === 'image/png') expect(size).toBe(icon.sizes);
    }
    await page.context().close();
  });
});

describe('another version', () => {
  test('waits for a person’s word, and the page stays of one version until then', async () => {
    const { page, complaints } = await firstVisit();
    const now = await version(page);
    host.files = next;
    await lookForNext(page);
    await offer(page).waitFor();
    await page.reload(); // without the word it changes nothing
    await offer(page).waitFor();
    expect(await version(page)).toBe(now);
    expect(await violations(page)).toEqual([]);
    await page.setViewportSize({ width: 320, height: 640 });
    expect(await sideways(page)).toEqual([]);

    await reloadNow(page).click();
    await page.getByText(`Meshpress ${NEXT}`).waitFor();
    await page.getByText('Works offline').waitFor();
    expect(await reloadNow(page).count()).toBe(0);
    expect(await page.evaluate(() => caches.keys())).toHaveLength(1);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('does not show itself while clones are pressed, nor until they are saved', async () => {
    const { page } = await firstVisit();
    host.files = next;
    await lookForNext(page);
    await reachReady(page, 600);
    await offer(page).waitFor();
    await page.getByRole('button', { name: /^Press / }).click();
    await page.getByRole('button', { name: 'Cancel' }).waitFor();
    expect(await offer(page).count()).toBe(0);
    await headline(page, '600 clones are ready').waitFor();
    expect(await offer(page).count()).toBe(0);
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: /^Save zip/ }).click();
    await saving;
    await offer(page).waitFor();
    await page.context().close();
  });

  test('lets a run of the bench be, in this page and in others', async () => {
    const { page } = await firstVisit();
    await reachRun(page, 2);
    const other = await page.context().newPage();
    await other.goto(host.url);
    const now = await version(other);
    host.files = next;
    await lookForNext(other);
    await reloadNow(other).click();
    await other.getByText('Close the one other page of Meshpress first').waitFor();
    expect(await offer(page).count()).toBe(0);
    await headline(page, 'Plug in the first board').waitFor();
    expect(await version(page)).toBe(now);

    await page.close();
    await reloadNow(other).click();
    await other.getByText(`Meshpress ${NEXT}`).waitFor();
    await other.context().close();
  });

  test('of which not every file is what was built is not taken', async () => {
    const { page } = await firstVisit();
    const now = await version(page);
    const half = mkdtempSync(join(tmpdir(), 'meshpress-half-'));
    cpSync(DIST, half, { recursive: true });
    cpSync(join(next, 'sw.js'), join(half, 'sw.js'));
    host.files = half;
    const state = await page.evaluate(async () => {
      const registration = (await navigator.serviceWorker.getRegistration())!;
      const found = new Promise<ServiceWorker>((resolve) => {
        registration.addEventListener('updatefound', () => resolve(registration.installing!));
      });
      await registration.update().catch(() => undefined);
      const worker = await found;
      while (worker.state === 'installing') await new Promise((resolve) => setTimeout(resolve, 20));
      return worker.state;
    });
    expect(state).toBe('redundant');
    await page.reload();
    expect(await version(page)).toBe(now);
    rmSync(half, { recursive: true });
    await page.context().close();
  });
});

describe('a browser that has thrown away or damaged files', () => {
  /** One file is gone, and another has other bytes. */
  const damage = (page: Page) =>
    page.evaluate(async () => {
      const cache = await caches.open((await caches.keys())[0]!);
      const scripts = (await cache.keys()).map(({ url }) => url).filter((url) => url.endsWith('.js'));
      const first = document.querySelector<HTMLScriptElement>('script[src]')!.src;
      await cache.delete(scripts.find((url) => url !== first)!);
      const headers = { 'Content-Type': 'text/javascript' };
      await cache.put(first, new Response('throw new Error("damaged");', { headers }));
      return [...(await cache.keys())].length;
    });
  const countHeld = (page: Page) =>
    page.evaluate(async () => (await (await caches.open((await caches.keys())[0]!)).keys()).length);

  test('has them again from a host of the same version, is told where there is none, and never mixes two', async () => {
    const { page, complaints } = await firstVisit();
    const whole = await countHeld(page);
    const now = await version(page);
    expect(await damage(page)).toBe(whole - 1);
    await page.reload();
    await page.getByText('Works offline').waitFor();
    expect(await version(page)).toBe(now);
    expect(await countHeld(page)).toBe(whole);
    expect(complaints).toEqual([]);

    await damage(page);
    host.isAway = true;
    await page.reload();
    await headline(page, 'Meshpress is not whole').waitFor();
    host.isAway = false;
    host.files = next;
    host.asked.length = 0;
    await page.reload();
    await page.getByText(`Meshpress ${NEXT}`).waitFor();
    await page.getByRole('button', { name: 'Try the sample network' }).click();
    await headline(page, 'light').waitFor();
    const loaded = await page.evaluate(() =>
      performance
        .getEntriesByType('resource')
        .map(({ name }) => name)
        .filter((name) => name.endsWith('.js')),
    );
    expect(loaded.filter((url) => !host.asked.includes(url.slice(host.url.length)))).toEqual([]);
    await page.context().close();
  });

  test.runIf(process.env['FAULTS'] === 'long')(
    'has no room to keep the page: it works online, and no part is left',
    async () => {
      const { page } = await visit(browser, 'about:blank', { offline: true });
      const session = await page.context().newCDPSession(page);
      await session.send('Storage.overrideQuotaForOrigin', {
        origin: new URL(host.url).origin,
        quotaSize: 300_000,
      });
      await page.goto(host.url);
      await page.getByText('Online only').waitFor();
      expect(await page.evaluate(() => caches.keys())).toEqual([]);
      await page.context().close();
    },
  );
});

describe('a folder that has no Meshpress any more', () => {
  test('gets its own pages back after one visit', async () => {
    const { page } = await firstVisit();
    const another = mkdtempSync(join(tmpdir(), 'another-project-'));
    writeFileSync(join(another, 'index.html'), '<h1>Another project</h1>');
    host.files = another;
    await page.reload();
    await page.getByText('Online only').waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Another project' }).waitFor();
    rmSync(another, { recursive: true });
    await page.context().close();
  });
});
