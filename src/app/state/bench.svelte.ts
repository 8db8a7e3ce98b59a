import { reportOf, type ErrorReport, type Finding } from '../../errors.ts';
import { againstJournal, boardsGetLocked } from '../../bench/index.ts';
import { chooseProbe, type Platform } from '../../probe/index.ts';
import type {
  BenchView,
  BoardKind,
  ChipBytes,
  Glance,
  HeldRun,
  JournalStore,
  KeptRuns,
} from '../../bench/index.ts';
import type { Progress } from '../../worker/index.ts';
import type { KeptRun, RunEnds } from '../browser/bench-memory.ts';
import { IndexedDbJournal } from '../browser/journal-store.ts';
import { keptRuns } from '../browser/kept-runs.ts';
import { isBenchTaken, whenBenchIsFree } from '../browser/one-tab.ts';
import { currentPlatform } from '../browser/platform.ts';
import { WakeLock } from '../browser/wake-lock.ts';
import type { DemoDesk } from '../demo/demo-desk.svelte.ts';
import { DeskJournal } from '../demo/desk-journal.ts';
import type { Report } from '../paper/report.ts';
import { workOf } from '../text/bench.ts';
import { counted, percent } from '../text/words.ts';
import { BoardLook } from './board-look.svelte.ts';
import { BoardsState } from './bench/boards.svelte.ts';
import { CurrentRun } from './bench/current-run.svelte.ts';
import { BenchFiles } from './bench/files.svelte.ts';
import { Identities } from './bench/identities.ts';
import { RunMaking } from './bench/making.svelte.ts';
import { imageOf, openBench } from './bench/open-bench.ts';
import { Outcome } from './bench/outcome.svelte.ts';
import { Speech } from './bench/speech.svelte.ts';
import type { Parts } from './parts.ts';

export type BenchPhase =
  /** Nothing is known yet of earlier runs. */
  | 'looking'
  /** Another tab has the bench. */
  | 'elsewhere'
  /** A run is kept and can be gone on with. */
  | 'kept'
  | 'ready'
  | 'starting'
  | 'running';

/** What a bench needs of the page around it. */
export interface BenchHost extends Pick<
  Parts,
  'engine' | 'project' | 'plan' | 'press' | 'questions' | 'announcements' | 'events'
> {
  /** Open the files of a run, and go on with its clones. @returns whether that was done */
  reopenRun(run: KeptRun): Promise<boolean>;
  report(): Promise<Report | null>;
}

/** What a bench needs of the machine. */
export interface BenchSurroundings {
  readonly runs: KeptRuns<KeptRun>;
  readonly journal: (boards: BoardKind) => JournalStore;
  readonly usb: USB | undefined;
  readonly platform: Platform;
  readonly isBenchTaken: () => Promise<boolean>;
  readonly whenBenchIsFree: () => Promise<void>;
  /** Keeps the screen on. */
  readonly wakeLock: { hold(wanted: boolean): void };
}

/** Of runs that were begun before anything could be chosen. */
const NO_ENDS: RunEnds = { proof: 'none', protect: false };

const ofBrowser = (): BenchSurroundings => ({
  runs: keptRuns(),
  journal: (boards) => new IndexedDbJournal(boards, true),
  usb: navigator.usb,
  platform: currentPlatform(),
  isBenchTaken,
  whenBenchIsFree,
  wakeLock: new WakeLock(),
});

/**
 * The bench as the page has it: whether a run is on, was left, or can begin, and how it is entered and left. What happens to boards,
 * identities and files meanwhile is the business of its members. Loaded with the step.
 */
export class BenchState {
  phase = $state<BenchPhase>('looking');
  /** For the run that is begun next. */
  ends = $state.raw<RunEnds>({ proof: 'quick', protect: false });
  /** Boards are locked at their end: in the run that is on, or in the next one. */
  readonly locking = $derived.by((): Finding | null => {
    const { kept, phase } = this;
    const isOn = phase === 'running' || phase === 'starting';
    const { protect, proof } = isOn && kept ? (kept.ends ?? NO_ENDS) : this.ends;
    const clones = isOn && kept ? kept.clones.length : (this.#host.plan.view?.clones.length ?? 0);
    return protect && clones > 0 ? boardsGetLocked(clones, proof) : null;
  });
  /** The screen that is read from two metres. */
  full = $state(false);
  /** Of the run that was finished last. */
  lastReport = $state.raw<Report | null>(null);

  readonly platform: Platform;
  readonly hasUsb: boolean;
  readonly speech: Speech;
  readonly boards: BoardsState;
  readonly identities: Identities;
  readonly files: BenchFiles;
  readonly onBoard: BoardLook;

  /** What is under way, for the tab; its share is 0..100. */
  readonly work = $derived.by(() => {
    const { progress, view } = this;
    if (progress) return { title: progress.stage, share: percent(progress.done, progress.total) };
    return view?.busy ? workOf(view) : null;
  });

  readonly #host: BenchHost;
  readonly #around: BenchSurroundings;
  readonly #outcome: Outcome;
  readonly #run = new CurrentRun();
  readonly #making: RunMaking;
  #entering = false;

  constructor(host: BenchHost, around: BenchSurroundings = ofBrowser()) {
    this.#host = host;
    this.#around = around;
    this.platform = around.platform;
    this.hasUsb = around.usb !== undefined && globalThis.isSecureContext;
    this.#making = new RunMaking(host);
    this.#outcome = new Outcome(host.announcements);
    this.speech = new Speech(host.announcements);
    this.boards = new BoardsState(this.speech, this.#outcome, around.usb);
    this.identities = new Identities(host.questions, this.#outcome, this.#run);
    this.files = new BenchFiles(host, this.#outcome, this.#run, this.boards);
    this.onBoard = new BoardLook(host.engine);
    host.events.on('keysSaved', () => this.#run.markSaved());
    globalThis.addEventListener?.('beforeunload', (event) => {
      if (this.view?.busy) event.preventDefault();
    });
  }

  /** The run that is on, or that was seen to be kept. */
  get kept(): KeptRun | null {
    return this.#run.kept;
  }
  /** What was kept when somebody looked last: a word about it is about this. */
  get seen(): Glance<KeptRun> | null {
    return this.#run.seen;
  }
  /** Making the images. */
  get progress(): Progress | null {
    return this.#making.progress;
  }
  get secondsLeft(): number | null {
    return this.#making.secondsLeft;
  }
  get view(): BenchView | null {
    return this.boards.view;
  }
  /** There while boards are virtual. */
  get desk(): DemoDesk | null {
    return this.boards.desk;
  }
  get conflicts(): readonly Finding[] {
    return this.files.conflicts;
  }
  get error(): ErrorReport | null {
    return this.#outcome.error;
  }
  /** A quiet line: `No board was chosen.` */
  get notice(): string {
    return this.#outcome.notice;
  }
  set notice(words: string) {
    this.#outcome.notice = words;
  }

  /** What is on the board in a slot? It goes on as it is. */
  lookAt(letter: string): Promise<void> {
    return this.onBoard.take(async () => {
      const board = (await this.#run.bench?.examine(letter)) ?? null;
      return board && { ...board, conflicts: againstJournal(board, board.accounts) };
    }, letter);
  }

  /** Look around: is the bench free, was a run left unfinished, which boards may be used? */
  async look(): Promise<void> {
    if (this.#run.held || this.#entering) return;
    this.#outcome.error = null;
    await this.#look();
  }

  async #look(): Promise<void> {
    if (await this.#around.isBenchTaken()) {
      this.phase = 'elsewhere';
      void this.#around.whenBenchIsFree().then(() => this.look());
      return;
    }
    this.#run.see(await this.#around.runs.look().catch((error: unknown) => this.#cannotSee(error)));
    await this.boards.look();
    this.phase = this.kept ? 'kept' : 'ready';
  }

  /** A run may be kept that cannot be read now: nobody is to believe that there is none. */
  #cannotSee(error: unknown): null {
    this.#outcome.fail(error);
    return null;
  }

  /** Let a person choose a board, and begin the run with it. */
  async addBoard(): Promise<void> {
    this.notice = '';
    let device: USBDevice;
    try {
      device = await chooseProbe({ usb: this.#around.usb, isSecureContext: globalThis.isSecureContext });
    } catch (error) {
      const report = reportOf(error);
      if (report.code === 'probe/nothing-chosen') this.notice = `${report.message} ${report.hint}`;
      else this.#outcome.error = report;
      return;
    }
    if (this.phase !== 'running') await this.begin('usb');
    this.boards.plugIn(device);
  }

  /** Begin a run with the plan as it is now; from here on this browser keeps it. */
  async begin(boards: BoardKind): Promise<void> {
    const clones = this.#host.plan.view?.clones;
    if (!clones || !this.#host.project.view.database) return;
    await this.#enter(async () => {
      this.phase = 'starting';
      let hashes: readonly string[] = [];
      const held = await this.#around.runs.begin(async () => {
        hashes = await this.#making.hashes();
        const planned = clones.map((clone, index) => ({ ...clone, imageSha256: hashes[index]! }));
        return { run: await this.#making.newRun(boards, this.ends), clones: planned };
      });
      return { held, hashes };
    });
  }

  /** Go on with the kept run: the same files, the same clones. */
  async goOn(): Promise<void> {
    const { seen } = this;
    if (!seen) return;
    await this.#enter(async () => {
      const held = (this.#run.held = await this.#around.runs.goOn(seen));
      this.#making.progress = { stage: 'Opening the files', done: 0, total: held.run.clones.length };
      const opened = await this.#host.reopenRun(held.run);
      this.#making.progress = null;
      if (!opened) {
        this.#outcome.error = this.#host.plan.error;
        return null;
      }
      this.phase = 'starting';
      return { held, hashes: await this.#making.hashes() };
    });
  }

  /** A run that was saved as a file is kept here again, where none is. */
  async openRun(file: File | undefined): Promise<void> {
    if (!file || this.#run.held || this.#entering) return;
    await this.#outcome.attempt(async () => {
      const { parseRun } = await import('./run-file.ts');
      const run = parseRun(await file.text());
      // what is on boards of it is its own
      (await this.#around.runs.begin(async () => ({ run, clones: [] }))).release();
      await this.#look();
    });
  }

  /** Take the bench, and open it. What stands in the way is told, and the bench is free for others again. */
  async #enter(
    take: () => Promise<{ held: HeldRun<KeptRun>; hashes: readonly string[] } | null>,
  ): Promise<void> {
    if (this.#entering || this.phase === 'running') return;
    this.#entering = true;
    this.#outcome.clear();
    try {
      const taken = await take();
      if (taken) {
        this.#run.hold(taken.held);
        await this.#open(taken.held.run, taken.hashes);
        this.phase = 'running';
        this.#around.wakeLock.hold(true);
        const waiting = counted(taken.held.run.clones.length, 'clone');
        this.#host.announcements.said = `The bench is open, ${waiting} wait for boards.`;
      }
    } catch (error) {
      this.#outcome.fail(error);
    } finally {
      this.#making.done();
      if (this.phase !== 'running') await this.#stayOutside();
      this.#entering = false;
    }
  }

  async #stayOutside(): Promise<void> {
    this.#letGo();
    if (this.error?.code === 'station/plan-outdated') await this.#host.events.emit('planOutdated', null);
    await this.#look();
  }

  async #open({ boards, network, ends = NO_ENDS }: KeptRun, hashes: readonly string[]): Promise<void> {
    const { project, engine } = this.#host;
    const demo = boards === 'virtual' ? await import('../demo/demo-desk.svelte.ts') : null;
    const journal = this.#around.journal(boards);
    const bench = await openBench(this.#host, {
      journal: demo ? new DeskJournal(journal, () => this.desk) : journal,
      network,
      hashes,
      platform: this.platform,
      ends,
      ...(demo && { probes: demo.DEMO_PROBES }),
    });
    this.#run.bench = bench;
    this.boards.attach(bench);
    const { chip } = project.view.dump!;
    // one of the virtual boards is a node of this network already
    const node = async () => imageOf(await engine.project.donorImage());
    const nodeIn = async (bytes: ChipBytes) => {
      const found = await engine.bytes.lookForNode(bytes);
      return 'node' in found ? found.node : null;
    };
    await this.boards.begin(demo && (await demo.DemoDesk.open(bench, chip.name, node, nodeIn)));
  }

  /** The run is over: this browser forgets its files and keys. The journal of real boards stays. */
  async finish(): Promise<void> {
    const { kept, view, seen } = this;
    if (!kept) return;
    const open = view ? view.jobs.length - view.counts.verified : kept.clones.length - (seen?.verified ?? 0);
    if ((kept.saved && open === 0) || (await this.#mayForget(open, kept.saved))) await this.#end(false);
  }

  /** @param open  clones that are not on boards */
  #mayForget(open: number, saved: boolean): Promise<boolean> {
    const left = open > 0 ? `${counted(open, 'clone')} are not on boards. ` : '';
    const keys = saved
      ? 'Only with the files you saved can it be gone on with.'
      : 'Neither zip nor database is saved: without them nobody can reach these nodes.';
    return this.#host.questions.ask({
      title: 'Forget this run?',
      text: `${left}${keys}`,
      yes: 'Forget',
      no: 'Keep',
    });
  }

  /** The kept run goes into a file, and this browser forgets it then: another run can begin. */
  async saveAndPutAway(): Promise<void> {
    if (await this.files.saveRun()) await this.#end(true);
  }

  /** @param exported  all of the run is in a file */
  async #end(exported: boolean): Promise<void> {
    const { held, bench, seen } = this.#run;
    const { view } = this;
    try {
      if (held) {
        await bench?.close();
        this.boards.take();
        if (view) this.lastReport = await this.#host.report().catch(() => null);
        await held.end();
      } else await this.#around.runs.putAway(seen, { exported });
    } catch (error) {
      this.#outcome.fail(error);
      if (!held) await this.#look();
      return;
    }
    this.#letGo();
    this.#run.see(null);
    this.full = false;
    this.phase = 'looking';
    await this.#host.events.emit('runOver', null);
    await this.look();
    this.#host.announcements.said = 'The run is over. This browser keeps no key of it.';
  }

  #letGo() {
    this.#run.letGo();
    this.#around.wakeLock.hold(false);
    this.boards.detach();
    this.onBoard.close();
    this.files.conflicts = [];
  }
}
