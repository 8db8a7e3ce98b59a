/** The same in the built page: frames, progress and cancel while it presses, as a person would see them. */
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { build, preview } from 'vite';
import { findChromium, launchChromium } from '../browser/chromium.ts';
import { database, dump } from '../browser/files.ts';
import { drop, headline, sayWord, visit } from '../browser/page.ts';
import { reachReady } from '../browser/states.ts';
import { median, verdict, type Row } from './table.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What happened between the click on "Press" and the end, in milliseconds. */
interface Watched {
  readonly total: number;
  readonly frames: readonly number[];
  /** From the click to the first progress, and then from one to the next. */
  readonly progress: readonly number[];
  /** Tasks of 50 ms and more on the thread that draws. */
  readonly longTasks: readonly number[];
  /** From the click on "Cancel" to its answer. */
  readonly cancel: number;
}

/**
 * @param folder  where the page may be built; the caller takes it away
 * @returns nothing where there is no Chromium
 */
export async function pageRows(folder: string): Promise<Row[] | undefined> {
  if (!findChromium()) return undefined;
  process.env['NODE_ENV'] = 'production';
  const at = { root: ROOT, logLevel: 'error', build: { outDir: folder, emptyOutDir: true } } as const;
  await build(at);
  const server = await preview({ ...at, preview: { port: 0, host: '127.0.0.1' } });
  const browser = await launchChromium();
  try {
    return await measure(browser, server.resolvedUrls!.local[0]!);
  } finally {
    await browser.close();
    await server.close();
  }
}

async function measure(browser: Browser, url: string): Promise<Row[]> {
  const onPage = async <Result>(work: (page: Page) => Promise<Result>): Promise<Result> => {
    const { page } = await visit(browser, url);
    // tsx wraps functions in calls of its own helper, also those that are sent to the page
    await page.evaluate('globalThis.__name = (f) => f');
    const result = await work(page);
    await page.context().close();
    return result;
  };
  const press = (count: number, cancelAfter?: number) =>
    onPage(async (page) => {
      await reachReady(page, count);
      return watch(page, cancelAfter);
    });

  const thousands = [await press(1000), await press(1000), await press(1000)];
  const each = (value: (run: Watched) => number) => median(thousands.map(value));
  const fps = each(({ frames }) => (1000 * frames.length) / sum(frames));
  const first = each(({ progress }) => progress[0]!);
  const gap = each(({ progress }) => Math.max(...progress.slice(1)));
  const cancels: number[] = [];
  for (const after of [20, 200, 400, 600, 800]) cancels.push((await press(1000, after)).cancel);
  const again = await onPage(pressAgain);
  const pages = await onPage(async (page) => {
    await reachReady(page, 10_000);
    await page.getByRole('radio', { name: /What all share once/ }).check();
    return watch(page);
  });
  const firstClone = await onPage(firstCloneAfterDrop);

  const ms = (value: number) => `${value.toFixed(0)} ms`;
  const below = (what: string, value: number, target: number): Row => [
    what,
    ms(value),
    ms(target),
    verdict(value <= target),
  ];
  return [
    ['frames a second while pressing 1,000 full clones', fps.toFixed(1), '55', verdict(fps >= 55)],
    ['  longest frame', ms(each(({ frames }) => Math.max(...frames))), '', ''],
    [
      '  tasks of 50 ms and more on the thread that draws',
      String(each(({ longTasks }) => longTasks.length)),
      '',
      '',
    ],
    ['  the whole press', ms(each(({ total }) => total)), '', ''],
    below('first progress after the click', first, 100),
    below('longest time without new progress', gap, 100),
    below('answer to a cancel, slowest of five', Math.max(...cancels), 100),
    below('progress of another press right after a cancel', again, 100),
    below('first clone: drop of both files to the donor, and press of one', firstClone, 500),
    below('10,000 clones as shared base and changed pages, one zip', pages.total, 2000),
  ];
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Press, watching as the page itself, so that nothing of the driver's is measured. */
const watch = (page: Page, cancelAfter?: number): Promise<Watched> =>
  page.evaluate(async (cancelAfter) => {
    const button = (text: RegExp) =>
      [...document.querySelectorAll('button')].find(({ innerText }) => text.test(innerText))!;
    const frames: number[] = [];
    const progress: number[] = [];
    const longTasks: number[] = [];
    new PerformanceObserver((list) => {
      longTasks.push(...list.getEntries().map(({ duration }) => duration));
    }).observe({ type: 'longtask' });
    await new Promise((resolve) => setTimeout(resolve, 300));

    let last = performance.now();
    const start = last;
    let cancelledAt = 0;
    let frame = start;
    const onFrame = () => {
      const now = performance.now();
      frames.push(now - frame);
      frame = now;
      request = requestAnimationFrame(onFrame);
    };
    let request = requestAnimationFrame(onFrame);
    const seen = new Set<string>();
    const ended = new Promise<void>((resolve) => {
      new MutationObserver(() => {
        const line = document.querySelector('.progress')?.textContent;
        if (line && !line.includes('Getting ready') && !seen.has(line)) {
          seen.add(line);
          progress.push(performance.now() - last);
          last = performance.now();
        }
        const title = document.querySelector('h1')?.textContent ?? '';
        const notice = document.querySelector('[role=status]')?.textContent ?? '';
        if (/ready$/.test(title) || notice.startsWith('Cancelled')) resolve();
      }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
    });
    button(/^Press /).click();
    if (cancelAfter !== undefined) {
      setTimeout(() => {
        cancelledAt = performance.now();
        button(/^Cancel/).click();
      }, cancelAfter);
    }
    await ended;
    cancelAnimationFrame(request);
    const now = performance.now();
    return { total: now - start, frames, progress, longTasks, cancel: now - cancelledAt };
  }, cancelAfter);

/** Milliseconds from a click on "Press" right after a cancel to its first progress: the engine has let the old run go. */
async function pressAgain(page: Page): Promise<number> {
  await reachReady(page, 1000);
  await watch(page, 50);
  const { progress } = await watch(page, 500);
  return progress[0]!;
}

/** The wait of a person in a hurry, without what they do themselves between the two. */
async function firstCloneAfterDrop(page: Page): Promise<number> {
  await page.evaluate(() => {
    const stamps = ((globalThis as { stamps?: number[] }).stamps = [] as number[]);
    document.addEventListener('drop', () => stamps.push(performance.now()), { capture: true });
    new MutationObserver(() => {
      if (stamps.length === 1 && document.querySelector('h1')?.textContent === 'light')
        stamps.push(performance.now());
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  await drop(page, [dump, database]);
  await headline(page, 'light').waitFor();
  const [dropped, read] = await page.evaluate(() => (globalThis as unknown as { stamps: number[] }).stamps);
  await page.getByText('20 new').waitFor();
  await page.getByRole('link', { name: 'Plan clones' }).click();
  await page.getByLabel('How many').fill('1');
  await headline(page, '1 clone').waitFor();
  await page.getByRole('link', { name: 'Go to press' }).click();
  await sayWord(page);
  return read! - dropped! + (await watch(page)).total;
}
