/** The run that this browser keeps, under the rules of `station`: a page acts on it with the bench in its hands alone. */
import { KeptRuns } from '../../bench/index.ts';
import { forgetDesk, forgetRun, keepRun, recallRun, type KeptRun } from './bench-memory.ts';
import { IndexedDbJournal } from './journal-store.ts';
import { takeBench } from './one-tab.ts';

export const keptRuns = (): KeptRuns<KeptRun> => {
  const virtual = new IndexedDbJournal('virtual');
  return new KeptRuns({
    runs: {
      load: recallRun,
      keep: keepRun,
      // what is on virtual boards means nothing without their run, so a page that is closed in between leaves a run on blank ones
      forget: async () => {
        await forgetDesk();
        await virtual.clear();
        await forgetRun();
      },
    },
    journals: { usb: new IndexedDbJournal('usb'), virtual },
    lock: { acquire: takeBench },
  });
};
