import { reportOf, type ErrorReport } from '../../errors.ts';
import type { Calls, Engine, GivenFile, Progress, ProjectView } from '../../worker/index.ts';
import { readFile, refuseTooMuch } from '../browser/read-file.ts';

const NOTHING: ProjectView = { dump: null, database: null, donor: null, refusal: null, rejected: [] };

export type Keys = ReturnType<Calls['project']['reveal']>;

/** The files of a person and what the engine read in them. */
export class ProjectState {
  view = $state.raw<ProjectView>(NOTHING);
  /** The files that `view` was read from; the page holds them to take one away and, on request, to keep them. */
  files = $state.raw<readonly File[]>([]);
  reading = $state.raw<Progress | null>(null);
  /** Files of the last attempt that were not taken. */
  turnedAway: readonly File[] = [];
  /** Where in flash a raw dump belongs, as a person said. */
  readonly baseAddresses = new WeakMap<File, number>();
  /** Of the last attempt to read; what was there before it stays. */
  failure = $state.raw<ErrorReport | null>(null);
  /** There while keys are shown. */
  keys = $state.raw<Keys | null>(null);

  readonly #engine: Engine;
  #latest: AbortController | null = null;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Take further files, in any order. @returns whether this attempt was the last one and ended with a view */
  open(files: readonly File[]): Promise<boolean> {
    return this.#read(files, [
      ...files,
      ...this.files.filter((old) => !files.some((one) => one.name === old.name)),
    ]);
  }

  /** Take the named file away and keep the others. */
  async remove(names: readonly string[]): Promise<void> {
    const rest = this.files.filter(({ name }) => !names.includes(name));
    await this.clear();
    if (rest.length > 0) await this.#read(rest, rest);
  }

  async clear(): Promise<void> {
    this.#latest?.abort();
    this.hideKeys();
    this.failure = null;
    this.files = [];
    this.view = await this.#engine.project.close();
  }

  /** Go on with the database that the engine has just made. */
  async useMade({ name, bytes }: GivenFile, how: { readonly keepDump: boolean }): Promise<void> {
    this.#latest?.abort();
    this.hideKeys();
    const view = await this.#engine.project.useMade(how);
    const kept = this.files.filter((file) => view.dump?.names.includes(file.name));
    this.view = view;
    this.files = [...kept, new File([bytes as Uint8Array<ArrayBuffer>], name, { type: 'application/json' })];
  }

  dismissRejected() {
    this.view = { ...this.view, rejected: [] };
    this.failure = null;
  }

  async showKeys() {
    this.keys = await this.#engine.project.reveal();
  }

  hideKeys() {
    this.keys = null;
  }

  async #read(files: readonly File[], candidates: readonly File[]): Promise<boolean> {
    this.#latest?.abort();
    const attempt = (this.#latest = new AbortController());
    const current = () => this.#latest === attempt;
    this.failure = null;
    this.reading = { stage: 'Reading files', done: 0, total: files.length };
    try {
      const given: GivenFile[] = [];
      refuseTooMuch(files);
      for (const file of files) {
        const baseAddress = this.baseAddresses.get(file);
        const bytes = await readFile(file);
        given.push({ name: file.name, bytes, ...(baseAddress !== undefined && { baseAddress }) });
      }
      const view = await this.#engine.project.open(given, {
        signal: attempt.signal,
        onProgress: (progress) => {
          if (current()) this.reading = progress;
        },
      });
      if (!current()) return false;
      this.hideKeys();
      this.view = view;
      const taken = [...(view.dump?.names ?? []), view.database?.fileName];
      this.files = candidates.filter(({ name }) => taken.includes(name));
      this.turnedAway = files.filter((file) => !this.files.includes(file));
      return true;
    } catch (error) {
      if (current() && !attempt.signal.aborted) this.failure = reportOf(error);
      return false;
    } finally {
      if (current()) this.reading = null;
    }
  }
}
