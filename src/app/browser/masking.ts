/** Secrets that a person asked to see are hidden again once they look elsewhere, leave the screen, or do nothing for a while. */
import { systemClock, type Clock } from '../../clock.ts';

export const MASKED_AFTER_MS = 120_000;
const USES = ['pointerdown', 'keydown', 'wheel', 'touchstart'] as const;

export interface Surroundings {
  readonly clock: Pick<Clock, 'after'>;
  readonly window: EventTarget;
  readonly document: Pick<Document, 'visibilityState' | 'addEventListener' | 'removeEventListener'>;
}

/**
 * A secret is shown from now on.
 *
 * @param hide  when the window loses the focus, the tab is hidden, another screen is shown, or nobody has used the page for two minutes
 * @returns     what ends the watch: it is hidden by other ways
 */
export type WatchShown = (hide: () => void) => () => void;

export const watchShownIn =
  ({ clock, window, document }: Surroundings): WatchShown =>
  (hide) => {
    const ending = new AbortController();
    const { signal } = ending;
    let stopTimer = () => {};
    const begin = () => {
      stopTimer();
      stopTimer = clock.after(MASKED_AFTER_MS, hide);
    };
    begin();
    for (const use of USES) window.addEventListener(use, begin, { signal, capture: true, passive: true });
    for (const end of ['blur', 'hashchange']) window.addEventListener(end, hide, { signal });
    document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && hide(), {
      signal,
    });
    return () => {
      stopTimer();
      ending.abort();
    };
  };

/** In this page. */
export const watchShown: WatchShown = (hide) => watchShownIn({ clock: systemClock, window, document })(hide);
