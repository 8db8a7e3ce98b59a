/** What the bench asks of the kinds of image about a chip or an image, as plain data that crosses to another thread. */
import { findStartFault, readDump, type DumpFile } from '../clone/index.ts';
import { KnownError } from '../errors.ts';
import { formatReadout } from '../hex/index.ts';
import { MemoryImage, type Chip, type Segment, type StartFault, type Stretch } from '../image/index.ts';
import { readImage, stillToRead } from '../kinds/index.ts';
import type { UnicastRun } from '../mesh/index.ts';

/** What was read of a chip, or an image for it. */
export interface ChipBytes {
  readonly segments: readonly Segment[];
  readonly chip: Chip;
}

/**
 * Look for the node on a chip: read what is wanted, and ask again until it is found or known not to be there.
 *
 * @returns what is still to be read, or the addresses of the node, or `null` where there is none or its state is past reading
 */
export function lookForNode({
  segments,
  chip,
}: ChipBytes): { readonly wanted: readonly Stretch[] } | { readonly node: UnicastRun | null } {
  const image = segments.length === 0 ? MemoryImage.empty : MemoryImage.of(segments);
  const wanted = stillToRead(image, chip);
  if (wanted.length > 0) return { wanted };
  return known(
    () => {
      const { settled, nextBoot } = readImage(image, { chip });
      const states = [settled, nextBoot];
      return { node: states.find(({ provisioned }) => provisioned)?.unicast ?? null };
    },
    { node: null },
  );
}

/** Where the firmware of an image keeps its state, and so changes it while it runs. */
export const stateOf = ({ segments, chip }: ChipBytes): readonly Stretch[] =>
  known(
    () =>
      readImage(MemoryImage.of(segments), { chip }).evidence.map(({ address, length }) => ({
        address,
        length,
      })),
    [],
  );

/**
 * What is wrong with a node after its firmware started, if something is: see `findStartFault`.
 *
 * @param starts  so often it was started between the two
 */
export function startFault({
  before,
  after,
  chip,
  starts,
}: {
  readonly before: readonly Segment[];
  readonly after: readonly Segment[];
  readonly chip: Chip;
  readonly starts: number;
}): StartFault | null {
  const read = (segments: readonly Segment[]) => readImage(MemoryImage.of(segments), { chip });
  return known(() => findStartFault(read(before), read(after), starts) ?? null, {
    kind: 'node',
    what: 'no node is found in it any more',
  });
}

/** What was read of a chip as a file, as nrfjprog would have written it. */
export const readoutFile = ({
  name,
  segments,
}: {
  readonly name: string;
  readonly segments: readonly Segment[];
}) => ({
  name,
  bytes: new TextEncoder().encode(formatReadout(MemoryImage.of(segments))),
});

/** A dump's bytes by address, for a board that plays its node. */
export const imageOfFile = (file: DumpFile): { readonly segments: readonly Segment[] } => ({
  segments: readDump([file]).image.runs,
});

/** What is no image of any kind has no answer. */
function known<Answer>(ask: () => Answer, otherwise: Answer): Answer {
  try {
    return ask();
  } catch (error) {
    if (error instanceof KnownError) return otherwise;
    throw error;
  }
}
