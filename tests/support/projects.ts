/** Donors and plans to test with, made of the sample network. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  findDonor,
  planClones,
  readDump,
  type ClonePlan,
  type Donor,
  type PlanWishes,
} from '../../src/clone/index.ts';
import { readImage } from '../../src/kinds/index.ts';
import { parseDatabase, type MeshDatabase } from '../../src/meshdb/index.ts';
import { sampleDatabaseText, sampleDumpPath } from './samples.ts';

/** Bytes that look random and are the same every time. */
export function seededBytes(seed = 'meshpress'): (count: number) => Uint8Array {
  let drawn = 0;
  return (count) =>
    new Uint8Array(createHash('shake256', { outputLength: count }).update(`${seed} ${drawn++}`).digest());
}

export const readSampleDump = () =>
  readDump([{ name: 'client.hex.gz', bytes: readFileSync(sampleDumpPath) }]);

export function sampleDonor(databaseText = sampleDatabaseText()): { donor: Donor; database: MeshDatabase } {
  const dump = readSampleDump();
  const database = parseDatabase(databaseText);
  return { donor: findDonor(dump, readImage(dump.image), database), database };
}

export function sampleProject(wishes: PlanWishes): { readonly donor: Donor; readonly plan: ClonePlan } {
  const { donor } = sampleDonor();
  return { donor, plan: planClones(donor, wishes, seededBytes()) };
}

export const samplePlan = (wishes: PlanWishes): ClonePlan => sampleProject(wishes).plan;
