/**
 * The one run that is kept between visits, and who may change it.
 *
 * A run holds the only copy of its device keys until zip or database is saved. Any number of pages look at the same store, and what
 * a page has seen may be long gone when a person acts on it. So every act takes the lock, reads the store again, and is refused
 * where it finds something else than the person was shown. Below lie a store and a lock, as arguments; above lies the page.
 */
import { otherTab, planOutdated, runChanged, runGone, runIsKept } from './errors.ts';
import { isConfirmed, Ledger } from './ledger.ts';
import type { JournalRecord, JournalStore } from './records.ts';
import type { Job } from './views.ts';

/** Virtual boards have a journal of their own: what is on them is on no board. */
export type BoardKind = 'usb' | 'virtual';

/** Keeps benches on the same journal apart: in a browser, a Web Lock. */
export interface BenchLock {
  /** @returns what lets go of it again, or `undefined` when somebody else has it */
  acquire(): Promise<(() => void) | undefined>;
}

/** What the rules look at. What else a run holds, files and keys among it, is the page's own. */
export interface RunMark {
  /** No other run has it. */
  readonly id: string;
  readonly boards: BoardKind;
  /** meshUUID of the database: 32 hex digits in small letters. */
  readonly network: string;
  /** First unicast address of each clone. */
  readonly clones: readonly number[];
  /** Whether the device keys of all clones left the page: until then they exist in the store alone. */
  readonly saved: boolean;
}

export interface RunStore<Run extends RunMark> {
  load(): Promise<Run | null>;
  /** Replaces what is there; resolves once it would survive a power loss. */
  keep(run: Run): Promise<void>;
  /** The run is forgotten last, after all that means nothing without it. */
  forget(): Promise<void>;
}

export interface RunPlaces<Run extends RunMark> {
  readonly runs: RunStore<Run>;
  readonly journals: Readonly<Record<BoardKind, JournalStore>>;
  readonly lock: BenchLock;
}

/** A kept run as a person is shown it, and how far it had come then. */
export interface Glance<Run extends RunMark> {
  readonly run: Run;
  /** Clones that are on boards. */
  readonly verified: number;
  /** Clones that may be on boards, wholly or in part. */
  readonly maybe: number;
  /** Of the journal: whatever happens to a board makes them more. */
  readonly records: number;
}

/** One clone of a plan. */
export type PlannedIdentity = Pick<Job, 'unicast' | 'elementCount' | 'imageSha256'>;

export interface NewRun<Run extends RunMark> {
  readonly run: Run;
  readonly clones: readonly PlannedIdentity[];
}

export class KeptRuns<Run extends RunMark> {
  readonly #places: RunPlaces<Run>;

  constructor(places: RunPlaces<Run>) {
    this.#places = places;
  }

  /** What is kept now. It may be otherwise as soon as this has resolved. */
  async look(): Promise<Glance<Run> | null> {
    const run = await this.#places.runs.load();
    return run && this.#glanceAt(run);
  }

  /**
   * Keep a new run, where none is.
   *
   * @param make  the run and its clones; not asked where the answer is no already
   * @throws      `station/other-tab`; `station/run-kept` when a run is there, which stays; `station/plan-outdated` when addresses of
   *              its clones are on boards as other clones, as after a run of another tab
   */
  begin(make: () => Promise<NewRun<Run>>): Promise<HeldRun<Run>> {
    return this.#locked(async (release) => {
      const { runs, journals } = this.#places;
      if (await runs.load()) throw runIsKept();
      const { run, clones } = await make();
      assertPlanIsCurrent(clones, run.network, await journals.usb.load());
      await runs.keep(run);
      return new HeldRun(runs, run, release);
    });
  }

  /**
   * Go on with the run that a person was shown, as it is by now.
   *
   * @throws `station/other-tab`, `station/run-gone`, `station/run-changed`
   */
  goOn(seen: Glance<Run>): Promise<HeldRun<Run>> {
    return this.#locked(async (release) => {
      const { runs } = this.#places;
      const run = await runs.load();
      if (!run) throw runGone();
      if (run.id !== seen.run.id) throw runChanged();
      return new HeldRun(runs, run, release);
    });
  }

  /**
   * Forget, on a person's word, the run they were shown: it was exported, or they want it gone.
   *
   * @param seen      `null` where they were told that none is kept
   * @param exported  all of it is in a file, so boards that were written since lose nothing
   * @throws          `station/other-tab`; `station/run-changed` when another run is there, or boards were written since: then the word
   *                  was about something else. Nothing is forgotten.
   */
  putAway(seen: Glance<Run> | null, { exported = false } = {}): Promise<void> {
    return this.#locked(async (release) => {
      const run = await this.#places.runs.load();
      if (run?.id !== seen?.run.id) throw run ? runChanged() : runGone();
      if (run && seen && !exported && !isSameProgress(seen, await this.#glanceAt(run))) throw runChanged();
      await this.#places.runs.forget();
      release();
    });
  }

  async #glanceAt(run: Run): Promise<Glance<Run>> {
    const records = await this.#places.journals[run.boards].load();
    const ledger = Ledger.of(records);
    const states = run.clones.map((unicast) => ledger.find({ network: run.network, unicast })?.state);
    return {
      run,
      verified: states.filter((state) => state && isConfirmed(state)).length,
      maybe: states.filter((state) => state === 'maybe').length,
      records: records.length,
    };
  }

  /** @param act  lets go of the lock itself when it ends well, or hands on what does */
  async #locked<Result>(act: (release: () => void) => Promise<Result>): Promise<Result> {
    const release = await this.#places.lock.acquire();
    if (!release) throw otherTab();
    try {
      return await act(release);
    } catch (error) {
      release();
      throw error;
    }
  }
}

/** A run whose bench is ours: nobody else changes it or its journal meanwhile. */
export class HeldRun<Run extends RunMark> {
  readonly #runs: RunStore<Run>;
  #run: Run;

  constructor(
    runs: RunStore<Run>,
    run: Run,
    /** Let others have the bench; the run stays kept. */
    readonly release: () => void,
  ) {
    this.#runs = runs;
    this.#run = run;
  }

  get run(): Run {
    return this.#run;
  }

  /** The device keys of all its clones left the page. */
  async markSaved(): Promise<void> {
    const run = { ...this.#run, saved: true };
    await this.#runs.keep(run);
    this.#run = run;
  }

  /** It is over, on a person's word; others may have the bench then. */
  async end(): Promise<void> {
    await this.#runs.forget();
    this.release();
  }
}

/**
 * Addresses of a plan are on no board as others. The very same clone, image and all, is no other, and one that was discarded
 * neither: the bench gives it to nobody.
 *
 * @param records  the journal of real boards
 * @throws         `station/plan-outdated`
 */
export function assertPlanIsCurrent(
  clones: readonly PlannedIdentity[],
  network: string,
  records: readonly JournalRecord[],
): void {
  const ledger = Ledger.of(records);
  const taken = clones.filter(({ unicast, elementCount, imageSha256 }) => {
    const own = ledger.find({ network, unicast });
    const isOther =
      own && own.state !== 'free' && own.state !== 'discarded' && own.imageSha256 !== imageSha256;
    return isOther || ledger.overlapping({ network, clone: '', unicast, elementCount }).length > 0;
  });
  if (taken.length > 0) throw planOutdated(taken);
}

const isSameProgress = <Run extends RunMark>(a: Glance<Run>, b: Glance<Run>): boolean =>
  a.records === b.records && a.run.saved === b.run.saved;
