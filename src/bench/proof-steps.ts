/** The steps by which a clone proves that it came up, as journal, screen and report know them. */

/** `quick` is what is known before the chip is started; `full` looks at it as it runs too. */
export type ProofLevel = 'none' | 'quick' | 'full';

export const PROOF_STEPS = [
  /** Every byte was read back as it should be. */
  'read-back',
  /** What was read back is booted in simulation: the node it should be. */
  'boot',
  /** The core runs from flash, and goes on doing so. */
  'runs',
  /** The firmware says of itself who it is. */
  'log',
  /** Some seconds later its pages still say the same. */
  'stays',
] as const;
export type ProofStep = (typeof PROOF_STEPS)[number];

/** Why a step could not be made. */
export type ProofObstacle =
  /** Its debug port was closed at the end of the job, as was asked. */
  | 'station/port-locked'
  /** Newer silicon, and its firmware does not open it. */
  | 'station/port-closed'
  | 'station/no-log'
  /** Something that is not a whole control block. */
  | 'station/torn-log'
  /** Its ring lies where this chip has no RAM. */
  | 'station/misplaced-log'
  /** A log in which nothing is said of the node. */
  | 'station/silent-log';

export interface ProofResult {
  readonly step: ProofStep;
  readonly outcome: 'passed' | 'failed' | 'impossible';
  /** Code of the error or the obstacle; empty where it passed. */
  readonly reason: string;
  /** What it took, waiting included. */
  readonly ms: number;
}

/** Since the start of the chip, in milliseconds. The firmware of a mesh node has its stack up in a tenth of a second. */
export const PROOF_TIMES = {
  /** Until it is looked at. */
  startMs: 150,
  looks: 9,
  everyMs: 60,
  /** For finding a log and hearing who speaks, at most. */
  logMs: 1_400,
  /** When its pages are read again. */
  staysMs: 2_500,
} as const;
