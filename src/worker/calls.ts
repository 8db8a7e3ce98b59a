/**
 * What the page and the session in the worker say to each other: the calls of `session/`, each with one request, answered later.
 *
 * All of it is plain data that crosses `postMessage`. Dump, database and plan themselves stay in the worker, and so do keys: a
 * view holds none until the page asks for them by `reveal`, because a person pressed "Show keys".
 */
import type { PressRequest, Progress, Session } from '../session/index.ts';

type SessionCalls = Pick<Session, 'project' | 'plan' | 'tools' | 'bytes'>;

/** A zip crosses as a file of the browser. */
export interface PressToFileRequest extends PressRequest {
  /** Where to stream the zip to; without it, the result holds it. */
  readonly saveTo?: FileSystemFileHandle;
}
type Pressed = Awaited<ReturnType<SessionCalls['plan']['press']>>;
export interface PressResult extends Pressed {
  /** Only where there was no `saveTo`. */
  readonly zip?: Blob;
}

/** By group and name: what is asked, and what is answered. */
export type Calls = Omit<SessionCalls, 'plan'> & {
  readonly plan: Omit<SessionCalls['plan'], 'press'> & {
    readonly press: (request: PressToFileRequest) => Promise<PressResult>;
  };
};

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any call will do: its own types follow from it
type AnyCall = (request: any, context: any) => unknown;
type RequestOf<Call extends AnyCall> = Parameters<Call> extends [] ? undefined : Parameters<Call>[0];

type Remote<Call extends AnyCall> =
  undefined extends RequestOf<Call>
    ? (request?: RequestOf<Call>, options?: CallOptions) => Promise<Awaited<ReturnType<Call>>>
    : (request: RequestOf<Call>, options?: CallOptions) => Promise<Awaited<ReturnType<Call>>>;

/** The session as the page sees it: every call answers later, tells how far it is, and can be cancelled. */
export type Engine = {
  readonly [Group in keyof Calls]: {
    readonly [Name in keyof Calls[Group]]: Calls[Group][Name] extends AnyCall
      ? Remote<Calls[Group][Name]>
      : never;
  };
};
