/** One bench at a time in this browser: two tabs would hand out the same identities. */
const NAME = 'meshpress-bench';

/** @returns what lets go of the bench again, or `undefined` when another tab has it */
export const takeBench = (): Promise<(() => void) | undefined> =>
  new Promise((resolve, reject) => {
    navigator.locks
      .request(NAME, { ifAvailable: true }, (lock) => {
        if (!lock) return resolve(undefined);
        return new Promise<void>((release) => resolve(release));
      })
      .catch(reject);
  });

export async function isBenchTaken(): Promise<boolean> {
  const { held = [] } = await navigator.locks.query();
  return held.some(({ name }) => name === NAME);
}

/** Resolves once the other tab is done with the bench or closed. */
export const whenBenchIsFree = (): Promise<void> => navigator.locks.request(NAME, async () => {});
