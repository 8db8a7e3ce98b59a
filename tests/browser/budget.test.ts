/**
 * What the page may cost. How long it takes is printed by `npm run bench:page`; here is what does not depend on the machine.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { filesOf } from '../../scripts/service-worker.ts';
import { launchChromium } from './chromium.ts';
import { visit } from './page.ts';
import { STATES } from './states.ts';
import { DIST } from './static-host.ts';

const sizeOf = (path: string) => statSync(join(DIST, path || 'index.html')).size;

describe('the first visit', () => {
  test('needs less than 80 kB of script and style before the first picture', () => {
    const html = readFileSync(join(DIST, 'index.html'), 'utf8');
    const first = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.(?:js|css))"/g)].map(
      (match) => match[1]!,
    );
    expect(first.length).toBeGreaterThanOrEqual(2);
    const bytes = first.reduce((sum, path) => sum + gzipSync(readFileSync(join(DIST, path))).length, 0);
    expect(bytes).toBeLessThan(80_000);
  });

  test('leaves less than 2.5 MB in the browser, with everything that works offline', () => {
    const bytes = Object.keys(filesOf(DIST)).reduce((sum, path) => sum + sizeOf(path), 0);
    expect(bytes).toBeLessThan(2_500_000);
  });
});

/** Scripts that come with these: what they import, and what that imports, but for what is loaded on demand. */
function scriptsWith(names: Iterable<string>): Set<string> {
  const scripts = new Set(names);
  for (const name of scripts) {
    const text = readFileSync(join(DIST, 'assets', name), 'utf8');
    for (const [, imported] of text.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) scripts.add(imported!);
  }
  return scripts;
}

describe('the bench', () => {
  test('is less than 130 kB of script before compression, beside its screen and what speaks to one kind of probe', () => {
    const html = readFileSync(join(DIST, 'index.html'), 'utf8');
    const first = scriptsWith([...html.matchAll(/assets\/([^"]+\.js)"/g)].map((match) => match[1]!));
    const chunks = readdirSync(join(DIST, 'assets')).filter((name) => /^bench\.svelte-.*\.js$/.test(name));
    expect(chunks).toHaveLength(1);
    const bench = [...scriptsWith(chunks)].filter((name) => !first.has(name));
    expect(bench.reduce((sum, name) => sum + sizeOf(join('assets', name)), 0)).toBeLessThan(130_000);
  });
});

describe('a screen', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  // The time to draw a screen grows with its elements. Those of a list do not: only what is seen of it is drawn.
  test('has few elements, however many clones there are', async () => {
    const { page } = await visit(browser, inject('pageUrl'));
    const elements = () => page.evaluate(() => document.querySelectorAll('*').length);
    await STATES['thousand']!(page);
    const thousand = await elements();
    expect(thousand).toBeLessThan(1000);
    await page.getByLabel('How many').fill('8000');
    await page.getByRole('heading', { level: 1, name: '8,000 clones' }).waitFor();
    expect(await elements()).toBeLessThan(thousand + 20);
    await page.context().close();
  });
});
