/**
 * Where an input comes from: a row of whole numbers. Drawn from a seed they make a new input; played again they make the same one,
 * and shorter rows with smaller numbers make simpler ones. That is how a failing input is made small.
 */
import type { Pick } from '../kinds/pick.ts';

/** Mulberry32: the same numbers for the same seed. */
export function numbers(seed: number): Pick {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Of one input among all: no other kind and no other place has it. FNV-1a over their text. */
export function seedOf(seed: number, kind: string, index: number): number {
  let hash = 0x811c9dc5;
  for (const letter of `${seed} ${kind} ${index}`)
    hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0;
  return hash;
}

export interface Recorded {
  readonly pick: Pick;
  /** What was drawn so far. */
  readonly drawn: readonly number[];
}

export function recorded(pick: Pick): Recorded {
  const drawn: number[] = [];
  return {
    drawn,
    pick: (below) => {
      const one = pick(below);
      drawn.push(one);
      return one;
    },
  };
}

/** A row of numbers once more; zeros behind its end. */
export function played(row: readonly number[]): Pick {
  let next = 0;
  return (below) => (row[next++] ?? 0) % below;
}

/** Tries a shorter or smaller row: whether it still fails in the same way, and what was drawn of it. */
export type StillFails = (row: readonly number[]) => Promise<readonly number[] | undefined>;

/**
 * A row that is as short and as small as was found in so many tries, and still fails.
 *
 * Pieces are left out, long ones first; then single numbers become 0, or half of what they were.
 */
export async function smallest(
  row: readonly number[],
  stillFails: StillFails,
  tries = 400,
): Promise<readonly number[]> {
  let best = row;
  let left = tries;
  const attempt = async (candidate: readonly number[]): Promise<boolean> => {
    if (left-- <= 0) return false;
    const drawn = await stillFails(candidate);
    if (drawn === undefined) return false;
    // what is drawn behind the end of a row is zeros, and need not be kept
    let end = Math.min(drawn.length, candidate.length);
    while (end > 0 && candidate[end - 1] === 0) end--;
    best = candidate.slice(0, end);
    return true;
  };
  for (let size = best.length >> 1; size > 0 && left > 0; size >>= 1)
    for (let at = 0; at < best.length && left > 0;)
      if (!(await attempt([...best.slice(0, at), ...best.slice(at + size)]))) at += size;
  for (let at = 0; at < best.length && left > 0; at++)
    while (best[at]! > 0 && left > 0) {
      const less = (to: number) => attempt([...best.slice(0, at), to, ...best.slice(at + 1)]);
      if (!(await less(0)) && !(await less(best[at]! >> 1))) break;
    }
  return best;
}
