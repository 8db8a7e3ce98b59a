/**
 * How bytes get into erased flash: the one piece that may be another for another chip, probe or speed.
 *
 * Above lies the job (program.ts), which erases before and reads back afterwards; below lie memory and flash controller.
 */
import type { Segment } from '../image/index.ts';
import { writeWords, type MemAp, type MemoryAccess } from './mem-ap.ts';
import { wordIsWritten, writeNotReady, type Nvmc } from './nvmc.ts';

export interface FlashWriter {
  /**
   * Write bytes to flash that is erased where they go; the core is halted.
   *
   * @param pieces    by rising address, any start and length
   * @param progress  is told the bytes done so far
   */
  write(
    pieces: readonly Segment[],
    progress: (doneBytes: number) => void,
    signal?: AbortSignal,
  ): Promise<void>;
}

export interface FlashWriterContext {
  readonly memory: MemAp;
  readonly nvmc: Nvmc;
}

export const ERASED_WORD = 0xffffffff;
/** Words handed to the link at once: between two batches a job can be called off and progress is told. */
const BATCH_WORDS = 256;

/**
 * Word by word through the debug port, waiting for READY after each: what the product specifications describe, and all that
 * UICR needs. The probe does the waiting, so a 64-byte packet carries three words. Erased words are passed over: they cost
 * time and one of the few writes a block takes between two erases.
 */
export const directWriter = ({ memory, nvmc }: FlashWriterContext): FlashWriter => ({
  write: (pieces, progress, signal) =>
    nvmc.whileWritable(async () => {
      let doneBytes = 0;
      for (const piece of pieces) {
        const { address, words } = wordsOf(piece);
        for (let from = 0; from < words.length; from += BATCH_WORDS) {
          const accesses: MemoryAccess[] = [];
          for (let i = from; i < Math.min(from + BATCH_WORDS, words.length); i++) {
            if (words[i] !== ERASED_WORD)
              accesses.push(writeWords(address + 4 * i, [words[i]!]), wordIsWritten);
          }
          signal?.throwIfAborted();
          if (accesses.length > 0) {
            await memory.run(accesses, signal).catch((error) => Promise.reject(writeNotReady(error)));
          }
          progress(doneBytes + Math.min(4 * (from + BATCH_WORDS), piece.bytes.length));
        }
        doneBytes += piece.bytes.length;
      }
    }),
});

/** A piece in whole aligned words; what it leaves out of its first and last reads as erased, which changes nothing. */
export function wordsOf({ address, bytes }: Segment): { address: number; words: Uint32Array } {
  const before = address % 4;
  const padded = new Uint8Array(4 * Math.ceil((before + bytes.length) / 4)).fill(0xff);
  padded.set(bytes, before);
  return { address: address - before, words: new Uint32Array(padded.buffer) };
}
