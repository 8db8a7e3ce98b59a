import { keepOffline, type NewVersion } from '../../offline/index.ts';
import { OWN_SCRIPTS } from '../browser/own-scripts.ts';

/** Whether the page needs its server, and whether another version of it waits. */
export class OfflineState {
  /** `null` while that is not known. */
  works = $state<boolean | null>(null);
  newVersion = $state.raw<NewVersion | null>(null);
  /** How many other pages of Meshpress kept the new version from taking over, at the last attempt. */
  others = $state(0);

  /** Once everything of the first picture is there. A browser that keeps nothing is no failure. */
  async keep(): Promise<void> {
    if (document.readyState !== 'complete')
      await new Promise((resolve) => window.addEventListener('load', resolve, { once: true }));
    try {
      await keepOffline(OWN_SCRIPTS.serviceWorker, (waiting) => {
        this.newVersion = waiting;
        this.others = 0;
      });
      this.works = true;
    } catch {
      this.works = false;
    }
  }

  async reload(): Promise<void> {
    this.others = (await this.newVersion?.takeOver()) ?? 0;
  }
}
