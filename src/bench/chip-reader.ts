/** What the bench has to know of kinds of image. It comes in as an argument, as the journal's store and the clock do. */
import {
  MemoryImage,
  type Chip,
  type FactoryIds,
  type Segment,
  type StartFault,
  type Stretch,
} from '../image/index.ts';
import type { UnicastRun } from '../mesh/index.ts';
import type { Nrf52 } from '../target/index.ts';

/** Bytes of a chip, or an image for it. */
export interface ChipBytes {
  readonly segments: readonly Segment[];
  readonly chip: Chip;
}

/** One node before and after its firmware started. */
export interface StartedNode {
  readonly before: readonly Segment[];
  readonly after: readonly Segment[];
  readonly chip: Chip;
  /** So often it was started in between. */
  readonly starts: number;
}

export interface ChipReader {
  /**
   * Look for a node in what was read of a chip.
   *
   * @returns what is still to be read, or the addresses of the node, or `null` where there is none or its state is past reading
   */
  lookForNode(
    bytes: ChipBytes,
  ): Promise<{ readonly wanted: readonly Stretch[] } | { readonly node: UnicastRun | null }>;
  /** Where the firmware of an image keeps its state, and so changes it while it runs. */
  stateOf(image: ChipBytes): Promise<readonly Stretch[]>;
  /** What the board of a chip calls itself with the firmware of the clone at an address; `null` where that is not known for certain. */
  deviceUuid(board: { readonly ids: FactoryIds; readonly unicast: number }): Promise<string | null>;
  /**
   * Whether what a firmware loads is the same node before and after it started: address, keys and configuration as they were; sequence
   * number, IV index and replay list where a start, the first messages and the network take them.
   *
   * @returns `null` where it is
   */
  startFault(node: StartedNode): Promise<StartFault | null>;
}

interface ReadNodeOptions {
  readonly progress: (doneBytes: number, totalBytes: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Look for the node on a board: what tells is read, and no more; the core runs on meanwhile.
 *
 * @returns the addresses of the node, `null` where there is none or its state is past reading; and what was read
 */
export async function readNode(
  target: Nrf52,
  chip: Chip,
  reader: ChipReader,
  options: ReadNodeOptions,
): Promise<{ readonly node: UnicastRun | null; readonly image: MemoryImage }> {
  let image = MemoryImage.empty;
  for (;;) {
    const found = await reader.lookForNode({ segments: image.runs, chip });
    if ('node' in found) return { node: found.node, image };
    const { runs } = await target.readImage(found.wanted, options);
    image = image.with(runs);
  }
}

/** Whether somebody's node lives on a board: asked before it is erased, so where it seems that none does the board is read again. */
export const findNode = async (...board: Parameters<typeof readNode>): Promise<UnicastRun | null> =>
  (await readNode(...board)).node ?? (await readNode(...board)).node;
