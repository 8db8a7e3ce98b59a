/**
 * What blocks the page, in milliseconds, and what a verdict costs it among few clones and among many: `npm run bench:page`. Writes
 * nothing but the build.
 *
 * A browser that does one thing for longer than 50 ms answers nobody meanwhile. How long things take depends on the machine and
 * on what else it does; so this is printed, and the least of some visits counts.
 */
import { launchChromium } from '../browser/chromium.ts';
import { file, phoneDatabase } from '../browser/files.ts';
import { drop, headline, step, visit } from '../browser/page.ts';
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
const verdicts: string[] = [];
for (const count of [50, 1000, 5000]) verdicts.push(await costOfVerdict(count));
await browser.close();
await close();

console.log(`Longest task of the least of ${VISITS} visits; tasks up to 50 ms are not told by browsers.`);
for (const [what, ms] of Object.entries(least))
  console.log((ms > 0 ? `${ms} ms` : '<50 ms').padStart(8), what);

console.log('\nOne verdict on the on-air page; the virtual kit and its network run in the same thread.');
for (const line of verdicts) console.log(line);

/** What the page's thread does for each clone that answers, while so many stand in its list. */
async function costOfVerdict(count: number): Promise<string> {
  const { page } = await visit(browser, url);
  await drop(page, [manyLights(count)]);
  await page.getByText('Light 1').first().waitFor();
  await page.evaluate("location.hash = 'on-air'");
  await page.getByRole('button', { name: 'Use a virtual kit' }).click();
  await page.getByRole('radio', { name: /One answer each/ }).check();
  await page.evaluate(WATCH);
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const now = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    const seconds = metrics.find(({ name }) => name === 'TaskDuration')!.value;
    const answered = await page.locator('.counts b').first().innerText();
    return { ms: 1000 * seconds, answered: Number(answered.replaceAll(',', '')) };
  };
  await page.getByRole('button', { name: /^Ask [\d,]+ clones/ }).click();
  await page.waitForFunction("document.querySelector('.counts b').textContent !== '0'");
  await page.evaluate('long.length = 0');
  const from = await now();
  await page.waitForTimeout(4000);
  const to = await now();
  const longest = await page.evaluate<number>('Math.max(0, ...long.map((task) => task.duration))');
  await page.context().close();
  const each = (to.ms - from.ms) / (to.answered - from.answered);
  return `${each.toFixed(1).padStart(5)} ms among ${count} clones (${to.answered - from.answered} answered), longest task ${longest > 0 ? longest : '<50'} ms`;
}

/** A network of lights alone. */
function manyLights(count: number) {
  const database = JSON.parse(phoneDatabase.buffer.toString()) as { nodes: Record<string, unknown>[] };
  const [phone, light] = database.nodes;
  const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, '0');
  const lights = Array.from({ length: count }, (_, i) => ({
    ...light,
    name: `Light ${i + 1}`,
    UUID: `${hex(i + 1, 8)}-4F89-41D3-9A0C-0305E82C3301`,
    unicastAddress: hex(0x10 + i, 4),
    deviceKey: hex(i + 1, 8).repeat(4),
  }));
  return file('lights.json', JSON.stringify({ ...database, nodes: [phone, ...lights] }));
}
