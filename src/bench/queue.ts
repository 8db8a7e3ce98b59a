/** The queue: clones that wait for boards, what the journal says of each, and who comes next. It writes nothing. */
import { reportOf, type ErrorReport } from '../errors.ts';
import { isConfirmed, keyOf } from './account.ts';
import { addressTaken, otherImage, queuedTwice } from './errors.ts';
import type { Journal } from './journal.ts';
import { dealJobs } from './promises.ts';
import type { IdentityRef } from './records.ts';
import type { BenchView, Job, JobView, SlotJob, SlotView } from './views.ts';

export class Queue {
  readonly #jobs = new Map<string, Job>();
  /** Place of each job in the queue. */
  readonly #places = new Map<string, number>();
  readonly #errors = new Map<string, ErrorReport>();
  #views: readonly JobView[] = [];
  #summary: Pick<BenchView, 'jobs' | 'counts' | 'next' | 'chosenKind'> | undefined;
  /** Keys of the clones that slots were told they get, by letter. */
  #dealt: ReadonlyMap<string, string> = new Map();
  #chosenKind: string | null = null;

  constructor(
    /** See `BenchSetup.network`. */
    readonly network: string,
    readonly journal: Journal,
  ) {}

  /** @throws `station/queued-twice` when two jobs share an address; then none is added */
  add(jobs: readonly Job[]): void {
    const takers = new Map<number, Job>();
    for (const job of [...this.#jobs.values(), ...jobs]) {
      for (let element = 0; element < job.elementCount; element++) {
        const taker = takers.get(job.unicast + element);
        if (taker) throw queuedTwice(this.identityOf(job), this.identityOf(taker));
        takers.set(job.unicast + element, job);
      }
    }
    for (const job of jobs) {
      const key = keyOf(this.identityOf(job));
      this.#places.set(key, this.#jobs.size);
      this.#jobs.set(key, job);
    }
    this.refresh();
  }

  /** Jobs whose board was verified with exactly their image. */
  confirmed(): readonly Job[] {
    return confirmedJobs([...this.#jobs.values()], this.network, this.journal);
  }

  jobOf(identity: Pick<IdentityRef, 'network' | 'unicast'>): Job | undefined {
    return this.#jobs.get(keyOf(identity));
  }

  identityOf({ name, unicast, elementCount }: Job): IdentityRef {
    return { network: this.network, clone: name, unicast, elementCount };
  }

  /** Jobs in the order of the queue, and what they come to; the same object as long as nothing changed. */
  get summary(): Pick<BenchView, 'jobs' | 'counts' | 'next' | 'chosenKind'> {
    const jobs = this.#views;
    if (this.#summary?.jobs !== jobs)
      this.#summary = {
        jobs,
        counts: countsOf(jobs),
        next: jobs.find((job) => job.state === 'free' && this.#isWanted(job)) ?? null,
        chosenKind: this.#chosenKind,
      };
    return this.#summary;
  }

  /** New boards become this kind of node alone; `null` for all, in the order of the queue. */
  chooseKind(kind: string | null): void {
    this.#chosenKind = kind;
    this.#dealt = new Map();
    this.refresh();
  }

  #isWanted = ({ kind }: Pick<Job, 'kind'>): boolean =>
    this.#chosenKind === null || kind === this.#chosenKind;

  /** Whether a clone may go into a slot: what a person chose, and the chip that is there. */
  #fits = (key: string, { chip }: Pick<SlotView, 'chip'>): boolean => {
    const job = this.#jobs.get(key);
    if (!job || !this.#isWanted(job)) return false;
    // where all are of one kind a wrong chip is refused by name, rather than left without a clone
    return job.kind === undefined || !job.chip || !chip || job.chip.name === chip.name;
  };

  /** Look again at what the journal says of one identity. */
  refreshOne(identity: Pick<IdentityRef, 'network' | 'unicast'>): void {
    const key = keyOf(identity);
    const job = this.#jobs.get(key);
    if (job) this.#views = this.#views.with(this.#places.get(key)!, this.#viewOf(job));
  }

  /** Look again at what the journal says of all: who waited for addresses may have them now. */
  refresh(): void {
    this.#views = [...this.#jobs.values()].map((job) => this.#viewOf(job));
  }

  /** @param error  what went wrong with this identity last; `null` where nothing is wrong any more */
  note(identity: Pick<IdentityRef, 'network' | 'unicast'>, error: ErrorReport | null): void {
    if (error) this.#errors.set(keyOf(identity), error);
    else this.#errors.delete(keyOf(identity));
  }

  /** Who a new board in this slot becomes: what the slot was told; else the first that nobody was, or that somebody was. */
  nextFor(letter: string, slots: readonly SlotView[]): Job | undefined {
    this.deal(slots);
    const own = this.#dealt.get(letter);
    if (own !== undefined) return this.#jobs.get(own);
    const others = new Set(this.#dealt.values());
    const slot = slots.find((one) => one.letter === letter) ?? { chip: null };
    let toldToOthers: Job | undefined;
    for (const [key, job] of this.#jobs) {
      if (!this.#fits(key, slot) || this.#stateOf(job).state !== 'free') continue;
      if (!others.has(key)) return job;
      toldToOthers ??= job;
    }
    return toldToOthers;
  }

  /** Settle which clone each slot is told, see `dealJobs`. */
  deal(slots: readonly SlotView[]): void {
    const isFree = (key: string) => this.#views[this.#places.get(key)!]?.state === 'free';
    this.#dealt = dealJobs(slots, () => this.#freeKeys(), this.#dealt, {
      isFree,
      fits: (key, slot) => this.#fits(key, slot),
    });
  }

  /** What `deal` settled for a slot. */
  toldTo(letter: string): SlotJob | null {
    const job = this.#jobs.get(this.#dealt.get(letter) ?? '');
    if (!job) return null;
    const { name, unicast, elementCount } = job;
    return { network: this.network, name, unicast, elementCount };
  }

  *#freeKeys(): Iterable<string> {
    for (const [key, place] of this.#places) if (this.#views[place]?.state === 'free') yield key;
  }

  #viewOf(job: Job): JobView {
    const { image: _, ...rest } = job;
    return { ...rest, ...this.#stateOf(job) };
  }

  #stateOf(job: Job): Pick<JobView, 'state' | 'chipId' | 'uuid' | 'error'> {
    const identity = this.identityOf(job);
    const { ledger } = this.journal;
    const account = ledger.find(identity);
    const { state = 'free', chipId = '', uuid = '' } = account ?? {};
    if (account && isConfirmed(state) && !isImageOf(job, account))
      return { state: 'taken', chipId, uuid: '', error: reportOf(otherImage(identity, account)) };
    const [holder] = state === 'free' ? ledger.overlapping(identity) : [];
    if (holder) return { state: 'taken', chipId, uuid: '', error: reportOf(addressTaken(identity, holder)) };
    return {
      state,
      chipId,
      uuid,
      error: state === 'maybe' ? (this.#errors.get(keyOf(identity)) ?? null) : null,
    };
  }
}

/** Jobs whose board was verified with exactly their image. */
export const confirmedJobs = <J extends Pick<Job, 'unicast' | 'imageSha256'>>(
  jobs: readonly J[],
  network: string,
  { ledger }: Pick<Journal, 'ledger'>,
): readonly J[] =>
  jobs.filter(({ unicast, imageSha256 }) => {
    const account = ledger.find({ network, unicast });
    return account && isConfirmed(account.state) && isImageOf({ imageSha256 }, account);
  });

/** Whether what was verified is the job's image; one that is made for its board is what the board has. */
const isImageOf = (job: Pick<Job, 'imageSha256'>, verified: { readonly imageSha256: string }): boolean =>
  job.imageSha256 === null || job.imageSha256 === verified.imageSha256;

const COUNTED_AS: Record<JobView['state'], keyof BenchView['counts']> = {
  free: 'left',
  reserved: 'working',
  writing: 'working',
  verified: 'verified',
  locked: 'verified',
  maybe: 'failed',
  discarded: 'unavailable',
  taken: 'unavailable',
};

function countsOf(jobs: readonly JobView[]): BenchView['counts'] {
  const counts = { verified: 0, failed: 0, working: 0, left: 0, unavailable: 0 };
  for (const { state } of jobs) counts[COUNTED_AS[state]]++;
  return counts;
}
