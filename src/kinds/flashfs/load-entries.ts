/** How a firmware goes through the entries of one file: by handle each finds its row, and the row knows how it is loaded. */
import type { Entry } from './container.ts';
import type { EntryRow } from './records/index.ts';

/** Told of an entry that the firmware cannot load, or of one that is missing, and what that breaks. */
export type Fail = (entry: Entry | undefined, rule: string) => void;

export interface Loading {
  readonly first: number;
  readonly last: number;
  load(entry: Entry): void;
}

/**
 * One line of a table of rows.
 *
 * @param take  gets a record and its index among those of the row
 */
export const loading = <Value>(
  row: EntryRow<Value>,
  fail: Fail,
  take: (value: Value, index: number, entry: Entry) => void,
): Loading => ({
  first: row.first,
  last: row.last,
  load(entry) {
    const value = decode(row, entry, fail);
    if (value !== undefined) take(value, entry.handle - row.first, entry);
  },
});

/** @param unknown  told of entries that no row of the table is for */
export function loadEntries(
  entries: readonly Entry[],
  table: readonly (Loading | undefined)[],
  unknown: (entry: Entry) => void,
): void {
  for (const entry of entries) {
    const found = loadingOf(table, entry.handle);
    if (found) found.load(entry);
    else unknown(entry);
  }
}

/** A loop: every entry of every clone comes by here. */
function loadingOf(table: readonly (Loading | undefined)[], handle: number): Loading | undefined {
  for (const one of table) if (one && handle >= one.first && handle <= one.last) return one;
  return undefined;
}

export const UNKNOWN_RECORD = 'the firmware knows no such record';

/** Decode an entry by its row; reports and returns `undefined` where it is too short for any form. */
export function decode<Value>(row: EntryRow<Value>, entry: Entry, fail: Fail): Value | undefined {
  const layout = row.layoutOf(entry.lengthWords);
  if (layout) return layout.decode(entry.payload);
  fail(entry, `the ${row.name} is too short`);
  return undefined;
}

/** Values of a table of the firmware by their place in it. */
export const inOrder = <T>(table: ReadonlyMap<number, T>): T[] =>
  table.size < 2 ? [...table.values()] : [...table].sort(([a], [b]) => a - b).map(([, value]) => value);
