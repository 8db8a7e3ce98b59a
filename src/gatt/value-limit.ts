/**
 * How many bytes a value may have. Nobody tells: the limit is one number for both directions, so a value that came in proves that
 * as many bytes may go out. Until one has, 20 are safe everywhere (ATT_MTU 23, Bluetooth Core 5.4, Vol 3, Part G, 5.2.1).
 */
import { MAX_PROXY_MESSAGE } from '../mesh/index.ts';

export const SAFE_VALUE = 20;

export class ValueLimit {
  /** What is written at most. */
  current = SAFE_VALUE;
  #isPinned = false;

  /** A new connection may have another MTU. */
  reset(): void {
    this.current = SAFE_VALUE;
  }

  /** A value of so many bytes came in. */
  received(length: number): void {
    if (!this.#isPinned) this.current = Math.max(this.current, Math.min(length, MAX_PROXY_MESSAGE));
  }

  /** The device was lost over a long value: never write it one again. */
  pin(): void {
    this.#isPinned = true;
    this.reset();
  }
}
