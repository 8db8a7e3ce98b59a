/**
 * The bench: a queue of clones, any number of boards at once, and the journal between them.
 *
 * Below lie the visits, one at a time on each probe; above lie a page or a command line, which hand in the boards a person
 * plugs in and show what `view` says. Two promises: a board never gets a second identity unless a person gives up its first,
 * and an identity never goes to a second board unless a person says that it is not on the first.
 *
 * Here stands what a person may do and what there is to see. Who waits is in queue.ts, which board is where in slots.ts, what happens
 * on a board in visits.ts and visit.ts, what went where in journal.ts.
 *
 * Long because it is every word that a person has at the bench, each a few lines.
 */
import type { Clock } from '../clock.ts';
import { askProbe, type Platform } from '../probe/index.ts';
import { Nrf52, type ProgramOptions } from '../target/index.ts';
import type { IdentityAccount } from './account.ts';
import type { ChipReader } from './chip-reader.ts';
import { examineBoard, type ExaminedBoard } from './examine.ts';
import { benchBusy, inWork, notOnChip, otherTab, unknownIdentity } from './errors.ts';
import { Journal, type ImportReport, type JournalOptions } from './journal.ts';
import type { BenchLock } from './kept-runs.ts';
import { paceOf } from './pace.ts';
import type { ProofLevel } from './proof-steps.ts';
import { Queue } from './queue.ts';
import {
  personsWord,
  type IdentityRef,
  type JournalEntry,
  type JournalRecord,
  type JournalStore,
} from './records.ts';
import { emptySlot, isAtWork, Slots } from './slots.ts';
import type { BenchPermissions, BenchView, EventDetails, Job, JobEvent, SlotView } from './views.ts';
import { NO_GRANTS, type Desk } from './visit.ts';
import { Visits } from './visits.ts';

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
  /** Close the debug port of each board once it is verified. */
  readonly protect?: boolean;
  /** How far each board proves that it came up; not at all when left out. */
  readonly proof?: ProofLevel;
  readonly permissions?: Partial<BenchPermissions>;
  /** How bytes get into flash; the target's own choice when left out. */
  readonly writer?: ProgramOptions['writer'];
  /** Pages that the images of a kind share, packed: asked for at each board, so to be made once for each kind. Without them pages go as they are. */
  readonly packed?: Desk['packed'];
  /** Serial numbers of probes that have a slot before anything is plugged in, in the order of their letters. */
  readonly probes?: readonly string[];
}

const SLOW_HZ = 1_000_000;

export class Bench {
  readonly #desk: Desk;
  readonly #queue: Queue;
  readonly #slots: Slots;
  readonly #visits: Visits;
  readonly #viewers = new Set<(view: BenchView) => void>();
  readonly #listeners = new Set<(event: JobEvent) => void>();
  #permissions: BenchPermissions;
  #view: BenchView | undefined;

  private constructor(
    readonly setup: BenchSetup,
    readonly journal: Journal,
    readonly releaseLock: () => void,
  ) {
    this.#permissions = { lockedChips: false, provisionedNodes: false, ...setup.permissions };
    const queue = (this.#queue = new Queue(setup.network, journal));
    this.#desk = {
      clock: setup.clock,
      platform: setup.platform ?? 'unknown',
      reader: setup.reader,
      ledger: journal.ledger,
      occupied: new Set(),
      append: (entry) => this.#append(entry),
      permissions: () => this.#permissions,
      ...(setup.writer && { writer: setup.writer }),
      ...(setup.packed && { packed: setup.packed }),
      protect: setup.protect ?? false,
      proof: setup.proof ?? 'none',
      rtt: { likely: undefined },
      keptUicr: new Map(),
      jobOf: (identity) => queue.jobOf(identity),
      identityOf: (job) => queue.identityOf(job),
    };
    const changed = () => this.#publish();
    const slots = (this.#slots = new Slots(setup.probes ?? [], changed));
    this.#visits = new Visits({
      desk: this.#desk,
      queue,
      slots,
      changed,
      emit: (job, slot, event) => this.#emit(job, slot, event),
    });
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
    for (const { listening } of this.#slots) listening?.abort();
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
  idle(): Promise<void> {
    return this.#slots.idle();
  }

  /** Jobs whose board was verified with exactly their image: those that a database may be told about. */
  confirmed(): readonly Job[] {
    return this.#queue.confirmed();
  }

  /* Boards */

  /**
   * A board is there: one the browser has granted, when it is chosen, connected, or found connected at start.
   *
   * @returns the letter of its slot
   */
  plugIn(device: USBDevice): string {
    const there = this.#slots.of(device);
    if (there?.view.plugged) return there.view.letter;
    const slot = this.#slots.take(device);
    this.#visits.begin(slot);
    return slot.view.letter;
  }

  /** Its cable was pulled. A job on it fails by itself. */
  unplug(device: USBDevice): void {
    this.#slots.of(device)?.listening?.abort();
    const slot = this.#slots.of(device);
    if (!slot?.view.plugged) return;
    const { letter, state } = slot.view;
    const keeps = isAtWork(slot.view) || state === 'failed';
    this.#slots.show(slot, device, keeps ? { plugged: false } : emptySlot(letter));
  }

  /**
   * Look again at whatever is behind this probe: after a failure, or when the target of an external probe was exchanged.
   *
   * @param slower  talk to the chip at a quarter of the speed
   */
  retry(letter: string, { slower = false } = {}): void {
    const slot = this.#slots.at(letter);
    if (!slot?.view.plugged || isAtWork(slot.view)) return;
    slot.grants = NO_GRANTS;
    this.#visits.begin(slot, slower ? SLOW_HZ : undefined);
  }

  /** `retry` for every board that failed and is still plugged in. */
  retryFailed(): void {
    for (const { view } of this.#slots) if (view.state === 'failed') this.retry(view.letter);
  }

  /** Yes to what the slot needs, for the board that is there. */
  allow(letter: string): void {
    const slot = this.#slots.at(letter);
    const { needs = null, chip = null } = slot?.view ?? {};
    if (!slot || !needs) return;
    slot.grants = { kinds: new Set([...slot.grants.kinds, needs.kind]), chipId: chip?.id ?? '' };
    this.#visits.begin(slot);
  }

  /** No to what the slot needs, or an end to attempts on a board that failed. */
  skip(letter: string): void {
    const slot = this.#slots.at(letter);
    if (!slot || isAtWork(slot.view)) return;
    this.#slots.show(
      slot,
      slot.device,
      slot.view.plugged ? { state: 'skipped', needs: null } : emptySlot(letter),
    );
  }

  /** Answer some questions once for all boards of this run. Boards that ask just this go on. */
  permit(permissions: Partial<BenchPermissions>): void {
    this.#permissions = { ...this.#permissions, ...permissions };
    const { lockedChips, provisionedNodes } = this.#permissions;
    for (const slot of this.#slots) {
      const kind = slot.view.needs?.kind;
      if ((kind === 'unlock' && lockedChips) || (kind === 'erase-node' && provisionedNodes))
        this.#visits.begin(slot);
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
    const { blink } = await import('./blink.ts');
    await this.#visits.between(letter, async (link) => blink(await Nrf52.attach(link, { clock }), clock));
  }

  /**
   * Ask a probe what only hardware can tell; the slot shows its `answers` then. Nothing on the board is changed.
   *
   * @throws what a probe throws
   */
  async askProbe(letter: string): Promise<void> {
    await this.#visits.between(letter, async (link, slot, device) => {
      const answers = await askProbe(link, this.#desk.clock);
      this.#slots.show(slot, device, { probe: link.info, answers });
    });
  }

  /** What is on a board, and what the journal says of its chip; `null` where none is there. @throws as `examineBoard` */
  async examine(
    letter: string,
  ): Promise<(ExaminedBoard & { readonly accounts: readonly IdentityAccount[] }) | null> {
    const { clock, reader, ledger } = this.#desk;
    let found: ExaminedBoard | null = null;
    await this.#visits.between(letter, async (link) => {
      found = await examineBoard(link, { clock, reader, signal: new AbortController().signal });
    });
    const board = found as ExaminedBoard | null;
    return board && { ...board, accounts: ledger.onChip(board.chipId) };
  }

  /** Read the log of a firmware until `stopListening`, the cable, or other work on its board. @throws what `listenTo` throws */
  async listen(letter: string): Promise<void> {
    const slot = this.#slots.at(letter);
    if (!slot || slot.view.listening || isAtWork(slot.view)) return;
    const { signal } = (slot.listening = new AbortController());
    await this.#visits.between(letter, async (link, { view }, device) => {
      const show = (news: Partial<SlotView>) => this.#slots.show(slot, device, news);
      const { listenTo } = await import('./listen.ts');
      await listenTo(link, this.#desk, view.log, show, signal);
    });
  }

  stopListening(letter: string): void {
    this.#slots.at(letter)?.listening?.abort();
  }

  /* The run */

  /** @throws `station/queued-twice` when two jobs share an address; then none is added */
  enqueue(jobs: readonly Job[]): void {
    this.#queue.add(jobs);
    this.#publish();
    for (const { name } of jobs) this.#emit(name, '', { kind: 'waiting' });
    this.#visits.wake();
  }

  /** New boards become clones of this kind alone; with `null` of all kinds, in the order of the queue and as their chips allow. */
  chooseKind(kind: string | null): void {
    this.#queue.chooseKind(kind);
    this.#publish();
    this.#visits.wake();
  }

  /** Boards at work are finished; no other is begun. */
  pause(): void {
    this.#visits.pause();
  }

  resume(): void {
    this.#visits.resume();
  }

  /** Boards at work are left as they are: they have to be written again. */
  stop(): void {
    this.#visits.stop();
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
    this.#visits.wake();
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
    if (this.#slots.busy) throw benchBusy();
    const report = await this.journal.import(records);
    this.#refreshQueue();
    return report;
  }

  #accountAtRest({
    network,
    unicast,
  }: Pick<IdentityRef, 'network' | 'unicast'>): IdentityRef & Pick<IdentityAccount, 'state' | 'chips'> {
    const job = this.#queue.jobOf({ network, unicast });
    const account = this.journal.ledger.find({ network, unicast });
    const found = account ?? (job && { ...this.#queue.identityOf(job), state: 'free', chips: [] });
    if (!found) throw unknownIdentity(unicast);
    if (found.state === 'reserved' || found.chips.some((chip) => this.#desk.occupied.has(chip)))
      throw inWork(found);
    return found;
  }

  async #word(kind: 'released' | 'discarded', identity: IdentityRef, chipId: string): Promise<void> {
    await this.#append(personsWord(kind, identity, chipId));
    this.#queue.note(identity, null);
    this.#refreshQueue(); // others may have waited for these addresses
  }

  #refreshQueue(): void {
    this.#queue.refresh();
    this.#publish();
  }

  async #append(entry: JournalEntry): Promise<void> {
    const refresh = () => {
      if (entry.identity) this.#queue.refreshOne(entry.identity);
      this.#publish();
    };
    const appended = this.journal.append(entry);
    if (entry.identity) refresh(); // what is announced counts at once
    await appended.finally(refresh);
  }

  /* Telling */

  #publish(): void {
    const view = (this.#view = this.#makeView());
    for (const viewer of this.#viewers) viewer(view);
  }

  #makeView(): BenchView {
    const { jobs, counts, next, chosenKind } = this.#queue.summary;
    this.#queue.deal(this.#slots.views);
    this.#slots.tellNext((letter) => this.#queue.toldTo(letter));
    return {
      slots: this.#slots.views,
      jobs,
      counts,
      next,
      chosenKind,
      pace: paceOf(this.#visits.spans, counts.left + counts.working + counts.failed),
      paused: this.#visits.paused,
      busy: this.#slots.busy,
      permissions: this.#permissions,
      records: this.journal.records,
    };
  }

  #emit(job: string, slot: string, event: EventDetails): void {
    const at = this.setup.now().toISOString();
    for (const listener of this.#listeners) listener({ job, slot, at, ...event });
  }
}
