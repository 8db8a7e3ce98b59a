/** The run that this browser keeps, under the rules of `bench`: a page acts on it with the bench in its hands alone. */
import { KeptRuns } from '../../bench/index.ts';
import { forgetRun, keepRun, recallRun, type KeptRun } from './bench-memory.ts';
import { IndexedDbJournal } from './journal-store.ts';
import { takeBench } from './one-tab.ts';

export const keptRuns = (): KeptRuns<KeptRun> =>
  new KeptRuns({
    runs: { load: recallRun, keep: keepRun, forget: forgetRun },
    journals: { usb: new IndexedDbJournal('usb'), virtual: new IndexedDbJournal('virtual') },
    lock: { acquire: takeBench },
  });
