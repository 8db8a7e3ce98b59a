/** How far a job has come in changing a chip, so that an error that ends it says what became of what was there. */
import { KnownError } from '../errors.ts';

/** As the fact `changed` of an error: how much of the chip is not what it was before. */
export type Changed = 'nothing' | 'part' | 'all';

export class ChipChanges {
  /** Flash and UICR at once. */
  chipErase: 'none' | 'begun' | 'done' = 'none';
  /** Pages that were begun; each of them may be half done. */
  pagesBegun = 0;
  pagesToChange = 0;
  stage: 'flash' | 'uicr' | 'start' = 'flash';

  /** Pages are changed in order; the one after those that are done may have been begun. */
  pagesDone(count: number): void {
    this.pagesBegun = Math.min(count + 1, this.pagesToChange);
  }

  get changed(): Changed {
    if (this.stage === 'start') return 'all';
    return this.chipErase === 'none' && this.pagesBegun === 0 && this.stage === 'flash' ? 'nothing' : 'part';
  }

  /** For a person, as the end of a message. */
  get sentence(): string {
    const { chipErase, pagesBegun, pagesToChange, stage } = this;
    if (stage === 'start') return 'All of it is written and read back; only its start is missing.';
    if (stage === 'uicr') return 'Its flash is written and read back, its UICR may not be.';
    if (chipErase === 'begun') return 'Everything on it was being erased.';
    if (pagesBegun > 0) {
      const before = chipErase === 'done' ? 'Everything on it was erased, and' : 'Of what was on it';
      const what = chipErase === 'done' ? 'were written since' : 'were changed';
      return `${before} at most ${pagesBegun} of ${pagesToChange} pages ${what}.`;
    }
    if (chipErase === 'done') return 'Everything on it is erased, and nothing was written yet.';
    return 'Nothing on it was changed.';
  }

  /**
   * Do work that changes the chip; where it fails with a foreseen error, that error says what was changed up to then. A call that
   * was called off fails with the signal's own reason, untouched.
   */
  async toldBy<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof KnownError) || error === signal?.reason || 'changed' in error.facts) throw error;
      const { code, message, hint, facts } = error;
      throw new KnownError(
        code,
        `${message} ${this.sentence}`,
        hint,
        { ...facts, changed: this.changed },
        { cause: error },
      );
    }
  }
}
