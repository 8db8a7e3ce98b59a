/**
 * Pictures of every state of the page, for eyes: `npx tsx tests/browser/screens.ts [state…] [width…] [light|dark]`.
 * They land in tests/browser/screens/, named state-width-theme.png.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { launchChromium } from './chromium.ts';
import { visit } from './page.ts';
import { serveBuiltPage } from './setup.ts';
import { BENCH_STATES } from './bench-states.ts';
import { RADIO_STATES } from './radio-states.ts';
import { STATES as PAGE_STATES, useWholeDump } from './states.ts';

const STATES = { ...PAGE_STATES, ...BENCH_STATES, ...RADIO_STATES };
const OUT = join(import.meta.dirname, 'screens');
const words = process.argv.slice(2);
const wanted = <Word>(found: Word[], all: readonly Word[]) => (found.length > 0 ? found : all);
const states = wanted(
  words.filter((word) => word in STATES),
  Object.keys(STATES),
);
const widths = wanted(words.filter((word) => /^\d+$/.test(word)).map(Number), [1280, 390]);
const schemes = wanted(
  words.filter((word) => word === 'light' || word === 'dark'),
  ['light', 'dark'] as const,
);

mkdirSync(OUT, { recursive: true });
useWholeDump();
const { url, close } = await serveBuiltPage();
const browser = await launchChromium();
for (const state of states) {
  for (const width of widths) {
    for (const colorScheme of schemes) {
      const { page, complaints } = await visit(browser, url, {
        width,
        colorScheme,
        picker: 'file',
        offline: true,
      });
      try {
        await STATES[state]!(page);
        // as tall as the page, so that a bar at the lower edge does not cut the picture
        if (width <= 760) {
          const height = await page.evaluate(() => document.documentElement.scrollHeight);
          await page.setViewportSize({ width, height });
        }
        await page.waitForTimeout(200);
        await page.screenshot({ path: join(OUT, `${state}-${width}-${colorScheme}.png`), fullPage: true });
      } catch (error) {
        complaints.push(String(error).split('\n').slice(0, 5).join(' '));
      }
      for (const complaint of complaints) console.error(state, width, colorScheme, complaint);
      await page.context().close();
    }
  }
  console.log(state);
}
await browser.close();
await close();
