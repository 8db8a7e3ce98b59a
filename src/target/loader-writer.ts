/**
 * The fast way: a program in the chip's RAM writes one page while the next is on its way (loader-listing.ts), and pages are compared
 * by hashes computed in the chip. Pages may go packed; the program refuses one that did not come out as it should, and that one is sent
 * again as it is.
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
  type PageToWrite,
  type Progress,
} from './flash-writer.ts';
import {
  BUFFERS,
  COMMAND_BRANCHES,
  COMMAND_ERASE,
  COMMAND_HASH,
  COMMAND_PROGRAM,
  COMMAND_UNPACK,
  type Hash,
  hashPage,
  HASH_OF_MANY,
  HASHES,
  LOADER_STACK,
  LOADER_START,
  loaderWords,
  REFUSED,
  SLOT_COMMAND,
  SLOT_STATE,
  SLOTS,
  STATE_DONE,
  STATE_FILLED,
  UNPACKER_START,
  unpackerWords,
} from './loader-code.ts';
import { pollWord, readWords, writeWords, type MemoryAccess } from './mem-ap.ts';
import { askedUntil } from './patience.ts';
import { NVMC_READY, NVMC_READYNEXT, WDT_RUNSTATUS } from './registers.ts';
import { sentLength, type LinkRate } from './transfers.ts';

/** More than a page may take to be erased and written, by any datasheet: 90 ms and 1024 words of 338 µs. */
const STEP_LIMIT_MS = 2_000;

/** While it hashes the program feeds no watchdog: half a millisecond a page. */
const PAGES_BETWEEN_MEALS = 16;

/** What the program is made for; every nRF52 has pages of this size. */
const PAGE_SIZE = 0x1000;
const BLANK = new Uint8Array(PAGE_SIZE).fill(0xff);

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
  /** For a page; measured. */
  #pageMs = 0;
  /** What unpacks is in RAM and as it should be; unknown before the first packed page. */
  #canUnpack: boolean | undefined;

  private constructor(readonly context: FlashWriterContext) {}

  /**
   * Load the program, see that it arrived, start it, and compare what it says about itself with what was loaded.
   *
   * @returns `undefined` when RAM, core or program are not as they should be
   */
  static async start(context: FlashWriterContext): Promise<Loader | undefined> {
    const { memory, nvmc } = context;
    const loader = new Loader(context);
    try {
      const { clock } = memory.port;
      const startMs = clock.now();
      await memory.run(SLOTS.map((slot) => writeWords(slot + SLOT_STATE, [STATE_DONE])));
      const betweenMs = clock.now();
      await memory.run([writeWords(LOADER_START, loaderWords)]);
      const requestMs = betweenMs - startMs; // what any request takes, long or short
      const wordMs =
        Math.max(0, clock.now() - betweenMs - requestMs) / (loaderWords.length - 2 * SLOTS.length);
      loader.#pageMs = requestMs + (wordMs * PAGE_SIZE) / 4;
      const loaded = await memory.run([readWords(LOADER_START, loaderWords.length)]);
      if (loaded.some((word, i) => word !== loaderWords[i])) return undefined;
      const [readyNext, watchdogRuns] = await memory.run([
        readWords(NVMC_READYNEXT, 1),
        readWords(WDT_RUNSTATUS, 1),
      ]);
      if (readyNext! & 1) loader.#ready = NVMC_READYNEXT; // idle, so 1 where it exists
      if (watchdogRuns! & 1) loader.#mostHashed = PAGES_BETWEEN_MEALS;
      await callCore(memory, LOADER_START, LOADER_STACK, context.exception);

      if (await loader.#holds(LOADER_START, loaderWords)) return loader;
    } catch (error) {
      if (!(error instanceof KnownError && error.code === 'target/loader-stopped')) throw error;
    }
    await haltCore(memory);
    await nvmc.close();
    return undefined;
  }

  get link(): LinkRate {
    return { pageMs: this.#pageMs, unpackerBytes: 4 * unpackerWords.length };
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
      const wanted = hashesOf(run);
      const found = await this.#hashes(run, wanted, signal);
      for (const [i, page] of run.entries()) {
        if (found[2 * i] !== wanted[2 * i] || found[2 * i + 1] !== wanted[2 * i + 1]) different.push(page);
        progress((doneBytes += page.bytes.length));
      }
    }
    return different;
  }

  /** Two words for each page, as it is in the chip. */
  async #hashes(run: readonly Segment[], wanted: Uint32Array, signal?: AbortSignal): Promise<Uint32Array> {
    await this.#submit([COMMAND_HASH, run[0]!.address, run.length, HASHES, PAGE_SIZE]);
    const blank = hashesOf(run.map(({ address }) => ({ address, bytes: BLANK })));
    const found = await this.read(HASHES, [wanted, blank].map(bytesOf), signal);
    return wordsOf({ address: 0, bytes: found }).words;
  }

  /** The chip hashes them first, be they hashes themselves, so it takes two words to tell which guess is right. */
  async read(address: number, guesses: readonly Uint8Array[], signal?: AbortSignal): Promise<Uint8Array> {
    const { length } = guesses[0]!;
    const found = await this.#hash(address, length, signal);
    return (
      guesses.find((bytes) => isSame(hashPage(bytes), found)) ??
      this.context.memory.readBytes(address, length, signal)
    );
  }

  async write(
    pages: readonly PageToWrite[],
    erase: boolean,
    progress: Progress,
    signal?: AbortSignal,
  ): Promise<void> {
    const canUnpack = pages.some(({ packed }) => packed) && (await this.#loadUnpacker());
    const command = erase ? COMMAND_ERASE | COMMAND_PROGRAM : COMMAND_PROGRAM;
    let doneBytes = 0;
    for (const page of pages) {
      signal?.throwIfAborted();
      const { address, bytes, packed } = page;
      const buffer = BUFFERS[this.#next];
      if (isFilledWith(bytes, 0xff) && erase) {
        await this.#submit([COMMAND_ERASE, address, 0, buffer, this.#ready]);
      } else if (packed && canUnpack) {
        const { words } = wordsOf({ address: 0, bytes: packed.packed });
        const { a, b } = hashPage(bytes);
        const unpack = COMMAND_UNPACK | (packed.absoluteBranches ? COMMAND_BRANCHES : 0);
        await this.#submit(
          [unpack | command, address, words.length, buffer, this.#ready, packed.history, a, b],
          [writeWords(buffer, words)],
        );
      } else {
        const words = wordsOf(page).words.subarray(0, sentLength(bytes) / 4);
        await this.#submit(
          [command, address, words.length, buffer, this.#ready],
          [writeWords(buffer, words)],
        );
      }
      progress((doneBytes += bytes.length));
    }
    for (const slot of SLOTS) await this.#untilDone(slot, STEP_LIMIT_MS);
    if (canUnpack) await this.#writeRefused(pages, erase, signal);
  }

  /** Pages that the program did not find to be what was announced are as they were, and go again as they are. */
  async #writeRefused(pages: readonly PageToWrite[], erase: boolean, signal?: AbortSignal): Promise<void> {
    const { memory } = this.context;
    const [count = 0] = await memory.run([readWords(REFUSED, 1)]);
    if (count === 0) return;
    const refused = new Set(await memory.run([readWords(REFUSED + 4, Math.min(count, pages.length))]));
    const again = pages.filter(({ address }) => refused.has(address));
    await this.write(
      again.map(({ address, bytes }) => ({ address, bytes })),
      erase,
      () => {},
      signal,
    );
  }

  /** @returns whether RAM holds it; where it does not, pages go as they are */
  async #loadUnpacker(): Promise<boolean> {
    const { memory } = this.context;
    if (this.#canUnpack === undefined) {
      await memory.run([writeWords(UNPACKER_START, unpackerWords)]);
      this.#canUnpack = await this.#holds(UNPACKER_START, unpackerWords);
    }
    await memory.run([writeWords(REFUSED, [0])]);
    return this.#canUnpack;
  }

  /** RAM holds these words, says the program. */
  async #holds(address: number, words: Uint32Array): Promise<boolean> {
    return isSame(await this.#hash(address, 4 * words.length), hashPage(bytesOf(words)));
  }

  /** As the program hashes so many bytes. */
  async #hash(address: number, length: number, signal?: AbortSignal): Promise<Hash> {
    const slot = await this.#submit([COMMAND_HASH, address, 1, HASH_OF_MANY, length]);
    await this.#untilDone(slot, STEP_LIMIT_MS);
    const [a, b] = await this.context.memory.run([readWords(HASH_OF_MANY, 2)], signal);
    return { a: a!, b: b! };
  }

  async close(): Promise<void> {
    await haltCore(this.context.memory);
    await this.context.nvmc.close();
  }

  /**
   * Hand work to the next slot, once what it was given before is done.
   *
   * @param work  words from `SLOT_COMMAND` on
   * @returns     the slot
   */
  async #submit(work: readonly number[], before: readonly MemoryAccess[] = []): Promise<number> {
    const slot = SLOTS[this.#next];
    await this.#untilDone(slot, STEP_LIMIT_MS);
    await this.context.memory.run([
      ...before,
      writeWords(slot + SLOT_COMMAND, work),
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

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint32Array) =>
  new Uint8Array(buffer, byteOffset, byteLength);

const isSame = (one: Hash, other: Hash) => one.a === other.a && one.b === other.b;

/** Two words for each. */
const hashesOf = (pages: readonly Segment[]): Uint32Array =>
  Uint32Array.from(
    pages.flatMap(({ bytes }) => {
      const { a, b } = hashPage(bytes);
      return [a, b];
    }),
  );

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
