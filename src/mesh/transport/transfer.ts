/**
 * Segments that go out, until all of them are acknowledged.
 * Source: Mesh Protocol 1.1, 3.5.3.3 (segmentation).
 */
import type { Clock } from '../../clock.ts';

/** How long an acknowledgement may take, and how often what is missing is sent again. */
export interface SegmentTiming {
  /** After the last segment. */
  retryMs(ttl: number): number;
  /** All in all. */
  readonly rounds: number;
}

/** What became of a message. */
export type Delivery =
  /** It went out whole; nothing tells whether it arrived. */
  | 'sent'
  /** The addressee's transport has all of it. */
  | 'acknowledged'
  | 'unacknowledged'
  /** The addressee has no room for it. */
  | 'cancelled';

/** @param send  sends the segments with these indexes, and resolves when they have gone */
export class Transfer {
  #missing: ReadonlySet<number>;
  #isCancelled = false;
  #wake = () => {};

  constructor(
    readonly count: number,
    readonly clock: Clock,
    readonly send: (indexes: readonly number[]) => Promise<void>,
  ) {
    this.#missing = new Set(Array.from({ length: count }, (_, i) => i));
  }

  async run(timing: SegmentTiming, ttl: number): Promise<Delivery> {
    for (let round = 0; round < timing.rounds && !this.#isOver; round++) {
      await this.send([...this.#missing]);
      if (!this.#isOver) await this.#wait(timing.retryMs(ttl));
    }
    if (this.#isCancelled) return 'cancelled';
    return this.#missing.size === 0 ? 'acknowledged' : 'unacknowledged';
  }

  /** @param block  bit i: segment i has come; none: the message was cancelled */
  acknowledged(block: number): void {
    this.#isCancelled = block === 0;
    this.#missing = new Set([...this.#missing].filter((i) => ((block >>> i) & 1) === 0));
    if (this.#isOver) this.#wake();
  }

  get #isOver(): boolean {
    return this.#isCancelled || this.#missing.size === 0;
  }

  async #wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const stop = this.clock.after(ms, resolve);
      this.#wake = () => {
        stop();
        resolve();
      };
    });
  }
}
