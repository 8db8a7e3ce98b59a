/** What the journal tells of the work at each identity: attempts, their chip, how long each took and how it ended. */
import type { JournalRecord, ProofResult } from '../../bench/index.ts';

export interface Attempt {
  readonly chipId: string;
  /** What the probe calls itself; may be empty. */
  readonly probe: string;
  /** ms since 1970 */
  readonly startMs: number;
  /** `null` while nothing concludes it: at work, or cut off by a crash. */
  readonly endMs: number | null;
  readonly outcome: 'verified' | 'locked' | 'failed' | 'released' | 'open';
  /** Code of an error or reason; empty where there is none. */
  readonly code: string;
  /** Steps of proof, in their order. */
  readonly proof: readonly ProofResult[];
}

const PROVED = { proved: 'passed', disproved: 'failed', unprovable: 'impossible' } as const;

/**
 * A board that was found changed has a failed attempt without length, as nothing was written. A person's word is none.
 *
 * @param records  the journal, oldest first
 * @returns        attempts at each identity of the network by its first unicast address, oldest first
 */
export function attemptsOf(
  records: readonly JournalRecord[],
  network: string,
): ReadonlyMap<number, readonly Attempt[]> {
  const all = new Map<number, Attempt[]>();
  /** Attempts that were announced: a further announcement begins another one, as after a crash. */
  const announced = new Set<Attempt>();
  for (const { kind, identity, chipId, probe, at, result: code, proof } of records) {
    if (identity?.network !== network) continue;
    const startMs = Date.parse(at);
    const attempts = all.get(identity.unicast) ?? [];
    all.set(identity.unicast, attempts);
    const last = attempts.at(-1);
    const open = last?.outcome === 'open' && last.chipId === chipId ? last : undefined;
    switch (kind) {
      case 'reserved':
        attempts.push({ chipId, probe, startMs, endMs: null, outcome: 'open', code: '', proof: [] });
        break;
      case 'writing':
        if (!open || announced.has(open))
          attempts.push({ chipId, probe, startMs, endMs: null, outcome: 'open', code: '', proof: [] });
        announced.add(attempts.at(-1)!);
        break;
      case 'proved':
      case 'disproved':
      case 'unprovable':
        if (open && proof) {
          const result = { step: proof.step, outcome: PROVED[kind], reason: code, ms: proof.ms };
          const proven = { ...open, proof: [...open.proof, result] };
          attempts[attempts.length - 1] = proven;
          announced.add(proven);
        }
        break;
      case 'verified':
      case 'locked':
      case 'failed':
      case 'released':
        if (open) attempts[attempts.length - 1] = { ...open, endMs: startMs, outcome: kind, code };
        else if (kind === 'failed')
          attempts.push({ chipId, probe, startMs, endMs: startMs, outcome: kind, code, proof: [] });
        break;
    }
  }
  return all;
}
