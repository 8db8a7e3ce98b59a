import type { Clock } from '../../clock.ts';

/**
 * The time of virtual boards: real time, or so many times faster.
 *
 * It stands still while a task runs. A board that gets ahead of it sleeps, so the page stays free however fast boards are.
 */
export class PacedClock implements Clock {
  #factor: number;
  #from: { readonly realMs: number; readonly ms: number } = { realMs: performance.now(), ms: 0 };
  #now: number | null = null;

  constructor(factor: number) {
    this.#factor = factor;
  }

  set factor(factor: number) {
    this.#from = { realMs: performance.now(), ms: this.#at(performance.now()) };
    this.#factor = factor;
  }

  now(): number {
    if (this.#now === null) {
      this.#now = this.#at(performance.now());
      setTimeout(() => (this.#now = null));
    }
    return this.#now;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    await new Promise<void>((resolve) => this.after(ms, resolve));
    signal?.throwIfAborted();
    this.#now = null;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = setTimeout(callback, ms / this.#factor);
    return () => clearTimeout(timer);
  }

  #at(realMs: number): number {
    return this.#from.ms + (realMs - this.#from.realMs) * this.#factor;
  }
}
