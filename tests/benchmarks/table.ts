export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

/** What was measured, the figure, its target, and whether that is met. */
export type Row = readonly [what: string, value: string, target: string, verdict: string];

export const verdict = (isMet: boolean): string => (isMet ? 'met' : 'MISSED');

/** Columns that line up, to stdout. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  process.stdout.write([line(head), rule, ...rows.map(line), ''].join('\n'));
}
