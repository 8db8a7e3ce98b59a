/**
 * The run of a bench, kept in this browser from its first board until it is finished or forgotten: files and device keys
 * included, because a run that ends in a crash can be finished only with the very same clones.
 */
import type { ProofLevel, RunMark } from '../../bench/index.ts';
import type { RunPlan } from '../../clone/index.ts';
import { settingsFrom, type PlanSettings } from '../state/plan-settings.ts';
import { keepSealed, onVault, recallSealed, transact } from './database.ts';
import type { KeptFile } from './read-file.ts';
import { boardAt, RUN } from './vault/places.ts';

/** How the boards of a run end: what is proved of each, and whether its port is closed for good. */
export interface RunEnds {
  readonly proof: ProofLevel;
  readonly protect: boolean;
}

interface RunBase extends RunMark {
  /** ISO 8601 */
  readonly startedAt: string;
  readonly files: readonly KeptFile[];
  /** What the fields of the Plan step held. */
  readonly settings: PlanSettings;
  /** The same for further kinds of node. */
  readonly furtherSettings?: readonly PlanSettings[];
  readonly donor: string;
  /** What was chosen for its boards; runs of before it could be have none. */
  readonly ends?: RunEnds;
  /** Of the network; runs of version 0.1.0 have none. */
  readonly meshName?: string;
}

/** As 0.1.0 kept it: the table in its settings fixes names, addresses, device keys and UUIDs, and is planned again. */
export interface RunOfTable extends RunBase {
  readonly version: 1;
}

/** The plan as it was made: no later version of the planner changes a run that has begun. */
export interface RunOfPlan extends RunBase {
  readonly version: 2;
  readonly plan: RunPlan;
}

export type KeptRun = RunOfTable | RunOfPlan;

/** A virtual board as it was when nobody worked on it. */
export interface KeptBoard {
  readonly probe: string;
  readonly serial: string;
  readonly silicon: string;
  /** FICR DEVICEID, 16 hex digits. */
  readonly chipId: string;
  readonly wornAt: number | null;
  readonly plugged: boolean;
  readonly flash: Uint8Array;
  readonly uicr: Uint8Array;
}

/** @throws as `Vault.read` does: a run that does not open is no run that is not there */
export async function recallRun(): Promise<KeptRun | null> {
  const found = (await recallSealed(RUN)) as (Omit<KeptRun, 'id'> & Partial<Pick<KeptRun, 'id'>>) | undefined;
  if (found?.version !== 1 && found?.version !== 2) return null;
  const id = found.id ?? found.startedAt; // 0.1.0 gave no id
  const further = found.furtherSettings && { furtherSettings: found.furtherSettings.map(settingsFrom) };
  return { ...found, id, settings: settingsFrom(found.settings), ...further } as KeptRun;
}
export const keepRun = (run: KeptRun): Promise<void> => keepSealed(RUN, run);

/** What is on virtual boards, and the journal of it, mean nothing without their run: they go together. */
export const forgetRun = (): Promise<void> =>
  transact(['run', 'desk', 'virtual'], (transaction) => {
    for (const name of transaction.objectStoreNames) transaction.objectStore(name).clear();
  });

export const keepBoard = (place: number, board: KeptBoard): Promise<void> =>
  keepSealed(boardAt(place), board);

/** Boards by their place on the desk. */
export const recallDesk = async (): Promise<ReadonlyMap<number, KeptBoard>> =>
  (await onVault((kept) => kept.readStore('desk'))) as ReadonlyMap<number, KeptBoard>;
