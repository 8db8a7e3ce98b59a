/**
 * Whether this tab is in sight, and how long the browser has kept it from running.
 *
 * A hidden tab goes on, with slow timers; a frozen one does nothing at all until it is thawed. Chromium freezes no tab on a computer that
 * holds a Web Lock or a USB device, as a run does, but a phone or a person at the developer tools may.
 * Source: Page Lifecycle, wicg.github.io/page-lifecycle; Chromium `components/performance_manager/freezing/`.
 */
export class PageLife {
  hidden = $state(false);
  /** How long it was frozen last, in milliseconds; 0 when it was not, or when that was read. */
  frozenMs = $state(0);
  #frozenSince: number | null = null;

  /** @param now  milliseconds that go on while the page is frozen */
  constructor(page: Pick<Document, 'visibilityState' | 'addEventListener'>, now: () => number) {
    const look = () => (this.hidden = page.visibilityState === 'hidden');
    look();
    page.addEventListener('visibilitychange', look);
    page.addEventListener('freeze', () => (this.#frozenSince = now()));
    page.addEventListener('resume', () => {
      if (this.#frozenSince !== null) this.frozenMs = Math.max(1, now() - this.#frozenSince);
      this.#frozenSince = null;
    });
  }

  /** A person has read that it was frozen. */
  noted(): void {
    this.frozenMs = 0;
  }
}

export const pageLife = new PageLife(document, () => Date.now());
