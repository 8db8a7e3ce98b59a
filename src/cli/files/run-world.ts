import type { Machine } from '../machine.ts';
import type { FileOperations } from './operations.ts';

/** What a run needs of the world. */
export interface RunWorld {
  readonly files: FileOperations;
  readonly machine: Machine;
  /** How long to wait for another run on the same database. */
  readonly lockWaitMs: number;
  /** For a person: what it waits for, and what it found left behind. */
  readonly onNote: (text: string) => void;
}
