/** What a call of a session is given beside its request: how to tell how far it is, and to learn that nobody waits any more. */
import type { RunClock, Sha256 } from '../clone/index.ts';
import type { Deflater, EntryCrypto } from '../zip/index.ts';

export interface Progress {
  /** In words and without an end: `Reading the dump`. */
  readonly stage: string;
  readonly done: number;
  readonly total: number;
}

export interface CallContext {
  readonly signal: Pick<AbortSignal, 'aborted' | 'throwIfAborted'>;
  /** Told, and waited for: meanwhile messages such as a cancel come in. */
  readonly progress: (progress: Progress) => Promise<void>;
}

/** Nobody listens, and nobody cancels: of a signal, no more than calls look at. */
export const untold: CallContext = {
  signal: { aborted: false, throwIfAborted: () => {} },
  progress: async () => {},
};

/** What a session takes from the machine that it runs on. */
export interface Surroundings {
  /** The moment of a run. */
  readonly clock: () => RunClock;
  /** From a secure generator. */
  readonly randomBytes: (count: number) => Uint8Array;
  /** The machine's own SHA-256, where its state can be copied. */
  readonly sha256: () => Promise<() => Sha256>;
  /** The machine's own deflate for whole files, where it has one. */
  readonly deflater?: (() => Deflater) | undefined;
  /** The machine's own cryptography for encrypted zips. */
  readonly entryCrypto?: EntryCrypto;
  /** Of Meshpress, and what it was built from. */
  readonly version: string;
  readonly commit: string;
}
