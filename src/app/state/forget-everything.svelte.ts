import { reportOf, type ErrorReport } from '../../errors.ts';
import {
  formatJournalCsv,
  type Glance,
  type JournalRecord,
  type JournalStore,
  type KeptRuns,
} from '../../bench/index.ts';
import { formatRadioRecord, type RadioRecord } from '../../on-air/index.ts';
import type { KeptRun } from '../browser/bench-memory.ts';
import type { KeptDatabase, PendingDevice } from '../browser/radio-memory.ts';
import { keptInUse } from '../errors.ts';
import type { Parts } from './parts.ts';
import { formatRun } from './run-file.ts';

/** What it takes of the browser. Each that looks rejects where nothing can be read. */
export interface EverythingKept {
  readonly runs: Pick<KeptRuns<KeptRun>, 'look'>;
  readonly journal: Pick<JournalStore, 'load'>;
  database(): Promise<KeptDatabase | null>;
  pending(): Promise<PendingDevice | null>;
  radio(): Promise<readonly RadioRecord[]>;
  save(name: string, text: string | Uint8Array): Promise<boolean>;
  /** @returns what lets go of them again; `undefined` when a bench or a radio is on, here or in another tab */
  takeAll(): Promise<(() => void) | undefined>;
  erase(): Promise<void>;
}

/** What can be saved before it goes. */
export type Export = 'run' | 'database' | 'journal' | 'radio';

/** Everything that this browser keeps goes, on a person's word, who has seen what would be lost and could save it. */
export class ForgetEverything {
  run = $state.raw<Glance<KeptRun> | null>(null);
  database = $state.raw<KeptDatabase | null>(null);
  pending = $state.raw<PendingDevice | null>(null);
  /** Of real boards. */
  journal = $state.raw<readonly JournalRecord[]>([]);
  /** Of the real radio. */
  radio = $state.raw<readonly RadioRecord[]>([]);
  /** Names of the files that hold it now. */
  saved = $state.raw<Partial<Record<Export, string>>>({});
  phase = $state<'looking' | 'asking' | 'erasing' | 'done'>('looking');
  error = $state.raw<ErrorReport | null>(null);

  readonly #kept: EverythingKept;
  readonly #parts: Pick<Parts, 'project' | 'press' | 'memory'>;

  constructor(kept: EverythingKept, parts: Pick<Parts, 'project' | 'press' | 'memory'>) {
    this.#kept = kept;
    this.#parts = parts;
  }

  /** What is locked or does not open is not seen; a person is told that elsewhere. */
  async look(): Promise<void> {
    const { runs, journal, database, pending, radio } = this.#kept;
    const or = <Value>(work: Promise<Value>, otherwise: Value) => work.catch(() => otherwise);
    [this.run, this.database, this.pending, this.journal, this.radio] = await Promise.all([
      or(runs.look(), null),
      or(database(), null),
      or(pending(), null),
      or(journal.load(), []),
      or(radio(), []),
    ]);
    this.phase = 'asking';
  }

  async save(what: Export): Promise<void> {
    this.error = null;
    try {
      const [name, content] = this.#fileOf(what);
      if (await this.#kept.save(name, content)) this.saved = { ...this.saved, [what]: name };
    } catch (error) {
      this.error = reportOf(error);
    }
  }

  #fileOf(what: Export): readonly [name: string, content: string | Uint8Array] {
    switch (what) {
      case 'run': {
        const { run } = this.run!;
        return [`meshpress-run-${run.startedAt.slice(0, 10)}.json`, formatRun(run)];
      }
      case 'database': {
        const { name, bytes } = this.database ?? this.pending!.database;
        return [name, bytes];
      }
      case 'journal':
        return ['meshpress-journal.csv', formatJournalCsv(this.journal)];
      case 'radio':
        return ['meshpress-radio.jsonl', this.radio.map(formatRadioRecord).join('')];
    }
  }

  async erase(): Promise<void> {
    this.error = null;
    this.phase = 'erasing';
    try {
      const release = await this.#kept.takeAll();
      if (!release) throw keptInUse();
      const { project, press, memory } = this.#parts;
      await memory.forget(false); // and nothing is kept of it again
      press.clear();
      await project.clear();
      await this.#kept.erase().finally(release);
      this.phase = 'done';
    } catch (error) {
      this.error = reportOf(error);
      this.phase = 'asking';
    }
  }
}
