import { KnownError, reportOf, type ErrorReport } from '../../../errors.ts';
import type { Announcements } from '../announcements.svelte.ts';

/** How the last thing that a person did at the bench ended. */
export class Outcome {
  error = $state.raw<ErrorReport | null>(null);
  /** A quiet line: `No board was chosen.` */
  notice = $state('');

  readonly #announcements: Pick<Announcements, 'alarm'>;

  constructor(announcements: Pick<Announcements, 'alarm'>) {
    this.#announcements = announcements;
  }

  clear() {
    this.error = null;
    this.notice = '';
  }

  fail(error: unknown) {
    this.error = reportOf(error);
    if (!(error instanceof KnownError)) console.error(error);
    this.#announcements.alarm = this.error.message;
  }

  /** @returns what it gives; `undefined` when it failed, which `error` then tells */
  async attempt<Result>(act: () => Promise<Result> | undefined): Promise<Result | undefined> {
    this.clear();
    try {
      return await act();
    } catch (error) {
      this.fail(error);
      return undefined;
    }
  }
}
