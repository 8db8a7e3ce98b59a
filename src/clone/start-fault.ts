/**
 * Whether a node is the same before and after its firmware started: address, keys and configuration as they were, and what moves on
 * by itself moved on as a start, the first messages and the network move it.
 *
 * Source: Mesh Protocol 1.1, 3.9.3 (sequence number), 3.9.8 (replay protection), 3.11.5 and 3.11.6 (IV index). What a start sets aside is
 * for the kind of image to say.
 */
import type { NodeState, ReplayItem, StartFault } from '../image/index.ts';
import type { EvidenceRow, ImageReading } from '../kinds/index.ts';
import { judgeBeacon, transmitIndex } from '../mesh/index.ts';

/**
 * @param starts  so often it was started between the two, at least once
 * @returns       the gravest fault; `undefined` where there is none
 */
export function findStartFault(
  before: ImageReading,
  after: ImageReading,
  starts: number,
): StartFault | undefined {
  const [was, is] = [before.settled, after.settled];
  return (
    nodeFault(was, is) ??
    ivIndexFault(was, is) ??
    sequenceFault(was, is, starts * before.sequenceBlock) ??
    replayFault(was, is) ??
    recordFault(before, after)
  );
}

const CHANGED = {
  provisioned: 'it is not provisioned any more',
  unicast: 'it has another address',
  deviceKeys: 'it has another device key',
  netKeys: 'its network keys differ',
  appKeys: 'its application keys differ',
  models: 'its models are configured otherwise',
  addresses: 'it publishes or listens to other addresses',
  labelUuids: 'it knows other virtual addresses',
} as const;

function nodeFault(was: NodeState, is: NodeState): StartFault | undefined {
  const members = Object.keys(CHANGED) as (keyof typeof CHANGED)[];
  const other = members.find((member) => plain(was[member]) !== plain(is[member]));
  return other && { kind: 'node', what: CHANGED[other] };
}

/** Compared and never told. */
const plain = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) => (inner instanceof Uint8Array ? [...inner] : inner));

const ivOf = ({ ivIndex, ivUpdateInProgress }: NodeState) => ({
  index: ivIndex,
  isUpdating: ivUpdateInProgress,
});

/** A network takes its nodes from one index to the next, and a node that missed some of that 42 farther at most. */
function ivIndexFault(was: NodeState, is: NodeState): StartFault | undefined {
  const verdict = judgeBeacon(ivOf(was), { ivIndex: is.ivIndex, ivUpdate: is.ivUpdateInProgress });
  const isStep = verdict.kind === 'same' || (verdict.kind === 'newer' && !verdict.isFarAhead);
  return isStep ? undefined : { kind: 'iv-index', from: ivOf(was), to: ivOf(is) };
}

/** Numbers begin anew only where messages are sent under another IV index than before. */
function sequenceFault(was: NodeState, is: NodeState, most: number): StartFault | undefined {
  const [from, to] = [was.nextSequenceNumber, is.nextSequenceNumber];
  const beginsAnew = transmitIndex(ivOf(is)) !== transmitIndex(ivOf(was));
  const isStep = to - from <= most && (to >= from || beginsAnew);
  return isStep ? undefined : { kind: 'sequence', from, to, most };
}

/** What a node has heard of others it remembers, but for what was sent under an IV index that nobody uses any more. */
function replayFault(was: NodeState, is: NodeState): StartFault | undefined {
  const now = new Map(is.replayCache?.map((item) => [item.source, item]));
  for (const item of was.replayCache ?? []) {
    const { source, sequenceNumber: from } = item;
    const sentUnder = fullIndex(was, item);
    if (sentUnder < is.ivIndex - 1) continue;
    const found = now.get(source);
    const to = found?.sequenceNumber ?? null;
    const moved = found ? fullIndex(is, found) - sentUnder : 0;
    // one record may be written before the IV index is, and the other after it: one step back of the index alone is that
    if (found && (moved > 0 || (found.sequenceNumber >= from && moved >= -1))) continue;
    return { kind: 'replay', source, from, to };
  }
  return undefined;
}

const fullIndex = ({ ivIndex }: NodeState, { ivIndexLow }: ReplayItem): number =>
  ivIndex - ((ivIndex - ivIndexLow) & 0xffff);

/** What no start writes says what it said. */
function recordFault(before: ImageReading, after: ImageReading): StartFault | undefined {
  const rowsOf = ({ evidence }: ImageReading) =>
    evidence.flatMap(({ rows }) => rows).filter(({ tone }) => tone === 'live');
  const sayingOf = ({ label, text }: EvidenceRow) => `${label}: ${text}`;
  const said = new Set(rowsOf(after).map(sayingOf));
  const gone = rowsOf(before).find((row) => row.lasting && !said.has(sayingOf(row)));
  return gone && { kind: 'node', what: `its record “${gone.label}” is gone, or says something else` };
}
