/**
 * Waiting for a chip without timers: browsers slow those of hidden tabs to one a second and less (docs/probe-protocols.md §1.3), while
 * replies of USB come as fast as ever. So the chip is asked again and again, and the answers are the clock.
 */
import type { Clock } from '../clock.ts';

/**
 * Ask until the answer is yes.
 *
 * @param limitMs  counts once a question that was *asked* later is answered no: a page that slept over an answer does not take the chip for slow
 * @returns        false when the limit is over
 */
export async function askedUntil(
  ask: () => Promise<boolean>,
  limitMs: number,
  clock: Clock,
): Promise<boolean> {
  const startMs = clock.now();
  for (;;) {
    const askedMs = clock.now();
    if (await ask()) return true;
    if (askedMs - startMs > limitMs) return false;
  }
}

/** Let time pass while a question is asked that changes nothing. */
export async function letPass(ms: number, ask: () => Promise<unknown>, clock: Clock): Promise<void> {
  const endMs = clock.now() + ms;
  do await ask();
  while (clock.now() < endMs);
}
