import type { Progress } from '../../worker/index.ts';

/**
 * Seconds that the rest will take at the pace so far; `null` before 5 %, where an estimate does not hold yet.
 *
 * @param elapsed  seconds
 */
export const secondsLeft = ({ done, total }: Progress, elapsed: number): number | null =>
  total > 0 && done / total >= 0.05 ? (elapsed * (total - done)) / done : null;
