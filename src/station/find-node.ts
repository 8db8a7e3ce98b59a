/** Whether somebody's node lives on a board: asked before it is erased. */
import { readImage, stillToRead } from '../clone/index.ts';
import { KnownError } from '../errors.ts';
import { MemoryImage, type Chip, type UnicastRange } from '../image/index.ts';
import type { Nrf52 } from '../target/index.ts';

/**
 * Read of a chip what tells whether there is a node on it, and no more; the core runs on meanwhile.
 *
 * @returns the addresses of the node, `null` where there is none or its state is past reading
 */
export async function findNode(
  target: Nrf52,
  chip: Chip,
  { progress, signal }: { progress: (doneBytes: number, totalBytes: number) => void; signal: AbortSignal },
): Promise<UnicastRange | null> {
  let image = MemoryImage.empty;
  for (;;) {
    const wanted = stillToRead(image, chip);
    if (wanted.length === 0) break;
    const { runs } = await target.readImage(wanted, { progress, signal });
    image = image.with(runs);
  }
  try {
    const { settled, nextBoot } = readImage({ names: [], image }, { chip });
    return [settled, nextBoot].find(({ provisioned }) => provisioned)?.unicast ?? null;
  } catch (error) {
    if (error instanceof KnownError) return null;
    throw error;
  }
}
