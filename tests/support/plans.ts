import type { ClonePlan, RunPlan } from '../../src/clone/index.ts';

/** The plan of a run with one kind of node. */
export function onlyPlan(plan: RunPlan): ClonePlan {
  if (plan.version !== 1) throw new Error('A plan of several kinds of node');
  return plan;
}
