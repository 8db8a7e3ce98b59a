/** Whether somebody's node lives on a board: asked before it is erased. */
import { isFilledWith } from '../bytes.ts';
import { readImage } from '../clone/index.ts';
import { KnownError } from '../errors.ts';
import type { Chip, UnicastRange } from '../image/index.ts';
import type { Nrf52, Stretch } from '../target/index.ts';

/** Enough of a page to see that it is blank: state opens with a header, code with instructions. */
const HEAD = 16;

/**
 * Read the pages of a chip that hold something, and what they amount to.
 *
 * @returns the addresses of the node, `null` where there is none or its state is past reading
 */
export async function findNode(
  target: Nrf52,
  chip: Chip,
  options: { progress: (doneBytes: number, totalBytes: number) => void; signal: AbortSignal },
): Promise<UnicastRange | null> {
  const { flashSize, pageSize } = chip;
  const pages: Stretch[] = Array.from({ length: flashSize / pageSize }, (_, i) => ({
    address: i * pageSize,
    length: pageSize,
  }));
  const heads = await target.readImage(
    pages.map(({ address }) => ({ address, length: HEAD })),
    { signal: options.signal },
  );
  const used = pages.filter(({ address }) => !isFilledWith(heads.read(address, HEAD), 0xff));
  if (used.length === 0) return null;
  const image = await target.readImage(used, options);
  try {
    const { settled, nextBoot } = readImage({ names: [], image }, { chip });
    return [settled, nextBoot].find(({ provisioned }) => provisioned)?.unicast ?? null;
  } catch (error) {
    if (error instanceof KnownError) return null;
    throw error;
  }
}
