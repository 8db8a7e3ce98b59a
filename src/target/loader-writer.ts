/**
 * The fast way: a program in the chip's RAM writes one page while the next is on its way (loader-code.ts), and pages are compared
 * by hashes computed in the chip.
 */
import { isFilledWith } from '../bytes.ts';
import { KnownError } from '../errors.ts';
import type { Segment } from '../image/index.ts';
import { callCore, haltCore } from './core.ts';
import { loaderStopped } from './errors.ts';
import {
  directWriter,
  wordsOf,
  type FlashWriter,
  type FlashWriterContext,
  type OpenFlashWriter,
  type Progress,
} from './flash-writer.ts';
import {
  BUFFERS,
  COMMAND_ERASE,
  COMMAND_HASH,
  COMMAND_PROGRAM,
  hashPage,
  HASHES,
  LOADER_STACK,
  LOADER_START,
  loaderWords,
  SLOT_COMMAND,
  SLOT_STATE,
  SLOTS,
  STATE_DONE,
  STATE_FILLED,
} from './loader-code.ts';
import { pollWord, readWords, writeWords, type MemoryAccess } from './mem-ap.ts';
import { askedUntil } from './patience.ts';
import { NVMC_READY, NVMC_READYNEXT, WDT_RUNSTATUS } from './registers.ts';

/** More than a page may take to be erased and written, by any datasheet: 90 ms and 1024 words of 338 µs. */
const STEP_LIMIT_MS = 2_000;

/** While it hashes the program feeds no watchdog: half a millisecond a page. */
const PAGES_BETWEEN_MEALS = 16;

/** What the program is made for; every nRF52 has pages of this size. */
const PAGE_SIZE = 0x1000;

/** The loader where it can be trusted, the direct way where not. */
export const loaderWriter: OpenFlashWriter = async (context) =>
  (context.pageSize === PAGE_SIZE && (await Loader.start(context))) || directWriter(context);

class Loader implements FlashWriter {
  /** Slots are taken in turns, by the program as by us. */
  #next: 0 | 1 = 0;
  /** What says that the flash takes another word: where there is READYNEXT, while it writes the one before. */
  #ready = NVMC_READY;
  /** Pages hashed at once. */
  #mostHashed = Infinity;

  private constructor(readonly context: FlashWriterContext) {}

  /**
   * Load the program, see that it arrived, start it, and compare what it says about the first page with the page itself.
   *
   * @returns `undefined` when RAM, core or program are not as they should be
   */
  static async start(context: FlashWriterContext): Promise<Loader | undefined> {
    const { memory, nvmc } = context;
    const loader = new Loader(context);
    try {
      await memory.run([
        writeWords(LOADER_START, loaderWords),
        ...SLOTS.map((slot) => writeWords(slot + SLOT_STATE, [STATE_DONE])),
      ]);
      const loaded = await memory.run([readWords(LOADER_START, loaderWords.length)]);
      if (loaded.some((word, i) => word !== loaderWords[i])) return undefined;
      const [readyNext, watchdogRuns] = await memory.run([
        readWords(NVMC_READYNEXT, 1),
        readWords(WDT_RUNSTATUS, 1),
      ]);
      if (readyNext! & 1) loader.#ready = NVMC_READYNEXT; // idle, so 1 where it exists
      if (watchdogRuns! & 1) loader.#mostHashed = PAGES_BETWEEN_MEALS;
      await callCore(memory, LOADER_START, LOADER_STACK, context.exception);

      const page = await memory.readBytes(0, PAGE_SIZE);
      const different = await loader.findDifferent([{ address: 0, bytes: page }], () => {});
      if (different.length === 0) return loader;
    } catch (error) {
      if (!(error instanceof KnownError && error.code === 'target/loader-stopped')) throw error;
    }
    await haltCore(memory);
    await nvmc.close();
    return undefined;
  }

  async findDifferent(
    pages: readonly Segment[],
    progress: Progress,
    signal?: AbortSignal,
  ): Promise<Segment[]> {
    const different: Segment[] = [];
    let doneBytes = 0;
    for (const run of runsOf(pages, this.#mostHashed)) {
      signal?.throwIfAborted();
      const slot = await this.#submit(COMMAND_HASH, run[0]!.address, run.length, HASHES);
      await this.#untilDone(slot, STEP_LIMIT_MS + 10 * run.length);
      const hashes = await this.context.memory.run([readWords(HASHES, 2 * run.length)], signal);
      for (const [i, page] of run.entries()) {
        const { a, b } = hashPage(page.bytes);
        if (hashes[2 * i] !== a || hashes[2 * i + 1] !== b) different.push(page);
        progress((doneBytes += page.bytes.length));
      }
    }
    return different;
  }

  async write(
    pages: readonly Segment[],
    erase: boolean,
    progress: Progress,
    signal?: AbortSignal,
  ): Promise<void> {
    const command = erase ? COMMAND_ERASE | COMMAND_PROGRAM : COMMAND_PROGRAM;
    let doneBytes = 0;
    for (const page of pages) {
      signal?.throwIfAborted();
      const buffer = BUFFERS[this.#next];
      const { words } = wordsOf(page);
      const isBlank = isFilledWith(page.bytes, 0xff);
      await (isBlank && erase
        ? this.#submit(COMMAND_ERASE, page.address, 0, buffer)
        : this.#submit(command, page.address, words.length, buffer, [writeWords(buffer, words)]));
      progress((doneBytes += page.bytes.length));
    }
    for (const slot of SLOTS) await this.#untilDone(slot, STEP_LIMIT_MS);
  }

  async close(): Promise<void> {
    await haltCore(this.context.memory);
    await this.context.nvmc.close();
  }

  /** Hand work to the next slot, once what it was given before is done. @returns the slot */
  async #submit(
    command: number,
    address: number,
    lengthWords: number,
    buffer: number,
    before: readonly MemoryAccess[] = [],
  ): Promise<number> {
    const slot = SLOTS[this.#next];
    await this.#untilDone(slot, STEP_LIMIT_MS);
    await this.context.memory.run([
      ...before,
      writeWords(slot + SLOT_COMMAND, [command, address, lengthWords, buffer, this.#ready]),
      writeWords(slot + SLOT_STATE, [STATE_FILLED]),
    ]);
    this.#next = this.#next === 0 ? 1 : 0;
    return slot;
  }

  /** The probe asks some thousand times by itself, and that is one question. */
  async #untilDone(slot: number, limitMs: number): Promise<void> {
    const { memory } = this.context;
    const { clock } = memory.port;
    const isDone = () =>
      memory.run([pollWord(slot + SLOT_STATE, 0xffffffff, STATE_DONE)]).then(
        () => true,
        (error) => {
          if (error instanceof KnownError && error.code === 'probe/mismatch') return false;
          throw error;
        },
      );
    if (!(await askedUntil(isDone, limitMs, clock))) throw loaderStopped(limitMs);
  }
}

/** Pages that follow one another without a gap, together, but no more than `most`. */
function runsOf(pages: readonly Segment[], most: number): Segment[][] {
  const runs: Segment[][] = [];
  for (const page of pages) {
    const run = runs.at(-1) ?? [];
    const last = run.at(-1);
    if (last && run.length < most && last.address + last.bytes.length === page.address) run.push(page);
    else runs.push([page]);
  }
  return runs;
}
