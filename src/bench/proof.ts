/**
 * Proof that a clone came up, in five steps: two before the chip is started, three of the chip as it runs.
 *
 * Each step ends as passed, as failed, or as impossible with its reason; none is passed that was not made. What it found is told to
 * whoever keeps the journal, before the next step begins.
 */
import { isFilledWith } from '../bytes.ts';
import type { Clock } from '../clock.ts';
import { KnownError } from '../errors.ts';
import { LogLines, wordOf, type LogLine, type LogWord } from '../log-lines.ts';
import { MemoryImage, type Stretch } from '../image/index.ts';
import type { HasElements } from '../mesh/index.ts';
import { findRtt, readRtt, watchCore, type Nrf52, type RttChannel, type RttSearch } from '../target/index.ts';
import type { ChipReader } from './chip-reader.ts';
import { logDisagrees, notRunning, notTheNode, startChanged } from './proof-errors.ts';
import {
  PROOF_STEPS,
  PROOF_TIMES,
  type ProofLevel,
  type ProofObstacle,
  type ProofResult,
  type ProofStep,
} from './proof-steps.ts';

export interface ProofSetup {
  readonly level: Exclude<ProofLevel, 'none'>;
  readonly clock: Clock;
  readonly reader: ChipReader;
  readonly job: HasElements;
  readonly image: MemoryImage;
  /** The port closes with the start of the chip. */
  readonly locks: boolean;
  /** Where RTT was on the last board with this firmware. */
  readonly likelyRtt: number | undefined;
  /** In the journal before it returns. */
  readonly record: (result: ProofResult) => Promise<void>;
  readonly log: (lines: readonly LogLine[]) => void;
  readonly progress: (doneSteps: number, steps: number) => void;
  readonly signal: AbortSignal;
}

/** Until a firmware that opens the port has done so. */
const OPENS_MS = 300;
const NO_LOG = {
  absent: 'station/no-log',
  torn: 'station/torn-log',
  misplaced: 'station/misplaced-log',
} as const;
const LISTEN_EVERY_MS = 80;
/** A firmware that tidies one of its pages up has it apart for two erasures of a page. */
const STAYS_LOOKS = 4;
/** Read behind what the image says of a page before the start: the rest was proved by its hash. */
const TAIL = 16;

export class Proof {
  /** Where RTT was found. */
  rtt: number | undefined;
  #pages: readonly Stretch[] = [];
  #done = 0;

  constructor(readonly setup: ProofSetup) {}

  /** Steps 1 and 2: all is written and read back, and the chip stands still. @param verifyMs  what reading back took */
  async beforeStart(target: Nrf52, verifyMs: number): Promise<void> {
    await this.#record({ step: 'read-back', outcome: 'passed', reason: '', ms: verifyMs });
    const { reader, image, job, signal } = this.setup;
    const { chip } = target.identity!;
    await this.#step('boot', async () => {
      this.#pages = await reader.stateOf({ segments: image.runs, chip });
      const read = await target.readImage(
        this.#pages.map(inUse(image)).filter(({ length }) => length > 0),
        { signal },
      );
      const whole = MemoryImage.of([{ address: 0, bytes: image.read(0, chip.flashSize) }]); // what it leaves out is erased, as was read back
      const found = await reader.lookForNode({ segments: whole.with(read.runs).runs, chip });
      const node = 'node' in found ? found.node : null;
      if (node?.start !== job.unicast || node.count > job.elementCount) throw notTheNode(job, node);
      return '';
    });
  }

  /**
   * Steps 3 to 5.
   *
   * @param attach  finds the chip anew, as often as it is asked
   */
  async afterStart(attach: () => Promise<Nrf52>): Promise<void> {
    if (this.setup.level !== 'full') return;
    const { clock, locks } = this.setup;
    const startMs = clock.now();
    let target = await attach();
    const { port } = target;
    if (!locks)
      for (
        const untilMs = startMs + OPENS_MS;
        target.isLocked && clock.now() < untilMs;
        target = await attach()
      )
        await port.pass(20);
    if (target.isLocked) return this.#allImpossible(locks ? 'station/port-locked' : 'station/port-closed');
    try {
      await this.#whileRunning(target, startMs);
    } catch (error) {
      if (!(error instanceof KnownError && error.code === 'target/locked')) throw error;
      await this.#allImpossible('station/port-closed'); // it was reset, and closed with that
    }
    await port.powerDown().catch(() => {}); // what was seen was seen, also if the cable is pulled now
  }

  async #whileRunning(target: Nrf52, startMs: number): Promise<void> {
    const { clock, job, image, reader, signal } = this.setup;
    const { memory, port } = target;
    const { chip } = target.identity!;
    const untilMs = async (ms: number, meanwhile: () => Promise<unknown> = async () => {}) => {
      for (let left = ms - clock.now(); left > 0; left = ms - clock.now()) {
        signal.throwIfAborted();
        await meanwhile();
        await port.pass(Math.min(left, LISTEN_EVERY_MS));
      }
    };
    let starts = 1;
    await untilMs(startMs + PROOF_TIMES.startMs);
    await this.#step('runs', async () => {
      const { looks, everyMs } = PROOF_TIMES;
      const state = await watchCore(memory, { flashSize: chip.flashSize, looks, everyMs, signal });
      if (state.kind !== 'runs') throw notRunning(state);
      starts += state.resets;
      return '';
    });
    const listener = new Listener(target, this.setup);
    await this.#step('log', async () => {
      const endMs = clock.now() + PROOF_TIMES.logMs;
      const search = await listener.find(() => clock.now() < endMs);
      if (search.kind !== 'found') return NO_LOG[search.kind];
      this.rtt = search.block.address;
      for (;;) {
        const words = await listener.listen();
        if (words.some((word) => isAgainst(word, job.unicast))) throw logDisagrees(job, words);
        if (words.some((word) => word.kind === 'address')) return '';
        if (clock.now() >= endMs) return 'station/silent-log';
        await port.pass(LISTEN_EVERY_MS);
      }
    });
    await this.#step('stays', async () => {
      await untilMs(startMs + PROOF_TIMES.staysMs, () => listener.listen());
      const look = async () => {
        const { runs } = await target.readImage(this.#pages, { signal });
        return reader.startFault({ before: image.runs, after: image.with(runs).runs, chip, starts });
      };
      let fault = await look();
      for (let looks = 1; fault && looks < STAYS_LOOKS; looks++) {
        await port.pass(LISTEN_EVERY_MS); // it may have been writing just then
        fault = await look();
      }
      await listener.listen();
      if (fault) throw startChanged(job, fault);
      return '';
    });
  }

  /** @param make  gives an obstacle, or nothing where the step passed */
  async #step(step: ProofStep, make: () => Promise<ProofObstacle | ''>): Promise<void> {
    const { clock, signal } = this.setup;
    signal.throwIfAborted();
    const startMs = clock.now();
    try {
      const reason = await make();
      const outcome = reason === '' ? 'passed' : 'impossible';
      await this.#record({ step, outcome, reason, ms: clock.now() - startMs });
    } catch (error) {
      // whatever else ends it, a cable above all, says nothing of the clone
      if (error instanceof KnownError && error.code.startsWith('station/proof-'))
        await this.#record({ step, outcome: 'failed', reason: error.code, ms: clock.now() - startMs });
      throw error;
    }
  }

  async #allImpossible(reason: ProofObstacle): Promise<void> {
    for (const step of PROOF_STEPS.slice(this.#done))
      await this.#record({ step, outcome: 'impossible', reason, ms: 0 });
  }

  async #record(result: ProofResult): Promise<void> {
    const steps = this.setup.level === 'full' ? PROOF_STEPS.length : 2;
    await this.setup.record({ ...result, ms: Math.round(result.ms) });
    this.setup.progress(++this.#done, steps);
  }
}

/** What of a page is in use, and a little of what follows. */
const inUse =
  (image: MemoryImage) =>
  ({ address, length }: Stretch): Stretch => {
    const bytes = image.read(address, length);
    const end = isFilledWith(bytes, 0xff) ? 0 : bytes.findLastIndex((byte) => byte !== 0xff) + 1;
    return { address, length: Math.min(length, end === 0 ? 0 : end + TAIL) };
  };

const isAgainst = (word: LogWord, unicast: number): boolean =>
  word.kind === 'reset' || (word.kind === 'address' && word.unicast !== unicast);

/** Finds a chip's log and reads it, over and over, while the chip runs. */
export class Listener {
  readonly #lines = new LogLines();
  #search: RttSearch = { kind: 'absent' };

  constructor(
    readonly target: Nrf52,
    readonly setup: Pick<ProofSetup, 'clock' | 'likelyRtt' | 'log' | 'signal'>,
  ) {}

  async find(goOn: () => boolean): Promise<RttSearch> {
    const { likelyRtt: likely, signal } = this.setup;
    const { ramSize } = this.target.identity!.chip;
    return (this.#search = await findRtt(this.target.memory, { ramSize, likely, goOn, signal }));
  }

  /** What was said since it was read last. @returns what it says of the node */
  async listen(): Promise<readonly LogWord[]> {
    if (this.#search.kind !== 'found') return [];
    const { clock, log, signal } = this.setup;
    const { memory, identity } = this.target;
    const piece = await readRtt(memory, this.#search.block, identity!.chip.ramSize, signal);
    if (!piece || piece.bytes.length === 0) return [];
    const atMs = clock.now();
    const lines = this.#lines.add(piece.bytes, atMs);
    const full: LogLine = { atMs, time: '', source: '', text: FULL[piece.whenFull] };
    log(piece.wasFull ? [...lines, full] : lines);
    return lines.map(wordOf).filter((word) => word !== undefined);
  }
}

/** In the log itself, where it happened. */
const FULL: Readonly<Record<RttChannel['whenFull'], string>> = {
  'leaves out': '[its buffer was full: lines may be missing here]',
  cuts: '[its buffer was full: the line before may be cut, and others may be missing here]',
  waits: '[its buffer was full: its firmware stood still until it was read]',
};
