import type { Finding } from '../../../errors.ts';
import {
  assertJournalSize,
  formatJournalCsv,
  formatJournalJson,
  parseJournal,
} from '../../../bench/index.ts';
import { saveBlob } from '../../browser/save.ts';
import { counted } from '../../text/words.ts';
import { placesOf } from '../by-address.ts';
import type { Parts } from '../parts.ts';
import type { BoardsState } from './boards.svelte.ts';
import type { CurrentRun } from './current-run.svelte.ts';
import type { Outcome } from './outcome.svelte.ts';

type FilesParts = Pick<Parts, 'engine' | 'plan' | 'events'>;

/** What goes from the bench into files: journal, database, table, and the run itself. A journal comes out of one, too. */
export class BenchFiles {
  /** What cannot all be true, after an import. */
  conflicts = $state.raw<readonly Finding[]>([]);

  readonly #parts: FilesParts;
  readonly #outcome: Outcome;
  readonly #run: CurrentRun;
  readonly #boards: Pick<BoardsState, 'view'>;

  constructor(parts: FilesParts, outcome: Outcome, run: CurrentRun, boards: Pick<BoardsState, 'view'>) {
    this.#parts = parts;
    this.#outcome = outcome;
    this.#run = run;
    this.#boards = boards;
  }

  async saveJournal(form: 'csv' | 'json'): Promise<void> {
    const records = this.#boards.view?.records ?? [];
    const text = form === 'csv' ? formatJournalCsv(records) : formatJournalJson(records);
    await this.#outcome.attempt(() => this.#save(`meshpress-journal.${form}`, text, FILE_TYPES[form]));
  }

  async importJournal(file: File | undefined): Promise<void> {
    const { bench } = this.#run;
    if (!file || !bench) return;
    await this.#outcome.attempt(async () => {
      assertJournalSize(file.size);
      const report = await bench.import(parseJournal(await file.text()));
      this.conflicts = report.conflicts;
      this.#outcome.notice = `${counted(report.added, 'record')} of ${file.name} are new, ${report.alreadyThere} were known.`;
    });
  }

  /** The updated database, with all clones or with those that are on boards. */
  async saveDatabase(which: 'all' | 'confirmed'): Promise<void> {
    const { engine, plan, events } = this.#parts;
    const clones = plan.view?.clones ?? [];
    const only = placesOf(clones, this.#run.bench?.confirmed() ?? []);
    const known = Object.fromEntries(this.#boards.view?.jobs.map((job) => [job.unicast, job.uuid]) ?? []);
    const uuids = Object.fromEntries(
      clones.flatMap(({ unicast }, index) => {
        const uuid = known[unicast];
        return uuid ? [[index, uuid]] : [];
      }),
    );
    await this.#outcome.attempt(async () => {
      const { name, bytes } = await engine.plan.database({ ...(which === 'confirmed' && { only }), uuids });
      const saved = await this.#save(name, bytes, FILE_TYPES.json);
      // the keys of clones whose board is still to come are in the other one alone
      if (saved && (which === 'all' || only.length === clones.length)) await events.emit('keysSaved', null);
    });
  }

  /** Names, addresses and device keys of the clones, to plan the same ones elsewhere. */
  async saveTable(): Promise<void> {
    await this.#outcome.attempt(async () => {
      const { name, bytes } = await this.#parts.engine.plan.table();
      await this.#save(name, bytes, FILE_TYPES.csv);
    });
  }

  /** The kept run as a file, device keys included, to go on with it in any browser. @returns whether it was saved */
  async saveRun(): Promise<boolean> {
    const { kept } = this.#run;
    if (!kept) return false;
    const name = `meshpress-run-${kept.startedAt.slice(0, 10)}.json`;
    const saved = await this.#outcome.attempt(async () => {
      const { formatRun } = await import('../run-file.ts');
      return this.#save(name, formatRun(kept), FILE_TYPES.json);
    });
    return saved ?? false;
  }

  async #save(name: string, content: string | Uint8Array, type: FilePickerAcceptType): Promise<boolean> {
    const saved = await saveBlob(name, new Blob([content as BlobPart]), type);
    this.#outcome.notice = saved ? `${name} is saved.` : 'No place was chosen. Nothing was saved.';
    return saved;
  }
}

const FILE_TYPES = {
  csv: { description: 'Table', accept: { 'text/csv': ['.csv'] } },
  json: { description: 'JSON', accept: { 'application/json': ['.json'] } },
} as const satisfies Record<string, FilePickerAcceptType>;
