/** Clones of a plan told apart by their first unicast address. Each looks at every clone once. */
import type { AddressClaim, Job } from '../../bench/index.ts';

/** Places in the plan of the clones that are among `some`. */
export function placesOf(
  plan: readonly Pick<Job, 'unicast'>[],
  some: readonly Pick<Job, 'unicast'>[],
): readonly number[] {
  const wanted = new Set(some.map(({ unicast }) => unicast));
  return plan.flatMap(({ unicast }, index) => (wanted.has(unicast) ? [index] : []));
}

/** Claims that do not begin where one of our own clones does. */
export function claimsOfOthers(
  claims: readonly AddressClaim[],
  own: readonly number[],
): readonly AddressClaim[] {
  const ours = new Set(own);
  return claims.filter(({ start }) => !ours.has(start));
}
