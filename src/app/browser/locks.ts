/** What one tab of this browser has at a time. The browser gives it back when the tab is closed, or dies. */

/** @returns what lets go of it again, or `undefined` when another tab has it */
export const takeLock = (name: string): Promise<(() => void) | undefined> =>
  new Promise((resolve, reject) => {
    navigator.locks
      .request(name, { ifAvailable: true }, (lock) => {
        if (!lock) return resolve(undefined);
        return new Promise<void>((release) => resolve(release));
      })
      .catch(reject);
  });
