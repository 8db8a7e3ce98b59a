/**
 * SWD through a probe that only clocks bits: the protocol is ours.
 *
 * Bits are clocked blindly, many transfers at once, and judged afterwards. So overrun detection is switched on together with the
 * debug port: every transfer then has a data phase whatever its acknowledge, and one answered by WAIT keeps all behind it from
 * being carried out until the overrun is cleared. From there they are clocked again.
 * Source: docs/probe-protocols.md §4.4; ADIv5 (Arm IHI 0031), "Sticky overrun behaviour".
 */
import type { KnownError } from '../../errors.ts';
import { fault, mismatch, noAck, parity, waitExhausted } from '../errors.ts';
import { wordsRead, type SwdTransfer } from '../swd-link.ts';
import type { JlinkSession } from './connection.ts';
import {
  allDriven,
  AP,
  bitsOf,
  layOut,
  READ,
  readAnswers,
  TRAILING_IDLE,
  type Answer,
  type Step,
} from './swd-bits.ts';
import { workAhead } from '../work-ahead.ts';

const ACK_OK = 1;
const ACK_WAIT = 2;
const ACK_FAULT = 4;
/** Nobody drove the line: it stays where its pull-up, or a chip without power, holds it. */
const UNDRIVEN = [0, 7];

const READ_DPIDR = READ | 0x0;
const WRITE_ABORT = 0x0;
const WRITE_CTRL_STAT = 0x4;
const READ_CTRL_STAT = READ | 0x4;
const READ_RDBUFF = READ | 0xc;

const ORUNERRCLR = 1 << 4;
const ORUNDETECT = 1 << 0;
const STICKYORUN = 1 << 1;
const STICKYERR = 1 << 5;

/** Clocks between a write and what follows, and before the read that tells how the last write went. */
const IDLE_AFTER_WRITE = 2;
const IDLE_BEFORE_CHECK = 8;
/** Clocks given to a busy chip before it is asked again, doubled each time. */
const LONGEST_IDLE = 128;
/** Each takes 100 clocks or more: 50 ms at 8 MHz, and as many round trips. */
const WAIT_RETRIES = 4_096;

/** Reads of a poll, in all and at once. */
const MATCH_RETRIES = 4_096;
const FIRST_READS = 2;
const MOST_READS = 32;

/** Ones that reset the line, the switch from JTAG, ones again, and idle. */
export const SWITCH_TO_SWD = Uint8Array.of(
  ...Array<number>(7).fill(0xff),
  0x9e,
  0xe7,
  ...Array<number>(7).fill(0xff),
  0x00,
);
const LINE_RESET = Uint8Array.of(...Array<number>(7).fill(0xff), 0x00);

/** A step of a list, and what it is to the caller. */
interface PlannedStep extends Step {
  /** Place of its word among the words read; -1 when nobody asked for it. */
  readonly into: number;
  /** Transfers of the caller's list that come before it. */
  readonly before: number;
}

export class BitLevelSwd {
  /** The target was told to detect overruns, over this link and since the line was last reset. */
  #detectsOverrun = false;
  /** Some transfer was answered by WAIT: nothing is carried out until that is cleared. */
  #overran = false;
  /** A target that missed a request may take anything for the next: only a line reset helps. */
  #outOfStep = false;

  constructor(readonly session: JlinkSession) {}

  /** Bits on SWDIO that are no transfer. */
  async sequence(bits: Uint8Array, bitCount: number): Promise<void> {
    await this.session.clock(allDriven(bits.slice(0, Math.ceil(bitCount / 8)), bitCount));
    this.#detectsOverrun = this.#overran = this.#outOfStep = false;
  }

  /** As `SwdLink.transfer`. */
  async transfer(transfers: readonly SwdTransfer[], signal?: AbortSignal): Promise<Uint32Array> {
    const words = new Uint32Array(wordsRead(transfers));
    let plan = new Plan();
    for (const transfer of transfers) {
      if (transfer.kind !== 'poll') {
        plan.add(transfer);
        continue;
      }
      await this.#carryOut(plan.finished(), words, signal);
      await this.#poll(transfer, plan.transfers, signal);
      plan = new Plan(plan.transfers + 1, plan.reads);
    }
    await this.#carryOut(plan.finished(), words, signal);
    return words;
  }

  /**
   * Why something failed that the probe did by itself.
   *
   * @param done  for the error
   * @returns     what the chip says now; `probe/parity` when it has nothing to say, as then only the wire can have failed
   */
  async diagnose(done: number): Promise<KnownError> {
    const ask = async (header: number) => (await this.#clock([step(header, 0, IDLE_AFTER_WRITE)]))[0]!;
    let answer = await ask(READ_CTRL_STAT);
    if (answer.ack === ACK_OK) {
      if (answer.word & STICKYERR) return fault(done);
      answer = await ask(READ_RDBUFF);
      if (answer.ack === ACK_OK) return parity(done);
    }
    this.#outOfStep = true; // without overrun detection there was no data phase
    return errorOf(answer, done);
  }

  async #poll(
    { port, register, mask, value }: SwdTransfer & { kind: 'poll' },
    done: number,
    signal?: AbortSignal,
  ): Promise<void> {
    let reads = FIRST_READS;
    for (let asked = 0; asked < MATCH_RETRIES; asked += reads, reads = Math.min(2 * reads, MOST_READS)) {
      const words = new Uint32Array(reads);
      const plan = new Plan(done);
      plan.add({ kind: 'read', port, register, count: reads });
      await this.#carryOut(plan.finished(), words, signal);
      if (words.some((word) => ((word ^ value) & mask) === 0)) return;
    }
    throw mismatch(done);
  }

  async #carryOut(steps: readonly PlannedStep[], words: Uint32Array, signal?: AbortSignal): Promise<void> {
    await this.getInStep();
    let at = 0;
    let retries = 0;
    while (at < steps.length) {
      signal?.throwIfAborted();
      const blocks = this.#overran
        ? [[clearOverrun(retries, steps[at]!.before), steps[at]!]]
        : this.#blocks(steps.slice(at));
      let refusal: Answer | undefined;
      await workAhead(
        blocks,
        this.session.requestsAtOnce,
        (block) => this.#clock(block),
        (answers, block) => {
          for (const [i, answer] of answers.entries()) {
            if (answer.ack !== ACK_OK) {
              refusal = answer;
              return false;
            }
            this.#accept(block[i]!, answer, words);
            if (block[i] !== steps[at]) continue; // a clear of ours
            at++;
            retries = 0;
          }
          return !signal?.aborted;
        },
      );
      if (!refusal) continue;
      if (refusal.ack === ACK_WAIT && this.#detectsOverrun) {
        this.#overran = true;
        if (retries++ < WAIT_RETRIES) continue;
      }
      this.#outOfStep = !this.#detectsOverrun || UNDRIVEN.includes(refusal.ack);
      throw errorOf(refusal, steps[at]!.before);
    }
  }

  /**
   * Steps in requests that may be under way together: what was clocked behind a WAIT was not carried out, in whatever request. They
   * end before a clear of sticky flags, which would let it through; and there is one step alone as long as a refusal could leave its
   * data phase out.
   */
  *#blocks(steps: readonly PlannedStep[]): Iterable<readonly PlannedStep[]> {
    if (!this.#detectsOverrun) return yield steps.slice(0, 1);
    const { session } = this;
    const clear = steps.findIndex(({ header }, i) => i > 0 && header === WRITE_ABORT);
    const end = clear === -1 ? steps.length : clear;
    const all = steps.slice(0, end).reduce((sum, step) => sum + bitsOf(step), TRAILING_IDLE);
    const isOne = all <= session.mostBits(1);
    const mostBits = session.mostBits(isOne ? 1 : session.requestsAtOnce);
    for (let from = 0; from < end;) {
      let bits = TRAILING_IDLE;
      let to = from;
      do bits += bitsOf(steps[to++]!);
      while (to < end && bits + bitsOf(steps[to]!) <= mostBits);
      yield steps.slice(from, to);
      from = to;
    }
  }

  #accept({ header, into, before }: PlannedStep, { word, parityIsRight }: Answer, words: Uint32Array): void {
    if (header === WRITE_CTRL_STAT) this.#detectsOverrun = true;
    if (header === WRITE_ABORT) this.#overran = false;
    if ((header & READ) === 0) return;
    if (!parityIsRight) throw parity(before);
    // Overrun detection is between the link and the target.
    if (into !== -1) words[into] = header === READ_CTRL_STAT ? word & ~(ORUNDETECT | STICKYORUN) : word;
  }

  /**
   * Find a target again that missed a request, where it did. The registers of its debug port live through a line reset; only the
   * read of its id must follow.
   */
  async getInStep(): Promise<void> {
    if (!this.#outOfStep) return;
    await this.session.clock(allDriven(LINE_RESET, 8 * LINE_RESET.length));
    const [answer] = await this.#clock([step(READ_DPIDR, 0, 0)]);
    this.#outOfStep = answer!.ack !== ACK_OK;
  }

  async #clock(steps: readonly Step[]): Promise<Answer[]> {
    return readAnswers(steps, await this.session.clock(layOut(steps)));
  }
}

const step = (header: number, word: number, idle: number): Step => ({ header, word, idle });

const clearOverrun = (retries: number, before: number): PlannedStep => ({
  ...step(WRITE_ABORT, ORUNERRCLR, Math.min(2 ** retries, LONGEST_IDLE)),
  into: -1,
  before,
});

function errorOf({ ack }: Answer, done: number): KnownError {
  if (ack === ACK_WAIT) return waitExhausted(done);
  if (ack === ACK_FAULT) return fault(done);
  return UNDRIVEN.includes(ack) ? noAck(done) : parity(done);
}

/**
 * The steps of a list. AP reads are posted: each brings the word of the one before, and a read of RDBUFF that of the last. It
 * also tells how a last write went.
 */
class Plan {
  readonly #steps: PlannedStep[] = [];
  /** Place of the word that an AP read has asked for and nobody has fetched yet; -1 when there is none. */
  #posted = -1;
  /** So does what comes before a list, for all we know: a line reset wants idle clocks behind it. */
  #endsInWrite = true;

  /** @param transfers  that come before @param reads  words read before */
  constructor(
    public transfers = 0,
    public reads = 0,
  ) {}

  add(transfer: SwdTransfer & { kind: 'read' | 'write' }): void {
    const port = transfer.port === 'ap' ? AP : 0;
    const isRead = transfer.kind === 'read';
    const header = port | transfer.register | (isRead ? READ : 0);
    const count = isRead ? transfer.count : transfer.words.length;
    for (let i = 0; i < count; i++) {
      if (isRead && port === AP) this.#postRead(header);
      else {
        this.#fetchPosted();
        const word = isRead ? 0 : transfer.words[i]!;
        this.#push(header, header === WRITE_CTRL_STAT ? word | ORUNDETECT : word, isRead ? this.reads++ : -1);
      }
      this.transfers++;
    }
  }

  finished(): readonly PlannedStep[] {
    this.#fetchPosted();
    if (this.#endsInWrite && this.#steps.length > 0) this.#push(READ_RDBUFF, 0, -1, IDLE_BEFORE_CHECK);
    return this.#steps;
  }

  #postRead(header: number): void {
    this.#push(header, 0, this.#posted);
    this.#posted = this.reads++;
  }

  #fetchPosted(): void {
    if (this.#posted !== -1) this.#push(READ_RDBUFF, 0, this.#posted);
    this.#posted = -1;
  }

  #push(header: number, word: number, into: number, idle = this.#endsInWrite ? IDLE_AFTER_WRITE : 0): void {
    this.#steps.push({ header, word: word >>> 0, idle, into, before: this.transfers });
    this.#endsInWrite = (header & READ) === 0;
  }
}
