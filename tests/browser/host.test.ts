/** The page on a plain static host. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium } from './chromium.ts';
import { headline, visit } from './page.ts';
import { DIST, StaticHost } from './static-host.ts';

let browser: Browser;
let host: StaticHost;
beforeAll(async () => {
  browser = await launchChromium();
  host = await StaticHost.open();
});
afterAll(async () => {
  await browser.close();
  await host.close();
});

describe('the built page', () => {
  test('works from a subfolder, worker, sample, help and downloads included', async () => {
    const { url } = host;
    const { page, complaints } = await visit(browser, url);
    const outside: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith('blob:')) outside.push(request.url());
    });
    const saving = page.waitForEvent('download');
    await page.getByRole('link', { name: 'dump of the switch', exact: true }).click();
    expect((await saving).suggestedFilename()).toBe('client.hex.gz');
    await page.getByRole('button', { name: 'Try the sample network' }).click();
    await headline(page, 'light').waitFor();
    await page.getByRole('link', { name: 'Help', exact: true }).click();
    await headline(page, 'Help').waitFor();
    expect(outside).toEqual([]);
    expect(complaints).toEqual([]);
    // this visitor's browser keeps no pages, as on a host without a certificate
    await page.getByText('Online only').waitFor();
    await page.context().close();
  });

  test('says so when its server goes before all of it has come', async () => {
    const { page } = await visit(browser, host.url);
    await page.route(/later-.*\.js$/, (route) => route.abort());
    await page.reload();
    await page.getByText('Not all of the page came from its server.').waitFor();
    await page.context().close();
  });

  test('asks for a policy that forbids everything but its own files', () => {
    const html = readFileSync(join(DIST, 'index.html'), 'utf8');
    const policy = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(html)?.[1] ?? '';
    for (const rule of [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "connect-src 'none'",
    ]) {
      expect(policy).toContain(rule);
    }
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
  });
});
