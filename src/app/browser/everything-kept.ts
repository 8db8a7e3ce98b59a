/** All that this browser keeps, to be looked at, saved and erased. */
import type { EverythingKept } from '../state/forget-everything.svelte.ts';
import { eraseAll } from './erase.ts';
import { IndexedDbJournal } from './journal-store.ts';
import { keptRuns } from './kept-runs.ts';
import { keptThings } from './kept-things.ts';
import { recallDatabase, recallPending, recallRecords } from './radio-memory.ts';
import { saveBlob } from './save.ts';

const FILE_TYPES: readonly FilePickerAcceptType[] = [
  { description: 'Table', accept: { 'text/csv': ['.csv'] } },
  { description: 'Journal of the radio', accept: { 'application/x-ndjson': ['.jsonl'] } },
  { description: 'JSON', accept: { 'application/json': ['.json'] } },
];
const typeOf = (name: string) =>
  FILE_TYPES.find(({ accept }) =>
    Object.values(accept)
      .flat()
      .some((end) => name.endsWith(end)),
  ) ?? FILE_TYPES.at(-1)!;

export const everythingKept = (): EverythingKept => ({
  runs: keptRuns(),
  journal: new IndexedDbJournal('usb'),
  database: recallDatabase,
  pending: recallPending,
  radio: () => recallRecords('real'),
  save: (name, content) => saveBlob(name, new Blob([content as BlobPart]), typeOf(name)),
  takeAll: keptThings.takeAll,
  erase: eraseAll,
});
