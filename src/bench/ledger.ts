/**
 * What the records of a journal amount to: where each identity is, who each chip is, which addresses are spoken for.
 *
 * Pure: records go in one after another, states come out. An identity is known by network and first address; names may change.
 */
import type { Finding } from '../errors.ts';
import { conflictFindings } from './errors.ts';
import type { IdentityRef, JournalRecord } from './records.ts';

export type IdentityState =
  /** May be handed out. So is every identity the journal does not know. */
  | 'free'
  /** Set aside for a chip, nothing written. Ends with the run that said so. */
  | 'reserved'
  /** Being written right now. */
  | 'writing'
  | 'verified'
  /** Verified, and the debug port closed. */
  | 'locked'
  /** May be on a chip, wholly or in part: only that chip may get it again, until a person says that it is not there. */
  | 'maybe'
  /** Never handed out again. */
  | 'discarded';

export interface IdentityAccount extends IdentityRef {
  readonly state: IdentityState;
  /** The chip of the last record about it; empty when free or discarded. */
  readonly chipId: string;
  /** Every chip that carries it or may do so. More than one only after journals that contradict each other were merged. */
  readonly chips: readonly string[];
  /** Of the image last announced; empty before. */
  readonly imageSha256: string;
  readonly probe: string;
  readonly at: string;
  /** Why it is as it is: code of an error or reason, or empty. */
  readonly result: string;
}

export interface AddressClaim {
  readonly start: number;
  readonly count: number;
}

export const keyOf = ({ network, unicast }: Pick<IdentityRef, 'network' | 'unicast'>): string =>
  `${network}/${unicast}`;

/** The firmware of a verified board runs as this identity. */
export const isConfirmed = (state: IdentityState): boolean => state === 'verified' || state === 'locked';

export class Ledger {
  readonly #accounts = new Map<string, IdentityAccount>();
  /** Identities that are not free, by each address they take. */
  readonly #takers = new Map<string, Set<string>>();
  readonly #onChip = new Map<string, Set<string>>();
  readonly #chipsBehind = new Map<string, Set<string>>();

  /** The ledger of records that nobody is acting on any more. */
  static of(records: Iterable<JournalRecord>): Ledger {
    const ledger = new Ledger();
    for (const record of records) ledger.apply(record);
    for (const account of ledger.accounts) ledger.settle(account);
    return ledger;
  }

  apply(record: JournalRecord): void {
    const { identity, chipId, probe } = record;
    if (probe !== '' && chipId !== '') setAt(this.#chipsBehind, probe).add(chipId);
    if (!identity) return;
    const before = this.#accounts.get(keyOf(identity));
    this.#replace(before, accountAfter(before, identity, record));
  }

  /**
   * Nobody works on this identity any more: what was being written may be on its chip, what was only reserved is free.
   *
   * This is what a crash leaves behind, and how a journal is read that ends in the middle of a job.
   */
  settle(identity: Pick<IdentityRef, 'network' | 'unicast'>): void {
    const account = this.#accounts.get(keyOf(identity));
    if (account?.state === 'writing') this.#replace(account, { ...account, state: 'maybe' });
    if (account?.state === 'reserved') this.#replace(account, { ...account, state: 'free', chipId: '' });
  }

  get accounts(): readonly IdentityAccount[] {
    return [...this.#accounts.values()];
  }

  /** `undefined` where the journal has never heard of it, which is as good as free. */
  find(identity: Pick<IdentityRef, 'network' | 'unicast'>): IdentityAccount | undefined {
    return this.#accounts.get(keyOf(identity));
  }

  /** Identities that a chip carries or may carry: none or one, unless journals contradict each other. */
  onChip(chipId: string): readonly IdentityAccount[] {
    return this.#accountsOf(this.#onChip.get(chipId));
  }

  /** Chips that this probe has been seen with: exactly one, as a rule, where the probe is part of a board. */
  chipsBehind(probe: string): readonly string[] {
    return [...(this.#chipsBehind.get(probe) ?? [])];
  }

  /** Other identities that are not free and share an address with this one. */
  overlapping(identity: IdentityRef): readonly IdentityAccount[] {
    const keys = new Set(addressesOf(identity).flatMap((at) => [...(this.#takers.get(at) ?? [])]));
    keys.delete(keyOf(identity));
    return this.#accountsOf(keys);
  }

  /** Addresses that a plan must leave alone, whatever the database says; for `PlanWishes.reserved`. */
  claims(network: string): readonly AddressClaim[] {
    return this.accounts
      .filter((account) => account.network === network && account.state !== 'free')
      .map(({ unicast, elementCount }) => ({ start: unicast, count: elementCount }));
  }

  /** What cannot all be true: an identity on two chips, two identities on a chip, identities that share addresses. */
  conflicts(): readonly Finding[] {
    return [
      ...this.accounts.filter(({ chips }) => chips.length > 1).map(conflictFindings.identityTwice),
      ...[...this.#onChip]
        .filter(([, keys]) => keys.size > 1)
        .map(([chipId, keys]) => conflictFindings.chipTwice(chipId, this.#accountsOf(keys))),
      ...this.accounts
        .filter(({ state }) => state !== 'free')
        .flatMap((account) =>
          this.overlapping(account)
            .filter((other) => other.unicast > account.unicast)
            .map((other) => conflictFindings.overlap(account, other)),
        ),
    ];
  }

  #accountsOf(keys: Iterable<string> = []): IdentityAccount[] {
    return [...keys].map((key) => this.#accounts.get(key)!);
  }

  #replace(before: IdentityAccount | undefined, after: IdentityAccount): void {
    const key = keyOf(after);
    if (before) this.#index(before, (keys) => keys.delete(key));
    this.#index(after, (keys) => keys.add(key));
    this.#accounts.set(key, after);
  }

  #index(account: IdentityAccount, change: (keys: Set<string>) => void): void {
    for (const chip of account.chips) change(setAt(this.#onChip, chip));
    if (account.state === 'free') return;
    for (const address of addressesOf(account)) change(setAt(this.#takers, address));
  }
}

function accountAfter(
  before: IdentityAccount | undefined,
  identity: IdentityRef,
  record: JournalRecord,
): IdentityAccount {
  const { state: stateBefore = 'free', chips: chipsBefore = [] } = before ?? {};
  const chips = chipsAfter(chipsBefore, record);
  const state = stateAfter(stateBefore, chips, record);
  return {
    ...identity,
    state,
    chips: state === 'discarded' ? [] : chips,
    chipId:
      state === 'free' || state === 'discarded' ? '' : record.kind === 'released' ? chips[0]! : record.chipId,
    imageSha256: record.imageSha256 || (before?.imageSha256 ?? ''),
    probe: record.probe,
    at: record.at,
    result: record.result,
  };
}

function chipsAfter(chips: readonly string[], { kind, chipId }: JournalRecord): readonly string[] {
  switch (kind) {
    case 'writing':
    case 'verified':
    case 'locked':
    case 'failed':
      return chips.includes(chipId) ? chips : [...chips, chipId];
    case 'released':
      return chips.filter((chip) => chip !== chipId);
    default:
      return chips;
  }
}

function stateAfter(before: IdentityState, chips: readonly string[], { kind }: JournalRecord): IdentityState {
  if (before === 'discarded') return 'discarded';
  switch (kind) {
    case 'reserved':
      return before === 'free' ? 'reserved' : before;
    case 'released':
      return chips.length === 0 ? 'free' : 'maybe';
    case 'failed':
      return 'maybe';
    case 'unlocking':
      return before;
    default:
      return kind;
  }
}

const addressesOf = ({ network, unicast, elementCount }: IdentityRef): string[] =>
  Array.from({ length: elementCount }, (_, element) => keyOf({ network, unicast: unicast + element }));

function setAt(sets: Map<string, Set<string>>, key: string): Set<string> {
  let found = sets.get(key);
  if (!found) sets.set(key, (found = new Set()));
  return found;
}
