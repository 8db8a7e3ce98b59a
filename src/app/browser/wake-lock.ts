/** Keeps the screen on while a run is on. A browser without it, or with a low battery, lets it go dark: no failure. */
export class WakeLock {
  #wanted = false;
  #lock: WakeLockSentinel | null = null;

  constructor() {
    // the browser takes it away from a page that is not seen
    document.addEventListener('visibilitychange', () => void this.#apply());
  }

  hold(wanted: boolean): void {
    this.#wanted = wanted;
    void this.#apply();
  }

  async #apply(): Promise<void> {
    if (!this.#wanted) {
      await this.#lock?.release();
      this.#lock = null;
    } else if (document.visibilityState === 'visible' && (this.#lock?.released ?? true)) {
      this.#lock = (await navigator.wakeLock?.request('screen').catch(() => null)) ?? null;
      if (!this.#wanted) await this.#apply();
    }
  }
}
