import { forget, now, recall, remember, type PressedMark, type Remembered } from '../browser/memory.ts';
import { counted, percent, size, unicast, unicastRange } from '../text/words.ts';
import { KnownError, reportOf, type ErrorReport } from '../../errors.ts';
import { lastUnicast } from '../../mesh/index.ts';
import { noSample } from '../errors.ts';
import type { Engine, GivenFile } from '../../worker/index.ts';
import { recallRun, type KeptRun } from '../browser/bench-memory.ts';
import { IndexedDbJournal } from '../browser/journal-store.ts';
import type { BenchState } from './bench.svelte.ts';
import type { RadioState } from './radio.svelte.ts';
import { claimsOfOthers } from './by-address.ts';
import { DEFAULT_SETTINGS, PlanState, type PlanSettings } from './plan.svelte.ts';
import { PressState } from './press.svelte.ts';
import { ProjectState } from './project.svelte.ts';
import { Route, type Screen, type Step } from './route.svelte.ts';

export type GlyphKind = 'ok' | 'warn' | 'fail' | 'busy' | 'wait' | 'skip';

/** One step of the rail: where one can go, and how things stand there. */
export interface RailStep {
  readonly step: Step;
  readonly name: string;
  readonly glyph: GlyphKind;
  readonly value: string;
  /** Whether the value is something a machine reads: then it is set in monospace. */
  readonly readout: boolean;
}

/** Something that cannot be undone, put before a person. */
export interface Question {
  readonly title: string;
  readonly text: string;
  readonly yes: string;
  readonly no: string;
  readonly answer: (yes: boolean) => void;
}

/** What was just done, and how it is undone if it can be. It stands until the next thing is done. */
export interface Note {
  readonly text: string;
  readonly undo?: () => unknown;
}

/** Everything the page knows, made once and handed down. */
export class AppState {
  readonly engine: Engine;
  readonly route = new Route();
  readonly project: ProjectState;
  readonly plan: PlanState;
  readonly press: PressState;
  /** There once somebody has opened the step: it is loaded then. */
  bench = $state.raw<BenchState | null>(null);
  /** There once somebody has opened one of its pages: it is loaded then. */
  radio = $state.raw<RadioState | null>(null);
  /** An earlier visit left a run of the bench unfinished. */
  runIsKept = $state(false);

  question = $state.raw<Question | null>(null);
  note = $state.raw<Note | null>(null);
  /** For people who listen: stages, and failures. */
  said = $state('');
  alarm = $state('');
  /** From an earlier visit; `null` once used or forgotten. */
  remembered = $state.raw<Remembered | null>(null);
  /** Whether dump and database, keys included, stay in this browser. */
  keepFiles = $state(false);
  pressedBefore = $state.raw<PressedMark | null>(null);

  readonly rail: readonly RailStep[] = $derived([
    this.#donorStep(),
    this.#planStep(),
    this.#pressStep(),
    this.#benchStep(),
  ]);

  /** Boards are getting the clones of this plan: it cannot change meanwhile. */
  readonly benchRuns = $derived(this.bench?.phase === 'running' || this.bench?.phase === 'starting');

  readonly #samples = new WeakSet<File>();
  /** What is on the page is for trying: the sample network, virtual boards. */
  readonly demo: 'sample network' | 'virtual boards' | 'virtual kit' | null = $derived.by(() => {
    if (this.bench?.desk) return 'virtual boards';
    if (this.radio?.desk) return 'virtual kit';
    return this.project.files.some((file) => this.#samples.has(file)) ? 'sample network' : null;
  });

  /** The person had everything forgotten; nothing is kept again before they give further files. */
  #forgotten = false;

  /** Changes whenever another page stands in the window: focus then goes to its headline. */
  readonly page = $derived(`${this.route.screen} ${this.#stateOf(this.route.screen)}`);

  constructor(engine: Engine) {
    this.engine = engine;
    this.project = new ProjectState(engine);
    this.plan = new PlanState(engine);
    this.press = new PressState(engine);
    window.addEventListener('beforeunload', (event) => {
      if (this.press.unsaved || this.press.phase === 'pressing') event.preventDefault();
    });
    window.addEventListener('hashchange', () => (this.note = null));
  }

  /** Look for what an earlier visit left. A browser that keeps nothing is no failure. */
  async recall(): Promise<void> {
    this.remembered = await recall().catch(() => null);
    this.keepFiles = this.remembered?.files !== undefined;
    this.pressedBefore = this.remembered?.pressed ?? null;
    this.runIsKept = (await recallRun().catch(() => null)) !== null;
  }

  async openBench(): Promise<BenchState> {
    const { BenchState } = await import('./bench.svelte.ts');
    this.bench ??= new BenchState(this);
    await this.bench.look();
    return this.bench;
  }

  async openRadio(): Promise<RadioState> {
    const { RadioState } = await import('./radio.svelte.ts');
    return (this.radio ??= new RadioState(this));
  }

  /** Open the files of a kept run, and plan the very same clones. @returns whether that was done */
  async reopen({ files, settings, clones }: KeptRun): Promise<boolean> {
    if (!(await this.mayDiscard())) return false;
    this.press.clear();
    await this.open(files.map(({ name, bytes }) => new File([bytes as Uint8Array<ArrayBuffer>], name)));
    this.plan.settings = settings;
    this.plan.reserved = claimsOfOthers(this.plan.reserved, clones);
    await this.plan.refresh();
    this.route.go('bench');
    return this.plan.view !== null && this.plan.error === null;
  }

  /** What the journal says is on boards of this network. A browser that keeps nothing knows of none. */
  async learnClaims(): Promise<void> {
    const network = this.project.view.database?.meshUuid;
    const records = await new IndexedDbJournal('usb').load().catch(() => []);
    if (!network || records.length === 0) {
      this.plan.reserved = [];
      return;
    }
    const { Ledger } = await import('../../bench/index.ts');
    this.plan.reserved = Ledger.of(records).claims(network);
  }

  /** Leave out what came onto boards since the plan was made. Pressed clones are left as they are: a person decides about them. */
  async planAgain(): Promise<void> {
    await this.learnClaims();
    if (this.press.phase === 'ready') await this.plan.refresh();
  }

  /** @param goOn  the screen to be on then */
  async open(
    files: readonly File[],
    goOn: Screen = this.route.screen === 'tour' ? 'tour' : 'donor',
  ): Promise<void> {
    if (files.length === 0 || !(await this.mayDiscard())) return;
    this.#forgotten = false;
    this.note = null;
    if (!(await this.project.open(files))) {
      if (this.project.failure) this.alarm = this.project.failure.message;
      return;
    }
    this.press.clear();
    if (this.route.screen !== goOn) this.route.go(goOn);
    await this.#opened();
  }

  /** Say what is there now, plan for it, and keep what may be kept. */
  async #opened(): Promise<void> {
    const { donor, refusal, rejected, dump, database } = this.project.view;
    if (refusal) this.alarm = refusal.message;
    else if (rejected[0]) this.alarm = rejected[0].error.message;
    else if (donor) this.said = `${donor.name} can be cloned.`;
    else
      this.said = dump
        ? 'Dump read. The database is missing.'
        : database
          ? 'Database read. The dump is missing.'
          : '';
    await this.#planAnew();
    await this.save();
  }

  /** Take a raw dump that was turned away because nobody had said where in flash it belongs. */
  async openBinary(name: string, baseAddress: number): Promise<void> {
    const file = this.project.turnedAway.find((one) => one.name === name);
    if (!file) return;
    this.project.baseAddresses.set(file, baseAddress);
    await this.open([file]);
  }

  /** Go on where an earlier visit ended, with the files it kept. */
  async resume(): Promise<void> {
    const files = this.remembered?.files;
    if (files)
      await this.open(files.map(({ name, bytes }) => new File([bytes as Uint8Array<ArrayBuffer>], name)));
  }

  /** Files that are for trying. */
  async openDemo(files: readonly File[]): Promise<void> {
    for (const file of files) this.#samples.add(file);
    await this.open(files);
  }

  async openSample(): Promise<void> {
    const files = await import('../sample.ts').then(
      ({ sampleFiles }) => sampleFiles(),
      (cause: unknown) => reportOf(noSample(cause)),
    );
    if (!Array.isArray(files)) {
      this.project.failure = files;
      return;
    }
    await this.openDemo(files);
  }

  async removeFiles(names: readonly string[]): Promise<void> {
    if (!(await this.mayDiscard())) return;
    const removed = this.project.files.filter(({ name }) => names.includes(name));
    this.press.clear();
    await this.project.remove(names);
    await this.#planAnew();
    await this.save();
    this.#tell(`${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} removed.`, () =>
      this.open(removed),
    );
  }

  clearTable() {
    const { csv } = this.plan.settings;
    this.changePlan({ csv: '' });
    this.#tell('The table is cleared.', () => this.changePlan({ csv }));
  }

  #tell(text: string, undo?: () => unknown) {
    this.said = text;
    this.note = { text, ...(undo && { undo }) };
  }

  /**
   * Take everything of the project out of this browser, virtual boards included. What stays is the program, as far as it is kept
   * for offline use, and the journal of real boards: it has no keys, and which board has which identity is not to be lost.
   */
  async forget(): Promise<void> {
    if (!(await this.mayDiscard())) return;
    const refusal = await this.#forgetRun();
    if (refusal === 'kept') return;
    this.#forgotten = true;
    await forget().catch(() => undefined); // a browser that keeps nothing has nothing to forget
    await this.#forgetRadio();
    this.runIsKept = refusal !== null;
    await this.bench?.look();
    this.remembered = null;
    this.keepFiles = false;
    this.pressedBefore = null;
    this.#tell(
      refusal
        ? `Forgotten, but for the run of the bench. ${refusal.message} ${refusal.hint}`
        : 'Forgotten. This browser keeps nothing of the project; the journal of real boards stays.',
    );
  }

  /** The database of a node that was provisioned here. Where it is in this page alone, a person must save it first. */
  async #forgetRadio(): Promise<void> {
    if (this.radio?.join.unstored) return;
    const { forgetDatabase } = await import('../browser/radio-memory.ts');
    await forgetDatabase().catch(() => undefined);
    if (this.radio) this.radio.join.keptDatabase = null;
  }

  /**
   * Virtual boards go with it. A run on real boards whose keys are nowhere else is not forgotten by the way.
   *
   * @returns why it stays: a person wants that, or another tab has it; `null` when it is gone
   */
  async #forgetRun(): Promise<'kept' | ErrorReport | null> {
    const { keptRuns } = await import('../browser/kept-runs.ts');
    const runs = keptRuns();
    const seen = await runs.look().catch(() => null);
    if (seen && !seen.run.saved && seen.run.boards === 'usb') {
      const yes = await this.ask({
        title: 'Forget the run of the bench too?',
        text: 'Neither its zip nor its database is saved: without them nobody can reach the nodes that are on boards.',
        yes: 'Forget',
        no: 'Keep',
      });
      if (!yes) return 'kept';
    }
    return runs.putAway(seen).then(
      () => null,
      (error: unknown) => (error instanceof KnownError ? reportOf(error) : null), // nothing can be kept here
    );
  }

  async setKeepFiles(keep: boolean): Promise<void> {
    this.keepFiles = keep;
    this.#forgotten = false;
    await this.save();
  }

  changePlan(changes: Partial<PlanSettings>) {
    this.note = null;
    this.plan.change(changes);
    void this.save();
  }

  /** @returns what is wrong with the name; `null` when the plan has it */
  async renameClone(index: number, name: string): Promise<ErrorReport | null> {
    const wrong = await this.plan.rename(index, name);
    await this.save();
    return wrong;
  }

  /** Unlock the plan after pressing. */
  async reopenPlan(): Promise<void> {
    if (!(await this.mayDiscard())) return;
    this.press.clear();
    await this.plan.refresh();
  }

  async pressClones(zip: { name: string; bytes: number }): Promise<void> {
    const { view } = this.plan;
    if (!view) return;
    await this.press.press(zip);
    if (this.press.error) this.alarm = this.press.error.message;
    if (this.press.phase !== 'pressed' || (await this.#refuseOutdated())) return;
    this.said = `${counted(view.clones.length, 'clone')} are ready.`;
    if (this.press.savedAs) await this.#noteSaved();
  }

  /** Clones that were pressed from a plan older than what another tab put onto boards are put aside. @returns whether they were */
  async #refuseOutdated(): Promise<boolean> {
    const network = this.project.view.database?.meshUuid;
    const records = await new IndexedDbJournal('usb').load().catch(() => []);
    const pressed = this.press.result?.pressed ?? [];
    if (!network || records.length === 0) return false;
    const { assertPlanIsCurrent } = await import('../../bench/index.ts');
    const clones = this.plan.view?.clones ?? [];
    try {
      assertPlanIsCurrent(
        clones.map((clone, i) => ({ ...clone, imageSha256: pressed[i]?.imageSha256 ?? '' })),
        network,
        records,
      );
      return false;
    } catch (error) {
      this.press.clear();
      this.press.error = reportOf(error);
      this.alarm = this.press.error.message;
      await this.planAgain();
      return true;
    }
  }

  async saveZip(): Promise<void> {
    await this.press.saveZip();
    if (this.press.savedAs) await this.#noteSaved();
  }

  /** Plan further clones from the database that already knows the pressed ones. */
  async continueFromUpdated(): Promise<void> {
    if (!(await this.mayDiscard())) return;
    await this.#goOnWith(await this.engine.plan.database({}), { keepDump: true });
    if (this.project.view.donor) this.route.go('plan');
  }

  /** The same network, another kind of node: its database goes on with what was pressed, and the next dump is asked for. */
  async nextDonor(): Promise<void> {
    if (!(await this.mayDiscard())) return;
    await this.#goOnWith(await this.engine.plan.database({}), { keepDump: false });
    this.route.go('donor');
  }

  async #goOnWith(database: GivenFile, how: { readonly keepDump: boolean }): Promise<void> {
    this.plan.settings = { ...this.plan.settings, first: '', csv: '', names: {} };
    await this.#useMade(database, how);
  }

  /** The project's database was changed on its own page, where one stays. */
  async goOnWithMade(database: GivenFile): Promise<void> {
    if (await this.mayDiscard()) await this.#useMade(database, { keepDump: true });
  }

  async #useMade(database: GivenFile, how: { readonly keepDump: boolean }): Promise<void> {
    this.press.clear();
    await this.project.useMade(database, how);
    await this.#opened();
  }

  /** Ask before pressed clones that were not saved are lost. @returns whether to go on */
  async mayDiscard(): Promise<boolean> {
    if (this.press.phase === 'pressing') {
      this.press.notice = 'Pressing is under way. Cancel it before you change files or plan.';
      this.route.go('press');
      return false;
    }
    if (this.benchRuns) {
      if (this.bench)
        this.bench.notice = 'A run is on with these files and this plan. Finish or forget it first.';
      this.route.go('bench');
      return false;
    }
    if (!this.press.unsaved) return true;
    const clones = counted(this.press.result?.clones ?? 0, 'pressed clone');
    return this.ask({
      title: `Discard ${clones}?`,
      text: 'The zip is not saved. Its device keys exist only in this page and cannot be made again.',
      yes: 'Discard',
      no: 'Keep',
    });
  }

  async ask(question: Omit<Question, 'answer'>): Promise<boolean> {
    return new Promise((resolve) => {
      this.question = {
        ...question,
        answer: (yes) => {
          this.question = null;
          resolve(yes);
        },
      };
    });
  }

  /** Put the project into this browser as far as the person allows. */
  async save(): Promise<void> {
    const { view, files } = this.project;
    if (this.#forgotten || (!view.dump && !view.database)) return;
    const { settings } = this.plan;
    const project: Remembered = {
      version: 1,
      savedAt: now(),
      dumpNames: view.dump?.names ?? [],
      databaseName: view.database?.fileName ?? '',
      donor: view.donor?.name ?? '',
      settings: this.keepFiles ? settings : { ...settings, csv: '' },
      ...(this.pressedBefore && { pressed: this.pressedBefore }),
      ...(this.keepFiles && {
        files: await Promise.all(
          files.map(async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })),
        ),
      }),
    };
    await remember(project).catch(() => undefined); // a browser that keeps nothing still presses
  }

  async #noteSaved(): Promise<void> {
    await this.bench?.noteSaved();
    await this.#markPressed();
  }

  async #markPressed(): Promise<void> {
    const { clones } = this.plan.view ?? { clones: [] };
    const first = clones[0];
    const last = clones.at(-1);
    if (!first || !last) return;
    this.pressedBefore = {
      at: now(),
      databaseName: this.project.view.database?.fileName ?? '',
      donor: this.project.view.donor?.unicast ?? 0,
      count: clones.length,
      elementCount: first.elementCount,
      first: first.unicast,
      last: lastUnicast(last),
    };
    await this.save();
  }

  /** Plan for the donor that is there now, with the settings of last time if these are its files. */
  async #planAnew(): Promise<void> {
    const { view } = this.project;
    const old = this.remembered;
    if (
      old &&
      old.databaseName === view.database?.fileName &&
      old.dumpNames.every((name) => view.dump?.names.includes(name))
    ) {
      this.plan.settings = { ...DEFAULT_SETTINGS, ...old.settings };
      this.remembered = null;
    }
    this.plan.clear();
    this.plan.options = view.dump?.options ?? [];
    if (!view.donor) return;
    await this.learnClaims();
    await this.plan.refresh();
    const fits = this.plan.error?.facts['room'];
    if (this.plan.settings.count === DEFAULT_SETTINGS.count && typeof fits === 'number' && fits > 0) {
      this.plan.settings = { ...this.plan.settings, count: String(fits) }; // nobody asked for the default number
      await this.plan.refresh();
    }
  }

  #donorStep(): RailStep {
    const step = { step: 'donor', name: 'Donor' } as const;
    const { view, reading } = this.project;
    if (reading) {
      return {
        ...step,
        glyph: 'busy',
        value: `reading ${percent(reading.done, reading.total)} %`,
        readout: true,
      };
    }
    if (view.refusal) {
      return {
        ...step,
        glyph: 'fail',
        value: view.refusal.about === 'dump' ? 'dump refused' : 'files do not fit',
        readout: false,
      };
    }
    if (view.donor) {
      const { name, unicast: start, elementCount } = view.donor;
      return { ...step, glyph: 'ok', value: `${name} ${unicastRange(start, elementCount)}`, readout: true };
    }
    if (view.dump) return { ...step, glyph: 'wait', value: 'database missing', readout: false };
    if (view.database) return { ...step, glyph: 'wait', value: 'dump missing', readout: false };
    return { ...step, glyph: 'wait', value: 'who the node is', readout: false };
  }

  #planStep(): RailStep {
    const step = { step: 'plan', name: 'Plan' } as const;
    const { view, error } = this.plan;
    if (error) return { ...step, glyph: 'warn', value: 'a setting needs a change', readout: false };
    const first = view?.clones[0];
    const last = view?.clones.at(-1);
    if (!first || !last) return { ...step, glyph: 'wait', value: 'who the clones will be', readout: false };
    const range = `${unicast(first.unicast)}–${unicast(lastUnicast(last))}`;
    return { ...step, glyph: 'ok', value: `${counted(view.clones.length, 'clone')} ${range}`, readout: true };
  }

  #pressStep(): RailStep {
    const step = { step: 'press', name: 'Press' } as const;
    const { phase, progress, result, savedAs, error } = this.press;
    if (phase === 'pressing') {
      const value = progress ? `pressing ${progress.done} of ${progress.total}` : 'pressing';
      return { ...step, glyph: 'busy', value, readout: true };
    }
    if (phase === 'pressed' && result) {
      return savedAs
        ? { ...step, glyph: 'ok', value: `zip saved, ${size(result.zipBytes)}`, readout: true }
        : { ...step, glyph: 'warn', value: `${result.clones} pressed, zip not saved`, readout: true };
    }
    if (error) return { ...step, glyph: 'fail', value: 'not pressed', readout: false };
    const ready = this.plan.view !== null && this.plan.error === null;
    return {
      ...step,
      glyph: 'wait',
      value: ready ? 'ready to press' : 'images and a new database',
      readout: false,
    };
  }

  #benchStep(): RailStep {
    const step = { step: 'bench', name: 'Bench' } as const;
    const view = this.bench?.view;
    if (view) {
      const { verified, failed } = view.counts;
      const glyph = view.busy ? 'busy' : failed > 0 ? 'fail' : verified === view.jobs.length ? 'ok' : 'wait';
      return {
        ...step,
        glyph,
        value: failed > 0 ? `${verified} verified, ${failed} failed` : `${verified} verified`,
        readout: true,
      };
    }
    if (this.bench?.phase === 'elsewhere')
      return { ...step, glyph: 'warn', value: 'open in another tab', readout: false };
    if (this.bench?.kept ?? this.runIsKept)
      return { ...step, glyph: 'warn', value: 'a run to go on with', readout: false };
    if (!navigator.usb) return { ...step, glyph: 'warn', value: 'not in this browser', readout: false };
    return { ...step, glyph: 'wait', value: 'onto boards, over USB', readout: false };
  }

  #stateOf(screen: Screen): string {
    if (screen === 'bench') return this.bench?.full ? 'full' : (this.bench?.phase ?? '');
    if (screen === 'press') return this.press.phase;
    if (screen === 'help' || screen === 'tour') return this.route.section ?? '';
    if (screen === 'donor')
      return this.project.view.refusal?.code ?? this.project.view.donor?.name ?? 'start';
    return '';
  }
}
