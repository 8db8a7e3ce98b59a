/** Keys that a person asked to see are hidden again once they look elsewhere, or do nothing for a while. */
import type { Clock } from '../../clock.ts';

export const MASKED_AFTER_MS = 120_000;
const USES = ['pointerdown', 'keydown', 'wheel', 'touchstart'] as const;

export interface Surroundings {
  readonly clock: Pick<Clock, 'after'>;
  readonly window: EventTarget;
  readonly document: Pick<Document, 'visibilityState' | 'addEventListener' | 'removeEventListener'>;
}

/**
 * Keys are shown from now on.
 *
 * @param hide  when the window loses the focus, the tab is hidden, or nobody has used the page for two minutes
 * @returns     what ends the watch: they are hidden by other ways
 */
export function watchShown({ clock, window, document }: Surroundings, hide: () => void): () => void {
  const ending = new AbortController();
  const { signal } = ending;
  let stopTimer = () => {};
  const begin = () => {
    stopTimer();
    stopTimer = clock.after(MASKED_AFTER_MS, hide);
  };
  begin();
  for (const use of USES) window.addEventListener(use, begin, { signal, capture: true, passive: true });
  window.addEventListener('blur', hide, { signal });
  document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && hide(), {
    signal,
  });
  return () => {
    stopTimer();
    ending.abort();
  };
}
