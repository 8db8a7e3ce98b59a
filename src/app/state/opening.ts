import { reportOf } from '../../errors.ts';
import type { GivenFile } from '../../worker/index.ts';
import type { KeptRun } from '../browser/bench-memory.ts';
import { filesByKind, type KeptFile } from '../browser/read-file.ts';
import { noSample } from '../errors.ts';
import { loadSample, type SampleName } from '../samples/index.ts';
import { claimsOfOthers } from './by-address.ts';
import type { Parts } from './parts.ts';
import type { Planning } from './planning.ts';
import type { Screen } from './route.svelte.ts';
import { shownName } from '../../visible.ts';

type OpeningParts = Pick<
  Parts,
  'engine' | 'project' | 'plan' | 'press' | 'memory' | 'announcements' | 'route' | 'mayDiscard'
>;

/** How files come into the project and leave it: a person's, the sample's, those of an earlier visit, or ones the engine made. */
export class Opening {
  readonly #parts: OpeningParts;
  readonly #planning: Planning;
  readonly #samples = new WeakSet<File>();

  constructor(parts: OpeningParts, planning: Planning) {
    this.#parts = parts;
    this.#planning = planning;
  }

  isSample = (file: File): boolean => this.#samples.has(file);

  /** @param goOn  the screen to be on then */
  async open(
    files: readonly File[],
    goOn: Screen = this.#parts.route.screen === 'tour' ? 'tour' : 'donor',
  ): Promise<void> {
    const { project, press, memory, announcements, route, mayDiscard } = this.#parts;
    if (files.length === 0 || !(await mayDiscard())) return;
    memory.allow();
    announcements.note = null;
    if (!(await project.open(files))) {
      if (project.failure) announcements.alarm = project.failure.message;
      return;
    }
    press.clear();
    if (route.screen !== goOn) route.go(goOn);
    await this.#opened();
  }

  /** Take a raw dump that was turned away because nobody had said where in flash it belongs. */
  async openBinary(name: string, baseAddress: number): Promise<void> {
    const { project } = this.#parts;
    const file = project.turnedAway.find((one) => one.name === name);
    if (!file) return;
    project.baseAddresses.set(file, baseAddress);
    await this.open([file]);
  }

  async openSample(name: SampleName = 'client'): Promise<void> {
    const files = await loadSample(name).catch((cause: unknown) => reportOf(noSample(cause)));
    if (!Array.isArray(files)) {
      this.#parts.project.failure = files;
      return;
    }
    await this.openDemo(files);
  }

  /** Files that are for trying. */
  async openDemo(files: readonly File[], goOn?: Screen): Promise<void> {
    for (const file of files) this.#samples.add(file);
    await this.open(files, goOn);
  }

  /** Go on where an earlier visit ended, with the files it kept. */
  async resume(): Promise<void> {
    const { memory, plan, mayDiscard } = this.#parts;
    const { remembered } = memory;
    if (!remembered?.files || !(await mayDiscard())) return;
    memory.remembered = null;
    plan.allSettings = [remembered, ...(remembered.further ?? [])].map(({ settings }) => settings);
    await this.#restore(remembered.files);
  }

  /** Open kept files, of as many kinds of node as there were, and plan for them. */
  async #restore(files: readonly KeptFile[]): Promise<void> {
    const { project, press, memory, announcements, route } = this.#parts;
    memory.allow();
    announcements.note = null;
    press.clear();
    // the database is among those of the first kind
    if (!(await project.restore({ dumps: filesByKind(files), database: null }))) {
      if (project.failure) announcements.alarm = project.failure.message;
      return;
    }
    if (route.screen !== 'donor') route.go('donor');
    await this.#opened();
  }

  /** The dump of a further kind of node is asked for; the others stay as they are. */
  async addKind(): Promise<void> {
    const { project, press, route, mayDiscard } = this.#parts;
    if (!(await mayDiscard())) return;
    press.clear();
    await project.addKind();
    this.#planning.show();
    route.go('donor');
  }

  /** Look at another kind of node: one without a donor at the place of its files. The plan is the same, and what was pressed of it. */
  async showKind(kind: number): Promise<void> {
    const { project, plan, route } = this.#parts;
    if (!project.view.kinds[kind]?.donor) route.go('donor');
    await project.showKind(kind);
    this.#planning.show();
    await plan.look();
  }

  async removeKind(kind: number): Promise<void> {
    const { project, plan, press, memory, announcements, mayDiscard } = this.#parts;
    if (!(await mayDiscard())) return;
    const name = project.view.kinds[kind]?.donor?.name ?? 'The kind of node';
    press.clear();
    await project.removeKind(kind);
    plan.allSettings = plan.allSettings.filter((_, i) => i !== kind);
    await this.#planning.anew();
    await memory.save();
    announcements.said = `${shownName(name)} is removed.`;
  }

  /**
   * Open the files of a kept run, and go on with its very clones: by its plan as it was made, or by planning the table again that
   * stands for it in a run of version 0.1.0.
   *
   * @returns whether that was done; if not, `plan.error` says why
   */
  async reopenRun(run: KeptRun): Promise<boolean> {
    const { plan, press, route, mayDiscard } = this.#parts;
    if (!(await mayDiscard())) return false;
    press.clear();
    await this.#restore(run.files);
    plan.allSettings = [run.settings, ...(run.furtherSettings ?? [])];
    plan.reserved = claimsOfOthers(plan.reserved, run.clones);
    await (run.version === 2 ? plan.adopt(run.plan) : plan.refresh());
    route.go('bench');
    return plan.view !== null && plan.error === null;
  }

  /**
   * The engine knows of nothing any more: it gets the files that are open once more.
   *
   * @param run  that is on: its clones stay the very same
   */
  async beginAgain(run: KeptRun | null): Promise<void> {
    const { project, plan, press, announcements } = this.#parts;
    const { sources, view } = project;
    const { active } = view;
    if (!run) press.clear();
    if (sources.dumps.flat().length === 0 && !sources.database) return;
    if (!(await project.restore(sources))) {
      if (project.failure) announcements.alarm = project.failure.message;
      project.sources = sources; // a person may try once more
      return;
    }
    if (active > 0) await project.showKind(active);
    if (run?.version !== 2) return this.#opened();
    this.#planning.show();
    await plan.adopt(run.plan);
    announcements.said = 'The files are open again, and the run goes on.';
  }

  async remove(names: readonly string[]): Promise<void> {
    const { project, press, memory, announcements, mayDiscard } = this.#parts;
    const { kinds, active } = project.view;
    const dumpGoes = kinds[active]!.dumpNames.every((name) => names.includes(name));
    if (kinds.length > 1 && dumpGoes && names.length > 0) return this.removeKind(active);
    if (!(await mayDiscard())) return;
    const removed = project.files.filter(({ name }) => names.includes(name));
    press.clear();
    await project.remove(names);
    await this.#planning.anew();
    await memory.save();
    announcements.tell(`${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} removed.`, () =>
      this.open(removed),
    );
  }

  /** Plan further clones from the database that already knows the pressed ones. */
  async continueFromUpdated(): Promise<void> {
    const { engine, project, route, mayDiscard } = this.#parts;
    if (!(await mayDiscard())) return;
    await this.#goOnWith(await engine.plan.database({}), { keepDump: true });
    if (project.view.donor) route.go('plan');
  }

  /** The same network, another kind of node: its database goes on with what was pressed, and the next dump is asked for. */
  async nextDonor(): Promise<void> {
    const { engine, route, mayDiscard } = this.#parts;
    if (!(await mayDiscard())) return;
    await this.#goOnWith(await engine.plan.database({}), { keepDump: false });
    route.go('donor');
  }

  /** The project's database was changed on its own page, where one stays. */
  async goOnWithMade(database: GivenFile): Promise<void> {
    if (await this.#parts.mayDiscard()) await this.#useMade(database, { keepDump: true });
  }

  /** A person was asked before, and what happened cannot be taken back. */
  replaceDatabase(database: GivenFile): Promise<void> {
    return this.#useMade(database, { keepDump: true });
  }

  async #goOnWith(database: GivenFile, how: { readonly keepDump: boolean }): Promise<void> {
    const { plan } = this.#parts;
    plan.allSettings = plan.allSettings.map((settings) => ({ ...settings, first: '', csv: '', names: {} }));
    await this.#useMade(database, how);
  }

  async #useMade(database: GivenFile, how: { readonly keepDump: boolean }): Promise<void> {
    this.#parts.press.clear();
    await this.#parts.project.useMade(database, how);
    await this.#opened();
  }

  /** Say what is there now, plan for it, and keep what may be kept. */
  async #opened(): Promise<void> {
    const { project, announcements, memory } = this.#parts;
    const { donor, refusal, rejected, dump, database } = project.view;
    if (refusal) announcements.alarm = refusal.message;
    else if (rejected[0]) announcements.alarm = rejected[0].error.message;
    else if (donor) announcements.said = `${shownName(donor.name)} can be cloned.`;
    else
      announcements.said = dump
        ? 'Dump read. The database is missing.'
        : database
          ? 'Database read. The dump is missing.'
          : '';
    await this.#planning.anew();
    await memory.save();
  }
}
