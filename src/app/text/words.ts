/** How numbers and addresses are written on the page, in one place. */
import { hex } from '../../bytes.ts';
import { formatRun } from '../../mesh/index.ts';
import { thousands } from '../../numbers.ts';

export { thousands };

/** `1 clone`, `20 clones`, `1,000 entries` */
export const counted = (value: number, noun: string, plural = `${noun}s`): string =>
  `${thousands(value)} ${value === 1 ? noun : plural}`;

const SMALL = [
  'no',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
];
/** Small numbers as words, for running text: `three elements`. */
export const spelled = (value: number, noun: string, plural = `${noun}s`): string =>
  `${SMALL[value] ?? thousands(value)} ${value === 1 ? noun : plural}`;

/** With a capital at the start, except where the spelling is fixed: `nRF52832`. */
export const sentence = (text: string): string =>
  /^\p{Ll}+\p{Lu}/u.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);

/** Unicast address: `0x0053`. */
export const unicast = (address: number): string => hex(address, 4);

/** Any address of the mesh, 16 bits: `0xC001`. */
export const address16 = (address: number): string => hex(address, 4);

/** Both ends of a range of unicast addresses: `0x0053–0x0055`; one address alone: `0x0053`. */
export const unicastRange = (start: number, count: number): string => formatRun({ start, count });

/** The same of ends that are text already. */
export const unicastSpan = (first: string, last: string): string =>
  first === last ? first : `${first}–${last}`;

/** Flash address: `0x7D050`; in byte rows without `0x`. */
export const flashAddress = (address: number): string => hex(address, 5);
export const rowAddress = (address: number): string => hex(address, 5).slice(2);

/** `208 B`, `512 KB`, `6.7 MB`; a KB is 1024 bytes, as chips are sold. */
export function size(bytes: number): string {
  for (const [unit, name] of [
    [2 ** 30, 'GB'],
    [2 ** 20, 'MB'],
    [2 ** 10, 'KB'],
  ] as const) {
    if (bytes < unit) continue;
    const value = bytes / unit;
    return `${value >= 10 || Number.isInteger(value) ? thousands(Math.round(value)) : value.toFixed(1)} ${name}`;
  }
  return `${thousands(bytes)} B`;
}

/** `62 %` of `done` in `total`, rounded down so that 100 % means done. */
export const percent = (done: number, total: number): number =>
  total > 0 ? Math.floor((100 * done) / total) : 0;

/** `about 2 min left`, `about 5 s left`. */
export const timeLeft = (seconds: number): string =>
  seconds > 90
    ? `about ${Math.round(seconds / 60)} min left`
    : `about ${Math.max(1, Math.ceil(seconds))} s left`;

/** `2.8 s`, `41 s`, `3 min 5 s` */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** When something came, by the clock of this computer: `19:54:16.123`. */
export function timeOfDay(ms: number): string {
  const date = new Date(ms);
  const [hours, minutes, seconds] = [date.getHours(), date.getMinutes(), date.getSeconds()].map((value) =>
    String(value).padStart(2, '0'),
  );
  return `${hours}:${minutes}:${seconds}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/**
 * The sentences of a message, so that the first can stand as a headline or in bold.
 *
 * A full stop ends a sentence where a blank and a capital, a digit or a quote follow; so `client.hex` and `4.2.0` stay whole.
 */
export function sentences(text: string): string[] {
  return text
    .split(/(?<=[.!?])\s+(?=[\p{Lu}\d“"‘'(])/u)
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

/** What a build was made from, short enough for the foot of a page: `1c62828a`, `1c62828a+changes`, `unknown`. */
export const shortCommit = (commit: string): string => commit.replace(/^([0-9a-f]{8})[0-9a-f]{32}/, '$1');
