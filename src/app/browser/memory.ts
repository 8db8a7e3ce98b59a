/**
 * What this browser remembers between visits.
 *
 * Settings and file names always; dump and database only on a person's word, because they hold keys. What was pressed is
 * remembered by its addresses, so that an old database cannot hand them out again unnoticed.
 */
import { settingsFrom, type PlanSettings } from '../state/plan-settings.ts';
import { forgetSealed, keepSealed, recallSealed } from './database.ts';
import type { KeptFile } from './read-file.ts';
import { PROJECT } from './vault/places.ts';

export interface Remembered {
  readonly version: 1;
  /** ISO 8601 */
  readonly savedAt: string;
  readonly dumpNames: readonly string[];
  readonly databaseName: string;
  readonly donor: string;
  /** Without per-node values, which may hold keys, unless `files` are kept too. */
  readonly settings: PlanSettings;
  /** Of further kinds of node: what the first one's are above. */
  readonly further?: readonly { readonly dumpNames: readonly string[]; readonly settings: PlanSettings }[];
  /** There only where the person wished to keep keys in this browser. */
  readonly files?: readonly KeptFile[];
  readonly pressed?: PressedMark;
}

/** Clones that left this page, without anything secret. */
export interface PressedMark {
  readonly at: string;
  /** Of which network: its file and its donor. */
  readonly databaseName: string;
  readonly donor: number;
  readonly count: number;
  readonly elementCount: number;
  readonly first: number;
  readonly last: number;
}

/** ISO 8601 */
export const now = (): string => new Date().toISOString();

export const recall = async (): Promise<Remembered | null> => {
  const found = (await recallSealed(PROJECT)) as Remembered | undefined;
  if (found?.version !== 1) return null;
  const further = found.further?.map((one) => ({ ...one, settings: settingsFrom(one.settings) }));
  return { ...found, settings: settingsFrom(found.settings), ...(further && { further }) };
};
export const remember = (project: Remembered): Promise<void> => keepSealed(PROJECT, project);
export const forget = (): Promise<void> => forgetSealed(PROJECT);
