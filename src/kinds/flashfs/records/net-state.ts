/** Records of the network state. Source: nRF5 SDK for Mesh, mesh/core/include/mesh_opt_net_state.h, mesh/core/src/net_state.c. */
import { bytes, struct, u16, u32, u8 } from '../../../bytes.ts';
import { layout, one, row } from './row.ts';

/** Numbers reserved at a time; a node continues from the first one not yet reserved. */
export const SEQUENCE_BLOCK = 0x2000;

const sequenceRecordA = struct({ nextBlock: u32 });
const ivRecordA = struct({ ivIndex: u32, state: u8, padding: bytes(3) });
const sequenceRecordB = struct({ nextBlock: u32, synchro: u8 });
const ivRecordB = struct({ ivIndex: u32, state: u8, timeoutMinutes: u16, synchro: u8 });

export interface SequenceRecord {
  /** First sequence number not yet released. */
  readonly nextBlock: number;
  /** Equal in a sequence and an IV record that belong together; 1.0.0..3.2.0 have none. */
  readonly synchro?: number;
}
export interface IvRecord {
  readonly ivIndex: number;
  /** 0 normal, 1 IV update in progress. */
  readonly state: number;
  readonly synchro?: number;
}
const saysSequence = ({ nextBlock }: SequenceRecord) => `next block from ${nextBlock}`;
const saysIv = ({ ivIndex, state }: IvRecord) =>
  `IV index ${ivIndex}${state === 0 ? '' : ', update in progress'}`;

/** 1.0.0..3.2.0 */
export const netStateRowsA = {
  sequence: row<SequenceRecord>('sequence block', one(0x0001), [layout(sequenceRecordA)], saysSequence),
  iv: row<IvRecord>('IV index', one(0x0002), [layout(ivRecordA)], saysIv),
};
/** 4.0.0..5.0.0; what 3.2.0 left is read until the first start replaces it. */
export const netStateRowsB = {
  sequence: row<SequenceRecord>('sequence block', one(0x0003), [layout(sequenceRecordB)], saysSequence),
  iv: row<IvRecord>('IV index', one(0x0004), [layout(ivRecordB)], saysIv),
  legacySequence: netStateRowsA.sequence,
  legacyIv: netStateRowsA.iv,
};
export type NetStateRows = typeof netStateRowsA & Partial<typeof netStateRowsB>;
