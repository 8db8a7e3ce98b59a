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
  free: () => Iterable<string>,
  before: ReadonlyMap<string, string>,
  { isFree, fits }: DealRules,
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
    for (const slot of some) {
      const own = before.get(slot.letter);
      if (own !== undefined && isFree(own) && fits(own, slot) && !taken.has(own)) give(slot.letter, own);
    }
    // what empty places were told is the last that is taken from them
    const spoken = new Set([...before].filter(([letter]) => !dealt.has(letter)).map(([, key]) => key));
    for (const slot of some) {
      if (dealt.has(slot.letter)) continue;
      const key = firstOf(free(), spoken, (one) => !taken.has(one) && fits(one, slot));
      if (key !== undefined) give(slot.letter, key);
    }
  }
  return dealt;
}

/** What the queue knows of a clone. */
export interface DealRules {
  /** Whether it still waits for a board. */
  isFree(key: string): boolean;
  /** Whether it may go onto what is in a slot. */
  fits(key: string, slot: SlotView): boolean;
}

/** The first that may be given; one that somebody else was told only where there is no other. */
function firstOf(
  free: Iterable<string>,
  spoken: ReadonlySet<string>,
  mayBeGiven: (key: string) => boolean,
): string | undefined {
  let spokenOne: string | undefined;
  for (const key of free) {
    if (!mayBeGiven(key)) continue;
    if (!spoken.has(key)) return key;
    spokenOne ??= key;
  }
  return spokenOne;
}
