/** Records of the replay and the emergency cache. Source: nRF5 SDK for Mesh 5.0.0, mesh/core/src/replay_cache.c, emergency_cache.c. */
import { bytes, hex, struct, u16, u32 } from '../../../bytes.ts';
import { WORD_SIZE } from '../container.ts';
import { growingRow, layout, lengthWordsOf, row, unicast } from './row.ts';

/* Of messages heard: first all sequence numbers, then all segmentation states */

const replayRecord = struct({ sequenceNumber: u32, source: u16, ivIndexLow: u16 });
const segmentationRecord = struct({ seqZero: u16 });
/** REPLAY_CACHE_ENTRIES of the examples. */
const REPLAY_ITEMS = 40;
export const replayRows = {
  item: row(
    'replay item',
    [0x0001, REPLAY_ITEMS],
    [layout(replayRecord)],
    ({ source, sequenceNumber }) => `${unicast(source)} up to ${sequenceNumber}`,
  ),
  segmentation: row(
    'segmentation item',
    [1 + REPLAY_ITEMS, 2 * REPLAY_ITEMS],
    [layout(segmentationRecord)],
    ({ seqZero }) => (seqZero === 0xffff ? 'none' : `SeqZero ${seqZero}`),
  ),
};

/* Of records that a power-down left: those of other files, wrapped */

export const emergencyHead = struct({ fileId: u16, recordId: u16 });
export const emergencyRows = {
  item: growingRow<{ readonly fileId: number; readonly recordId: number }>(
    'saved record',
    [0x0001, 0x0fff],
    lengthWordsOf(emergencyHead.size) + 1,
    (lengthWords) =>
      layout(struct({ fileId: u16, recordId: u16, record: bytes(WORD_SIZE * (lengthWords - 2)) })),
    ({ fileId, recordId }) => `record ${hex(recordId, 4)} of file ${hex(fileId, 4)}`,
  ),
};
