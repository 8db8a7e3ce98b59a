/** Whether a chip still holds what was written to it. Nothing is erased or written; its core is halted before and after. */
import type { Segment } from '../image/index.ts';
import type { FlashWriterContext, OpenFlashWriter } from './flash-writer.ts';
import { loaderWriter } from './loader-writer.ts';

/** How pages of a chip compare with what they should hold; `blank` when all of them are erased. */
export type Comparison = 'same' | 'changed' | 'blank';

export interface CompareOptions {
  /** As in `ProgramOptions`. */
  readonly writer?: OpenFlashWriter;
  readonly signal?: AbortSignal;
}

/** @param pages  whole pages by rising address, one at least */
export async function comparePages(
  context: FlashWriterContext,
  pages: readonly Segment[],
  { writer: open = loaderWriter, signal }: CompareOptions,
): Promise<Comparison> {
  const writer = await open(context);
  const differ = async (wanted: readonly Segment[]) => writer.findDifferent(wanted, () => {}, signal);
  const isBlank = async () => (await differ(pages.map(erased))).length === 0;
  const isSame = (await differ(pages)).length === 0;
  const found = isSame ? 'same' : (await isBlank()) ? 'blank' : 'changed';
  await writer.close();
  return found;
}

const erased = ({ address, bytes }: Segment): Segment => ({
  address,
  bytes: new Uint8Array(bytes.length).fill(0xff),
});
