/** How fast boards are done, and how long the rest will take. */

/** From one moment to another, in milliseconds of one clock. */
export interface TimeSpan {
  readonly startMs: number;
  readonly endMs: number;
}

export interface Pace {
  readonly boardsPerMinute: number;
  readonly msLeft: number;
}

/** Older boards say little about the next. */
export const BOARDS_CONSIDERED = 20;
/** Changing boards takes this long at most; more is a break and does not count. */
const LONGEST_CHANGE_MS = 30_000;

/**
 * @param spans      of verified boards, from being plugged in (or asked for) to being verified, in any order; boards side by side overlap
 * @param boardsLeft still to do
 * @returns          `null` before the first board is done
 */
export function paceOf(spans: readonly TimeSpan[], boardsLeft: number): Pace | null {
  const latest = [...spans].sort((a, b) => a.endMs - b.endMs).slice(-BOARDS_CONSIDERED);
  if (latest.length === 0) return null;
  let workedMs = 0;
  let untilMs = -Infinity;
  for (const { startMs, endMs } of latest.sort((a, b) => a.startMs - b.startMs)) {
    const gapMs = Math.max(0, startMs - untilMs);
    if (gapMs <= LONGEST_CHANGE_MS) workedMs += gapMs;
    workedMs += Math.max(0, endMs - Math.max(startMs, untilMs));
    untilMs = Math.max(untilMs, endMs);
  }
  const msPerBoard = workedMs / latest.length;
  return { boardsPerMinute: 60_000 / msPerBoard, msLeft: msPerBoard * boardsLeft };
}
