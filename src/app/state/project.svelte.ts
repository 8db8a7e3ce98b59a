import { reportOf, type ErrorReport } from '../../errors.ts';
import type { Calls, Engine, GivenFile, Progress, ProjectView } from '../../worker/index.ts';
import { readFile, refuseTooMuch } from '../browser/read-file.ts';

/** What a project without files looks like. */
export const NOTHING: ProjectView = {
  kinds: [
    {
      dumpNames: [],
      chip: '',
      stackTitle: '',
      releases: [],
      flash: null,
      donor: null,
      options: [],
      refusal: null,
    },
  ],
  active: 0,
  dump: null,
  database: null,
  donor: null,
  refusal: null,
  rejected: [],
};

export type Keys = ReturnType<Calls['project']['reveal']>;

/** What a project is made of. */
export interface ProjectSources {
  /** Those of each kind of node. */
  readonly dumps: readonly (readonly File[])[];
  readonly database: File | null;
}
const NO_SOURCES: ProjectSources = { dumps: [[]], database: null };

/** The files of a person and what the engine read in them. */
export class ProjectState {
  view = $state.raw<ProjectView>(NOTHING);
  /** The files that `view` was read from; the page holds them to take one away and, on request, to keep them. */
  sources = $state.raw<ProjectSources>(NO_SOURCES);
  /** All of them, dumps first. */
  readonly files: readonly File[] = $derived([
    ...this.sources.dumps.flat(),
    ...(this.sources.database ? [this.sources.database] : []),
  ]);
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

  /**
   * Take further files, in any order: a dump is that of the active kind of node.
   *
   * @returns whether this attempt was the last one and ended with a view
   */
  open(files: readonly File[]): Promise<boolean> {
    const { dumps, database } = this.sources;
    return this.#read(files, [...files, ...(dumps[this.view.active] ?? []), ...(database ? [database] : [])]);
  }

  /** Open all that a project was made of. @returns whether each of its kinds was read, the first of which is looked at then */
  async restore({ dumps, database }: ProjectSources): Promise<boolean> {
    await this.clear();
    for (const [kind, files] of dumps.entries()) {
      if (kind > 0) await this.addKind();
      const given = kind === 0 && database ? [...files, database] : files;
      if (given.length > 0 && !(await this.open(given))) return false;
    }
    if (dumps.length > 1) await this.showKind(0);
    return true;
  }

  /** Take the named files of the active kind away, or the database, and keep the others. */
  async remove(names: readonly string[]): Promise<void> {
    const { dumps, database } = this.sources;
    const { active } = this.view;
    const isLeft = (file: File) => !names.includes(file.name);
    await this.restore({
      dumps: dumps.map((files, kind) => (kind === active ? files.filter(isLeft) : files)),
      database: database && isLeft(database) ? database : null,
    });
    if (active > 0) await this.showKind(active);
  }

  /** Ask for the dump of a further kind of node. */
  async addKind(): Promise<void> {
    this.#show(await this.#engine.project.addKind());
    const { dumps, database } = this.sources;
    this.sources = { dumps: this.view.kinds.map((_, kind) => dumps[kind] ?? []), database };
  }

  async showKind(kind: number): Promise<void> {
    this.#show(await this.#engine.project.showKind(kind));
  }

  async removeKind(kind: number): Promise<void> {
    this.#show(await this.#engine.project.removeKind(kind));
    const dumps = this.sources.dumps.filter((_, i) => i !== kind);
    this.sources = { ...this.sources, dumps: dumps.length > 0 ? dumps : [[]] };
  }

  async clear(): Promise<void> {
    this.#latest?.abort();
    this.hideKeys();
    this.failure = null;
    this.sources = NO_SOURCES;
    this.view = await this.#engine.project.close();
  }

  /** Go on with the database that the engine has just made. */
  async useMade({ name, bytes }: GivenFile, how: { readonly keepDump: boolean }): Promise<void> {
    this.#latest?.abort();
    this.hideKeys();
    this.view = await this.#engine.project.useMade(how);
    this.sources = {
      dumps: how.keepDump ? this.sources.dumps : [[]],
      database: new File([bytes as Uint8Array<ArrayBuffer>], name, { type: 'application/json' }),
    };
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

  #show(view: ProjectView) {
    this.#latest?.abort();
    this.hideKeys();
    this.failure = null;
    this.view = view;
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
      this.sources = this.#taken(candidates);
      this.turnedAway = files.filter((file) => !this.files.includes(file));
      return true;
    } catch (error) {
      if (current() && !attempt.signal.aborted) this.failure = reportOf(error);
      return false;
    } finally {
      if (current()) this.reading = null;
    }
  }

  /** Which files the view was read from. @param candidates  the later ones first, where two have one name */
  #taken(candidates: readonly File[]): ProjectSources {
    const { dump, database, active } = this.view;
    const named = (name: string) => candidates.find((file) => file.name === name);
    const dumps = this.sources.dumps.with(
      active,
      (dump?.names ?? []).flatMap((name) => named(name) ?? []),
    );
    return { dumps, database: (database && named(database.fileName)) ?? null };
  }
}
