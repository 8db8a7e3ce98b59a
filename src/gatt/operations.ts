/**
 * The GATT operations of one device, one after the other: the browser refuses a second while one is under way ("GATT operation
 * already in progress"), and some never end.
 */
import { within, type Clock } from '../clock.ts';

export class Operations {
  #last: Promise<unknown> = Promise.resolve();

  constructor(readonly clock: Clock) {}

  /**
   * @param ms    from the moment the operation begins
   * @param late  what is thrown then; the next operation begins all the same
   */
  run<T>(operation: () => Promise<T>, ms: number, late: () => Error): Promise<T> {
    const result = this.#last.then(() => within(this.clock, ms, operation(), late));
    this.#last = result.catch(() => {});
    return result;
  }
}
