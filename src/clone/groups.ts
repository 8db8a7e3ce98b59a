/**
 * Several kinds of node in one run: a group of clones for each donor, over one database.
 *
 * Each group is planned as if the clones of those before it were in the database already. So no address, name, device key or UUID
 * is given twice, and a donor's own plan stays what it is without the others.
 */
import { errorFrom, KnownError, reportOf, type Finding } from '../errors.ts';
import {
  addClones,
  formatWithClones,
  type AddClonesOptions,
  type MeshDatabase,
  type RandomBytes,
} from '../meshdb/index.ts';
import { utf8Chunks } from '../zip/index.ts';
import type { Donor } from './donor.ts';
import * as errors from './errors.ts';
import { distinctStems } from './file-names.ts';
import { adoptPlan, planClones, type ClonePlan, type PlannedClone, type PlanWishes } from './plan.ts';
import { recipeOf } from './recipe.ts';
import { clockAt, type RunClock } from './run-clock.ts';

/** The clones of one donor. */
export interface CloneGroup {
  readonly donor: Donor;
  readonly plan: ClonePlan;
}

/** The plans of several donors, in their order. */
export interface GroupedPlan {
  readonly version: 2;
  readonly groups: readonly ClonePlan[];
}

/** A plan as it is kept with a run: that of one donor is as it always was. */
export type RunPlan = ClonePlan | GroupedPlan;

export const plansOf = (plan: RunPlan): readonly ClonePlan[] => (plan.version === 1 ? [plan] : plan.groups);

export const runPlanOf = (groups: readonly Pick<CloneGroup, 'plan'>[]): RunPlan =>
  groups.length === 1 ? groups[0]!.plan : { version: 2, groups: groups.map(({ plan }) => plan) };

/** One after another, as they are numbered, written and put onto boards. */
export const clonesOf = (groups: readonly Pick<CloneGroup, 'plan'>[]): readonly PlannedClone[] =>
  groups.flatMap(({ plan }) => plan.clones);

/** Said once where several groups say the same. */
export const findingsOf = (groups: readonly Pick<CloneGroup, 'plan'>[]): readonly Finding[] => {
  const all = groups.flatMap(({ plan }) => plan.findings);
  return all.filter(
    ({ code, message }, i) => all.findIndex((one) => one.code === code && one.message === message) === i,
  );
};

/**
 * Decide who the clones of each donor will be.
 *
 * @param donors  of one database
 * @param wishes  for each of them
 * @throws what `planClones` throws, with the place of the donor in `group` where there are several; `clone/donor-twice`
 */
export function planGroups(
  donors: readonly Donor[],
  wishes: readonly PlanWishes[],
  randomBytes: RandomBytes,
): readonly CloneGroup[] {
  refuseDonorTwice(donors);
  const groups: CloneGroup[] = [];
  for (const [index, donor] of donors.entries()) {
    const sofar = groups.length === 0 ? donor.database : updateDatabase(groups, UNSTAMPED);
    const plan = inGroup(donors, index, () =>
      planClones({ ...donor, database: sofar }, wishes[index] ?? {}, randomBytes),
    );
    groups.push({ donor, plan });
  }
  return groups;
}

/** Of databases that are planned with and thrown away. */
const UNSTAMPED = clockAt(new Date(0));

/**
 * A kept plan, to go on with.
 *
 * @throws `clone/plan-of-another-donor` when it was made for others, or for others beside them
 */
export function adoptGroups(donors: readonly Donor[], plan: RunPlan): readonly CloneGroup[] {
  const plans = plansOf(plan);
  if (plans.length !== donors.length)
    throw errors.planOfAnotherDonor(
      plans.map(({ donor }) => donor.name).join(', '),
      donors.map(({ name }) => name).join(', '),
    );
  return donors.map((donor, index) => ({ donor, plan: adoptPlan(donor, plans[index]!) }));
}

export function refuseDonorTwice(donors: readonly Donor[]): void {
  const twice = donors.find((donor, i) =>
    donors.some((other, k) => k < i && other.unicast === donor.unicast),
  );
  if (twice) throw errors.donorTwice(twice.name, twice.unicast);
}

/** An error about one of several donors says which. */
function inGroup<Result>(donors: readonly Donor[], group: number, make: () => Result): Result {
  if (donors.length === 1) return make();
  try {
    return make();
  } catch (error) {
    if (!(error instanceof KnownError)) throw error;
    const report = reportOf(error);
    throw errorFrom({
      ...report,
      message: `Clones of ${donors[group]!.name}: ${report.message}`,
      facts: { ...report.facts, group },
    });
  }
}

/**
 * The database with the clones of all groups at its end, stamped with the time of the run.
 *
 * @param chosen  whether a clone is among them, by its place in the run; all are when left out
 */
export function updateDatabase(
  groups: readonly CloneGroup[],
  clock: RunClock,
  chosen: (place: number) => boolean = () => true,
): MeshDatabase {
  let place = 0;
  let { database } = groups[0]!.donor;
  for (const { donor, plan } of groups) {
    const clones = plan.clones.filter(() => chosen(place++));
    database = addClones(database, donor.node.index, clones, optionsOf(donor, plan, clock));
  }
  return database;
}

/** The same groups, in which some clones, by their place in the run, have another UUID. */
export function withUuids(
  groups: readonly CloneGroup[],
  uuids: Readonly<Record<number, string>>,
): readonly CloneGroup[] {
  let place = 0;
  return groups.map(({ donor, plan }) => ({
    donor,
    plan: { ...plan, clones: plan.clones.map((clone) => ({ ...clone, uuid: uuids[place++] ?? clone.uuid })) },
  }));
}

/** The same as a file, in chunks: the clones of the last group never lie in memory as a whole. */
export function formatUpdatedDatabase(groups: readonly CloneGroup[], clock: RunClock): Iterable<Uint8Array> {
  const { donor, plan } = groups.at(-1)!;
  const before = groups.length === 1 ? donor.database : updateDatabase(groups.slice(0, -1), clock);
  return utf8Chunks(formatWithClones(before, donor.node.index, plan.clones, optionsOf(donor, plan, clock)));
}

const optionsOf = (donor: Donor, plan: ClonePlan, clock: RunClock): AddClonesOptions => ({
  ...clock,
  mapOwnPublications: recipeOf(donor, plan).movesOwnPublications,
});

/** A folder for each kind of node, by the name of its donor; none where there is one kind. */
export const foldersOf = (groups: readonly CloneGroup[]): readonly string[] =>
  groups.length === 1
    ? ['']
    : distinctStems(
        groups.map(({ donor }) => donor.name),
        groups.map(({ donor }) => donor.unicast.toString(16).padStart(4, '0')),
        'node',
      ).map((stem) => `${stem}/`);
