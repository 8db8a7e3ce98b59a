/**
 * The bench: a queue of clones, any number of boards at once, and the journal between them.
 *
 * Below lie the visits, one at a time on each probe; above lie a page or a command line, which hand in the boards a person
 * plugs in and show what `view` says. Two promises: a board never gets a second identity unless a person gives up its first,
 * and an identity never goes to a second board unless a person says that it is not on the first.
 *
 * Long because slots, queue and journal change together: a view of the bench is told only when all three agree.
 */
import type { Clock } from '../clock.ts';
import { reportOf, type ErrorReport } from '../errors.ts';
import type { Chip } from '../image/index.ts';
import { askProbe, openProbe, type Platform, type SwdLink } from '../probe/index.ts';
import { Nrf52, type ProgramOptions } from '../target/index.ts';
import { blink } from './blink.ts';
import type { ChipReader } from './chip-reader.ts';
import {
  addressTaken,
  benchBusy,
  inWork,
  notOnChip,
  otherImage,
  otherTab,
  queuedTwice,
  stopped,
  unknownIdentity,
} from './errors.ts';
import { Journal, type ImportReport, type JournalOptions } from './journal.ts';
import type { BenchLock } from './kept-runs.ts';
import { isConfirmed, keyOf, type IdentityAccount } from './account.ts';
import { paceOf, type TimeSpan } from './pace.ts';
import { dealJobs } from './promises.ts';
import {
  refOf,
  type IdentityRef,
  type JournalEntry,
  type JournalRecord,
  type JournalStore,
} from './records.ts';
import type {
  BenchPermissions,
  BenchView,
  EventDetails,
  Job,
  JobEvent,
  JobView,
  SlotJob,
  SlotView,
} from './views.ts';
import { NO_GRANTS, visit, type Desk, type Grants } from './visit.ts';

export interface BenchSetup extends JournalOptions {
  readonly clock: Clock;
  readonly store: JournalStore;
  readonly lock?: BenchLock;
  /** meshUUID of the database: 32 hex digits in small letters. */
  readonly network: string;
  readonly jobs?: readonly Job[];
  readonly platform?: Platform;
  /** What the kinds of image know of a chip. */
  readonly reader: ChipReader;
  /** The chip that the images are for; any that they fit on when left out. */
  readonly chip?: Chip;
  /** Close the debug port of each board once it is verified. */
  readonly protect?: boolean;
  readonly permissions?: Partial<BenchPermissions>;
  /** How bytes get into flash; the target's own choice when left out. */
  readonly writer?: ProgramOptions['writer'];
  /** Serial numbers of probes that have a slot before anything is plugged in, in the order of their letters. */
  readonly probes?: readonly string[];
}

interface Slot {
  view: SlotView;
  device: USBDevice | null;
  /** Of the probe that was here last or is to come here. */
  serial: string;
  grants: Grants;
  /** Ends when the last thing asked of this probe is done. */
  line: Promise<void>;
}

const SLOW_HZ = 1_000_000;

export class Bench {
  readonly #desk: Desk;
  readonly #jobs = new Map<string, Job>();
  readonly #errors = new Map<string, ErrorReport>();
  readonly #spans: TimeSpan[] = [];
  readonly #viewers = new Set<(view: BenchView) => void>();
  readonly #listeners = new Set<(event: JobEvent) => void>();
  /** Visits and the like that have not ended. */
  readonly #underWay = new Set<Promise<void>>();
  readonly #occupied = new Set<string>();
  #slots: readonly Slot[] = [];
  #jobViews: readonly JobView[] = [];
  /** Place of each job in the queue. */
  readonly #places = new Map<string, number>();
  /** Keys of the clones that slots were told they get, by letter. */
  #dealt: ReadonlyMap<string, string> = new Map();
  #permissions: BenchPermissions;
  #paused = false;
  #stop = new AbortController();
  #view: BenchView | undefined;

  private constructor(
    readonly setup: BenchSetup,
    readonly journal: Journal,
    readonly releaseLock: () => void,
  ) {
    this.#permissions = { lockedChips: false, provisionedNodes: false, ...setup.permissions };
    this.#desk = {
      clock: setup.clock,
      platform: setup.platform ?? 'unknown',
      reader: setup.reader,
      ledger: journal.ledger,
      occupied: this.#occupied,
      append: (entry) => this.#append(entry),
      permissions: () => this.#permissions,
      ...(setup.chip && { chip: setup.chip }),
      ...(setup.writer && { writer: setup.writer }),
      protect: setup.protect ?? false,
      jobOf: (identity) => this.#jobs.get(keyOf(identity)),
      identityOf: (job) => this.#identityOf(job),
    };
    for (const serial of setup.probes ?? []) this.#addSlot(serial);
    this.enqueue(setup.jobs ?? []);
  }

  /**
   * Take the lock, read the journal, and be ready for boards.
   *
   * @throws `station/other-tab`, `station/journal-not-read`, `station/queued-twice`
   */
  static async open(setup: BenchSetup): Promise<Bench> {
    const release = setup.lock ? await setup.lock.acquire() : () => {};
    if (!release) throw otherTab();
    try {
      return new Bench(setup, await Journal.open(setup.store, setup), release);
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Stop, wait until every board is let go, and let others have the journal. */
  async close(): Promise<void> {
    this.stop();
    await this.idle();
    this.releaseLock();
  }

  /* What there is to see */

  get view(): BenchView {
    return (this.#view ??= this.#makeView());
  }

  /** Calls back with the view as it is, and with each one after it. Returns what ends this. */
  subscribe(viewer: (view: BenchView) => void): () => void {
    this.#viewers.add(viewer);
    viewer(this.view);
    return () => this.#viewers.delete(viewer);
  }

  /** The story of every job from here on. Returns what ends this. */
  onEvent(listener: (event: JobEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when no board is being read or written. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  /** Jobs whose board was verified with exactly their image: those that a database may be told about. */
  confirmed(): readonly Job[] {
    return confirmedJobs([...this.#jobs.values()], this.setup.network, this.journal);
  }

  /* Boards */

  /**
   * A board is there: one the browser has granted, when it is chosen, connected, or found connected at start.
   *
   * @returns the letter of its slot
   */
  plugIn(device: USBDevice): string {
    const there = this.#slots.find((slot) => slot.device === device && slot.view.plugged);
    if (there) return there.view.letter;
    const slot = this.#slotFor(device);
    slot.device = device;
    slot.serial = device.serialNumber ?? '';
    slot.grants = NO_GRANTS;
    slot.view = { ...emptySlot(slot.view.letter), plugged: true };
    this.#visit(slot);
    return slot.view.letter;
  }

  /** Its cable was pulled. A job on it fails by itself. */
  unplug(device: USBDevice): void {
    const slot = this.#slots.find((one) => one.device === device);
    if (!slot || !slot.view.plugged) return;
    const { letter, state } = slot.view;
    const keeps = isAtWork(slot.view) || state === 'failed';
    this.#show(slot, device, keeps ? { plugged: false } : emptySlot(letter));
  }

  /**
   * Look again at whatever is behind this probe: after a failure, or when the target of an external probe was exchanged.
   *
   * @param slower  talk to the chip at a quarter of the speed
   */
  retry(letter: string, { slower = false } = {}): void {
    const slot = this.#slotAt(letter);
    if (!slot?.view.plugged || isAtWork(slot.view)) return;
    slot.grants = NO_GRANTS;
    this.#visit(slot, slower ? SLOW_HZ : undefined);
  }

  /** `retry` for every board that failed and is still plugged in. */
  retryFailed(): void {
    for (const { view } of this.#slots) if (view.state === 'failed') this.retry(view.letter);
  }

  /** Yes to what the slot needs, for the board that is there. */
  allow(letter: string): void {
    const slot = this.#slotAt(letter);
    const { needs = null, chip = null } = slot?.view ?? {};
    if (!slot || !needs) return;
    slot.grants = { kinds: new Set([...slot.grants.kinds, needs.kind]), chipId: chip?.id ?? '' };
    this.#visit(slot);
  }

  /** No to what the slot needs, or an end to attempts on a board that failed. */
  skip(letter: string): void {
    const slot = this.#slotAt(letter);
    if (!slot || isAtWork(slot.view)) return;
    this.#show(slot, slot.device, slot.view.plugged ? { state: 'skipped', needs: null } : emptySlot(letter));
  }

  /** Answer some questions once for all boards of this run. Boards that ask just this go on. */
  permit(permissions: Partial<BenchPermissions>): void {
    this.#permissions = { ...this.#permissions, ...permissions };
    const { lockedChips, provisionedNodes } = this.#permissions;
    for (const slot of this.#slots) {
      const kind = slot.view.needs?.kind;
      if ((kind === 'unlock' && lockedChips) || (kind === 'erase-node' && provisionedNodes))
        this.#visit(slot);
    }
    this.#publish();
  }

  /**
   * Blink the LEDs of a development kit, to see which board this is.
   *
   * @throws `target/locked` and what a probe throws
   */
  async blink(letter: string): Promise<void> {
    const { clock } = this.#desk;
    await this.#withLink(letter, async (link) => blink(await Nrf52.attach(link, { clock }), clock));
  }

  /**
   * Ask a probe what only hardware can tell; the slot shows its `answers` then. Nothing on the board is changed.
   *
   * @throws what a probe throws
   */
  async askProbe(letter: string): Promise<void> {
    await this.#withLink(letter, async (link, slot, device) => {
      const answers = await askProbe(link, this.#desk.clock);
      this.#show(slot, device, { probe: link.info, answers });
    });
  }

  /** Work on a board that is no visit, when its probe is free for it. */
  async #withLink(
    letter: string,
    work: (link: SwdLink, slot: Slot, device: USBDevice) => Promise<void>,
  ): Promise<void> {
    const slot = this.#slotAt(letter);
    if (!slot?.device || !slot.view.plugged) return;
    const { device } = slot;
    const { clock, platform } = this.#desk;
    await this.#inLine(slot, async () => {
      const link = await openProbe(device, { clock, platform });
      try {
        await work(link, slot, device);
      } finally {
        await link.close(); // never throws
      }
    });
  }

  /* The run */

  /** @throws `station/queued-twice` when two jobs share an address; then none is added */
  enqueue(jobs: readonly Job[]): void {
    const takers = new Map<number, Job>();
    for (const job of [...this.#jobs.values(), ...jobs]) {
      for (let element = 0; element < job.elementCount; element++) {
        const taker = takers.get(job.unicast + element);
        if (taker) throw queuedTwice(this.#identityOf(job), this.#identityOf(taker));
        takers.set(job.unicast + element, job);
      }
    }
    for (const job of jobs) {
      const key = keyOf(this.#identityOf(job));
      this.#places.set(key, this.#jobs.size);
      this.#jobs.set(key, job);
    }
    this.#refreshJobs();
    for (const { name } of jobs) this.#emit(name, '', { kind: 'waiting' });
    this.#wake();
  }

  /** Boards at work are finished; no other is begun. */
  pause(): void {
    this.#paused = true;
    this.#publish();
  }

  resume(): void {
    this.#paused = false;
    if (this.#stop.signal.aborted) this.#stop = new AbortController();
    this.#publish();
    this.#wake();
  }

  /** Boards at work are left as they are: they have to be written again. */
  stop(): void {
    this.#stop.abort(stopped());
    this.pause();
  }

  /* Identities, on a person's word */

  /**
   * The identity is not on this chip: the chip was erased elsewhere, or is broken for good. It may then go to another board.
   *
   * @param chipId  spelled out, so that the word is about one chip
   * @throws        `station/unknown-identity`, `station/in-work`, `station/not-on-chip`, `station/journal-not-written`
   */
  async release(identity: Pick<IdentityRef, 'network' | 'unicast'>, chipId: string): Promise<void> {
    const account = this.#accountAtRest(identity);
    if (!account.chips.includes(chipId)) throw notOnChip(account, chipId);
    await this.#word('released', account, chipId);
    this.#wake();
  }

  /**
   * Nobody gets this identity any more, and its addresses stay taken.
   *
   * @throws `station/unknown-identity`, `station/in-work`, `station/journal-not-written`
   */
  async discard(identity: Pick<IdentityRef, 'network' | 'unicast'>): Promise<void> {
    const account = this.#accountAtRest(identity);
    await this.#word('discarded', account, account.chips[0] ?? '');
    this.#emit(account.clone, '', { kind: 'discarded' });
  }

  /**
   * Take over the records of an exported journal.
   *
   * @throws `station/busy`, `station/journal-not-written`
   */
  async import(records: readonly JournalRecord[]): Promise<ImportReport> {
    if (this.#underWay.size > 0) throw benchBusy();
    const report = await this.journal.import(records);
    this.#refreshJobs();
    return report;
  }

  #accountAtRest({
    network,
    unicast,
  }: Pick<IdentityRef, 'network' | 'unicast'>): IdentityRef & Pick<IdentityAccount, 'state' | 'chips'> {
    const job = this.#jobs.get(keyOf({ network, unicast }));
    const account = this.journal.ledger.find({ network, unicast });
    const found = account ?? (job && { ...this.#identityOf(job), state: 'free', chips: [] });
    if (!found) throw unknownIdentity(unicast);
    if (found.state === 'reserved' || found.chips.some((chip) => this.#occupied.has(chip)))
      throw inWork(found);
    return found;
  }

  async #word(kind: 'released' | 'discarded', identity: IdentityRef, chipId: string): Promise<void> {
    await this.#append(personsWord(kind, identity, chipId));
    this.#errors.delete(keyOf(identity));
    this.#refreshJobs(); // others may have waited for these addresses
  }

  /* Slots */

  #slotAt(letter: string): Slot | undefined {
    return this.#slots.find(({ view }) => view.letter === letter);
  }

  /** The place where this probe was before; else one that is empty; else one whose failed board is gone; else a new one. */
  #slotFor(device: USBDevice): Slot {
    const free = this.#slots.filter(({ view }) => !view.plugged);
    const serial = device.serialNumber;
    const slot =
      free.find((one) => serial && one.serial === serial) ??
      free.find(({ view }) => view.state === 'empty') ??
      free.find(({ view }) => !isAtWork(view));
    return slot ?? this.#addSlot();
  }

  #addSlot(serial = ''): Slot {
    const view = emptySlot(letterOf(this.#slots.length));
    const slot: Slot = { view, device: null, serial, grants: NO_GRANTS, line: Promise.resolve() };
    this.#slots = [...this.#slots, slot];
    return slot;
  }

  #visit(slot: Slot, clockHz?: number): void {
    const { device } = slot;
    if (!device) return;
    const { plugged, letter } = slot.view;
    this.#show(slot, device, { ...emptySlot(letter), state: 'attaching', plugged });
    void this.#inLine(slot, async () => {
      if (slot.device !== device) return;
      if (slot.view.plugged)
        this.#show(
          slot,
          device,
          this.#paused ? { state: 'waiting' } : await this.#outcomeOf(slot, device, clockHz),
        );
      if (!slot.view.plugged && slot.view.state !== 'failed') this.#show(slot, device, emptySlot(letter));
    });
  }

  /** Make a visit, tell its story, and say what the slot shows afterwards. */
  async #outcomeOf(slot: Slot, device: USBDevice, clockHz: number | undefined): Promise<Partial<SlotView>> {
    const { letter } = slot.view;
    const startMs = this.setup.clock.now();
    const board: { chipId: string; job: SlotJob | null } = { chipId: '', job: null };
    const tell = (news: Partial<SlotView>) => {
      board.chipId = news.chip?.id ?? board.chipId;
      if (news.job && (!board.job || keyOf(news.job) !== keyOf(board.job))) {
        board.job = news.job;
        this.#emit(board.job.name, letter, { kind: 'attached', chipId: board.chipId });
      }
      const { stage, doneBytes = 0, totalBytes = 0 } = news;
      if (board.job && stage && stage !== 'looking')
        this.#emit(board.job.name, letter, { kind: stage, doneBytes, totalBytes });
      this.#show(slot, device, news);
    };
    const { signal } = this.#stop;
    const speed = clockHz === undefined ? {} : { clockHz };
    const { grants } = slot;
    if (grants.chipId === '') slot.grants = NO_GRANTS; // of a chip that does not say who it is: good for once
    try {
      const nextJob = () => this.#nextJob(letter);
      const outcome = await visit(this.#desk, { device, grants, ...speed, signal, tell, nextJob });
      if (outcome.kind === 'nothing-left') return { state: 'waiting', stage: null };
      if (outcome.kind !== 'verified') return { state: outcome.kind, stage: null, needs: outcome.need };
      this.#spans.push({ startMs, endMs: this.setup.clock.now() });
      this.#concludeJob(board.job!, letter, null);
      return { state: 'verified', stage: null };
    } catch (error) {
      const report = reportOf(error);
      if (board.job) this.#concludeJob(board.job, letter, report);
      const mayBeOnBoard = board.job && this.journal.ledger.find(board.job)?.state === 'maybe';
      return error === signal.reason && !mayBeOnBoard
        ? { state: 'waiting', stage: null }
        : { state: 'failed', stage: null, error: report };
    }
  }

  /** A job came to its end, or its board was not to be had and it waits again. */
  #concludeJob(job: SlotJob, letter: string, error: ErrorReport | null): void {
    const key = keyOf(job);
    const queued = this.#jobs.get(key);
    if (error) {
      this.#errors.set(key, error);
      this.#emit(job.name, letter, { kind: 'failed', ...error });
      if (this.journal.ledger.find(job)?.state === 'free') this.#emit(job.name, '', { kind: 'waiting' });
    } else if (queued) {
      this.#errors.delete(key);
      const { imageSha256 = '' } = this.journal.ledger.find(job) ?? {};
      this.#emit(job.name, letter, { kind: 'verified', imageSha256 });
    }
    this.#refreshJob(key);
  }

  /** One thing after another on one probe, whatever becomes of each. */
  #inLine(slot: Slot, task: () => Promise<void>): Promise<void> {
    const result = slot.line.then(task);
    const end: Promise<void> = result
      .catch(() => {})
      .then(() => {
        this.#underWay.delete(end);
        this.#publish();
      });
    slot.line = end;
    this.#underWay.add(end);
    this.#publish();
    return result;
  }

  /** Boards that had nothing to do may have now. */
  #wake(): void {
    for (const slot of this.#slots) if (slot.view.state === 'waiting') this.#visit(slot);
  }

  /* Jobs */

  #identityOf({ name, unicast, elementCount }: Job): IdentityRef {
    return { network: this.setup.network, clone: name, unicast, elementCount };
  }

  /** What the slot was told; else the first that nobody was, or that somebody was. */
  #nextJob(letter: string): Job | undefined {
    this.#deal();
    const others = new Set(this.#dealt.values());
    let toldToOthers: Job | undefined;
    const own = this.#dealt.get(letter);
    if (own !== undefined) return this.#jobs.get(own);
    for (const [key, job] of this.#jobs) {
      if (this.#stateOf(job).state !== 'free') continue;
      if (!others.has(key)) return job;
      toldToOthers ??= job;
    }
    return toldToOthers;
  }

  #deal(): void {
    const views = this.#slots.map(({ view }) => view);
    const isFree = (key: string) => this.#jobViews[this.#places.get(key)!]?.state === 'free';
    this.#dealt = dealJobs(views, this.#freeKeys(), this.#dealt, isFree);
  }

  *#freeKeys(): Iterable<string> {
    for (const [key, place] of this.#places) if (this.#jobViews[place]?.state === 'free') yield key;
  }

  #toldNext(letter: string): SlotJob | null {
    const job = this.#jobs.get(this.#dealt.get(letter) ?? '');
    if (!job) return null;
    const { name, unicast, elementCount } = job;
    return { network: this.setup.network, name, unicast, elementCount };
  }

  #stateOf(job: Job): Pick<JobView, 'state' | 'chipId' | 'error'> {
    const identity = this.#identityOf(job);
    const { ledger } = this.journal;
    const account = ledger.find(identity);
    const { state = 'free', chipId = '' } = account ?? {};
    if (account && isConfirmed(state) && !isImageOf(job, account))
      return { state: 'taken', chipId, error: reportOf(otherImage(identity, account)) };
    const [holder] = state === 'free' ? ledger.overlapping(identity) : [];
    if (holder) return { state: 'taken', chipId, error: reportOf(addressTaken(identity, holder)) };
    return { state, chipId, error: state === 'maybe' ? (this.#errors.get(keyOf(identity)) ?? null) : null };
  }

  #viewOf(job: Job): JobView {
    const { name, unicast, elementCount, imageSha256 } = job;
    return { name, unicast, elementCount, imageSha256, ...this.#stateOf(job) };
  }

  #refreshJob(key: string): void {
    const job = this.#jobs.get(key);
    if (job) this.#jobViews = this.#jobViews.with(this.#places.get(key)!, this.#viewOf(job));
    this.#publish();
  }

  #refreshJobs(): void {
    this.#jobViews = [...this.#jobs.values()].map((job) => this.#viewOf(job));
    this.#publish();
  }

  async #append(entry: JournalEntry): Promise<void> {
    const key = entry.identity && keyOf(entry.identity);
    const appended = this.journal.append(entry);
    if (key) this.#refreshJob(key); // what is announced counts at once
    try {
      await appended;
    } finally {
      if (key) this.#refreshJob(key);
      else this.#publish();
    }
  }

  /* Telling */

  #show(slot: Slot, device: USBDevice | null, news: Partial<SlotView>): void {
    if (slot.device !== device) return; // another board is there by now
    slot.view = { ...slot.view, ...news };
    this.#publish();
  }

  #publish(): void {
    const view = (this.#view = this.#makeView());
    for (const viewer of this.#viewers) viewer(view);
  }

  #makeView(): BenchView {
    const jobs = this.#jobViews;
    // a view comes with each packet, and few of them tell anything new of the queue
    const { counts, next } =
      this.#view?.jobs === jobs ? this.#view : { counts: countsOf(jobs), next: nextOf(jobs) };
    this.#deal();
    for (const slot of this.#slots) {
      const next = this.#toldNext(slot.view.letter);
      if (slot.view.next?.unicast !== next?.unicast) slot.view = { ...slot.view, next };
    }
    return {
      slots: this.#slots.map(({ view }) => view),
      jobs,
      counts,
      next,
      pace: paceOf(this.#spans, counts.left + counts.working + counts.failed),
      paused: this.#paused,
      busy: this.#underWay.size > 0,
      permissions: this.#permissions,
      records: this.journal.records,
    };
  }

  #emit(job: string, slot: string, event: EventDetails): void {
    const at = this.setup.now().toISOString();
    for (const listener of this.#listeners) listener({ job, slot, at, ...event });
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

const personsWord = (kind: JournalEntry['kind'], identity: IdentityRef, chipId: string): JournalEntry => ({
  kind,
  identity: refOf(identity),
  chipId,
  probe: '',
  imageSha256: '',
  result: 'station/person',
});

const isAtWork = ({ state }: SlotView): boolean => state === 'attaching' || state === 'working';

const emptySlot = (letter: string): SlotView => ({
  letter,
  state: 'empty',
  plugged: false,
  probe: null,
  chip: null,
  job: null,
  next: null,
  stage: null,
  plan: null,
  doneBytes: 0,
  totalBytes: 0,
  openedBy: null,
  answers: [],
  needs: null,
  error: null,
});

/** A to Z, then AA, AB and so on. */
function letterOf(index: number): string {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : letterOf(Math.floor(index / 26) - 1) + last;
}

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

const nextOf = (jobs: readonly JobView[]): JobView | null =>
  jobs.find(({ state }) => state === 'free') ?? null;

function countsOf(jobs: readonly JobView[]): BenchView['counts'] {
  const counts = { verified: 0, failed: 0, working: 0, left: 0, unavailable: 0 };
  for (const { state } of jobs) counts[COUNTED_AS[state]]++;
  return counts;
}
