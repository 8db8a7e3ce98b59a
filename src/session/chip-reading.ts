/** What the bench asks of the kinds of image about a chip or an image, as plain data that crosses to another thread. */
import { readDump, type DumpFile } from '../clone/index.ts';
import { KnownError } from '../errors.ts';
import { formatReadout } from '../hex/index.ts';
import { MemoryImage, type Chip, type Segment, type Stretch } from '../image/index.ts';
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

/** A node before and after its firmware ran: whether it loads the same. What messages and the network move on is let be. */
export function sameNode({
  before,
  after,
  chip,
}: {
  readonly before: readonly Segment[];
  readonly after: readonly Segment[];
  readonly chip: Chip;
}): { readonly same: boolean; readonly what: string } {
  const was = lastingState(before, chip);
  const is = lastingState(after, chip);
  if (!was || !is) return { same: false, what: 'no node is found in it any more' };
  const other = (Object.keys(was) as (keyof typeof was)[]).find(
    (member) => plain(was[member]) !== plain(is[member]),
  );
  return { same: other === undefined, what: other === undefined ? '' : CHANGED[other] };
}

const CHANGED = {
  provisioned: 'it is not provisioned any more',
  unicast: 'it has another address',
  deviceKeys: 'it has another device key',
  netKeys: 'its network keys differ',
  appKeys: 'its application keys differ',
  models: 'its models are configured otherwise',
} as const;

function lastingState(segments: readonly Segment[], chip: Chip) {
  return known(() => {
    const { settled } = readImage(MemoryImage.of(segments), { chip });
    const { provisioned, unicast, deviceKeys, netKeys, appKeys, models } = settled;
    return { provisioned, unicast, deviceKeys, netKeys, appKeys, models };
  }, null);
}

/** Compared and never told. */
const plain = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) => (inner instanceof Uint8Array ? [...inner] : inner));

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
