/**
 * What blocks the page, in milliseconds: `npm run bench:page`. Writes nothing but the build.
 *
 * A browser that does one thing for longer than 50 ms answers nobody meanwhile. How long things take depends on the machine and
 * on what else it does; so this is printed, and the least of some visits counts.
 */
import { launchChromium } from '../browser/chromium.ts';
import { headline, step, visit } from '../browser/page.ts';
import { serveBuiltPage } from '../browser/setup.ts';

const VISITS = 5;
/** Put into the page: tasks of more than 50 ms since they were last asked for. */
const WATCH = `window.long = []; new PerformanceObserver((list) => long.push(...list.getEntries()))
  .observe({ type: 'longtask', buffered: true })`;

const least: Record<string, number> = {};
const { url, close } = await serveBuiltPage();
const browser = await launchChromium();
for (let i = 0; i < VISITS; i++) {
  const { page } = await visit(browser, 'about:blank', { offline: true });
  const note = async (what: string) => {
    await page.waitForTimeout(500);
    const longest = await page.evaluate<number>(
      'Math.max(0, ...long.splice(0).map((task) => task.duration))',
    );
    least[what] = Math.min(least[what] ?? Infinity, longest);
  };
  await page.addInitScript({ content: WATCH });
  await page.goto(url);
  await page.getByText('Works offline').waitFor();
  await note('first picture, and keeping the page for offline use');
  await note('idle');
  await page.getByRole('button', { name: 'Try the sample network' }).click();
  await headline(page, 'light').waitFor();
  await note('loading the sample');
  await step(page, 'Plan').click();
  await headline(page, '20 clones').waitFor();
  await note('opening the plan');
  await page.context().close();
}
await browser.close();
await close();

console.log(`Longest task of the least of ${VISITS} visits; tasks up to 50 ms are not told by browsers.`);
for (const [what, ms] of Object.entries(least))
  console.log((ms > 0 ? `${ms} ms` : '<50 ms').padStart(8), what);
