import { systemClock } from '../../clock.ts';
import { KnownError, reportOf, type ErrorReport, type Finding } from '../../errors.ts';
import { findChip, MemoryImage } from '../../image/index.ts';
import { chooseProbe } from '../../probe/index.ts';
import {
  assertJournalSize,
  Bench,
  formatJournalCsv,
  formatJournalJson,
  parseJournal,
  type BenchPermissions,
  type BenchView,
  type BoardKind,
  type Glance,
  type HeldRun,
  type Job,
  type JobEvent,
  type JobView,
} from '../../bench/index.ts';
import type { CloneView, DatabaseView, Progress } from '../../worker/index.ts';
import type { KeptRun } from '../browser/bench-memory.ts';
import { IndexedDbJournal } from '../browser/journal-store.ts';
import { keptRuns } from '../browser/kept-runs.ts';
import { now } from '../browser/memory.ts';
import { isBenchTaken, whenBenchIsFree } from '../browser/one-tab.ts';
import { currentDate, currentPlatform } from '../browser/platform.ts';
import { saveBlob } from '../browser/save.ts';
import { play } from '../browser/sound.ts';
import { WakeLock } from '../browser/wake-lock.ts';
import type { DemoDesk } from '../demo/demo-desk.svelte.ts';
import type { Report } from '../paper/report.ts';
import { VisitLog, type Visit } from '../paper/visit-log.ts';
import { isDone, workOf } from '../text/bench.ts';
import { counted, percent } from '../text/words.ts';
import type { AppState } from './app.svelte.ts';
import { placesOf } from './by-address.ts';
import { secondsLeft } from './pace.ts';
import { formatRun, parseRun } from './run-file.ts';

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

/** Boards, journal and run, as the page shows them. Loaded with the step. */
export class BenchState {
  phase = $state<BenchPhase>('looking');
  view = $state.raw<BenchView | null>(null);
  /** The run that is on, or that was seen to be kept. */
  kept = $state.raw<KeptRun | null>(null);
  /** What was kept when somebody looked last: a word about it is about this. */
  seen = $state.raw<Glance<KeptRun> | null>(null);
  /** Making the images. */
  progress = $state.raw<Progress | null>(null);
  secondsLeft = $state<number | null>(null);
  /** There while boards are virtual. */
  desk = $state.raw<DemoDesk | null>(null);
  error = $state.raw<ErrorReport | null>(null);
  /** A quiet line: `No board was chosen.` */
  notice = $state('');
  /** What cannot all be true, after an import. */
  conflicts = $state.raw<readonly Finding[]>([]);
  /** The screen that is read from two metres. */
  full = $state(false);
  sound = $state(false);
  /** What this page saw of each visit to a board, oldest first. */
  visits = $state.raw<readonly Visit[]>([]);
  /** Of the run that was finished last. */
  lastReport = $state.raw<Report | null>(null);

  /** What is under way, for the tab; its share is 0..100. */
  readonly work = $derived.by(() => {
    if (this.progress)
      return { title: this.progress.stage, share: percent(this.progress.done, this.progress.total) };
    return this.view?.busy ? workOf(this.view) : null;
  });

  readonly platform = currentPlatform();
  readonly hasUsb = navigator.usb !== undefined && window.isSecureContext;
  /** Boards that the browser lets this page use without asking again. */
  allowed = $state.raw<readonly USBDevice[]>([]);

  readonly #app: AppState;
  readonly #wakeLock = new WakeLock();
  #bench: Bench | null = null;
  readonly #runs = keptRuns();
  /** The bench is ours. */
  #held: HeldRun<KeptRun> | null = null;
  #entering = false;
  #log = new VisitLog();
  /** Last said of each slot. */
  readonly #spoken: Record<string, string> = {};

  constructor(app: AppState) {
    this.#app = app;
    window.addEventListener('beforeunload', (event) => {
      if (this.view?.busy) event.preventDefault();
    });
    navigator.usb?.addEventListener('connect', ({ device }) => this.#connected(device));
    navigator.usb?.addEventListener('disconnect', ({ device }) => this.#disconnected(device));
  }

  /** Look around: is the bench free, was a run left unfinished, which boards may be used? */
  async look(): Promise<void> {
    if (this.#held || this.#entering) return;
    this.error = null;
    await this.#look();
  }

  async #look(): Promise<void> {
    if (await isBenchTaken()) {
      this.phase = 'elsewhere';
      void whenBenchIsFree().then(() => this.look());
      return;
    }
    this.seen = await this.#runs.look().catch(() => null);
    this.kept = this.seen?.run ?? null;
    this.allowed = (await navigator.usb?.getDevices().catch(() => [])) ?? [];
    this.phase = this.kept ? 'kept' : 'ready';
  }

  /** Let a person choose a board, and begin the run with it. */
  async addBoard(): Promise<void> {
    this.notice = '';
    let device: USBDevice;
    try {
      device = await chooseProbe({ usb: navigator.usb, isSecureContext });
    } catch (error) {
      const report = reportOf(error);
      if (report.code === 'probe/nothing-chosen') this.notice = `${report.message} ${report.hint}`;
      else this.error = report;
      return;
    }
    if (this.phase !== 'running') await this.begin('usb');
    this.#bench?.plugIn(device);
  }

  /** Begin a run with the plan as it is now; from here on this browser keeps it. */
  async begin(boards: BoardKind): Promise<void> {
    const clones = this.#app.plan.view?.clones;
    const database = this.#app.project.view.database;
    if (!clones || !database) return;
    await this.#enter(async () => {
      this.phase = 'starting';
      let hashes: readonly string[] = [];
      const held = await this.#runs.begin(async () => {
        hashes = await this.#hashes();
        const planned = clones.map((clone, index) => ({ ...clone, imageSha256: hashes[index]! }));
        return { run: await this.#newRun(boards, clones, database), clones: planned };
      });
      return { held, hashes };
    });
  }

  /** Go on with the kept run: the same files, the same clones. */
  async goOn(): Promise<void> {
    const { seen } = this;
    if (!seen) return;
    await this.#enter(async () => {
      const held = (this.#held = await this.#runs.goOn(seen));
      this.progress = { stage: 'Opening the files', done: 0, total: held.run.clones.length };
      const opened = await this.#app.reopen(held.run);
      this.progress = null;
      if (!opened) {
        this.error = this.#app.plan.error;
        return null;
      }
      this.phase = 'starting';
      return { held, hashes: await this.#hashes() };
    });
  }

  /** Take the bench, and open it. What stands in the way is told, and the bench is free for others again. */
  async #enter(
    take: () => Promise<{ held: HeldRun<KeptRun>; hashes: readonly string[] } | null>,
  ): Promise<void> {
    if (this.#entering || this.phase === 'running') return;
    this.#entering = true;
    this.error = null;
    this.notice = '';
    try {
      const taken = await take();
      if (taken) {
        this.#held = taken.held;
        this.kept = taken.held.run;
        await this.#open(taken.held.run, taken.hashes);
        this.phase = 'running';
        this.#wakeLock.hold(true);
        this.#app.said = `The bench is open, ${counted(this.kept.clones.length, 'clone')} wait for boards.`;
      }
    } catch (error) {
      this.error = reportOf(error);
      this.#app.alarm = this.error.message;
    } finally {
      this.progress = null;
      this.secondsLeft = null;
      if (this.phase !== 'running') await this.#stayOutside();
      this.#entering = false;
    }
  }

  async #stayOutside(): Promise<void> {
    this.#letGo();
    if (this.error?.code === 'station/plan-outdated') await this.#app.planAgain();
    await this.#look();
  }

  /** The run is over: this browser forgets its files and keys. The journal of real boards stays. */
  async finish(): Promise<void> {
    const { kept, view, seen } = this;
    if (!kept) return;
    const open = view ? view.jobs.length - view.counts.verified : kept.clones.length - (seen?.verified ?? 0);
    if (!kept.saved || open > 0) {
      const left = open > 0 ? `${counted(open, 'clone')} are not on boards. ` : '';
      const keys = kept.saved
        ? ''
        : 'Neither zip nor database is saved: without them nobody can reach these nodes.';
      const yes = await this.#app.ask({
        title: 'Forget this run?',
        text: `${left}${keys || 'Only with the files you saved can it be gone on with.'}`,
        yes: 'Forget',
        no: 'Keep',
      });
      if (!yes) return;
    }
    await this.#end(false);
  }

  /** The kept run goes into a file, and this browser forgets it then: another run can begin. */
  async saveAndPutAway(): Promise<void> {
    if (await this.saveRun()) await this.#end(true);
  }

  /** @param exported  all of the run is in a file */
  async #end(exported: boolean): Promise<void> {
    const { view, seen } = this;
    try {
      if (this.#held) {
        await this.#bench?.close();
        this.#take();
        if (view) this.lastReport = await this.#report().catch(() => null);
        await this.#held.end();
      } else await this.#runs.putAway(seen, { exported });
    } catch (error) {
      this.error = reportOf(error);
      this.#app.alarm = this.error.message;
      if (!this.#held) await this.#look();
      return;
    }
    this.#letGo();
    this.kept = null;
    this.seen = null;
    this.full = false;
    this.phase = 'looking';
    await this.#app.learnClaims();
    await this.look();
    this.#app.said = 'The run is over. This browser keeps no key of it.';
  }

  /* Boards */

  retry = (letter: string, slower = false) => this.#bench?.retry(letter, { slower });
  retryFailed = () => this.#bench?.retryFailed();
  allow = (letter: string) => this.#bench?.allow(letter);
  permit = (permissions: Partial<BenchPermissions>) => this.#bench?.permit(permissions);
  skip = (letter: string) => this.#bench?.skip(letter);

  /** Places of the virtual desk where a fresh board may come: nothing is there that is still needed. */
  readonly freePlaces = $derived.by(() => {
    const { desk, view } = this;
    if (!desk || !view) return [];
    return view.slots.flatMap((slot, index) => (slot.state === 'empty' || isDone(slot) ? [index] : []));
  });

  /** A fresh board to each of these places, as long as clones are left. */
  plugInFresh(places: readonly number[]) {
    const left = this.view?.counts.left ?? 0;
    for (const index of places.slice(0, left)) void this.desk?.plugInFresh(index);
  }

  async blink(letter: string): Promise<void> {
    await this.#attempt(async () => this.#bench?.blink(letter));
  }

  togglePause() {
    if (this.view?.paused) this.#bench?.resume();
    else this.#bench?.pause();
  }

  /* Identities */

  async release({ name, unicast, chipId }: JobView): Promise<void> {
    const yes = await this.#app.ask({
      title: `Is ${name} not on chip ${chipId}?`,
      text: `Say so only when that chip was erased or destroyed. ${name} then goes to another board; two boards with one address disturb each other.`,
      yes: 'It is not on that chip',
      no: 'Keep',
    });
    if (yes) await this.#attempt(async () => this.#bench?.release(this.#at(unicast), chipId));
  }

  async discard({ name, unicast, chipId }: JobView): Promise<void> {
    const yes = await this.#app.ask({
      title: `Discard ${name}?`,
      text: `${chipId ? `It may be on a board: chip ${chipId}. ` : ''}Its address will not be used again.`,
      yes: 'Discard',
      no: 'Keep',
    });
    if (yes) await this.#attempt(async () => this.#bench?.discard(this.#at(unicast)));
  }

  /* Files */

  async saveJournal(form: 'csv' | 'json'): Promise<void> {
    const records = this.view?.records ?? [];
    const text = form === 'csv' ? formatJournalCsv(records) : formatJournalJson(records);
    await this.#save(`meshpress-journal.${form}`, text, FILE_TYPES[form]);
  }

  async importJournal(file: File | undefined): Promise<void> {
    if (!file) return;
    await this.#attempt(async () => {
      assertJournalSize(file.size);
      const report = await this.#bench!.import(parseJournal(await file.text()));
      this.conflicts = report.conflicts;
      this.notice = `${counted(report.added, 'record')} of ${file.name} are new, ${report.alreadyThere} were known.`;
    });
  }

  /** The updated database, with all clones or with those that are on boards. */
  async saveDatabase(which: 'all' | 'confirmed'): Promise<void> {
    const clones = this.#app.plan.view?.clones ?? [];
    const only = placesOf(clones, this.#bench?.confirmed() ?? []);
    await this.#attempt(async () => {
      const { name, bytes } = await this.#app.engine.plan.database(which === 'all' ? {} : { only });
      const saved = await this.#save(name, bytes, FILE_TYPES.json);
      // the keys of clones whose board is still to come are in the other one alone
      if (saved && (which === 'all' || only.length === clones.length)) await this.noteSaved();
    });
  }

  /** The kept run as a file, device keys included, to go on with it in any browser. @returns whether it was saved */
  async saveRun(): Promise<boolean> {
    const { kept } = this;
    if (!kept) return false;
    let saved = false;
    await this.#attempt(async () => {
      const name = `meshpress-run-${kept.startedAt.slice(0, 10)}.json`;
      saved = await this.#save(name, formatRun(kept), FILE_TYPES.json);
    });
    return saved;
  }

  /** A run that was saved as a file is kept here again, where none is. */
  async openRun(file: File | undefined): Promise<void> {
    if (!file || this.#held || this.#entering) return;
    await this.#attempt(async () => {
      const run = parseRun(await file.text());
      (await this.#runs.begin(async () => ({ run, clones: [] }))).release(); // what is on boards of it is its own
      await this.#look();
    });
  }

  /** Names, addresses and device keys of the clones, to plan the same ones elsewhere. */
  async saveTable(): Promise<void> {
    await this.#attempt(async () => {
      const { name, bytes } = await this.#app.engine.plan.table();
      await this.#save(name, bytes, FILE_TYPES.csv);
    });
  }

  /** Zip or database left the page. */
  async noteSaved(): Promise<void> {
    if (!this.#held || this.#held.run.saved) return; // a run that is only kept has other clones than this page
    await this.#held.markSaved();
    this.kept = this.#held.run;
  }

  async #report(): Promise<Report | null> {
    const { collectReport } = await import('../paper/collect.ts');
    return collectReport(this.#app);
  }

  #at = (unicast: number) => ({ network: this.kept?.network ?? '', unicast });

  async #newRun(
    boards: BoardKind,
    clones: readonly CloneView[],
    { meshUuid, meshName }: DatabaseView,
  ): Promise<KeptRun> {
    const { project, plan, press, engine } = this.#app;
    const table = await engine.plan.table();
    return {
      version: 1,
      id: crypto.randomUUID(),
      startedAt: now(),
      boards,
      files: await this.#files(),
      settings: { ...plan.settings, csv: new TextDecoder().decode(table.bytes) },
      donor: project.view.donor?.name ?? '',
      network: meshUuid,
      meshName,
      clones: clones.map(({ unicast }) => unicast),
      saved: press.savedAs !== null,
    };
  }

  #files = (): Promise<{ name: string; bytes: Uint8Array }[]> =>
    Promise.all(
      this.#app.project.files.map(async (file) => ({
        name: file.name,
        bytes: new Uint8Array(await file.arrayBuffer()),
      })),
    );

  async #hashes(): Promise<readonly string[]> {
    const start = performance.now();
    return this.#app.engine.plan.imageHashes(undefined, {
      onProgress: (progress) => {
        this.progress = progress;
        this.secondsLeft = secondsLeft(progress, (performance.now() - start) / 1000);
      },
    });
  }

  async #open({ boards, network }: KeptRun, hashes: readonly string[]): Promise<void> {
    const { engine, project, plan } = this.#app;
    const clones = plan.view!.clones;
    const { chip } = project.view.dump!;
    const known = chip.certain ? findChip(chip.name) : undefined;
    const demo = boards === 'virtual' ? await import('../demo/demo-desk.svelte.ts') : null;
    const bench = await Bench.open({
      store: new IndexedDbJournal(boards),
      run: crypto.randomUUID(),
      now: currentDate,
      clock: systemClock,
      network,
      platform: this.platform,
      reader: engine.bytes,
      jobs: clones.map(({ name, unicast, elementCount }, index): Job => ({
        name,
        unicast,
        elementCount,
        imageSha256: hashes[index]!,
        image: async () => MemoryImage.of((await engine.plan.image(index)).segments),
      })),
      ...(known && { chip: known }),
      ...(demo && { probes: demo.DEMO_PROBES }),
    });
    this.#bench = bench;
    bench.subscribe((view) => this.#show(view));
    bench.onEvent((event) => this.#tell(event));
    if (demo) this.desk = await demo.DemoDesk.open(bench, chip.name, () => this.#donorImage());
    else for (const device of (await navigator.usb?.getDevices()) ?? []) bench.plugIn(device);
  }

  /** For a virtual board that is a node of this network already. */
  async #donorImage(): Promise<MemoryImage> {
    return MemoryImage.of((await this.#app.engine.project.donorImage()).segments);
  }

  #connected(device: USBDevice) {
    if (this.phase === 'running' && !this.desk) this.#bench?.plugIn(device);
    else this.allowed = [...this.allowed.filter((one) => one !== device), device];
  }

  #disconnected(device: USBDevice) {
    this.allowed = this.allowed.filter((one) => one !== device);
    this.#bench?.unplug(device);
  }

  /** Views come with each packet; the page needs one a frame. */
  #nextView: BenchView | null = null;
  #show(view: BenchView) {
    this.#log.see(view.slots, Date.now());
    this.visits = this.#log.visits;
    if (this.#nextView === null) {
      requestAnimationFrame(() => this.#take());
      setTimeout(() => this.#take(), 100); // a page that is not seen has no frames
    }
    this.#nextView = view;
  }

  #take() {
    const view = this.#nextView;
    if (!view) return;
    this.#nextView = null;
    const before = this.view;
    this.view = view;
    for (const [index, { letter, state, needs }] of view.slots.entries()) {
      if (before?.slots[index]?.state === state) continue;
      if (state === 'asks') this.#say('asks', `Board ${letter}: ${needs?.message ?? ''}`);
      // a virtual board that came to rest outlives a reload as it is
      if (state !== 'attaching' && state !== 'working') void this.desk?.keep(index);
    }
  }

  #tell(event: JobEvent) {
    this.#log.tell(event);
    this.visits = this.#log.visits;
    if (event.kind === 'verified')
      this.#say('verified', `Board ${event.slot} is verified: ${event.job}. Unplug it.`);
    if (event.kind === 'failed') this.#say('failed', `Board ${event.slot} failed: ${event.message}`);
    if (event.kind === 'writing' || event.kind === 'verifying') this.#sayProgress(event);
  }

  /** At each tenth, and only while one board is at work: four would chatter. */
  #sayProgress({ slot, kind, doneBytes, totalBytes }: Extract<JobEvent, { readonly doneBytes: number }>) {
    if ((this.view?.counts.working ?? 0) > 1) return;
    const tenth = Math.floor((10 * doneBytes) / totalBytes);
    const words = `Board ${slot}: ${kind} ${tenth}0 %`;
    if (this.#spoken[slot] === words) return;
    this.#spoken[slot] = words;
    this.#app.said = words;
  }

  #say(tone: 'verified' | 'failed' | 'asks', words: string) {
    if (this.sound) play(tone);
    if (tone === 'verified') this.#app.said = words;
    else this.#app.alarm = words;
  }

  #letGo() {
    this.#bench = null;
    this.#held?.release();
    this.#held = null;
    this.#wakeLock.hold(false);
    this.#nextView = null;
    this.#log = new VisitLog();
    this.visits = [];
    this.view = null;
    this.desk = null;
    this.conflicts = [];
  }

  async #save(name: string, content: string | Uint8Array, type: FilePickerAcceptType): Promise<boolean> {
    const saved = await saveBlob(name, new Blob([content as BlobPart]), type);
    this.notice = saved ? `${name} is saved.` : 'No place was chosen. Nothing was saved.';
    return saved;
  }

  async #attempt(act: () => Promise<void> | Promise<boolean> | undefined): Promise<void> {
    this.error = null;
    this.notice = '';
    try {
      await act();
    } catch (error) {
      this.error = reportOf(error);
      if (!(error instanceof KnownError)) console.error(error);
      this.#app.alarm = this.error.message;
    }
  }
}

const FILE_TYPES = {
  csv: { description: 'Table', accept: { 'text/csv': ['.csv'] } },
  json: { description: 'JSON', accept: { 'application/json': ['.json'] } },
} as const satisfies Record<string, FilePickerAcceptType>;
