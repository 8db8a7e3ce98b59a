/** What the on-air proof asks and what it finds, as plain data. Nothing here holds a key but what a clone must have to be asked. */
import type { Finding } from '../errors.ts';
import type { ModelId } from '../mesh/access/index.ts';

/** What a model of a clone should have been told. Elements are given by their place, from 0. */
export interface ExpectedModel {
  readonly element: number;
  readonly model: ModelId;
  readonly bindings: readonly number[];
  /** Address, application key and TTL; `null` where it publishes nothing; left out where nothing is known. */
  readonly publication?: {
    readonly address: number;
    readonly appKeyIndex: number;
    readonly ttl: number;
  } | null;
}

/** A clone and what it must answer. */
export interface CloneToProve {
  readonly name: string;
  readonly unicast: number;
  readonly elementCount: number;
  /** 16 bytes. */
  readonly deviceKey: Uint8Array;
  readonly netKeyIndex: number;
  /** What the donor answered to Composition Data Get, page byte left out. */
  readonly composition?: Uint8Array;
  readonly appKeyIndexes: readonly number[];
  readonly models: readonly ExpectedModel[];
  /** 32 hex digits, where the board's own is known. */
  readonly uuid?: string;
  /** DEVICEID of the chip it was written to, as a number, as journals have it: 16 hex digits in small letters. */
  readonly chipId?: string;
}

/** One thing to ask. */
export type ProofQuestion =
  | { readonly kind: 'default-ttl' }
  | { readonly kind: 'composition' }
  | { readonly kind: 'app-keys' }
  | { readonly kind: 'bindings'; readonly element: number; readonly model: ModelId }
  | { readonly kind: 'publication'; readonly element: number; readonly model: ModelId }
  | { readonly kind: 'on-off'; readonly element: number; readonly appKeyIndex: number };

export type Verdict =
  /** It answered under its own device key, and everything asked is as planned. */
  | 'alive'
  /** It answered, and something is not as planned: see the findings. */
  | 'differs'
  /** Something at its address acknowledges, and nothing answers under its device key. */
  | 'wrong-device-key'
  /** Nothing came back. */
  | 'silent';

export interface OnAirResult {
  readonly name: string;
  readonly unicast: number;
  readonly elementCount: number;
  /** UUID of the clone in its database, 32 hex digits: another clone at the same address is another's result. */
  readonly uuid?: string;
  readonly verdict: Verdict;
  /** Of the first answer. */
  readonly rttMs: number | null;
  /** Of the last hop, in dBm. */
  readonly rssi: number | null;
  /** 1 is direct; `null` where the node did not tell its TTL. */
  readonly hops: number | null;
  /** What is behind the verdict, and what to do. */
  readonly findings: readonly Finding[];
  /** UTC, `2026-11-24T15:59:26.000Z`. */
  readonly at: string;
}

/** Whether every way to come to a better verdict was tried. */
export const isGood = ({ verdict }: OnAirResult): boolean => verdict === 'alive';

/** How thorough a proof is: one answer each, or everything that was planned. */
export type ProofLevel = 'probe' | 'full';

/** Everything to ask a clone. */
export function questionsFor(clone: CloneToProve, level: ProofLevel): readonly ProofQuestion[] {
  const first: ProofQuestion = { kind: 'default-ttl' };
  if (level === 'probe') return [first];
  const bound = clone.models.find(({ model, bindings }) => model === '1000' && bindings.length > 0);
  return [
    first,
    { kind: 'composition' },
    ...(clone.appKeyIndexes.length > 0 ? [{ kind: 'app-keys' } as const] : []),
    ...clone.models
      .filter(({ bindings }) => bindings.length > 0)
      .map(({ element, model }) => ({ kind: 'bindings', element, model }) as const),
    ...clone.models
      .filter(({ publication }) => publication)
      .map(({ element, model }) => ({ kind: 'publication', element, model }) as const),
    ...(bound ? [{ kind: 'on-off', element: bound.element, appKeyIndex: bound.bindings[0]! } as const] : []),
  ];
}
