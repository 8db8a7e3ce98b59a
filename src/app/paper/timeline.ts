/** Time to scale, with long breaks folded: a run that went on after lunch would else be two specks. Pure geometry. */
import type { TimeSpan } from '../../bench/index.ts';

export interface Break extends TimeSpan {
  /** Where it is drawn, 0..1. */
  readonly from: number;
  readonly to: number;
}

export interface TimeScale {
  /** Where a moment is drawn, 0..1. */
  readonly at: (ms: number) => number;
  readonly breaks: readonly Break[];
  /** Milliseconds that the whole width shows, folded breaks counted as they are drawn. */
  readonly shownMs: number;
}

/** Changing boards takes less. */
const LONGEST_PAUSE_MS = 2 * 60_000;
/** A folded break is drawn as wide as this share of the work. */
const BREAK_SHARE = 0.03;

/** @param spans  of work, in any order; at least one */
export function timeScale(spans: readonly TimeSpan[]): TimeScale {
  const busy = merge(spans);
  const gaps = busy.slice(1).map(({ startMs }, i) => ({ startMs: busy[i]!.endMs, endMs: startMs }));
  const startMs = busy[0]!.startMs;
  const endMs = busy.at(-1)!.endMs;
  const long = gaps.filter((gap) => gap.endMs - gap.startMs > LONGEST_PAUSE_MS);
  const workMs = Math.max(1, endMs - startMs - long.reduce((sum, gap) => sum + gap.endMs - gap.startMs, 0));
  const breakMs = workMs * BREAK_SHARE;
  const shownMs = workMs + long.length * breakMs;
  const at = (ms: number) => {
    let shown = Math.min(Math.max(ms, startMs), endMs) - startMs;
    for (const gap of long) {
      const inside = Math.min(Math.max(ms - gap.startMs, 0), gap.endMs - gap.startMs);
      shown += (inside / (gap.endMs - gap.startMs)) * breakMs - inside;
    }
    return shown / shownMs;
  };
  return {
    at,
    shownMs,
    breaks: long.map((gap) => ({ ...gap, from: at(gap.startMs), to: at(gap.endMs) })),
  };
}

function merge(spans: readonly TimeSpan[]): TimeSpan[] {
  const merged: { startMs: number; endMs: number }[] = [];
  for (const { startMs, endMs } of spans.toSorted((a, b) => a.startMs - b.startMs)) {
    const last = merged.at(-1);
    if (last && startMs <= last.endMs) last.endMs = Math.max(last.endMs, endMs);
    else merged.push({ startMs, endMs });
  }
  return merged;
}

const STEPS_MS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400].map(
  (s) => s * 1000,
);

/** A round length of time that fits into the scale a few times: for marks that give the eye a measure. */
export const roundStep = (shownMs: number): number =>
  STEPS_MS.find((step) => shownMs / step <= 8) ?? 24 * 3_600_000;
