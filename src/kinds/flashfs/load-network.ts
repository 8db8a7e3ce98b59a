/** What a firmware has of its network state and its replay cache. Their records never stop it: one that is too short is passed over. */
import type { NodeState, ReplayItem } from '../../image/index.ts';
import type { Entry } from './container.ts';
import { decode, inOrder, loadEntries, loading } from './load-entries.ts';
import type { IvRecord, EntryRow, SequenceRecord } from './records/index.ts';
import type { Release } from './releases.ts';

type Network = Pick<NodeState, 'ivIndex' | 'ivUpdateInProgress' | 'nextSequenceNumber'>;
export const EMPTY_NETWORK: Network = { ivIndex: 0, ivUpdateInProgress: false, nextSequenceNumber: 0 };

const nobody = () => {};

/** The last record of each, which count together only where they belong together. */
export function loadNetwork(release: Release, entries: readonly Entry[]): Network {
  const rows = release.netState;
  let sequence: SequenceRecord | undefined;
  let iv: IvRecord | undefined;
  let sequenceCameLast = false;
  const takeIv = (record: IvRecord) => {
    iv = record;
    sequenceCameLast = false;
  };
  const takeSequence = (record: SequenceRecord) => {
    sequence = record;
    sequenceCameLast = true;
  };
  const { legacyIv, legacySequence } = rows;
  loadEntries(
    entries,
    [
      loading(rows.iv, nobody, takeIv),
      loading(rows.sequence, nobody, takeSequence),
      legacyIv && loading(legacyIv, nobody, takeIv),
      legacySequence && loading(legacySequence, nobody, (record) => iv && takeSequence(record)),
    ],
    nobody,
  );
  if (!sequence || !iv) return EMPTY_NETWORK;
  const paired =
    iv.state !== 0 ||
    (release.rules.sequencePairing === 'order'
      ? sequenceCameLast
      : sequence.synchro === undefined || iv.synchro === undefined || sequence.synchro === iv.synchro);
  return {
    ivIndex: iv.ivIndex,
    ivUpdateInProgress: iv.state !== 0,
    nextSequenceNumber: paired ? sequence.nextBlock : 0,
  };
}

/** Items count from 1 without a gap. */
export function loadReplay(
  row: EntryRow<{ readonly sequenceNumber: number; readonly source: number; readonly ivIndexLow: number }>,
  entries: readonly Entry[],
): ReplayItem[] {
  const items = new Map<number, ReplayItem>();
  for (const entry of entries) {
    if (entry.handle < row.first || entry.lengthWords !== 3) continue;
    const item = decode(row, entry, nobody);
    if (item) items.set(entry.handle, item);
  }
  return inOrder(items);
}
