/** The messages between page and worker. */
import type { ErrorReport } from '../errors.ts';
import type { Progress } from '../session/index.ts';

export interface CallMessage {
  readonly id: number;
  readonly group: string;
  readonly name: string;
  readonly request: unknown;
}
export type ToWorker = CallMessage | { readonly cancel: number };

export type FromWorker =
  /** Once, at the start: a Web Lock of this name is held for as long as the worker lives. */
  | { readonly holds: string }
  | { readonly id: number; readonly progress: Progress }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: ErrorReport }
  | { readonly id: number; readonly aborted: true };
