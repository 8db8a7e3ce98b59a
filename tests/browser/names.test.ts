/** Names of others are shown and not obeyed, on every screen and on paper: a network full of them, walked through once. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { HOSTILE } from '../support/hostile-names.ts';
import { sideways } from './access.ts';
import { atPace, inState, openBench, plugIn } from './bench-states.ts';
import { launchChromium } from './chromium.ts';
import { database, dump, file } from './files.ts';
import { choose, headline, sayWord, step, visit } from './page.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

interface Named {
  name: string;
}
/** The sample’s network, in which nothing has the name it had; its donor’s is Hebrew. */
function hostileDatabase(): string {
  const network = JSON.parse(database.buffer.toString()) as Record<
    'appKeys' | 'netKeys' | 'groups' | 'nodes' | 'provisioners',
    Named[]
  > & { meshName: string };
  const call = (things: Named[], ...names: string[]) => names.forEach((name, i) => (things[i]!.name = name));
  network.meshName = HOSTILE.words;
  call(network.appKeys, HOSTILE.endless, HOSTILE.marked);
  call(network.netKeys, HOSTILE.joined);
  call(network.groups, HOSTILE.syllable, HOSTILE.turned);
  call(network.nodes, HOSTILE.endless, HOSTILE.hebrew, HOSTILE.markup);
  call(network.provisioners, HOSTILE.arabic);
  return JSON.stringify(network);
}
const TABLE = ['name', ...Object.values(HOSTILE).map((name) => `"${name.replaceAll('"', '""')}"`)].join('\n');

/** What is wrong with the page as it stands. Of the worst names it is at most 5,400 px high; uncut ones make it ten times that. */
async function faults(page: Page, widths: readonly number[]): Promise<string[]> {
  const found: string[] = [];
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 });
    const told = [
      ...(await sideways(page)).map((what) => `sticks out: ${what}`),
      ...(await page.evaluate(tell)),
      ...(await page.evaluate(() => (document.documentElement.scrollHeight > 7000 ? ['too high'] : []))),
    ];
    found.push(...told.map((what) => `${width} px: ${what}`));
  }
  return found;
}

/** In the page: what a name did to it. */
function tell(): string[] {
  const told = new Set<string>();
  const says = (what: string, text: string) => told.add(`${what}: ${text.slice(0, 40)}`);
  if (document.querySelector('main img, main script') || document.title === 'alive')
    told.add('markup is alive');
  if (/[\u202a-\u202e\u2066-\u2069]/.test(document.title)) says('turned round', document.title);

  const segmenter = new Intl.Segmenter();
  const place = (node: Node, from = 0, to = node.textContent!.length): DOMRect | undefined => {
    const range = document.createRange();
    range.setStart(node, from);
    range.setEnd(node, to);
    return [...range.getClientRects()].at(from === 0 && to === 1 ? 0 : -1);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let before: { readonly text: Text; readonly box: DOMRect } | null = null;
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const text = node as Text;
    const { data, parentElement } = text;
    if (parentElement!.closest('textarea, select, [hidden]') || data.trim() === '') continue;
    if (/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(data)) says('turned round', data);
    if (data.length > 1600) says('endless', data);
    for (const { segment } of segmenter.segment(data))
      if ([...segment].length > 13 || /\p{Mn}{6}/u.test(segment)) says('piled up', segment);

    if (parentElement!.closest('.vh')) continue;
    const first = place(text, 0, 1);
    const last = place(text, data.length - 1);
    if (!first || !last) continue;
    const onOneLine = (one: DOMRect, other: DOMRect) => Math.abs(one.bottom - other.bottom) < 6;
    // what follows a name stands to its right
    if (before && onOneLine(before.box, first) && first.left < before.box.right - 1)
      says('changed places', before.text.data);
    const isLeftward = /[\u0590-\u08ff]/.test(data);
    if (isLeftward && !['isolate', 'plaintext'].includes(getComputedStyle(parentElement!).unicodeBidi))
      says('not by itself', data);
    // a name in Latin letters reads from left to right
    if (/^[a-z][^\u0590-\u08ff]*[a-z]$/i.test(data) && onOneLine(first, last) && last.left < first.left)
      says('runs backwards', data);
    const isName = parentElement!.localName === 'bdi';
    before = isName && isLeftward ? { text, box: place(text)! } : null;
  }
  return [...told];
}

test('names of any kind leave every screen as it is, and what stands beside them', async () => {
  const { page, complaints } = await visit(browser, inject('pageUrl'));
  page.on('dialog', (dialog) => {
    complaints.push(`asked: ${dialog.message()}`);
    void dialog.dismiss();
  });
  const found: string[] = [];
  const look = async (state: string) => {
    found.push(...(await faults(page, [390, 1280])).map((what) => `${state}, ${what}`));
  };
  const lookAtPaper = async (state: string) => {
    await page.emulateMedia({ media: 'print' });
    found.push(...(await faults(page, [794])).map((what) => `${state}, ${what}`));
    await page.emulateMedia({ media: 'screen' });
    await page.setViewportSize({ width: 1280, height: 900 });
  };

  await choose(page, [file(`me\u0301sh\u202e<i>${'x'.repeat(180)}.json`, hostileDatabase())]);
  await page.getByRole('button', { name: 'Choose the dump…' }).waitFor();
  await look('start');
  await choose(page, [file('קובץ 12<b>\u202e.hex', dump.buffer)]);
  await page.getByText('20 new').waitFor();
  await choose(page, [file(`${HOSTILE.markup}\u202e.hex`, 'no dump')]);
  await page.getByRole('button', { name: 'Dismiss' }).waitFor();
  await look('donor');
  await page.getByRole('link', { name: 'Network', exact: true }).click();
  await page.getByRole('button', { name: /^Merge/ }).waitFor();
  await look('network');

  await step(page, 'Plan').click();
  await page.getByLabel('How many').fill(String(Object.keys(HOSTILE).length));
  await headline(page, /^9 clones/).waitFor();
  await page.getByLabel('Names').fill(HOSTILE.endless);
  await page.getByRole('button', { name: 'Go to press', disabled: true }).waitFor();
  await look('plan with one name for all');
  await page.getByLabel('Names').fill('');
  await page.locator('summary', { hasText: 'Values from a table' }).click();
  await page.getByLabel(/^CSV/).fill(TABLE);
  await page.getByText('Values from a table, in use').waitFor();
  await page.getByRole('button', { name: /^<img src=x/ }).waitFor();
  await look('plan');

  await step(page, 'Press').click();
  await sayWord(page);
  await page.getByRole('button', { name: /^Press / }).click();
  await headline(page, /are ready$/).waitFor();
  await look('press');
  await page.getByRole('link', { name: 'Labels' }).click();
  await page.getByRole('button', { name: /^Print 9/, disabled: false }).waitFor();
  await expect.poll(() => page.locator('.label').count()).toBe(9);
  await look('labels');
  await lookAtPaper('labels on paper');
  await page.getByRole('link', { name: 'Report', exact: true }).click();
  await page.getByRole('button', { name: 'Print', disabled: false }).waitFor();
  await look('report');
  await lookAtPaper('report on paper');

  await openBench(page);
  await page.getByRole('button', { name: 'Use virtual boards' }).click();
  await headline(page, 'Plug in the first board').waitFor();
  await atPace(page, 'fast');
  await plugIn(page, 'A');
  await inState(page, 'A', 'verified').waitFor();
  await page.getByLabel('Find a clone by name').fill('0x');
  await look('bench');
  await page.getByRole('link', { name: 'Ask them' }).click();
  await page.getByRole('button', { name: 'Use a virtual kit' }).click();
  await page.getByRole('button', { name: 'Ask 1 clone' }).click();
  await page.getByRole('button', { name: /^Press <img src=x/ }).waitFor();
  await look('on air');

  expect(found).toEqual([]);
  expect(complaints).toEqual([]);
  await page.context().close();
});
