/** The bench with virtual boards, and every state of it. */
import type { Page } from 'playwright-core';
import { dump, type ChosenFile } from './files.ts';
import { headline, step } from './page.ts';
import { reachPlan, reachPlanOfTwoKinds, statesOf, type Walk } from './states.ts';

export const openBench = async (page: Page) => {
  await step(page, 'Bench').click();
  await headline(page, /onto boards$/).waitFor();
};

/** How long virtual boards take. */
export const atPace = (page: Page, pace: 'real' | 'fast') =>
  page
    .getByRole('radio', {
      name: { real: /as fast as real ones/, fast: /As fast as this computer can/ }[pace],
    })
    .check();

/** A run on virtual boards, at the pace that this computer can keep. */
export async function reachRun(page: Page, count = 20, of?: ChosenFile) {
  await reachPlan(page, count, of);
  await openBench(page);
  await beginRun(page);
}
async function beginRun(page: Page) {
  await page.getByRole('button', { name: 'Use virtual boards' }).click();
  await headline(page, 'Plug in the first board').waitFor();
  await atPace(page, 'fast');
}

/** A run of three with one board that failed, and one that is done. */
export async function reachTwoBoards(page: Page) {
  await reachRun(page, 3);
  await plugIn(page, 'A', 'A board with worn flash');
  await inState(page, 'A', 'failed').waitFor();
  await plugIn(page, 'B'); // one after the other, so that each becomes the same clone every time
  await inState(page, 'B', 'verified').waitFor();
}

/** The tile of a slot. */
export const tile = (page: Page, letter: string) =>
  page.locator('.tiles > li').filter({ has: page.getByText(letter, { exact: true }) });
export const inState = (page: Page, letter: string, state: string) =>
  page.locator(`.tiles > li[data-state="${state}"]`).filter({ has: page.getByText(letter, { exact: true }) });

/** @param kind  what the select calls it */
export async function plugIn(page: Page, letter: string, kind = 'A blank board') {
  await page.getByLabel(`Kind of board for ${letter}`).selectOption({ label: kind });
  await page.getByRole('button', { name: `Plug in at ${letter}` }).click();
}
export const pull = (page: Page, letter: string) =>
  page.getByRole('button', { name: `Pull it out of ${letter}` }).click();
export const freshBoards = (page: Page) => page.getByRole('button', { name: /^Plug in \d+ .*boards?$/ });

/** Boards until the headline says that all are done. */
export async function finishRun(page: Page) {
  const all = headline(page, /^(All .* are on boards|The clone is on its board)$/);
  while (!(await all.isVisible())) {
    await freshBoards(page).or(all).first().waitFor();
    // boards already plugged in may take the last clones, and the offer of fresh ones goes away by itself
    await Promise.any([freshBoards(page).click(), all.waitFor()]);
    await page
      .locator('[data-state="attaching"], [data-state="working"]')
      .first()
      .waitFor({ state: 'detached' });
  }
}

export async function withoutUsb(page: Page) {
  await page.addInitScript({
    content: `Object.defineProperty(Navigator.prototype, 'usb', { get: () => undefined });`,
  });
  await page.reload();
}

export const BENCH_WALKS: readonly Walk[] = [
  {
    'bench-kinds': async (page) => {
      await reachPlanOfTwoKinds(page);
      await openBench(page);
      await page.getByRole('button', { name: 'Use virtual boards' }).click();
      await headline(page, 'Plug in the first board').waitFor();
      await page.getByRole('radio', { name: 'As fast as this computer can' }).check();
      await page.getByRole('radio', { name: /^switch/ }).check();
      await plugIn(page, 'A');
      await inState(page, 'A', 'verified').waitFor();
    },
  },
  {
    'bench-none': async (page) => {
      await step(page, 'Bench').click();
      await headline(page, 'Nothing to put onto boards yet').waitFor();
    },
  },
  {
    'bench-usb': async (page) => {
      await withoutUsb(page);
      await reachPlan(page);
      await step(page, 'Bench').click();
      await headline(page, 'This browser cannot reach USB boards').waitFor();
    },
  },
  {
    bench: async (page) => {
      await reachPlan(page, 20, dump);
      await openBench(page);
    },
    /** Clones that will be locked: said where that is chosen, and by the plan. */
    'bench-locking': async (page) => {
      await page.getByRole('checkbox', { name: /APPROTECT/ }).check();
      await page.getByText('All 20 clones are locked at the end of writing').waitFor();
    },
    'plan-locking': async (page) => {
      await step(page, 'Plan').click();
      await page.getByText('a locked clone can only be erased').waitFor();
    },
    'bench-run': async (page) => {
      await openBench(page);
      await page.getByRole('checkbox', { name: /APPROTECT/ }).uncheck();
      await beginRun(page);
    },
    /** Verified, failed by its cable, being written, and one that asks. */
    'bench-work': async (page) => {
      await plugIn(page, 'B');
      await plugIn(page, 'C', 'A board with worn flash');
      await plugIn(page, 'D', 'A protected board');
      await inState(page, 'B', 'verified').waitFor();
      await inState(page, 'C', 'failed').waitFor();
      await inState(page, 'D', 'asks').waitFor();
      await writeSlowly(page, 'A', `Plug in at A`);
    },
    'bench-full': async (page) => {
      await atPace(page, 'fast');
      await inState(page, 'A', 'verified').waitFor();
      await writeSlowly(page, 'A', 'Exchange it at A for a fresh board');
      await page.getByRole('button', { name: 'Full screen' }).click();
      await page.getByText('Plan locked.').waitFor();
      // a window that fills the screen has no other size, and this works in a window as well
      await page.waitForFunction(() => document.fullscreenElement);
      await page.evaluate(() => document.exitFullscreen());
    },
  },
  {
    /** Cable lost, known, foreign, wrong. */
    'bench-trouble': async (page) => {
      await reachRun(page, 20, dump);
      await plugIn(page, 'A');
      await inState(page, 'A', 'verified').waitFor();
      await pull(page, 'A');
      await page.getByRole('button', { name: 'The same again at A' }).click();
      await inState(page, 'A', 'known').waitFor();
      await plugIn(page, 'C', 'A board that is a node');
      await inState(page, 'C', 'asks').waitFor();
      await plugIn(page, 'D', 'A board with another chip');
      await inState(page, 'D', 'failed').waitFor();
      await atPace(page, 'real');
      await plugIn(page, 'B');
      await tile(page, 'B')
        .getByText(/page [1-5]\d of/)
        .waitFor();
      await pull(page, 'B');
      await inState(page, 'B', 'failed').waitFor();
      await tile(page, 'A').getByRole('button', { name: 'What is on it?' }).click();
      await page.getByRole('heading', { name: 'On board A' }).waitFor();
      await page.getByText('verified since').waitFor();
    },
  },
  {
    'bench-many': async (page) => {
      await reachRun(page, 200);
      await plugIn(page, 'A');
      await plugIn(page, 'C', 'A board with worn flash');
      await inState(page, 'A', 'verified').waitFor();
      await inState(page, 'C', 'failed').waitFor();
    },
  },
  {
    'bench-question': async (page) => {
      await reachRun(page, 3);
      await page.getByRole('button', { name: 'Forget this run' }).click();
      await page.getByRole('dialog').waitFor();
    },
    'bench-kept': async (page) => {
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await plugIn(page, 'A');
      await inState(page, 'A', 'verified').waitFor();
      await page.reload();
      await headline(page, 'Go on with 3 clones?').waitFor();
    },
    'bench-done': async (page) => {
      await page.getByRole('button', { name: 'Go on', exact: true }).click();
      await inState(page, 'A', 'known').waitFor();
      await atPace(page, 'fast');
      await finishRun(page);
    },
    /** What a board says through RTT, and what a kit says on its serial port. */
    'bench-logs': async (page) => {
      await tile(page, 'A').getByRole('button', { name: 'Log' }).click();
      await page.getByRole('log', { name: 'Log of board A' }).waitFor();
      await page.getByRole('button', { name: 'Open it here' }).click();
      await page.getByRole('button', { name: 'Use a virtual kit' }).click();
      await page.getByRole('log').getByText('Node Address: 0x0053').waitFor();
    },
  },
  {
    'bench-report': async (page) => {
      await reachTwoBoards(page);
      await page.getByRole('link', { name: 'Report', exact: true }).click();
      await page.getByRole('button', { name: 'Print', disabled: false }).waitFor();
    },
  },
  {
    'bench-elsewhere': async (page) => {
      const other = await page.context().newPage();
      await other.goto(page.url());
      await reachRun(other, 2);
      await page.bringToFront();
      await step(page, 'Bench').click();
      await headline(page, 'The bench is open in another tab').waitFor();
    },
  },
];

export const BENCH_STATES = statesOf(BENCH_WALKS);

/** A fresh board that is being written for a while. @param button  what puts it there */
async function writeSlowly(page: Page, letter: string, button: string) {
  await atPace(page, 'real');
  await page.getByRole('button', { name: button }).click();
  await tile(page, letter)
    .getByText(/page [2-5]\d of/)
    .waitFor();
}
