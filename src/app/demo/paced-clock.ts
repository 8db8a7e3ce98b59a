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
  /** Set while time stands still. */
  #held: { readonly ms: number; readonly end: Promise<unknown> } | null = null;
  /** Nobody waits: time leaps to where a sleeper wanted to be, as soon as the page has had its turn. */
  leaps = false;

  constructor(factor: number) {
    this.#factor = factor;
  }

  set factor(factor: number) {
    this.#from = { realMs: performance.now(), ms: this.#at(performance.now()) };
    this.#factor = factor;
  }

  /** Time stands still until this is done: what a virtual board is told from elsewhere takes it none. */
  async hold(work: Promise<unknown>): Promise<void> {
    const before = this.#held;
    const ms = before?.ms ?? this.#at(performance.now());
    const end = Promise.allSettled([before?.end, work]);
    const held = (this.#held = { ms, end });
    await end;
    if (this.#held !== held) return; // somebody holds on
    this.#held = this.#now = null;
    this.#from = { realMs: performance.now(), ms };
  }

  now(): number {
    if (this.#held) return this.#held.ms;
    if (this.#now === null) {
      this.#now = this.#at(performance.now());
      setTimeout(() => (this.#now = null));
    }
    return this.#now;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    await this.#released();
    if (this.leaps) await this.#leapTo(this.now() + ms);
    else await new Promise<void>((resolve) => this.after(ms, resolve));
    await this.#released();
    signal?.throwIfAborted();
    this.#now = null;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = setTimeout(callback, ms / this.#factor);
    return () => clearTimeout(timer);
  }

  /** Once nobody holds the time any more. */
  async #released(): Promise<void> {
    while (this.#held) await this.#held.end;
  }

  async #leapTo(ms: number): Promise<void> {
    await nextTask();
    const realMs = performance.now();
    this.#from = { realMs, ms: Math.max(ms, this.#at(realMs)) };
  }

  #at(realMs: number): number {
    return this.#from.ms + (realMs - this.#from.realMs) * this.#factor;
  }
}

/** Behind all that waits for its turn already. A timer would wait for 4 ms once it is set by a timer; and one channel serves all, as each new one costs more than the turn. */
const nextTask = (): Promise<void> =>
  new Promise((resolve) => {
    turns.push(resolve);
    channel.port2.postMessage(null);
  });
const turns: (() => void)[] = [];
const channel = new MessageChannel();
channel.port1.onmessage = () => turns.shift()?.();
