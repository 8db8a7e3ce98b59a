/** The messages between page and worker. */
import type { ErrorReport } from '../errors.ts';
import type { CallName, Progress } from './calls.ts';

export type ToWorker =
  | { readonly id: number; readonly call: CallName; readonly args: readonly unknown[] }
  | { readonly cancel: number };

export type FromWorker =
  | { readonly id: number; readonly progress: Progress }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: ErrorReport }
  | { readonly id: number; readonly aborted: true };
