/**
 * What the journal is made of. A record is written before the act it announces, is never changed, and holds no key.
 *
 * Below lies whatever keeps records (`JournalStore`); above lie the ledger, which says what they amount to, and the bench.
 */
import type { HasElements } from '../mesh/index.ts';
import type { ProofStep } from './proof-steps.ts';

/** What a record announces or concludes; see `Ledger` for what each does to its identity. */
export const RECORD_KINDS = [
  /** A protected chip is about to be erased; who it is will be known only afterwards. */
  'unlocking',
  /** The identity is set aside for this chip. Nothing is written yet. */
  'reserved',
  /** From here on the chip may carry the identity. */
  'writing',
  /** Every byte was read back and the chip was started. */
  'verified',
  /** The same, and its debug port was closed for good measure. */
  'locked',
  /** A step of proof: see `proof`. They say nothing of where the identity is. */
  'proved',
  'disproved',
  'unprovable',
  /** The job ended early, or the chip was found changed: it may carry the identity or a part of it. */
  'failed',
  /** The identity is not on this chip: nothing was written after all, or a person says so. */
  'released',
  /** Nobody gets this identity any more. */
  'discarded',
] as const;
export type RecordKind = (typeof RECORD_KINDS)[number];

/** An identity as the journal knows it: a range of addresses in a network, and the name of the clone it was planned for. */
export interface IdentityRef extends HasElements {
  /** meshUUID of the database: 32 hex digits in small letters. */
  readonly network: string;
  readonly clone: string;
}

/** An identity alone, of whatever knows more about it. */
export const refOf = ({ network, clone, unicast, elementCount }: IdentityRef): IdentityRef => ({
  network,
  clone,
  unicast,
  elementCount,
});

export interface JournalEntry {
  readonly kind: RecordKind;
  /** `null` where the record is about a chip that is not known yet: `unlocking`. */
  readonly identity: IdentityRef | null;
  /** FICR DEVICEID, 16 hex digits in small letters; empty where not known or not said. */
  readonly chipId: string;
  /** What the probe calls itself; may be empty. */
  readonly probe: string;
  /** Of the image, as `clone` computes it: 64 hex digits; empty where it does not matter. */
  readonly imageSha256: string;
  /** Code of the error or reason; empty where there is none. */
  readonly result: string;
  /**
   * Of a verified board: what it calls itself while it is not provisioned, as its firmware makes it of its chip; 36 characters in
   * small letters with dashes. Left out where that is not known.
   */
  readonly uuid?: string;
  /** Of a step of proof alone: which, and what it took in milliseconds. */
  readonly proof?: { readonly step: ProofStep; readonly ms: number };
}

export const isProof = ({ kind }: Pick<JournalEntry, 'kind'>): boolean =>
  kind === 'proved' || kind === 'disproved' || kind === 'unprovable';

/** What a person says of an identity, as the journal keeps it. */
export const personsWord = (
  kind: JournalEntry['kind'],
  identity: IdentityRef,
  chipId: string,
): JournalEntry => ({
  kind,
  identity: refOf(identity),
  chipId,
  probe: '',
  imageSha256: '',
  result: 'station/person',
});

export interface JournalRecord extends JournalEntry {
  /** Names the run of a bench that wrote it; together with `number` unlike any other record anywhere. */
  readonly run: string;
  /** From 1, rising by one within a run. */
  readonly number: number;
  /** UTC, `2026-11-24T15:59:26.000Z`. */
  readonly at: string;
}

/** Where records are kept: a database of the browser, a file, or memory. */
export interface JournalStore {
  /** All records, in the order they were appended. */
  load(): Promise<readonly JournalRecord[]>;
  /** Resolves once all of them would survive a power loss; keeps none of them when it rejects for good. */
  append(records: readonly JournalRecord[]): Promise<void>;
}

/** Keeps records as long as the page is open: for the demo and for tests. */
export class MemoryStore implements JournalStore {
  #records: readonly JournalRecord[];

  constructor(records: readonly JournalRecord[] = []) {
    this.#records = records;
  }

  async load(): Promise<readonly JournalRecord[]> {
    return this.#records;
  }

  async append(records: readonly JournalRecord[]): Promise<void> {
    this.#records = [...this.#records, ...records];
  }
}

export const recordId = ({ run, number }: JournalRecord): string => `${run}/${number}`;
