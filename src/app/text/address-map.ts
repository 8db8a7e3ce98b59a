/** Geometry of the address map: runs of unicast addresses cut into rows of cells. */
import type { AddressRun } from '../../worker/index.ts';

/** Unicast addresses are 0x0001..0x7FFF; the map also has a cell for 0x0000, which nobody may have. */
export const ADDRESSES = 0x8000;

/** A stretch of one row: cells that belong together. */
export interface CellRun {
  readonly use: AddressRun['use'];
  readonly owner: string;
  /** The run it is part of. */
  readonly run: AddressRun;
  readonly row: number;
  readonly column: number;
  readonly cells: number;
  /** Whether the run begins here, not in the row above. */
  readonly starts: boolean;
}

/**
 * The part of the map that lies under the lens.
 *
 * @param start    first address of the first row
 * @param columns  addresses a row
 */
export function stretchesIn(
  runs: readonly AddressRun[],
  start: number,
  rows: number,
  columns: number,
): CellRun[] {
  const end = start + rows * columns;
  const stretches: CellRun[] = [];
  for (let i = firstRunAt(runs, start); i < runs.length && runs[i]!.start < end; i++) {
    const run = runs[i]!;
    const until = Math.min(end, run.start + run.count);
    for (let address = Math.max(start, run.start); address < until;) {
      const row = Math.floor((address - start) / columns);
      const column = (address - start) % columns;
      const cells = Math.min(columns - column, until - address);
      stretches.push({
        use: run.use,
        owner: run.owner,
        run,
        row,
        column,
        cells,
        starts: address === run.start,
      });
      address += cells;
    }
  }
  return stretches;
}

/** Index of the run that holds an address, or of the first one after it. Runs are sorted and have no gaps. */
export function firstRunAt(runs: readonly AddressRun[], address: number): number {
  let low = 0;
  let high = runs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const run = runs[middle]!;
    if (run.start + run.count <= address) low = middle + 1;
    else high = middle;
  }
  return low;
}

export interface UseCounts {
  readonly addresses: Readonly<Record<AddressRun['use'], number>>;
  /** Nodes and clones: runs of one owner. */
  readonly owners: Readonly<Record<AddressRun['use'], number>>;
}

export function countUses(runs: readonly AddressRun[]): UseCounts {
  const addresses = { used: 0, reserved: 0, new: 0, free: 0 };
  const owners = { used: 0, reserved: 0, new: 0, free: 0 };
  for (const { use, count } of runs) {
    addresses[use] += count;
    owners[use] += 1;
  }
  return { addresses, owners };
}

/**
 * Runs of one use as one path in a box `ADDRESSES` wide and 10 high. Neighbours are drawn in one piece, so that ten
 * thousand clones stay a handful of boxes.
 */
export function stripPath(runs: readonly AddressRun[], use: AddressRun['use']): string {
  let path = '';
  let from = -1;
  let to = -1;
  const flush = () => {
    if (from >= 0) path += `M${from} 0h${to - from}v10h-${to - from}z`;
  };
  for (const run of runs) {
    if (run.use !== use) continue;
    if (run.start !== to) {
      flush();
      from = run.start;
    }
    to = run.start + run.count;
  }
  flush();
  return path;
}
