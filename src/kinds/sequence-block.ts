/**
 * How many sequence numbers a firmware sets aside at a time: what is usual, or more where the numbers that it stored one after another
 * rose by as much twice, as those of a firmware that was built so do.
 *
 * @param stored  in the order they were written
 */
export function sequenceBlockOf(stored: readonly number[], usual: number): number {
  const rises = stored.slice(1).map((value, i) => value - stored[i]!);
  const repeated = rises.filter((rise, i) => rise > 0 && rises.indexOf(rise) !== i);
  return repeated.length === 0 ? usual : Math.max(usual, Math.min(...repeated));
}
