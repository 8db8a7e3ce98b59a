/**
 * What the records of a journal amount to: where each identity is, who each chip is, which addresses are spoken for.
 *
 * Pure: records go in one after another, states come out. An identity is known by network and first address; names may change.
 */
import type { Finding } from '../errors.ts';
import { isConfirmed, keyOf, type IdentityAccount, type IdentityState } from './account.ts';
import { elementsOf, lastUnicast, type UnicastRun } from '../mesh/index.ts';
import { conflictFindings } from './errors.ts';
import { isProof, type IdentityRef, type JournalRecord } from './records.ts';
import { TakenRuns } from './taken-runs.ts';

export class Ledger {
  readonly #accounts = new Map<string, IdentityAccount>();
  /** Where identities that are not free lie, by network. */
  readonly #taken = new Map<string, TakenRuns>();
  readonly #onChip = new Map<string, Set<string>>();
  readonly #chipsBehind = new Map<string, Set<string>>();
  /** Probes behind which a chip that did not say who it is was being erased, and nothing was begun since. */
  readonly #erasing = new Set<string>();

  /** The ledger of records that nobody is acting on any more. */
  static of(records: Iterable<JournalRecord>): Ledger {
    const ledger = new Ledger();
    for (const record of records) ledger.apply(record);
    for (const account of ledger.accounts) ledger.settle(account);
    return ledger;
  }

  apply(record: JournalRecord): void {
    const { identity, chipId, probe } = record;
    if (record.kind === 'unlocking') this.#erasing.add(probe);
    if (record.kind === 'writing') this.#erasing.delete(probe);
    if (probe !== '' && chipId !== '') setAt(this.#chipsBehind, probe).add(chipId);
    if (!identity || isProof(record)) return;
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

  /** Whether the chip behind this probe may be half erased: the journal knows of the erase and not of which chip. */
  mayBeHalfErased(probe: string): boolean {
    return this.#erasing.has(probe);
  }

  /** Other identities that are not free and share an address with this one. */
  overlapping(identity: IdentityRef): readonly IdentityAccount[] {
    const { network } = identity;
    const starts = this.#taken.get(network)?.overlapping(identity) ?? [];
    return this.#accountsOf(
      starts.filter((unicast) => unicast !== identity.unicast).map((unicast) => keyOf({ network, unicast })),
    );
  }

  /** Addresses that a plan must leave alone, whatever the database says; for `PlanWishes.reserved`. */
  claims(network: string): readonly UnicastRun[] {
    return this.accounts
      .filter((account) => account.network === network && account.state !== 'free')
      .map(elementsOf);
  }

  /** Steps that keeping and asking for address ranges took so far: a measure of cost that knows no clock. */
  get steps(): number {
    return [...this.#taken.values()].reduce((sum, { steps }) => sum + steps, 0);
  }

  /**
   * What cannot all be true: an identity on two chips, two identities on a chip, identities that share addresses. Each identity
   * that shares an address is named; where many lie on each other, not every pair of them is.
   */
  conflicts(): readonly Finding[] {
    return [
      ...this.accounts.filter(({ chips }) => chips.length > 1).map(conflictFindings.identityTwice),
      ...[...this.#onChip]
        .filter(([, keys]) => keys.size > 1)
        .map(([chipId, keys]) =>
          conflictFindings.chipTwice(
            chipId,
            this.#accountsOf(keys).sort((a, b) => a.unicast - b.unicast),
          ),
        ),
      ...this.#overlaps(),
    ];
  }

  /** Each identity against the one before it that reaches farthest: as many findings as identities at most. */
  #overlaps(): Finding[] {
    const taken = this.accounts
      .filter(({ state }) => state !== 'free')
      .toSorted((a, b) => (a.network === b.network ? a.unicast - b.unicast : a.network < b.network ? -1 : 1));
    let farthest = taken[0];
    const found: Finding[] = [];
    for (const account of taken.slice(1)) {
      const isNear = farthest?.network === account.network;
      if (isNear && account.unicast <= lastUnicast(farthest!))
        found.push(conflictFindings.overlap(farthest!, account));
      if (!isNear || lastUnicast(account) > lastUnicast(farthest!)) farthest = account;
    }
    return found;
  }

  #accountsOf(keys: Iterable<string> = []): IdentityAccount[] {
    return [...keys].map((key) => this.#accounts.get(key)!);
  }

  #replace(before: IdentityAccount | undefined, after: IdentityAccount): void {
    const key = keyOf(after);
    for (const chip of before?.chips ?? []) setAt(this.#onChip, chip).delete(key);
    for (const chip of after.chips) setAt(this.#onChip, chip).add(key);
    this.#accounts.set(key, after);
    if (before?.state !== after.state || before.elementCount !== after.elementCount) this.#place(after);
  }

  #place(account: IdentityAccount): void {
    let ranges = this.#taken.get(account.network);
    if (!ranges) this.#taken.set(account.network, (ranges = new TakenRuns()));
    if (account.state === 'free') ranges.delete(account);
    else ranges.add(account);
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
    uuid: isConfirmed(state) ? (record.uuid ?? '') : '',
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
    case 'proved':
    case 'disproved':
    case 'unprovable':
      return before;
    default:
      return kind;
  }
}

function setAt(sets: Map<string, Set<string>>, key: string): Set<string> {
  let found = sets.get(key);
  if (!found) sets.set(key, (found = new Set()));
  return found;
}
