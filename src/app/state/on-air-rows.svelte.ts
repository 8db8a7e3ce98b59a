import type { Finding } from '../../errors.ts';
import type { OnAirResult, Verdict } from '../../on-air/index.ts';
import type { OnAirRow } from './on-air-row.ts';

export interface VerdictCounts {
  readonly alive: number;
  readonly differs: number;
  readonly wrongKey: number;
  readonly silent: number;
  /** Not tried. */
  readonly open: number;
}
const NOBODY: VerdictCounts = { alive: 0, differs: 0, wrongKey: 0, silent: 0, open: 0 };
const COUNTED: Readonly<Record<Verdict, keyof VerdictCounts>> = {
  alive: 'alive',
  differs: 'differs',
  'wrong-device-key': 'wrongKey',
  silent: 'silent',
};
const countOf = (result: OnAirResult | null): keyof VerdictCounts =>
  result ? COUNTED[result.verdict] : 'open';

/** A kind of finding, and how many clones it concerns. */
export interface FindingCount {
  readonly finding: Finding;
  readonly count: number;
}

class Row implements OnAirRow {
  state = $state<OnAirRow['state']>('waiting');
  result = $state.raw<OnAirResult | null>(null);

  constructor(
    readonly name: string,
    readonly unicast: number,
    readonly elementCount: number,
  ) {}
}

/** The clones of the on-air page. What one of them answers touches its own row and the counts, however many there are. */
export class OnAirRows {
  all = $state.raw<readonly OnAirRow[]>([]);
  counts = $state.raw(NOBODY);
  /** What is behind the verdicts, each kind once. */
  found = $state.raw<readonly FindingCount[]>([]);
  /** Rises with every change of a row: for a picture of all of them. */
  changes = $state(0);
  /** By first unicast address. */
  #rows: Readonly<Record<number, Row>> = {};
  /** By the code of the finding. */
  #kinds: Record<string, FindingCount> = {};

  replace(
    clones: readonly Pick<OnAirRow, 'name' | 'unicast' | 'elementCount'>[],
    results?: ReadonlyMap<number, OnAirResult>,
  ): void {
    const rows = clones.map(({ name, unicast, elementCount }) => new Row(name, unicast, elementCount));
    this.#rows = Object.fromEntries(rows.map((row) => [row.unicast, row]));
    this.#kinds = {};
    this.found = [];
    this.counts = { ...NOBODY, open: rows.length };
    for (const row of rows) {
      const result = results?.get(row.unicast);
      if (result) this.conclude(row.unicast, result);
    }
    this.all = rows;
    this.changes++;
  }

  mark(unicast: number, state: OnAirRow['state']): void {
    const row = this.#rows[unicast];
    if (!row) return;
    row.state = state;
    this.changes++;
  }

  conclude(unicast: number, result: OnAirResult): void {
    const row = this.#rows[unicast];
    if (!row) return;
    this.#count(row.result, -1);
    this.#count(result, 1);
    row.result = result;
    this.mark(unicast, 'known');
  }

  /** Nobody is being asked any more. */
  settle(): void {
    for (const row of Object.values(this.#rows)) row.state = row.result ? 'known' : 'waiting';
    this.changes++;
  }

  #count(result: OnAirResult | null, by: 1 | -1): void {
    const counted = countOf(result);
    this.counts = { ...this.counts, [counted]: this.counts[counted] + by };
    const findings = result?.findings ?? [];
    for (const finding of findings) {
      const count = (this.#kinds[finding.code]?.count ?? 0) + by;
      this.#kinds[finding.code] = { finding, count };
    }
    if (findings.length > 0) this.found = Object.values(this.#kinds).filter(({ count }) => count > 0);
  }
}
