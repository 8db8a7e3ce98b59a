/**
 * CTRL-AP, the access port of every nRF52 that stays open when the other is closed: protection status, erase of everything.
 * Source: "Debug and trace" chapters of the product specifications; docs/probe-protocols.md §6.6 for what other tools do with it.
 */
import { readAp, writeAp, type SwdRegister } from '../probe/index.ts';
import type { DebugPort } from './debug-port.ts';
import { notNrf52, notReady } from './errors.ts';
import { askedUntil } from './patience.ts';

const CTRL_AP = 1;
const RESET: SwdRegister = 0x0;
const ERASEALL: SwdRegister = 0x4;
const ERASEALLSTATUS: SwdRegister = 0x8;
const APPROTECTSTATUS: SwdRegister = 0xc;

/** At 0xFC: bank 0xF0, register 0xC. The top four bits are a revision. */
const IDR_BANK = 0xf0;
const IDR: SwdRegister = 0xc;
const CTRL_AP_IDR = 0x02880000;

/** The datasheets say 295 ms at most; other tools wait this long. */
const ERASE_LIMIT_MS = 15_000;

export class ControlAp {
  constructor(readonly port: DebugPort) {}

  /** @throws `target/not-nrf52` when there is another access port in its place */
  async check(): Promise<void> {
    const [id] = await this.port.run(CTRL_AP, IDR_BANK, [readAp(IDR)]);
    if ((id! & 0x0fffffff) !== CTRL_AP_IDR) throw notNrf52('control access port', id!);
  }

  async isOpen(): Promise<boolean> {
    return (await this.#read(APPROTECTSTATUS)) === 1;
  }

  /** Erase flash, UICR and RAM. Cannot be called off: half an erase leaves anything. */
  async eraseAll(): Promise<void> {
    await this.port.run(CTRL_AP, 0, [writeAp(ERASEALL, [0, 1])]);
    const isDone = async () => (await this.#read(ERASEALLSTATUS)) === 0;
    if (!(await askedUntil(isDone, ERASE_LIMIT_MS, this.port.clock)))
      throw notReady('erasing', ERASE_LIMIT_MS);
    await this.port.run(CTRL_AP, 0, [writeAp(ERASEALL, 0)]);
  }

  /** A soft reset. Silicon that protects itself at every reset is closed by it. */
  async reset(): Promise<void> {
    await this.startAnew();
    await this.port.pass(10);
  }

  /** The same without the time for the start: for who wants to see it. */
  async startAnew(): Promise<void> {
    await this.port.run(CTRL_AP, 0, [writeAp(RESET, 1)]);
    await this.port.pass(1);
    await this.port.run(CTRL_AP, 0, [writeAp(RESET, 0)]);
  }

  async #read(register: SwdRegister): Promise<number> {
    return (await this.port.run(CTRL_AP, 0, [readAp(register)]))[0]!;
  }
}
