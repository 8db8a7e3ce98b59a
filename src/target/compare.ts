/** Whether a chip still holds what was written to it. Nothing is erased or written; its core is halted before and after. */
import type { Segment } from '../image/index.ts';
import type { FlashWriterContext, OpenFlashWriter } from './flash-writer.ts';
import { loaderWriter } from './loader-writer.ts';

/** How pages of a chip compare with what they should hold; `blank` when all of them are erased. */
export type Comparison = 'same' | 'changed' | 'blank';

export interface CompareOptions {
  /** As in `ProgramOptions`. */
  readonly writer?: OpenFlashWriter;
  readonly progress?: (doneBytes: number, totalBytes: number) => void;
  readonly signal?: AbortSignal;
}

/** @param pages  whole pages by rising address, one at least */
export async function comparePages(
  context: FlashWriterContext,
  pages: readonly Segment[],
  { writer: open = loaderWriter, progress = () => {}, signal }: CompareOptions,
): Promise<Comparison> {
  const totalBytes = pages.length * context.pageSize;
  const writer = await open(context);
  const different = await writer.findDifferent(pages, (doneBytes) => progress(doneBytes, totalBytes), signal);
  const isBlank = async () => {
    const erased = pages.map(({ address, bytes }) => ({
      address,
      bytes: new Uint8Array(bytes.length).fill(0xff),
    }));
    return (await writer.findDifferent(erased, () => {}, signal)).length === 0;
  };
  const found = different.length === 0 ? 'same' : (await isBlank()) ? 'blank' : 'changed';
  await writer.close();
  return found;
}
