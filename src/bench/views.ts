/** What the bench tells: plain data, never changed once told, as a screen, a command line or a test may keep it. */
import type { ErrorReport } from '../errors.ts';
import type { Chip, MemoryImage } from '../image/index.ts';
import type { HasElements } from '../mesh/index.ts';
import type { ProbeAnswer, ProbeInfo } from '../probe/index.ts';
import type { LogLine } from '../log-lines.ts';
import type { ProgramStage, WritePlan } from '../target/index.ts';
import type { Need } from './errors.ts';
import type { IdentityState } from './account.ts';
import type { Pace } from './pace.ts';
import type { ProofResult } from './proof-steps.ts';
import type { JournalRecord } from './records.ts';

/** One clone that waits for a board. */
export interface Job extends HasElements {
  /** Of the clone; no other job has it. */
  readonly name: string;
  /**
   * As `clone` computes it, over the bytes of the image by rising address; 64 hex digits. `null` where the image is made for one
   * chip and so is known only with its board.
   */
  readonly imageSha256: string | null;
  /** Of which kind of node, where the run has several: the name of its donor. */
  readonly kind?: string;
  /** The chip that the image is for; any that it fits on when left out. Another chip gets another kind, or is refused. */
  readonly chip?: Chip;
  /** Makes the image, when a board is there for it. */
  image(board: JobBoard): Promise<MemoryImage>;
}

/** The board that a job's image is for. */
export interface JobBoard {
  /** FICR DEVICEID. */
  readonly chipId: string;
  readonly chip: Chip;
}

export interface JobView extends Omit<Job, 'image'> {
  /** `free` waits for a board. `taken` cannot have one, and `error` says why. */
  readonly state: IdentityState | 'taken';
  /** The chip that has it, may have it or is to have it; empty otherwise. */
  readonly chipId: string;
  /** What its board calls itself, see `JournalEntry.uuid`; empty where not known. */
  readonly uuid: string;
  /** What went wrong last in this run, or why it is taken. */
  readonly error: ErrorReport | null;
}

export type SlotState =
  /** Nothing is plugged in. */
  | 'empty'
  /** Finding out who is there. */
  | 'attaching'
  /** A person must decide: `needs`. */
  | 'asks'
  /** Being erased, written, read back. */
  | 'working'
  /** Done: unplug it. */
  | 'verified'
  /** In the journal as done, and so it is: unplug it, or write it again on purpose (`needs`). */
  | 'known'
  | 'failed'
  /** A person decided to leave this board alone. */
  | 'skipped'
  /** A board is there but the bench is paused, or no identity is left. */
  | 'waiting';

export type SlotStage = 'looking' | ProgramStage | 'proving';

export interface SlotJob extends HasElements {
  readonly network: string;
  readonly name: string;
}

export interface SlotView {
  /** `A`, `B`, …: one for each board at once. */
  readonly letter: string;
  readonly state: SlotState;
  readonly plugged: boolean;
  readonly probe: ProbeInfo | null;
  /** FICR DEVICEID and part name, once read. */
  readonly chip: { readonly id: string; readonly name: string } | null;
  /** The identity of this board, once that is clear; also of a board whose clone is not in the queue. */
  readonly job: SlotJob | null;
  /** What the board here becomes, or the next one in the only empty place, kept for this slot; `null` where that is not known. */
  readonly next: SlotJob | null;
  readonly stage: SlotStage | null;
  /** What is being done to its chip, once that is decided. */
  readonly plan: WritePlan | null;
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** Steps of proof that are made, in their order. */
  readonly proof: readonly ProofResult[];
  /** What its firmware said since it was started, as long as somebody listened. */
  readonly log: readonly LogLine[];
  /** Somebody listens to it right now. */
  readonly listening: boolean;
  /** What opened its chip, if it was protected. */
  readonly openedBy: 'erase' | 'reset' | null;
  /** What its probe told when it was asked last, see `Bench.askProbe`. */
  readonly answers: readonly ProbeAnswer[];
  readonly needs: Need | null;
  readonly error: ErrorReport | null;
}

/** Set from a person's own choice, for all boards of this run. */
export interface BenchPermissions {
  /** Protected chips are erased without asking, unless the journal says that the board behind this probe is done. */
  readonly lockedChips: boolean;
  /** Provisioned nodes that the journal does not know are erased without asking. */
  readonly provisionedNodes: boolean;
}

export interface BenchView {
  readonly slots: readonly SlotView[];
  /** In the order of the queue. */
  readonly jobs: readonly JobView[];
  readonly counts: {
    /** Verified or locked. */
    readonly verified: number;
    /** May be on a board that failed. */
    readonly failed: number;
    /** On a board right now. */
    readonly working: number;
    /** Waiting for a board. */
    readonly left: number;
    /** Discarded or taken. */
    readonly unavailable: number;
  };
  /** Who the next new board will be. */
  readonly next: JobView | null;
  /** The one kind of node that new boards become, as a person chose; `null` where all do in the order of the queue. */
  readonly chosenKind: string | null;
  readonly pace: Pace | null;
  readonly paused: boolean;
  /** A board is being read or written: leaving now would lose its work. */
  readonly busy: boolean;
  readonly permissions: BenchPermissions;
  /** The whole journal, oldest first. */
  readonly records: readonly JournalRecord[];
}

/** The story of a job, for screens, command lines and logs. What has to last of it is in the journal. */
export type JobEvent = {
  /** Name of the clone. */
  readonly job: string;
  readonly at: string;
  /** Letter of the slot; empty while it waits. */
  readonly slot: string;
} & EventDetails;

export type EventDetails =
  | { readonly kind: 'waiting' | 'discarded' }
  | { readonly kind: 'attached'; readonly chipId: string }
  | { readonly kind: ProgramStage | 'proving'; readonly doneBytes: number; readonly totalBytes: number }
  | { readonly kind: 'verified'; readonly imageSha256: string }
  | ({ readonly kind: 'failed' } & ErrorReport);
