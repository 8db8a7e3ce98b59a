/**
 * ADIv5: the debug port behind a link, and the registers of its access ports by number and address.
 *
 * Below lies an `SwdLink`, which knows four registers a port and retries WAIT; above lie the memory and the control access port.
 * SELECT is written when it changes and never believed after an error, and sticky flags are cleared here after each error.
 * Source: Arm IHI 0031, SW-DP; docs/probe-protocols.md §3.6, 7 and 8, for what goes wrong when caches outlive errors.
 */
import type { Clock } from '../clock.ts';
import { KnownError } from '../errors.ts';
import { readDp, writeDp, type SwdLink, type SwdTransfer } from '../probe/index.ts';
import { notNrf52, notReady } from './errors.ts';

const ABORT = 0x0;
const DPIDR = 0x0;
const CTRL_STAT = 0x4;
const SELECT = 0x8;

const DAPABORT = 1 << 0;
/** STKCMPCLR, STKERRCLR, WDERRCLR, ORUNERRCLR. */
const CLEAR_STICKY = 0x1e;
const POWER_REQUESTS = 0x50000000;
const POWER_ACKNOWLEDGES = 0xa0000000;

/** What to write to ABORT after an error. After others nobody listens, or nothing is stuck. */
const ABORT_AFTER = new Map<string, number>([
  ['probe/wait', DAPABORT | CLEAR_STICKY],
  ['probe/fault', CLEAR_STICKY],
]);

/** The SW-DP of every nRF52. */
const NRF52_DPIDR = 0x2ba01477;

const LINE_RESET = new Uint8Array(7).fill(0xff);
/** From JTAG to SWD: the nRF52 has no JTAG, but a chip in between may. */
const TO_SWD = Uint8Array.of(0x9e, 0xe7);
const IDLE = Uint8Array.of(0);

export class DebugPort {
  #select: number | undefined;

  constructor(
    readonly link: SwdLink,
    readonly clock: Clock,
  ) {}

  /**
   * Reset the line, find the debug port and power it up.
   *
   * @throws `probe/no-ack` when nobody answers, `target/not-nrf52` when somebody else does
   */
  async connect(signal?: AbortSignal): Promise<void> {
    this.#select = undefined;
    await this.link.sequence(LINE_RESET, 56);
    await this.link.sequence(TO_SWD, 16);
    await this.link.sequence(LINE_RESET, 56);
    await this.link.sequence(IDLE, 8);
    const [id] = await this.link.transfer([readDp(DPIDR)], signal);
    if (id !== NRF52_DPIDR) throw notNrf52('DPIDR', id!);
    await this.link.transfer([writeDp(ABORT, CLEAR_STICKY), writeDp(CTRL_STAT, POWER_REQUESTS)], signal);
    for (let attempt = 0; attempt < 100; attempt++) {
      const [status] = await this.link.transfer([readDp(CTRL_STAT)], signal);
      if ((status! & POWER_ACKNOWLEDGES) >>> 0 === POWER_ACKNOWLEDGES) return;
      await this.clock.sleep(1, signal);
    }
    throw notReady('powering its debug port up', 100);
  }

  /** Transfers within one bank (address bits 7..4) of one access port. */
  async run(
    ap: number,
    bank: number,
    transfers: readonly SwdTransfer[],
    signal?: AbortSignal,
  ): Promise<Uint32Array> {
    const select = ((ap << 24) | bank) >>> 0;
    const selected = this.#select === select;
    this.#select = undefined;
    try {
      const words = await this.link.transfer(
        selected ? transfers : [writeDp(SELECT, select), ...transfers],
        signal,
      );
      this.#select = select;
      return words;
    } catch (error) {
      await this.#clearErrors(error);
      throw error;
    }
  }

  /** Let the chip leave debug mode; it draws milliamperes in it. */
  async powerDown(): Promise<void> {
    this.#select = undefined;
    await this.link.transfer([writeDp(CTRL_STAT, 0)]);
  }

  async #clearErrors(error: unknown): Promise<void> {
    const abort = error instanceof KnownError ? ABORT_AFTER.get(error.code) : undefined;
    if (abort === undefined) return;
    await this.link.transfer([writeDp(ABORT, abort)]).catch(() => {}); // the first error is the one to tell
  }
}
