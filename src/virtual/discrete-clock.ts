import type { Clock } from '../clock.ts';

/**
 * Virtual time for things that wait for each other: it stands still while anybody has something to do, then jumps to the next
 * alarm. Minutes of radio pass in milliseconds, in the same order every time.
 */
export class DiscreteClock implements Clock {
  #now = 0;
  #alarms: { at: number; callback: () => void }[] = [];
  #isPumping = false;
  #holds = 0;

  /** @param idle  resolves when all that is ready to run has run, such as after a macrotask */
  constructor(private readonly idle: () => Promise<void>) {}

  now(): number {
    return this.#now;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    await new Promise<void>((resolve) => {
      const cancel = this.after(ms, resolve);
      signal?.addEventListener('abort', () => {
        cancel();
        resolve();
      });
    });
    signal?.throwIfAborted();
  }

  after(ms: number, callback: () => void): () => void {
    const alarm = { at: this.#now + Math.max(ms, 0), callback };
    // behind all of the same moment: who asked first is called first
    let place = this.#alarms.length;
    while (place > 0 && this.#alarms[place - 1]!.at > alarm.at) place--;
    this.#alarms.splice(place, 0, alarm);
    void this.#pump();
    return () => {
      this.#alarms = this.#alarms.filter((other) => other !== alarm);
    };
  }

  /** Time stands still while this is under way: for work outside of it, such as the platform's cryptography. */
  async hold<T>(work: Promise<T>): Promise<T> {
    this.#holds++;
    try {
      return await work;
    } finally {
      this.#holds--;
    }
  }

  async #pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    while (this.#alarms.length > 0) {
      await this.idle();
      if (this.#holds > 0) continue;
      const next = this.#alarms.shift();
      if (!next) break;
      this.#now = next.at;
      next.callback();
    }
    this.#isPumping = false;
  }
}
