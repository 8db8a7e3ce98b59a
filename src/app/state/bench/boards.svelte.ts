import type { Bench, BenchPermissions, BenchView } from '../../../bench/index.ts';
import type { DemoDesk } from '../../demo/demo-desk.svelte.ts';
import { VisitLog, type Visit } from '../../paper/visit-log.ts';
import { isDone } from '../../text/bench.ts';
import type { Outcome } from './outcome.svelte.ts';
import type { Speech } from './speech.svelte.ts';

/** The boards of the run that is on, as the page shows them, and what a person does to one of them. */
export class BoardsState {
  view = $state.raw<BenchView | null>(null);
  /** There while boards are virtual. */
  desk = $state.raw<DemoDesk | null>(null);
  /** What this page saw of each visit to a board, oldest first. */
  visits = $state.raw<readonly Visit[]>([]);
  /** Boards that the browser lets this page use without asking again. */
  allowed = $state.raw<readonly USBDevice[]>([]);

  /** Places of the virtual desk where a fresh board may come: nothing is there that is still needed. */
  readonly freePlaces = $derived.by(() => {
    const { desk, view } = this;
    if (!desk || !view) return [];
    return view.slots.flatMap((slot, index) => (slot.state === 'empty' || isDone(slot) ? [index] : []));
  });

  readonly #speech: Speech;
  readonly #outcome: Outcome;
  readonly #usb: USB | undefined;
  #bench: Bench | null = null;
  #log = new VisitLog();
  /** Views come with each packet; the page needs one a frame. */
  #nextView: BenchView | null = null;

  constructor(speech: Speech, outcome: Outcome, usb: USB | undefined) {
    this.#speech = speech;
    this.#outcome = outcome;
    this.#usb = usb;
    usb?.addEventListener('connect', ({ device }) => this.#connected(device));
    usb?.addEventListener('disconnect', ({ device }) => this.#disconnected(device));
  }

  /** Which boards may be used without asking? */
  async look(): Promise<void> {
    this.allowed = (await this.#usb?.getDevices().catch(() => [])) ?? [];
  }

  /** Show what this bench does. */
  attach(bench: Bench) {
    this.#bench = bench;
    bench.subscribe((view) => this.#show(view));
    bench.onEvent((event) => {
      this.#log.tell(event);
      this.visits = this.#log.visits;
      this.#speech.tell(event, this.view?.counts.working ?? 0);
    });
  }

  /** The boards that are there already go to the bench, or a desk with virtual ones. */
  async begin(desk: DemoDesk | null): Promise<void> {
    this.desk = desk;
    if (!desk) for (const device of (await this.#usb?.getDevices()) ?? []) this.plugIn(device);
  }

  /** The run is over, or did not begin. */
  detach() {
    this.#bench = null;
    this.#nextView = null;
    this.#log = new VisitLog();
    this.visits = [];
    this.view = null;
    this.desk = null;
  }

  plugIn = (device: USBDevice) => this.#bench?.plugIn(device);
  retry = (letter: string, slower = false) => this.#bench?.retry(letter, { slower });
  retryFailed = () => this.#bench?.retryFailed();
  allow = (letter: string) => this.#bench?.allow(letter);
  permit = (permissions: Partial<BenchPermissions>) => this.#bench?.permit(permissions);
  skip = (letter: string) => this.#bench?.skip(letter);
  /** Ask a probe what only hardware can tell; the report has it then. */
  askProbe = (letter: string) => this.#outcome.attempt(async () => this.#bench?.askProbe(letter));
  listen = (letter: string) => this.#outcome.attempt(async () => this.#bench?.listen(letter));
  stopListening = (letter: string) => this.#bench?.stopListening(letter);
  blink = (letter: string) => this.#outcome.attempt(async () => this.#bench?.blink(letter));

  /** Where the run has several kinds of node: new boards become this one alone; any of them with `null`. */
  chooseKind = (kind: string | null) => this.#bench?.chooseKind(kind);

  togglePause() {
    if (this.view?.paused) this.#bench?.resume();
    else this.#bench?.pause();
  }

  /** A fresh board to each of these places, as long as clones are left. */
  plugInFresh(places: readonly number[]) {
    const left = this.view?.counts.left ?? 0;
    for (const index of places.slice(0, left)) void this.desk?.plugInFresh(index);
  }

  /** Show the newest view at once. */
  take() {
    const view = this.#nextView;
    if (!view) return;
    this.#nextView = null;
    const before = this.view;
    this.view = view;
    for (const [index, { letter, state, needs }] of view.slots.entries()) {
      if (state === 'working') void this.desk?.keepAtWork(index);
      if (before?.slots[index]?.state === state) continue;
      if (state === 'asks') this.#speech.ask(letter, needs?.message ?? '');
      // a virtual board that came to rest outlives a reload as it is; one that was verified was kept before the journal said so
      if (!['attaching', 'working', 'verified'].includes(state)) void this.desk?.keep(index);
    }
  }

  #show(view: BenchView) {
    this.#log.see(view.slots, Date.now());
    this.visits = this.#log.visits;
    if (this.#nextView === null) {
      globalThis.requestAnimationFrame?.(() => this.take());
      setTimeout(() => this.take(), 100); // a page that is not seen has no frames
    }
    this.#nextView = view;
  }

  #connected(device: USBDevice) {
    if (this.#bench && !this.desk) this.plugIn(device);
    else this.allowed = [...this.allowed.filter((one) => one !== device), device];
  }

  #disconnected(device: USBDevice) {
    this.allowed = this.allowed.filter((one) => one !== device);
    this.#bench?.unplug(device);
  }
}
