/**
 * What a verdict costs the page among few clones and among many: `npx tsx tests/benchmarks/verdict-cost.ts`. Writes nothing but the
 * build. Scripts, styles and layout are counted; painting is left out, as a browser without a screen does that in software. The virtual
 * kit and its network run in the same thread.
 */
import { launchChromium } from '../browser/chromium.ts';
import { file, phoneDatabase } from '../browser/files.ts';
import { drop, visit } from '../browser/page.ts';
import { serveBuiltPage } from '../browser/setup.ts';

/** Put into the page: tasks of more than 50 ms. */
const WATCH = `window.long = []; new PerformanceObserver((list) => long.push(...list.getEntries()))
  .observe({ type: 'longtask' })`;
const WATCHED_MS = 2500;

const { url, close } = await serveBuiltPage();
const browser = await launchChromium();
for (const count of [200, 1000, 5000]) console.log(await costOfVerdict(count));
await browser.close();
await close();

/** What the page's thread does for each clone that answers, in milliseconds, while so many stand in its list. */
async function costOfVerdict(count: number): Promise<string> {
  const { page } = await visit(browser, url);
  await drop(page, [manyLights(count)]);
  await page.getByText('lights.json').first().waitFor();
  await page.evaluate("location.hash = 'on-air'");
  await page.getByRole('button', { name: 'Use a virtual kit' }).click();
  await page.getByRole('radio', { name: /One answer each/ }).check();
  await page.evaluate(WATCH);
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const now = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    const seconds = metrics
      .filter(({ name }) => ['ScriptDuration', 'LayoutDuration', 'RecalcStyleDuration'].includes(name))
      .reduce((sum, { value }) => sum + value, 0);
    const answered = await page.locator('.counts b').first().innerText();
    return { ms: 1000 * seconds, answered: Number(answered.replaceAll(',', '')) };
  };
  await page.getByRole('button', { name: /^Ask [\d,]+ clones/ }).click();
  let from = await now();
  while (from.answered === 0) from = await now();
  await page.evaluate('long.length = 0');
  await page.waitForTimeout(WATCHED_MS);
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
