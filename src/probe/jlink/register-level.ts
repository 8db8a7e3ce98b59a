/**
 * SWD through a probe that knows registers: it completes posted reads, asks again after WAIT and polls by itself.
 *
 * What its status means beyond 0 is not known, so after any other the chip itself is asked, bit by bit.
 * Source: docs/probe-protocols.md §4.5.
 */
import { concatenate, hex, struct, u32, u8 } from '../../bytes.ts';
import { mismatch } from '../errors.ts';
import { wordsRead, type SwdPort, type SwdRegister, type SwdTransfer } from '../swd-link.ts';
import type { BitLevelSwd } from './bit-level.ts';
import type { JlinkSession } from './connection.ts';
import { workAhead } from '../work-ahead.ts';

/** One access of a job. A read is repeated until its bits under `mask` are those of `compare`, or the time is over. */
const descriptor = struct({
  word: u32,
  mask: u32,
  compare: u32,
  timeoutMs: u32,
  /** Bits 2 and 3 of the address, as a number. */
  register: u8,
  isAp: u8,
  isRead: u8,
  reserved: u8,
});
const result = struct({ status: u32, word: u32 });
/** A job is at most a kilobyte: its replies are fetched while it is sent. */
const MOST_ACCESSES = 50;

const RDBUFF = 0xc;
const CLEAR_STICKY = 0x1e;
const POWER_UP = 0x50000000;
/** Between the memories of every nRF52. */
const NOWHERE = 0x60000000;

/** As long as other probes poll. */
const POLL_MS = 50;

/** An access, and what it is to the caller. */
interface Access {
  readonly port: SwdPort;
  readonly register: SwdRegister;
  /** What to write; left out, it reads. */
  readonly word?: number;
  /** What to wait for, read again and again. */
  readonly poll?: { readonly mask: number; readonly value: number };
  /** Place of its word among the words read. */
  readonly into?: number;
  /** Transfers of the caller's list that come before it. */
  readonly before: number;
}

export class RegisterLevelSwd {
  constructor(
    readonly session: JlinkSession,
    readonly bits: BitLevelSwd,
  ) {}

  sequence(bits: Uint8Array, bitCount: number): Promise<void> {
    return this.bits.sequence(bits, bitCount);
  }

  /** As `SwdLink.transfer`. */
  async transfer(transfers: readonly SwdTransfer[], signal?: AbortSignal): Promise<Uint32Array> {
    signal?.throwIfAborted();
    await this.bits.getInStep();
    const words = new Uint32Array(wordsRead(transfers));
    const accesses = accessesOf(transfers);
    let failed: Access | undefined;
    await workAhead(
      this.#jobs(accesses),
      this.session.requestsAtOnce,
      (job) => this.session.runRegisterJob(concatenate(job.map(describe)), job.length),
      (reply, job) => {
        for (const [i, access] of job.entries()) {
          const { status, word } = result.decode(reply, i * result.size);
          const { poll, into } = access;
          if (status !== 0 || (poll && ((word ^ poll.value) & poll.mask) !== 0)) {
            failed = access;
            return false;
          }
          if (into !== undefined) words[into] = word;
        }
        return !signal?.aborted;
      },
    );
    if (failed) throw await this.#explain(failed);
    signal?.throwIfAborted();
    return words;
  }

  /** What the probe says of each access when the fifth reads an address where no nRF52 has anything. */
  async statusOfRefusal(): Promise<string> {
    await this.bits.getInStep();
    const accesses: Access[] = [
      { port: 'dp', register: 0x0, word: CLEAR_STICKY, before: 0 },
      { port: 'dp', register: 0x4, word: POWER_UP, before: 0 },
      { port: 'dp', register: 0x8, word: 0, before: 0 },
      { port: 'ap', register: 0x4, word: NOWHERE, before: 0 },
      { port: 'ap', register: 0xc, before: 0 },
      { port: 'dp', register: RDBUFF, before: 0 },
    ];
    const reply = await this.session.runRegisterJob(concatenate(accesses.map(describe)), accesses.length);
    const said = accesses.map((_, i) => hex(result.decode(reply, i * result.size).status, 8));
    await this.bits.diagnose(0); // finds the chip again, whatever state the job left it in
    return said.join(' ');
  }

  /** Accesses in jobs that may be under way together. */
  *#jobs(accesses: readonly Access[]): Iterable<readonly Access[]> {
    const { requestsAtOnce } = this.session;
    const most = accesses.length <= MOST_ACCESSES ? MOST_ACCESSES : MOST_ACCESSES / requestsAtOnce;
    for (let at = 0; at < accesses.length; at += most) yield accesses.slice(at, at + most);
  }

  /** A poll that leaves the chip in order has only waited in vain. */
  async #explain({ poll, before }: Access): Promise<unknown> {
    const error = await this.bits.diagnose(before);
    return poll && error.code === 'probe/parity' ? mismatch(before) : error;
  }
}

/** The accesses of a list, one for each word. A read at the end tells how a last write went. */
function accessesOf(transfers: readonly SwdTransfer[]): Access[] {
  const accesses: Access[] = [];
  let reads = 0;
  for (const transfer of transfers) {
    const { port, register } = transfer;
    const count =
      transfer.kind === 'read' ? transfer.count : transfer.kind === 'write' ? transfer.words.length : 1;
    for (let i = 0; i < count; i++) {
      const place = { port, register, before: accesses.length };
      if (transfer.kind === 'read') accesses.push({ ...place, into: reads++ });
      else if (transfer.kind === 'write') accesses.push({ ...place, word: transfer.words[i]! });
      else accesses.push({ ...place, poll: transfer });
    }
  }
  if (accesses.at(-1)?.word !== undefined)
    accesses.push({ port: 'dp', register: RDBUFF, before: accesses.length });
  return accesses;
}

const describe = ({ port, register, word, poll }: Access): Uint8Array =>
  descriptor.encode({
    word: word ?? 0,
    mask: poll?.mask ?? 0,
    compare: poll?.value ?? 0,
    timeoutMs: poll ? POLL_MS : 0,
    register: register >> 2,
    isAp: port === 'ap' ? 1 : 0,
    isRead: word === undefined ? 1 : 0,
    reserved: 0,
  });
