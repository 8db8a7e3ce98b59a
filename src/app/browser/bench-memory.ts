/**
 * The run of a bench, kept in this browser from its first board until it is finished or forgotten: files and device keys
 * included, because a run that ends in a crash can be finished only with the very same clones.
 */
import { del, delMany, entries, get, set, type UseStore } from 'idb-keyval';
import type { RunMark } from '../../bench/index.ts';
import type { PlanSettings } from '../state/plan.svelte.ts';
import { strictStore } from './strict-store.ts';

export interface KeptRun extends RunMark {
  readonly version: 1;
  /** ISO 8601 */
  readonly startedAt: string;
  readonly files: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  /** The table in it fixes names, addresses, device keys and UUIDs. */
  readonly settings: PlanSettings;
  readonly donor: string;
  /** Of the network; runs of version 0.1.0 have none. */
  readonly meshName?: string;
}

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

const RUN = 'run';
const DESK = 'desk ';
let opened: UseStore | undefined;
const store = () => (opened ??= strictStore('meshpress-bench', 'memory'));

export const recallRun = async (): Promise<KeptRun | null> => {
  const found = await get<Omit<KeptRun, 'id'> & Partial<Pick<KeptRun, 'id'>>>(RUN, store());
  return found?.version === 1 ? { ...found, id: found.id ?? found.startedAt } : null; // 0.1.0 gave no id
};
export const keepRun = (run: KeptRun): Promise<void> => set(RUN, run, store());
export const forgetRun = (): Promise<void> => del(RUN, store());

export const keepBoard = (place: number, board: KeptBoard): Promise<void> =>
  set(`${DESK}${place}`, board, store());

/** Boards by their place on the desk. */
export async function recallDesk(): Promise<ReadonlyMap<number, KeptBoard>> {
  const all = await entries<string, KeptBoard>(store());
  return new Map(
    all
      .filter(([key]) => key.startsWith(DESK))
      .map(([key, board]) => [Number(key.slice(DESK.length)), board]),
  );
}
export async function forgetDesk(): Promise<void> {
  const places = await recallDesk();
  await delMany(
    [...places.keys()].map((place) => `${DESK}${place}`),
    store(),
  );
}
