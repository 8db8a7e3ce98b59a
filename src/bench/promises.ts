/** Which clone each slot gets next, so that no two of them are told the same. */
import type { SlotView } from './views.ts';

/** A board that is to become a new clone. */
function takesFresh({ state, job, needs }: SlotView): boolean {
  if (state === 'attaching' || state === 'waiting') return job === null;
  if (state !== 'asks') return false;
  // a protected chip that was seen before becomes again what it was
  return needs?.kind === 'replace-identity' || (job === null && needs?.facts['unicast'] === undefined);
}

/**
 * Deal free clones to slots: to boards that are there, and what a slot was told stays its own as long as there is enough. An empty place
 * is told what comes next only where it is the only one: of several nobody knows which is filled first, and the first board to come is the
 * first in the queue. A slot without any is told none.
 *
 * @param free    keys of clones that wait for a board, in the order of the queue; read no further than needed
 * @param before  what each slot was told last, by letter
 * @returns       keys by letter
 */
export function dealJobs(
  slots: readonly SlotView[],
  free: Iterable<string>,
  before: ReadonlyMap<string, string>,
  isFree: (key: string) => boolean,
): ReadonlyMap<string, string> {
  const there = slots.filter((slot) => slot.plugged && takesFresh(slot));
  const empty = slots.filter(({ state }) => state === 'empty');
  const dealt = new Map<string, string>();
  const taken = new Set<string>();
  const give = (letter: string, key: string) => {
    dealt.set(letter, key);
    taken.add(key);
  };
  for (const some of [there, empty.length === 1 ? empty : []]) {
    for (const { letter } of some) {
      const own = before.get(letter);
      if (own !== undefined && isFree(own) && !taken.has(own)) give(letter, own);
    }
    // what empty places were told is the last that is taken from them
    const spoken = new Set([...before].filter(([letter]) => !dealt.has(letter)).map(([, key]) => key));
    const rest = some.filter(({ letter }) => !dealt.has(letter));
    if (rest.length === 0) continue;
    const candidates = firstOf(free, taken, spoken, rest.length);
    rest.forEach(({ letter }, i) => {
      const key = candidates[i];
      if (key !== undefined) give(letter, key);
    });
  }
  return dealt;
}

/** The first that are not taken, those last that somebody else was told. */
function firstOf(
  free: Iterable<string>,
  taken: ReadonlySet<string>,
  spoken: ReadonlySet<string>,
  count: number,
): readonly string[] {
  const unspoken: string[] = [];
  const others: string[] = [];
  for (const key of free) {
    if (taken.has(key)) continue;
    (spoken.has(key) ? others : unspoken).push(key);
    if (unspoken.length === count) break;
  }
  return [...unspoken, ...others];
}
