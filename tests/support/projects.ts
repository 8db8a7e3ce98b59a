/** Donors and plans to test with, made of the sample network. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  findDonor,
  planClones,
  readDump,
  readImage,
  type Donor,
  type PlanWishes,
} from '../../src/clone/index.ts';
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
  return { donor: findDonor(dump, readImage(dump), database), database };
}

export function samplePlan(wishes: PlanWishes) {
  const { donor, database } = sampleDonor();
  return planClones(donor, database, wishes, seededBytes());
}
