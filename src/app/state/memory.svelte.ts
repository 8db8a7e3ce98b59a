import { reportOf, type ErrorReport } from '../../errors.ts';
import { keptFiles } from '../browser/read-file.ts';
import { now, type PressedMark, type Remembered } from '../browser/memory.ts';
import { lastOf, spanOf } from '../../mesh/index.ts';
import { DEFAULT_SETTINGS, type PlanSettings } from './plan-settings.ts';
import type { PlanState } from './plan.svelte.ts';
import type { ProjectState } from './project.svelte.ts';

/** Where a project is kept between visits; each may reject where the browser keeps nothing. */
export interface ProjectMemory {
  recall(): Promise<Remembered | null>;
  remember(project: Remembered): Promise<void>;
  forget(): Promise<void>;
  /** Whether a run of the bench is kept. */
  hasRun(): Promise<boolean>;
}

/** What this browser keeps of a project, as far as the person allows. One that keeps nothing is no failure. */
export class MemoryState {
  /** From an earlier visit; `null` once used or forgotten. */
  remembered = $state.raw<Remembered | null>(null);
  /** Whether dump and database, keys included, stay in this browser. */
  keepFiles = $state(false);
  /** Why the files could not be kept, although the person wishes it. What was kept before is there still. */
  failure = $state.raw<ErrorReport | null>(null);
  pressedBefore = $state.raw<PressedMark | null>(null);
  /** An earlier visit left a run of the bench unfinished. */
  runIsKept = $state(false);

  readonly #memory: ProjectMemory;
  readonly #project: ProjectState;
  readonly #plan: PlanState;
  /** The person had everything forgotten; nothing is kept again before they give further files. */
  #forgotten = false;

  constructor(
    memory: ProjectMemory,
    { project, plan }: { readonly project: ProjectState; readonly plan: PlanState },
  ) {
    this.#memory = memory;
    this.#project = project;
    this.#plan = plan;
  }

  /** Look for what an earlier visit left. */
  async recall(): Promise<void> {
    this.remembered = await this.#memory.recall().catch(() => null);
    this.keepFiles = this.remembered?.files !== undefined;
    this.pressedBefore = this.remembered?.pressed ?? null;
    this.runIsKept = await this.#memory.hasRun().catch(() => false);
  }

  /** The settings of last time if the active kind's files are those of a kind then. They are given once. */
  settingsOfLastTime(): PlanSettings | null {
    const { view } = this.#project;
    const old = this.remembered;
    if (!old || old.databaseName !== view.database?.fileName) return null;
    const kinds = [old, ...(old.further ?? [])];
    const same = kinds.find(
      ({ dumpNames }) => dumpNames.length > 0 && dumpNames.every((name) => view.dump?.names.includes(name)),
    );
    if (!same) return null;
    if (kinds.length === 1) this.remembered = null;
    return same.settings;
  }

  /** Further files were given: what was forgotten is behind. */
  allow() {
    this.#forgotten = false;
  }

  async setKeepFiles(keep: boolean): Promise<void> {
    this.keepFiles = keep;
    this.allow();
    await this.save();
  }

  /** Clones left this page: their addresses are remembered, so that an old database does not hand them out again unnoticed. */
  async markPressed(): Promise<void> {
    const { clones } = this.#plan.view ?? { clones: [] };
    const [first] = clones;
    const span = spanOf(clones);
    if (!first || !span) return;
    this.pressedBefore = {
      at: now(),
      databaseName: this.#project.view.database?.fileName ?? '',
      donor: this.#project.view.donor?.unicast ?? 0,
      count: clones.length,
      elementCount: first.elementCount,
      first: span.start,
      last: lastOf(span),
    };
    await this.save();
  }

  /** Put the project into this browser as far as the person allows. */
  async save(): Promise<void> {
    const { view, sources } = this.#project;
    if (this.#forgotten || (!view.kinds.some(({ dumpNames }) => dumpNames.length > 0) && !view.database))
      return;
    const kept = view.kinds.map(({ dumpNames }, kind) => {
      const settings = this.#plan.allSettings[kind] ?? DEFAULT_SETTINGS;
      return { dumpNames, settings: this.keepFiles ? settings : { ...settings, csv: '' } };
    });
    const [first, ...further] = kept;
    const project: Remembered = {
      version: 1,
      savedAt: now(),
      dumpNames: first!.dumpNames,
      databaseName: view.database?.fileName ?? '',
      donor: view.kinds.flatMap(({ donor }) => donor?.name ?? []).join(', '),
      settings: first!.settings,
      ...(further.length > 0 && { further }),
      ...(this.pressedBefore && { pressed: this.pressedBefore }),
      ...(this.keepFiles && {
        files: await keptFiles(sources.dumps, sources.database),
      }),
    };
    this.failure = await this.#memory.remember(project).then(
      () => null,
      (error: unknown) => (this.keepFiles ? reportOf(error) : null), // a browser that keeps nothing still presses
    );
  }

  /** @param runIsKept  whether a run stays although the rest is forgotten */
  async forget(runIsKept: boolean): Promise<void> {
    this.#forgotten = true;
    await this.#memory.forget().catch(() => undefined); // a browser that keeps nothing has nothing to forget
    this.remembered = null;
    this.keepFiles = false;
    this.failure = null;
    this.pressedBefore = null;
    this.runIsKept = runIsKept;
  }
}
