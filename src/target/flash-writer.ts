/**
 * How bytes get into flash and are compared with what is there: the one piece that may be another for another chip or speed.
 *
 * Above lies the job (program.ts); below lie memory and flash controller. The core is halted before a writer begins and
 * after it ends.
 */
import type { PackedPage, Segment } from '../image/index.ts';
import { writeWords, type MemAp, type MemoryAccess } from './mem-ap.ts';
import { wordIsWritten, writeNotReady, type Nvmc } from './nvmc.ts';
import type { LinkRate } from './transfers.ts';
import { feedWatchdog } from './watchdog.ts';

/** A page to be written, and its packed form where it is to go that way. */
export interface PageToWrite extends Segment {
  readonly packed?: PackedPage | undefined;
}

export interface FlashWriter {
  /** Of a writer that takes packed pages. */
  readonly link?: LinkRate;

  /**
   * Those of the pages whose bytes are not in flash, in the same order.
   *
   * @param pages     whole pages by rising address
   * @param progress  is told the bytes done so far
   */
  findDifferent(pages: readonly Segment[], progress: Progress, signal?: AbortSignal): Promise<Segment[]>;

  /**
   * Bytes of the chip: read, unless they are what they were taken for.
   *
   * @param guesses  one at least, each as long as what is asked for
   */
  read(address: number, guesses: readonly Uint8Array[], signal?: AbortSignal): Promise<Uint8Array>;

  /**
   * Write pages, by rising address.
   *
   * @param pages  a packed one needs what its matches reach into in flash by then
   * @param erase  erase each page first; without it they are erased already
   */
  write(
    pages: readonly PageToWrite[],
    erase: boolean,
    progress: Progress,
    signal?: AbortSignal,
  ): Promise<void>;

  /** Halt the core and close the flash controller, whatever was under way. */
  close(): Promise<void>;
}

export type Progress = (doneBytes: number) => void;

export interface FlashWriterContext {
  readonly memory: MemAp;
  readonly nvmc: Nvmc;
  readonly pageSize: number;
  /** See `callCore`; 0 where nothing of what ran before is to run on. */
  readonly exception?: number;
}
export type OpenFlashWriter = (context: FlashWriterContext) => Promise<FlashWriter>;

export const ERASED_WORD = 0xffffffff;
/** Words handed to the link at once: between two batches a job can be called off. */
const BATCH_WORDS = 256;

/** Through the debug port alone: slow, and independent of anything that runs in the chip. */
export const directWriter: OpenFlashWriter = async ({ memory, nvmc }) => ({
  async findDifferent(pages, progress, signal) {
    const different: Segment[] = [];
    let doneBytes = 0;
    for (const page of pages) {
      await memory.run(feedWatchdog(), signal);
      const found = await memory.readBytes(page.address, page.bytes.length, signal);
      if (firstDifference(page.bytes, found) !== -1) different.push(page);
      progress((doneBytes += page.bytes.length));
    }
    return different;
  },

  read: (address, [guess], signal) => memory.readBytes(address, guess!.length, signal),

  async write(pages, erase, progress, signal) {
    let doneBytes = 0;
    for (const page of pages) {
      signal?.throwIfAborted();
      if (erase) await nvmc.erasePage(page.address);
      await writeDirectly({ memory, nvmc }, [page], signal);
      progress((doneBytes += page.bytes.length));
    }
  },

  close: () => nvmc.close(),
});

/**
 * Word by word, waiting for READY after each: what the product specifications describe, and all that the UICR needs. The probe
 * does the waiting, so a 64-byte packet carries three words. Erased words are passed over: they cost time and one of the few
 * writes that a block takes between two erases.
 *
 * @param pieces  any start and length, erased where they go
 */
export function writeDirectly(
  { memory, nvmc }: Pick<FlashWriterContext, 'memory' | 'nvmc'>,
  pieces: readonly Segment[],
  signal?: AbortSignal,
): Promise<void> {
  return nvmc.whileWritable(async () => {
    for (const { address, words } of pieces.map(wordsOf)) {
      for (let from = 0; from < words.length; from += BATCH_WORDS) {
        const accesses: MemoryAccess[] = feedWatchdog();
        const fed = accesses.length;
        words.subarray(from, from + BATCH_WORDS).forEach((word, i) => {
          if (word !== ERASED_WORD)
            accesses.push(writeWords(address + 4 * (from + i), [word]), wordIsWritten);
        });
        signal?.throwIfAborted();
        if (accesses.length === fed) continue;
        await memory.run(accesses, signal).catch((error) => Promise.reject(writeNotReady(error)));
      }
    }
  });
}

/** A piece in whole aligned words; what it leaves out of its first and last reads as erased, which changes nothing. */
export function wordsOf({ address, bytes }: Segment): { address: number; words: Uint32Array } {
  const before = address % 4;
  const padded = new Uint8Array(4 * Math.ceil((before + bytes.length) / 4)).fill(0xff);
  padded.set(bytes, before);
  return { address: address - before, words: new Uint32Array(padded.buffer) };
}

export const firstDifference = (a: Uint8Array, b: Uint8Array): number =>
  a.findIndex((byte, i) => byte !== b[i]);
