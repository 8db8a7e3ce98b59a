/** The page on a plain static host. */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium } from './chromium.ts';
import { headline, visit } from './page.ts';

const DIST = join(import.meta.dirname, '../../dist');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
};
const FOLDER = '/tools/meshpress/';

let browser: Browser;
let server: Server;
beforeAll(async () => {
  browser = await launchChromium();
  server = createServer(({ url = '' }, response) => {
    const path = url.startsWith(FOLDER) ? url.slice(FOLDER.length) || 'index.html' : null;
    try {
      const content = readFileSync(join(DIST, path ?? 'outside the folder'));
      response.setHeader('Content-Type', TYPES[extname(path!)] ?? 'application/octet-stream').end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await browser.close();
  server.close();
});

describe('the built page', () => {
  test('works from a subfolder, worker, sample, help and downloads included', async () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${FOLDER}`;
    const { page, complaints } = await visit(browser, url);
    const outside: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith('blob:')) outside.push(request.url());
    });
    const saving = page.waitForEvent('download');
    await page.getByRole('link', { name: 'dump', exact: true }).click();
    expect((await saving).suggestedFilename()).toBe('client.hex.gz');
    await page.getByRole('button', { name: 'Try the sample network' }).click();
    await headline(page, 'light').waitFor();
    await page.getByRole('link', { name: 'Help' }).click();
    await headline(page, 'Help').waitFor();
    expect(outside).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('is light: less than 80 kB of script and style before the first picture', () => {
    const html = readFileSync(join(DIST, 'index.html'), 'utf8');
    const first = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.(?:js|css))"/g)].map(
      (match) => match[1]!,
    );
    expect(first.length).toBeGreaterThanOrEqual(2);
    const bytes = first.reduce((sum, path) => sum + gzipSync(readFileSync(join(DIST, path))).length, 0);
    expect(bytes).toBeLessThan(80_000);
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
