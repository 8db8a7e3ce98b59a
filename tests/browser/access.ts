/** Whether everybody can use a page as it stands. */
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Walk } from './states.ts';

type Axe = typeof axe;

/** A window, and what its person asked the system for. What is left out stays as it was. */
export interface Look {
  readonly width: number;
  readonly height: number;
  readonly colorScheme?: 'light' | 'dark';
  readonly reducedMotion?: 'reduce' | 'no-preference';
  /**
   * What is looked at, if not all: only whether there is room enough, or only the colours, where everything else stands as it stood in the
   * look before.
   */
  readonly for?: 'room' | 'colours';
}

/** Every state of a walk is open to everybody in every look. The looks are taken in turn where one stands; the window is as before then. */
export async function expectOpenToAll(page: Page, walk: Walk, looks: readonly Look[]): Promise<void> {
  const before = page.viewportSize()!;
  for (const [state, reach] of Object.entries(walk)) {
    await page.setViewportSize(before);
    await reach(page);
    for (const { width, height, for: purpose, ...media } of looks) {
      const look = `${state}, ${width} px, ${media.colorScheme}`;
      await page.setViewportSize({ width, height });
      await page.emulateMedia(media);
      if (purpose !== 'room') expect(await violations(page, purpose), look).toEqual([]);
      if (purpose !== 'colours') expect(await sideways(page), look).toEqual([]);
      if (media.reducedMotion === 'reduce') expect(await moving(page), look).toEqual([]);
    }
  }
}

/** What keeps people out, by the rules of WCAG 2.2 AA and what is held good practice. */
export async function violations(page: Page, only?: 'colours'): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  await settled(page);
  return page.evaluate(async (only) => {
    const { axe } = window as unknown as { axe: Axe };
    const { violations } = await axe.run(document, {
      runOnly: only
        ? { type: 'rule', values: ['color-contrast', 'link-in-text-block'] }
        : ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary}`),
    );
  }, only);
}

/**
 * Colours on their way have no contrast of their own: what ends by itself has ended. Asked frame by frame, as Chromium now and then leaves
 * the promise `finished` of a transition that is finished as it is.
 */
const settled = (page: Page) =>
  page.evaluate(async () => {
    const frame = () => new Promise((drawn) => requestAnimationFrame(drawn));
    const isEnding = ({ effect, playState }: Animation) =>
      playState === 'running' && effect?.getComputedTiming().endTime !== Infinity;
    do {
      await frame();
      await frame();
    } while (document.getAnimations().some(isEnding));
  });

/** What sticks out of the window to the right, if anything does. */
export const sideways = (page: Page) =>
  page.evaluate(() => {
    if (document.documentElement.scrollWidth <= window.innerWidth) return [];
    return [...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > window.innerWidth + 1)
      .map((element) => `${element.tagName}.${element.getAttribute('class')}`)
      .slice(0, 5);
  });

/** What is animated for longer than anybody sees. */
const moving = (page: Page) =>
  page.evaluate(() =>
    document
      .getAnimations()
      .filter(({ effect }) => Number(effect?.getComputedTiming().duration) > 1)
      .map(({ effect }) => (effect as KeyframeEffect).target?.getAttribute('class')),
  );
