/** Inputs of one kind, one after another, and what came of them. */
import { KnownError } from '../../src/errors.ts';
import type { Pick } from '../kinds/pick.ts';
import { numbers, played, recorded, seedOf, smallest } from './choices.ts';
import { NoInput, Trial } from './trial.ts';

export interface FuzzKind {
  /** After `--only`. */
  readonly name: string;
  /** `Intel HEX` */
  readonly title: string;
  /** Its share of all inputs, in thousands of a whole run. What takes long has a small one. */
  readonly weight: number;
  /** What is refused with one of these is a fault, though it is foreseen: a clone that fails its own check. */
  readonly faults?: readonly KnownError['code'][];
  /**
   * Make one input of the numbers, and take it as far as it goes. `trial.accept()` says that it is through the door; coming to the
   * end says that it went the whole way.
   *
   * @throws a `KnownError` where it is refused
   */
  run(pick: Pick, trial: Trial): Promise<void> | void;
}

export interface Failure {
  readonly index: number;
  /** Inputs that fail for one reason have the same. */
  readonly fault: string;
  /** With its stack. */
  readonly error: string;
  readonly notes: readonly string[];
  /** Of the smallest input that fails the same way: its numbers, and what it is. */
  readonly small?: { readonly row: readonly number[]; readonly notes: readonly string[] };
  readonly files: ReadonlyMap<string, Uint8Array>;
}

export interface Tally {
  readonly kind: FuzzKind;
  tried: number;
  /** Through the door. */
  accepted: number;
  /** To the end. */
  whole: number;
  /** By code: refused at the door, and stopped behind it. */
  readonly refused: Map<string, number>;
  readonly stopped: Map<string, number>;
  readonly failures: Failure[];
  /** Of processor time. */
  slowestMs: number;
  totalMs: number;
}

/** Of processor time, so that a busy machine does not count. Each input takes some milliseconds. */
const SLOW_MS = 5_000;

type Outcome =
  | { readonly end: 'whole' }
  | { readonly end: 'refused' | 'stopped'; readonly code: string }
  | { readonly end: 'failed'; readonly error: string };

export interface RunOptions {
  readonly seed: number;
  readonly count: number;
  /** The first one; with a count of 1 the only one. */
  readonly from?: number;
  /** Make failing inputs small. */
  readonly shrink?: boolean;
  /** Processor time that one input may take. */
  readonly slowMs?: number;
}

export async function fuzzKind(kind: FuzzKind, options: RunOptions): Promise<Tally> {
  const { seed, count, from = 0, shrink = true, slowMs = SLOW_MS } = options;
  const tally: Tally = {
    kind,
    tried: 0,
    accepted: 0,
    whole: 0,
    refused: new Map(),
    stopped: new Map(),
    failures: [],
    slowestMs: 0,
    totalMs: 0,
  };
  const strays = new Strays();
  try {
    for (let index = from; index < from + count; index++) {
      const { pick, drawn } = recorded(numbers(seedOf(seed, kind.name, index)));
      const { trial, outcome, ms } = await tryOne(kind, pick, strays, slowMs);
      add(tally, trial, outcome, ms);
      if (outcome.end !== 'failed') continue;
      const fault = faultOf(outcome.error);
      const isNew = tally.failures.every((other) => other.fault !== fault);
      const small = shrink && isNew ? await shrunk(kind, drawn, outcome.error, strays, slowMs) : undefined;
      tally.failures.push({
        index,
        fault,
        error: outcome.error,
        notes: trial.notes,
        files: trial.given,
        ...(small && { small }),
      });
    }
  } finally {
    strays.close();
  }
  return tally;
}

function add(tally: Tally, trial: Trial, outcome: Outcome, ms: number): void {
  tally.tried++;
  tally.totalMs += ms;
  tally.slowestMs = Math.max(tally.slowestMs, ms);
  if (trial.isAccepted) tally.accepted++;
  if (outcome.end === 'whole') tally.whole++;
  if (outcome.end === 'refused' || outcome.end === 'stopped')
    tally[outcome.end].set(outcome.code, (tally[outcome.end].get(outcome.code) ?? 0) + 1);
}

async function tryOne(kind: FuzzKind, pick: Pick, strays: Strays, slowMs: number) {
  const trial = new Trial();
  const before = process.cpuUsage();
  const spent = () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  let outcome: Outcome;
  try {
    await inTime(kind.run(pick, trial), spent, slowMs);
    outcome = { end: 'whole' };
  } catch (error) {
    outcome = outcomeOf(error, kind, trial);
  }
  if (outcome.end !== 'failed')
    try {
      trial.check();
    } catch (error) {
      outcome = { end: 'failed', error: textOf(error) };
    }
  const stray = await strays.take();
  if (stray !== undefined) outcome = { end: 'failed', error: `Nobody waited for this: ${textOf(stray)}` };
  const ms = spent();
  if (ms > slowMs && outcome.end !== 'failed')
    outcome = { end: 'failed', error: `It took more than ${slowMs} ms of processor time` };
  return { trial, outcome, ms };
}

function outcomeOf(error: unknown, kind: FuzzKind, trial: Trial): Outcome {
  if (error instanceof NoInput) return { end: 'refused', code: error.message };
  const code = error instanceof KnownError ? error.code : undefined;
  if (code === undefined || code === 'bug/unexpected' || kind.faults?.includes(code))
    return { end: 'failed', error: textOf(error) };
  trial.tells(error);
  return { end: trial.isAccepted ? 'stopped' : 'refused', code };
}

const textOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : `Thrown: ${String(error)}`;

/** What never ends is ended here: nothing of a trial waits for real time, so it is at work, or it hangs. */
async function inTime(work: Promise<void> | void, spent: () => number, slowMs: number): Promise<void> {
  if (!work) return;
  let isOver = false;
  const watch = async () => {
    while (!isOver) {
      await new Promise((resolve) => setImmediate(resolve));
      if (!isOver && spent() > slowMs)
        throw new Error(`It did not end within ${slowMs} ms of processor time`);
    }
  };
  try {
    await Promise.race([work, watch()]);
  } finally {
    isOver = true;
    void work.catch(() => {}); // too late to be told
  }
}

/** Promises that were rejected, and nobody waited for. */
class Strays {
  #found: unknown;
  readonly #listener = (reason: unknown) => void (this.#found ??= reason);

  constructor() {
    process.on('unhandledRejection', this.#listener);
  }

  /** They are told of once all that is ready to run has run. */
  async take(): Promise<unknown> {
    await new Promise((resolve) => setImmediate(resolve));
    const found = this.#found;
    this.#found = undefined;
    return found;
  }

  close(): void {
    process.off('unhandledRejection', this.#listener);
  }
}

/** The first line, and where it was thrown: the same fault is told by another input in other words further down. */
const faultOf = (error: string): string =>
  `${error.split('\n')[0]!.replace(/\d+/g, '#').slice(0, 60)} ${/\(?([^\s()]+:\d+):\d+\)?/.exec(error)?.[1] ?? ''}`;

async function shrunk(
  kind: FuzzKind,
  drawn: readonly number[],
  error: string,
  strays: Strays,
  slowMs: number,
): Promise<NonNullable<Failure['small']>> {
  const play = async (row: readonly number[]) => {
    const again = recorded(played(row));
    return { drawn: again.drawn, ...(await tryOne(kind, again.pick, strays, slowMs)) };
  };
  const row = await smallest(drawn, async (candidate) => {
    const { outcome, drawn: used } = await play(candidate);
    return outcome.end === 'failed' && faultOf(outcome.error) === faultOf(error) ? used : undefined;
  });
  return { row, notes: (await play(row)).trial.notes };
}
