/** What labels and reports say. */
import type { GlyphKind } from '../text/glyph.ts';
import { answerFacts } from '../text/radio.ts';
import { duration } from '../text/words.ts';
import type { Piece } from './run-time.ts';
import type { ReportedAnswer, ReportedClone } from './report.ts';

/** The stages of a job in their order, as a legend names them. */
export const STAGE_NAMES = {
  looking: 'look',
  comparing: 'compare',
  erasing: 'erase',
  writing: 'write',
  verifying: 'verify',
  proving: 'prove',
} as const;
const nameOf = (stage: string): string => (STAGE_NAMES as Record<string, string>)[stage] ?? 'in all';

/** `0.34 s`, from ten seconds on as everywhere. */
export const stageTime = (seconds: number): string =>
  seconds < 10 ? `${seconds.toFixed(seconds < 1 ? 2 : 1)} s` : duration(seconds);

/** `look 0.12 s, compare 0.34 s, write 4.1 s, verify 0.31 s` */
export const stagesText = (pieces: readonly Piece[]): string =>
  pieces.map(({ stage, seconds }) => `${nameOf(stage)} ${stageTime(seconds)}`).join(', ');

const STATES: Readonly<Record<ReportedClone['state'], { readonly glyph: GlyphKind; readonly word: string }>> =
  {
    pressed: { glyph: 'ok', word: 'pressed' },
    free: { glyph: 'wait', word: 'left' },
    reserved: { glyph: 'busy', word: 'at work' },
    writing: { glyph: 'busy', word: 'at work' },
    verified: { glyph: 'ok', word: 'verified' },
    locked: { glyph: 'ok', word: 'verified, locked' },
    maybe: { glyph: 'fail', word: 'failed' },
    discarded: { glyph: 'skip', word: 'discarded' },
    taken: { glyph: 'warn', word: 'not to be had' },
  };
export const stateOf = ({ state }: ReportedClone) => STATES[state];

const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });
const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const SECOND = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** `24 November 2026, 19:12` */
export const dayAndTime = (at: string | number): string =>
  `${DAY.format(new Date(at))}, ${TIME.format(new Date(at))}`;
/** `19:12:05` */
export const timeOfDay = (at: string | number): string => SECOND.format(new Date(at));

const SHORT_DAY = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});

/** `19:12:05`; on another day than the run began `25 Nov, 11:56`. */
export const momentOf = (at: string, begun: string): string =>
  DAY.format(new Date(at)) === DAY.format(new Date(begun)) ? timeOfDay(at) : SHORT_DAY.format(new Date(at));

/** `19:12:05 on air: answers, 1 hop, 82 ms, -60 dBm` */
export function answerText(
  { at, verdict, hops, roundTripMs, rssi, findings }: ReportedAnswer,
  begun: string,
) {
  const facts = answerFacts({ verdict, hops, rttMs: roundTripMs, rssi });
  return `${momentOf(at, begun)} on air: ${[facts, ...findings].join(', ')}`;
}

/** `26 Nov 2026` */
export const dayOf = (at: string): string => DAY_OF_LABEL.format(new Date(at));
const DAY_OF_LABEL = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

/** `41 s`, `28 min 3 s`, from 90 minutes on `15 h 46 min`. */
export function runLength(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? duration(seconds) : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `24 November 2026, 19:12 to 19:40`, with the second day where it is another one. */
export function periodOf(from: string, to: string): string {
  const [start, end] = [dayAndTime(from), dayAndTime(to)];
  if (start === end) return start;
  const sameDay = DAY.format(new Date(from)) === DAY.format(new Date(to));
  return `${start} to ${sameDay ? TIME.format(new Date(to)) : end}`;
}
