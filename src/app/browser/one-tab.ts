/** One bench at a time in this browser: two tabs would hand out the same identities. */
import { takeLock } from './locks.ts';

const NAME = 'meshpress-bench';

/** @returns what lets go of the bench again, or `undefined` when another tab has it */
export const takeBench = () => takeLock(NAME);

export async function isBenchTaken(): Promise<boolean> {
  const { held = [] } = await navigator.locks.query();
  return held.some(({ name }) => name === NAME);
}

/** Resolves once the other tab is done with the bench or closed. */
export const whenBenchIsFree = (): Promise<void> => navigator.locks.request(NAME, async () => {});
