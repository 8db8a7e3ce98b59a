/**
 * The pictures of the README: the demo from the first click to boards that are done, animated, and two stills of it.
 * `npx tsx tests/browser/film.ts` writes them to docs/images/, with the help of an `ffmpeg` on the path.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { freshBoards, openBench } from './bench-states.ts';
import { launchChromium } from './chromium.ts';
import { headline, visit } from './page.ts';
import { serveBuiltPage } from './setup.ts';

const OUT = join(import.meta.dirname, '../../docs/images');
const WIDTH = 1120;
const HEIGHT = 760;
/** Time that a picture stands: long enough to take in a new screen, and to see what is about to be pressed. */
const READ_MS = 1800;
const POINT_MS = 700;
const FRAME_MS = 120;

const folder = mkdtempSync(join(tmpdir(), 'meshpress-film-'));
const frames: { readonly file: string; readonly ms: number }[] = [];

async function shoot(page: Page, ms: number) {
  const file = join(folder, `${String(frames.length).padStart(4, '0')}.png`);
  await page.screenshot({ path: file });
  frames.push({ file, ms });
}

/** A picture by itself may be taller than those that move. */
async function still(page: Page, name: string, height: number) {
  await page.setViewportSize({ width: WIDTH, height });
  await page.screenshot({ path: join(OUT, `${name}.png`) });
  await page.setViewportSize({ width: WIDTH, height: HEIGHT });
}

/** Show what will be pressed, then press it. */
async function press(page: Page, target: Locator) {
  await target.scrollIntoViewIfNeeded();
  await target.focus();
  await target.hover();
  await shoot(page, POINT_MS);
  await target.click();
}

/** Pictures of work under way, until `done` is to be seen. */
async function follow(page: Page, done: Locator) {
  while (!(await done.isVisible())) {
    await shoot(page, FRAME_MS);
    await page.waitForTimeout(FRAME_MS);
  }
}

async function act(page: Page) {
  await shoot(page, READ_MS);
  await press(page, page.getByRole('button', { name: 'Try the sample network' }));
  await headline(page, 'light').waitFor();
  await page.getByText('20 new').waitFor();
  await shoot(page, READ_MS);
  await still(page, 'donor', 1080);
  await press(page, page.getByRole('link', { name: 'Plan clones' }));
  await headline(page, '20 clones').waitFor();
  await page.getByRole('row', { name: /light_0053/ }).waitFor();
  await shoot(page, READ_MS);
  await press(page, page.getByRole('link', { name: 'Go to press' }));
  await press(page, page.getByRole('checkbox', { name: /development or research/ }));
  await press(page, page.getByRole('radio', { name: 'Without a password' }));
  await press(page, page.getByRole('button', { name: 'Press 20 clones' }));
  await follow(page, headline(page, '20 clones are ready'));
  await shoot(page, READ_MS);
  await openBench(page);
  await press(page, page.getByRole('button', { name: 'Use virtual boards' }));
  await headline(page, 'Plug in the first board').waitFor();
  await press(page, freshBoards(page));
  await follow(page, page.locator('.tiles > li[data-state="verified"]').first());
  await still(page, 'bench', 990);
  await follow(page, page.locator('.tiles > li[data-state="verified"] >> nth=3'));
  await shoot(page, 2 * READ_MS);
}

const { url, close } = await serveBuiltPage();
const browser = await launchChromium();
try {
  const { page } = await visit(browser, url, { width: WIDTH, height: HEIGHT, offline: true });
  await act(page);
  const list = frames.map(({ file, ms }) => `file '${file}'\nduration ${ms / 1000}\n`).join('');
  writeFileSync(join(folder, 'frames.txt'), list);
  const encoding = ['-c:v', 'libwebp_anim', '-quality', '70', '-compression_level', '6', '-loop', '0'];
  const input = ['-f', 'concat', '-safe', '0', '-i', join(folder, 'frames.txt'), '-vsync', 'vfr'];
  const { status, error } = spawnSync(
    'ffmpeg',
    ['-y', '-loglevel', 'error', ...input, ...encoding, join(OUT, 'demo.webp')],
    {
      stdio: 'inherit',
    },
  );
  if (status !== 0)
    throw new Error('The film is not written: ffmpeg is missing or failed.', { cause: error });
  const seconds = frames.reduce((sum, { ms }) => sum + ms, 0) / 1000;
  console.log(`docs/images/demo.webp: ${frames.length} pictures, ${seconds.toFixed(0)} s`);
} finally {
  await browser.close();
  await close();
  rmSync(folder, { recursive: true });
}
