/**
 * The flash controller, driven from outside while the core is halted.
 *
 * CONFIG is opened for one kind of change at a time and closed again whatever happens; nothing is asked of the controller
 * before READY says that the last thing is done.
 * Source: NVMC chapters of the product specifications.
 */
import { KnownError } from '../errors.ts';
import type { Chip } from '../image/index.ts';
import { notReady } from './errors.ts';
import { pollWord, readWords, type MemAp, type MemoryAccess } from './mem-ap.ts';
import { askedUntil } from './patience.ts';
import {
  CONFIG_EEN,
  CONFIG_REN,
  CONFIG_WEN,
  NVMC_CONFIG,
  NVMC_ERASEALL,
  NVMC_ERASEPAGE,
  NVMC_ERASEUICR,
  NVMC_READY,
} from './registers.ts';
import { feedWatchdog } from './watchdog.ts';

/** Ten times the longest erase of any datasheet. */
const ERASE_LIMIT_MS = 3_000;

export interface FlashTimes {
  readonly writePageMs: number;
  readonly erasePageMs: number;
  readonly eraseAllMs: number;
}

/** What is typical: the nRF52810 and 52832 write slowly and erase fast, the later chips the other way round. */
export const flashTimes = ({ part }: Chip): FlashTimes =>
  part === 0x52810 || part === 0x52832
    ? { writePageMs: 69, erasePageMs: 2.05, eraseAllMs: 6.72 }
    : { writePageMs: 43, erasePageMs: 87, eraseAllMs: 173 };

/** For a word: 338 µs at most, so the probe itself can wait for it. */
export const wordIsWritten: MemoryAccess = pollWord(NVMC_READY, 1, 1);

export class Nvmc {
  constructor(readonly memory: MemAp) {}

  /** @param address  anywhere in the page */
  erasePage(address: number): Promise<void> {
    return this.#erase(NVMC_ERASEPAGE, address);
  }

  /** Flash and UICR. */
  eraseAll(): Promise<void> {
    return this.#erase(NVMC_ERASEALL, 1);
  }

  eraseUicr(): Promise<void> {
    return this.#erase(NVMC_ERASEUICR, 1);
  }

  /** Let `change` store words to flash and UICR: aligned words, each followed by `wordIsWritten`. */
  whileWritable<T>(change: () => Promise<T>): Promise<T> {
    return this.#configured(CONFIG_WEN, change);
  }

  #erase(register: number, value: number): Promise<void> {
    return this.#configured(CONFIG_EEN, async () => {
      await this.memory.writeWord(register, value);
      await this.#untilReady();
    });
  }

  async #configured<T>(config: number, change: () => Promise<T>): Promise<T> {
    await this.#untilReady();
    await this.memory.writeWord(NVMC_CONFIG, config);
    try {
      const result = await change();
      await this.close();
      return result;
    } catch (error) {
      await this.close().catch(() => {}); // the first error is the one to tell
      throw error;
    }
  }

  /** Read-only again, once it is ready: it listens to nothing while it is busy. */
  async close(): Promise<void> {
    await this.#untilReady();
    await this.memory.writeWord(NVMC_CONFIG, CONFIG_REN);
  }

  async #untilReady(): Promise<void> {
    const isReady = async () => {
      const [ready] = await this.memory.run([...feedWatchdog(), readWords(NVMC_READY, 1)]);
      return (ready! & 1) === 1;
    };
    if ((await this.memory.readWord(NVMC_READY)) & 1) return;
    if (!(await askedUntil(isReady, ERASE_LIMIT_MS, this.memory.port.clock)))
      throw notReady('a change of its flash', ERASE_LIMIT_MS);
  }
}

/** A write that the probe waited for in vain, told in the words of flash. */
export const writeNotReady = (error: unknown): unknown =>
  error instanceof KnownError && error.code === 'probe/mismatch'
    ? notReady('a write to its flash', 100)
    : error;
