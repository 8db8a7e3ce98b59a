import type { Bench, Glance, HeldRun } from '../../../bench/index.ts';
import type { KeptRun } from '../../browser/bench-memory.ts';

/** The one run that the bench is about: seen to be kept, or on with the bench in this page's hands. */
export class CurrentRun {
  /** The run that is on, or that was seen to be kept. */
  kept = $state.raw<KeptRun | null>(null);
  /** What was kept when somebody looked last: a word about it is about this. */
  seen = $state.raw<Glance<KeptRun> | null>(null);
  /** While the bench is ours. */
  held: HeldRun<KeptRun> | null = null;
  /** While it is open. */
  bench: Bench | null = null;

  /** meshUUID of the database: 32 hex digits in small letters. */
  get network(): string {
    return this.kept?.network ?? '';
  }

  see(seen: Glance<KeptRun> | null) {
    this.seen = seen;
    this.kept = seen?.run ?? null;
  }

  hold(held: HeldRun<KeptRun>) {
    this.held = held;
    this.kept = held.run;
  }

  /** Others may have the bench; the run stays kept. */
  letGo() {
    this.bench = null;
    this.held?.release();
    this.held = null;
  }

  /** The device keys of all clones left the page. A run that is only kept has other clones than this page. */
  async markSaved(): Promise<void> {
    if (!this.held || this.held.run.saved) return;
    await this.held.markSaved();
    this.kept = this.held.run;
  }
}
