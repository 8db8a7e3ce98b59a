/** Who is asked on air, who has power in the demo, and what is behind the verdicts: plain answers from plain lists. */
import type { Finding } from '../../errors.ts';
import type { FindingCount } from '../state/on-air-rows.svelte.ts';
import { counted } from './words.ts';

interface BoardJob {
  readonly unicast: number;
  readonly state: string;
}

export const isOnBoard = ({ state }: BoardJob): boolean => state === 'verified' || state === 'locked';

/**
 * Which clones to ask: those of the plan; of a run of the bench those that are on boards.
 *
 * @returns nobody where there is no plan: then all nodes are asked
 */
export function toBeAsked(planned: readonly number[], jobs: readonly BoardJob[]): ReadonlySet<number> {
  const onBoards = new Set(jobs.filter(isOnBoard).map(({ unicast }) => unicast));
  return new Set(onBoards.size > 0 ? planned.filter((unicast) => onBoards.has(unicast)) : planned);
}

/** First addresses of the plan that nobody is asked about: their clones should be on no board yet. */
export const unwrittenOf = (planned: readonly number[], asked: ReadonlySet<number>): ReadonlySet<number> =>
  new Set(planned.filter((unicast) => !asked.has(unicast)));

/** Chips of the bench's boards, by the first address of their clone. */
export const chipsOf = (
  jobs: readonly (BoardJob & { readonly chipId: string })[],
): ReadonlyMap<number, string> => new Map(jobs.map(({ unicast, chipId }) => [unicast, chipId]));

/** In the demo: what is on verified virtual boards has power, and so have all nodes that are no clones. */
export function powered(
  nodes: readonly { readonly unicast: number }[],
  planned: readonly number[],
  jobs: readonly BoardJob[],
): ReadonlySet<number> {
  const off = new Set(planned);
  for (const job of jobs) if (isOnBoard(job)) off.delete(job.unicast);
  return new Set(nodes.map(({ unicast }) => unicast).filter((unicast) => !off.has(unicast)));
}

/** What is behind the verdicts, with how many clones each concerns. */
export const foundOf = (found: readonly FindingCount[]): readonly Finding[] =>
  found.map(({ finding, count }) => ({
    ...finding,
    message: count === 1 ? finding.message : `${counted(count, 'clone')}: ${finding.message}`,
  }));
