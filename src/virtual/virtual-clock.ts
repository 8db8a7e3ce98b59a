import type { Clock } from '../clock.ts';

/** Time that passes only when somebody sleeps or says so; a sleep takes none of the real one. */
export class VirtualClock implements Clock {
  #now = 0;
  readonly #alarms = new Set<{ at: number; callback: () => void }>();

  now(): number {
    return this.#now;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.advance(ms);
  }

  after(ms: number, callback: () => void): () => void {
    const alarm = { at: this.#now + ms, callback };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const alarm of [...this.#alarms].sort((a, b) => a.at - b.at)) {
      if (alarm.at > this.#now || !this.#alarms.delete(alarm)) continue;
      alarm.callback();
    }
  }
}
