/** What each visit to a board spent its time on. The journal does not say; the page remembers it as long as it is open. */
import type { JobEvent, SlotStage, SlotView } from '../../bench/index.ts';

export interface StageStart {
  readonly stage: SlotStage;
  /** ms since 1970; the stage lasts until the next one, or until the visit ends. */
  readonly startMs: number;
}

/** A visit that came to an identity. */
export interface Visit {
  /** Letter. */
  readonly slot: string;
  /** Name of the clone. */
  readonly job: string;
  readonly chipId: string;
  readonly stages: readonly StageStart[];
  /** `null` while it is under way. */
  readonly endMs: number | null;
  readonly outcome: 'verified' | 'failed' | null;
}

const STAGES: ReadonlySet<string> = new Set(['comparing', 'erasing', 'writing', 'verifying', 'proving']);
const isStage = (kind: string): kind is SlotStage => STAGES.has(kind);

export class VisitLog {
  /** Oldest first; another array whenever something is new. */
  visits: readonly Visit[] = [];
  /** Since when somebody looks at the board in a slot. */
  readonly #attachedMs = new Map<string, number>();
  /** Places in `visits` of those under way, by slot. */
  readonly #open = new Map<string, number>();

  /** Slots as the bench shows them, before and between its events. */
  see(slots: readonly SlotView[], nowMs: number): void {
    for (const { letter, state } of slots) {
      if (state === 'attaching') {
        if (!this.#attachedMs.has(letter)) this.#attachedMs.set(letter, nowMs);
      } else if (state !== 'working') {
        this.#attachedMs.delete(letter);
        this.#forget(letter); // it ended with nothing to do
      }
    }
  }

  tell({ slot, job, at, ...event }: JobEvent): void {
    const ms = Date.parse(at);
    if (event.kind === 'attached') {
      this.#forget(slot);
      const stages = [{ stage: 'looking', startMs: this.#attachedMs.get(slot) ?? ms }] as const;
      this.#open.set(slot, this.visits.length);
      this.visits = [...this.visits, { slot, job, chipId: event.chipId, stages, endMs: null, outcome: null }];
      return;
    }
    const place = this.#open.get(slot);
    const open = place === undefined ? undefined : this.visits[place];
    if (!open) return;
    if (event.kind === 'verified' || event.kind === 'failed') {
      this.#open.delete(slot);
      this.#change(open, { endMs: ms, outcome: event.kind });
    } else if (isStage(event.kind) && open.stages.at(-1)?.stage !== event.kind) {
      this.#change(open, { stages: [...open.stages, { stage: event.kind, startMs: ms }] });
    }
  }

  #change(visit: Visit, changes: Partial<Visit>): void {
    this.visits = this.visits.map((one) => (one === visit ? { ...visit, ...changes } : one));
  }

  #forget(slot: string): void {
    const place = this.#open.get(slot);
    if (place === undefined) return;
    this.visits = this.visits.toSpliced(place, 1);
    this.#open.delete(slot);
    for (const [other, at] of this.#open) if (at > place) this.#open.set(other, at - 1);
  }
}

export interface StageTime {
  readonly stage: SlotStage;
  readonly ms: number;
}

/** How long each stage took, in its order; a visit under way lasts until now. */
export const stageTimes = ({ stages, endMs }: Visit, nowMs: number): readonly StageTime[] =>
  stages.map(({ stage, startMs }, i) => ({
    stage,
    ms: Math.max(0, (stages[i + 1]?.startMs ?? endMs ?? nowMs) - startMs),
  }));
