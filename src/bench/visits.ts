/**
 * Visits on all slots: begun when a board comes or a person says so, paused and stopped together, and their story told.
 *
 * A slot shows what its visit tells while it lasts, and what came of it afterwards.
 */
import { reportOf, type ErrorReport } from '../errors.ts';
import { openProbe, type SwdLink } from '../probe/index.ts';
import { keyOf } from './account.ts';
import { stopped } from './errors.ts';
import { BOARDS_CONSIDERED, type TimeSpan } from './pace.ts';
import type { Queue } from './queue.ts';
import { emptySlot, type Slot, type Slots } from './slots.ts';
import type { EventDetails, SlotJob, SlotView } from './views.ts';
import { NO_GRANTS, visit, type Desk } from './visit.ts';

export interface VisitsSetup {
  readonly desk: Desk;
  readonly queue: Queue;
  readonly slots: Slots;
  /** Told when there is something new to see. */
  readonly changed: () => void;
  /** See `JobEvent`. */
  readonly emit: (job: string, slot: string, event: EventDetails) => void;
}

export class Visits {
  readonly #spans: TimeSpan[] = [];
  #paused = false;
  #stop = new AbortController();

  constructor(readonly setup: VisitsSetup) {}

  get paused(): boolean {
    return this.#paused;
  }

  /** Of the boards that were verified last, as many as the pace is told from. */
  get spans(): readonly TimeSpan[] {
    return this.#spans;
  }

  /** Boards at work are finished; no other is begun. */
  pause(): void {
    this.#paused = true;
    this.setup.changed();
  }

  resume(): void {
    this.#paused = false;
    if (this.#stop.signal.aborted) this.#stop = new AbortController();
    this.setup.changed();
    this.wake();
  }

  /** Boards at work are left as they are. */
  stop(): void {
    this.#stop.abort(stopped());
    this.pause();
  }

  /** Boards that had nothing to do may have now. */
  wake(): void {
    for (const slot of this.setup.slots) if (slot.view.state === 'waiting') this.begin(slot);
  }

  /** Visit the board in a slot, once its probe is free for it. */
  begin(slot: Slot, clockHz?: number): void {
    const { slots } = this.setup;
    const { device } = slot;
    if (!device) return;
    slot.listening?.abort(); // other work comes first
    const { plugged, letter } = slot.view;
    slots.show(slot, device, { ...emptySlot(letter), state: 'attaching', plugged });
    void slots.inLine(slot, async () => {
      if (slot.device !== device) return;
      if (slot.view.plugged)
        slots.show(
          slot,
          device,
          this.#paused ? { state: 'waiting' } : await this.#outcomeOf(slot, device, clockHz),
        );
      if (!slot.view.plugged && slot.view.state !== 'failed') slots.show(slot, device, emptySlot(letter));
    });
  }

  /** Work on a board that is no visit, when its probe is free for it. */
  async between(
    letter: string,
    work: (link: SwdLink, slot: Slot, device: USBDevice) => Promise<void>,
  ): Promise<void> {
    const { desk, slots } = this.setup;
    const slot = slots.at(letter);
    if (!slot?.device || !slot.view.plugged) return;
    const { device } = slot;
    await slots.inLine(slot, async () => {
      const link = await openProbe(device, { clock: desk.clock, platform: desk.platform });
      try {
        await work(link, slot, device);
      } finally {
        await link.close(); // never throws
      }
    });
  }

  /** Make a visit, tell its story, and say what the slot shows afterwards. */
  async #outcomeOf(slot: Slot, device: USBDevice, clockHz: number | undefined): Promise<Partial<SlotView>> {
    const { desk, queue, slots, emit } = this.setup;
    const { letter } = slot.view;
    const startMs = desk.clock.now();
    const board: { chipId: string; job: SlotJob | null } = { chipId: '', job: null };
    const tell = (news: Partial<SlotView>) => {
      board.chipId = news.chip?.id ?? board.chipId;
      if (news.job && (!board.job || keyOf(news.job) !== keyOf(board.job))) {
        board.job = news.job;
        emit(board.job.name, letter, { kind: 'attached', chipId: board.chipId });
      }
      const { stage, doneBytes = 0, totalBytes = 0 } = news;
      if (board.job && stage && stage !== 'looking')
        emit(board.job.name, letter, { kind: stage, doneBytes, totalBytes });
      slots.show(slot, device, news);
    };
    const { signal } = this.#stop;
    const speed = clockHz === undefined ? {} : { clockHz };
    const { grants } = slot;
    if (grants.chipId === '') slot.grants = NO_GRANTS; // of a chip that does not say who it is: good for once
    try {
      const nextJob = () => queue.nextFor(letter, slots.views);
      const outcome = await visit(desk, { device, grants, ...speed, signal, tell, nextJob });
      if (outcome.kind === 'nothing-left') return { state: 'waiting', stage: null };
      if (outcome.kind !== 'verified') return { state: outcome.kind, stage: null, needs: outcome.need };
      this.#spans.push({ startMs, endMs: desk.clock.now() });
      if (this.#spans.length > BOARDS_CONSIDERED) this.#spans.shift();
      this.#conclude(board.job!, letter, null);
      return { state: 'verified', stage: null };
    } catch (error) {
      const report = reportOf(error);
      if (board.job) this.#conclude(board.job, letter, report);
      const mayBeOnBoard = board.job && desk.ledger.find(board.job)?.state === 'maybe';
      return error === signal.reason && !mayBeOnBoard
        ? { state: 'waiting', stage: null }
        : { state: 'failed', stage: null, error: report };
    }
  }

  /** A job came to its end, or its board was not to be had and it waits again. */
  #conclude(job: SlotJob, letter: string, error: ErrorReport | null): void {
    const { desk, queue, emit, changed } = this.setup;
    const account = desk.ledger.find(job);
    if (error) {
      queue.note(job, error);
      emit(job.name, letter, { kind: 'failed', ...error });
      if (account?.state === 'free') emit(job.name, '', { kind: 'waiting' });
    } else if (queue.jobOf(job)) {
      queue.note(job, null);
      emit(job.name, letter, { kind: 'verified', imageSha256: account?.imageSha256 ?? '' });
    }
    queue.refreshOne(job);
    changed();
  }
}
