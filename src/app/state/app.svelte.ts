import { reportOf, type ErrorReport, type KnownError } from '../../errors.ts';
import { browserClipboard } from '../browser/clipboard.ts';
import { forget, recall, remember } from '../browser/memory.ts';
import { recallRun, type KeptRun } from '../browser/bench-memory.ts';
import { keptThings } from '../browser/kept-things.ts';
import { IndexedDbJournal } from '../browser/journal-store.ts';
import { forgetDatabase, forgetPending, forgetVirtualRecords } from '../browser/radio-memory.ts';
import type { SampleName } from '../samples/index.ts';
import type { Report } from '../paper/report.ts';
import type { Engine } from '../../worker/index.ts';
import { AirRecords } from './air-records.svelte.ts';
import { Announcements } from './announcements.svelte.ts';
import type { BenchState } from './bench.svelte.ts';
import { Claims } from './claims.ts';
import type { ConsoleState } from './console.svelte.ts';
import { Copied } from './copied.svelte.ts';
import { Events, type PageEvents } from './events.ts';
import { forgetAll } from './forgetting.ts';
import { KeepingState } from './keeping.svelte.ts';
import { mayLosePressed } from './losing.ts';
import { MemoryState, type ProjectMemory } from './memory.svelte.ts';
import { Opening } from './opening.ts';
import type { Parts } from './parts.ts';
import { Planning } from './planning.ts';
import { PlanState } from './plan.svelte.ts';
import { PressState } from './press.svelte.ts';
import { ProjectState } from './project.svelte.ts';
import type { ReadBoardState } from './read-board.svelte.ts';
import type { RadioState } from './radio.svelte.ts';
import { Questions, type Question } from './questions.svelte.ts';
import { railOf } from './rail.ts';
import { Route, type Screen } from './route.svelte.ts';

const BROWSER_MEMORY: ProjectMemory = {
  recall,
  remember,
  forget,
  hasRun: async () => (await recallRun()) !== null,
};

/**
 * Everything the page knows, made once and handed down. Each member knows one thing; those that act on several of them
 * (`Opening`, `Planning`) are reached through the methods here.
 */
export class AppState implements Parts {
  readonly engine: Engine;
  readonly route = new Route();
  readonly events = new Events<PageEvents>();
  readonly announcements = new Announcements();
  readonly questions = new Questions();
  readonly claims = new Claims(new IndexedDbJournal('usb'));
  readonly copied = new Copied(browserClipboard);
  readonly project: ProjectState;
  readonly plan: PlanState;
  readonly press: PressState;
  readonly memory: MemoryState;
  readonly keeping = new KeepingState(keptThings, () => this.events.emit('keptOpened', null));
  /** A person looks at what would be lost if this browser forgot everything. */
  forgetting = $state(false);
  readonly airRecords = new AirRecords();
  /** There once somebody has opened the step: it is loaded then. */
  bench = $state.raw<BenchState | null>(null);
  /** There once somebody has opened one of its pages: it is loaded then. */
  radio = $state.raw<RadioState | null>(null);
  /** There once somebody has asked for it: it is loaded then. */
  console = $state.raw<ConsoleState | null>(null);

  /** The engine has stopped, and waits for a person to begin again. */
  stopped = $state.raw<ErrorReport | null>(null);

  readonly rail = $derived.by(() =>
    railOf({
      project: this.project,
      plan: this.plan,
      press: this.press,
      bench: {
        view: this.bench?.view ?? null,
        isElsewhere: this.bench?.phase === 'elsewhere',
        isKept:
          this.bench && this.bench.phase !== 'looking' ? this.bench.kept !== null : this.memory.runIsKept,
        hasUsb: navigator.usb !== undefined,
      },
    }),
  );

  /** Boards are getting the clones of this plan: it cannot change meanwhile. */
  readonly benchRuns = $derived(this.bench?.phase === 'running' || this.bench?.phase === 'starting');

  /** What is on the page is for trying: the sample network, virtual boards. */
  readonly demo: 'sample network' | 'virtual boards' | 'virtual kit' | 'virtual Bluetooth' | null =
    $derived.by(() => {
      if (this.bench?.desk) return 'virtual boards';
      if (this.radio?.desk) return this.radio.way === 'bluetooth' ? 'virtual Bluetooth' : 'virtual kit';
      if (this.console?.desk) return 'virtual kit';
      return this.project.files.some(this.#opening.isSample) ? 'sample network' : null;
    });

  /** Changes whenever another page stands in the window: focus then goes to its headline. */
  readonly page = $derived(`${this.route.screen} ${this.#stateOf(this.route.screen)}`);

  #readBoard: ReadBoardState | null = null;
  readonly #planning: Planning;
  readonly #opening: Opening;

  /** @param restartEngine  puts one that knows of no files in the place of one that has stopped */
  constructor(
    engine: Engine,
    readonly restartEngine: () => void,
  ) {
    this.engine = engine;
    this.project = new ProjectState(engine);
    this.plan = new PlanState(engine);
    this.press = new PressState(engine);
    this.memory = new MemoryState(BROWSER_MEMORY, this);
    this.#planning = new Planning(this);
    this.#opening = new Opening(this, this.#planning);
    this.events.on('keptOpened', () => this.memory.recall());
    this.events.on('keptOpened', () => this.bench?.look());
    this.events.on('runOver', () => (this.memory.runIsKept = false));
    window.addEventListener('beforeunload', (event) => {
      if (this.press.wouldBeLost || this.press.phase === 'pressing') event.preventDefault();
    });
    window.addEventListener('hashchange', () => (this.announcements.note = null));
  }

  /** For people who listen. */
  get said() {
    return this.announcements.said;
  }
  set said(words: string) {
    this.announcements.said = words;
  }

  async recall(): Promise<void> {
    await this.memory.recall();
    await this.keeping.look();
  }
  ask = (question: Omit<Question, 'answer'>) => this.questions.ask(question);

  open = (files: readonly File[], goOn?: Screen) => this.#opening.open(files, goOn);
  openBinary = (name: string, baseAddress: number) => this.#opening.openBinary(name, baseAddress);
  openSample = (name?: SampleName) => this.#opening.openSample(name);
  openDemo = (files: readonly File[], goOn?: Screen) => this.#opening.openDemo(files, goOn);
  resume = () => this.#opening.resume();
  reopenRun = (run: KeptRun) => this.#opening.reopenRun(run);
  removeFiles = (names: readonly string[]) => this.#opening.remove(names);
  addKind = () => this.#opening.addKind();
  showKind = (kind: number) => this.#opening.showKind(kind);
  removeKind = (kind: number) => this.#opening.removeKind(kind);
  continueFromUpdated = () => this.#opening.continueFromUpdated();
  nextDonor = () => this.#opening.nextDonor();
  goOnWithMade: Opening['goOnWithMade'] = (database) => this.#opening.goOnWithMade(database);

  engineStopped(error: KnownError) {
    this.stopped = reportOf(error);
    this.announcements.alarm = error.message;
  }

  /** With the files that are open, and the clones of the run that is on. */
  beginAgain = async (): Promise<void> => {
    const run = this.benchRuns ? (this.bench?.kept ?? null) : null;
    if (!run && !(await this.mayDiscard())) return;
    this.stopped = null;
    this.restartEngine();
    await this.#opening.beginAgain(run);
  };

  replaceDatabase: Opening['replaceDatabase'] = (database) => this.#opening.replaceDatabase(database);

  changePlan: Planning['change'] = (changes) => this.#planning.change(changes);
  clearTable = () => this.#planning.clearTable();
  renameClone = (index: number, name: string) => this.#planning.rename(index, name);
  reopenPlan = () => this.#planning.reopen();
  pressClones: Planning['press'] = (zip) => this.#planning.press(zip);
  saveZip = () => this.#planning.saveZip();

  async openBench(): Promise<BenchState> {
    const { BenchState } = await import('./bench.svelte.ts');
    this.bench ??= new BenchState(this);
    await this.bench.look();
    return this.bench;
  }

  async openReadBoard(): Promise<ReadBoardState> {
    const { ReadBoardState } = await import('./read-board.svelte.ts');
    return (this.#readBoard ??= new ReadBoardState(this));
  }

  async openConsole(): Promise<ConsoleState> {
    const { ConsoleState } = await import('./console.svelte.ts');
    return (this.console ??= new ConsoleState(this));
  }

  async openRadio(): Promise<RadioState> {
    const { RadioState } = await import('./radio.svelte.ts');
    return (this.radio ??= new RadioState(this));
  }

  /** Take everything of the project out of this browser, as far as a person lets it go. */
  async forget(): Promise<void> {
    const runs = async () => (await import('../browser/kept-runs.ts')).keptRuns();
    if (!(await forgetAll(this, runs))) return;
    await this.#forgetProvisioned();
    await this.bench?.look();
  }

  /** The database of a node that was provisioned here; where its key is in this page alone, it must be saved first. */
  async #forgetProvisioned(): Promise<void> {
    if (this.radio?.join.unstored) return;
    await Promise.all([forgetDatabase(), forgetPending(), forgetVirtualRecords()]).catch(() => undefined); // a browser that keeps nothing has nothing to forget
    if (this.radio) this.radio.join.keptDatabase = this.radio.join.pending.device = null;
  }

  /** On paper: what was pressed and put onto boards; `null` where nothing was. */
  async report(): Promise<Report | null> {
    const { collectReport } = await import('../paper/collect.ts');
    return collectReport(this);
  }

  mayDiscard = async (): Promise<boolean> => {
    if (this.press.phase === 'pressing') {
      this.press.notice = 'Pressing is under way. Cancel it before you change files or plan.';
      this.route.go('press');
      return false;
    }
    if (this.bench && this.benchRuns) {
      this.bench.notice = 'A run is on with these files and this plan. Finish or forget it first.';
      this.route.go('bench');
      return false;
    }
    return mayLosePressed(this, this.saveZip);
  };

  #stateOf(screen: Screen): string {
    if (screen === 'bench') return this.bench?.full ? 'full' : (this.bench?.phase ?? '');
    if (screen === 'press') return this.press.phase;
    if (screen === 'help' || screen === 'tour') return this.route.section ?? '';
    if (screen === 'donor')
      return this.project.view.refusal?.code ?? this.project.view.donor?.name ?? 'start';
    return '';
  }
}
