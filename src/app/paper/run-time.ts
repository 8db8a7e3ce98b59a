/** A run as a picture: a row for each probe, a bar for each attempt. What it is drawn from; no drawing. */
import type { Report, ReportedAttempt } from './report.ts';
import { groupBy } from './group-by.ts';
import { stageTimes, type Visit } from './visit-log.ts';
import { roundStep, timeScale, type TimeScale } from './timeline.ts';

/** What an attempt spent its time on: its stages, or all of it in one where they are not known. */
export interface Piece {
  readonly stage: string;
  readonly seconds: number;
}

export interface Bar {
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly mark: 'ok' | 'fail' | 'busy';
  readonly pieces: readonly Piece[];
}

export interface RunTime {
  readonly rows: readonly { readonly probe: string; readonly bars: readonly Bar[] }[];
  readonly scale: TimeScale;
  /** Moments at round distances, to be marked. */
  readonly ticks: readonly number[];
}

export const piecesOf = ({ stages, seconds }: ReportedAttempt): readonly Piece[] =>
  stages ?? [{ stage: 'whole', seconds: seconds ?? 0 }];

export const piecesOfVisit = (visit: Visit, nowMs = visit.endMs ?? 0): readonly Piece[] =>
  stageTimes(visit, nowMs).map(({ stage, ms }) => ({ stage, seconds: ms / 1000 }));

export const lengthOf = (pieces: readonly Piece[]): number =>
  pieces.reduce((sum, { seconds }) => sum + seconds, 0);

type Named = Pick<Report['clones'][number], 'name' | 'attempts'>;

/** @returns `null` where nothing took any time yet */
export function runTimeOf(clones: readonly Named[]): RunTime | null {
  const bars = clones.flatMap(({ name, attempts }) =>
    attempts.map((attempt) => ({ probe: attempt.probe, ...barOf(name, attempt) })),
  );
  const drawn = bars.filter(({ startMs, endMs }) => endMs > startMs).sort((a, b) => a.startMs - b.startMs);
  if (drawn.length === 0) return null;
  const rows = groupBy(drawn, ({ probe }) => probe);
  const scale = timeScale(drawn);
  return {
    rows: [...rows].map(([probe, bars]) => ({ probe, bars })).sort((a, b) => (a.probe < b.probe ? -1 : 1)),
    scale,
    ticks: ticksOf(drawn, scale),
  };
}

/** With its stages known, a bar begins when the board was found, a little before the journal's first record of it. */
function barOf(name: string, attempt: ReportedAttempt): Bar {
  const pieces = piecesOf(attempt);
  const begunMs = Date.parse(attempt.begun);
  const lengthMs = lengthOf(pieces) * 1000;
  const endMs = attempt.seconds === null ? begunMs + lengthMs : begunMs + attempt.seconds * 1000;
  const mark =
    attempt.outcome === 'verified' || attempt.outcome === 'locked'
      ? 'ok'
      : attempt.outcome === 'open'
        ? 'busy'
        : 'fail';
  return { name, startMs: endMs - lengthMs, endMs, mark, pieces };
}

function ticksOf(bars: readonly Bar[], { shownMs, breaks }: TimeScale): number[] {
  const step = roundStep(shownMs);
  const last = Math.max(...bars.map(({ endMs }) => endMs));
  const ticks: number[] = [];
  for (let ms = Math.ceil(bars[0]!.startMs / step) * step; ms <= last; ms += step) {
    const inside = breaks.find(({ startMs, endMs }) => startMs < ms && ms < endMs);
    if (inside) ms = Math.floor(inside.endMs / step) * step;
    else ticks.push(ms);
  }
  return ticks;
}
