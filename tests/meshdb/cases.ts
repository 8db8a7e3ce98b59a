/** The databases of `tests/fixtures/cases`: small ones after files that people really have. */
import { readFileSync } from 'node:fs';
import { parseDatabase, type MeshDatabase } from '../../src/meshdb/index.ts';

export const caseText = (name: string): string =>
  readFileSync(new URL(`../fixtures/cases/databases/${name}.json`, import.meta.url), 'utf8');
export const readCase = (name: string): MeshDatabase => parseDatabase(caseText(name));

/** The data of a case, for tests that change something in it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever JSON a person's file holds
export type CaseJson = any;
export const caseJson = (name: string): CaseJson => JSON.parse(caseText(name)) as CaseJson;
