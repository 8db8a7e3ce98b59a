import { KnownError } from '../errors.ts';

/** After these the next reply is still the one to the next request. */
const HARMLESS = new Set<string>(
  ['wait', 'fault', 'no-ack', 'no-target-power', 'parity', 'mismatch'].map((one) => `probe/${one}`),
);

/**
 * The work of a link, one task after another in the order given. A task that fails does not keep the next from running, unless
 * request and reply have lost step or the cable is gone: then all after it fail with the same error.
 */
export class LinkQueue {
  #last: Promise<unknown> = Promise.resolve();
  /** Why the link is of no more use. */
  #broken: unknown;

  run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const result = this.#last.then(async () => {
      if (this.#broken !== undefined) throw this.#broken;
      try {
        return await task();
      } catch (error) {
        const harmless = error instanceof KnownError ? HARMLESS.has(error.code) : error === signal?.reason;
        if (!harmless) this.#broken = error;
        throw error;
      }
    });
    this.#last = result.catch(() => {});
    return result;
  }

  /** The last task; never throws. */
  async close(goodbye: () => Promise<void>): Promise<void> {
    await this.run(goodbye).catch(() => {});
    this.#broken ??= new Error('The link was closed.');
  }
}
