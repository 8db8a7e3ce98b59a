/**
 * What a clone does not take over from the donor's past, as far as it is the same in every clone.
 *
 * Source: section 5.2 of docs/flash-format.md.
 */
import { isFilledWith, u32 } from '../../bytes.ts';
import { unwrap } from './boot.ts';
import { ENTRY_HEADER_SIZE, PAGE_METADATA_SIZE, type AreaLog, type Entry } from './container.ts';
import type { Draft, Reason } from '../draft.ts';
import * as errors from './errors.ts';
import type { ClonePolicy } from './options.ts';
import { decodeEntry, SEQUENCE_BLOCK, type CoreRows } from './records/index.ts';
import type { Release, Role } from './releases.ts';
import { invalidate } from './repair.ts';
import type { FlashfsFinding as Finding } from './errors.ts';
import { thousands } from '../../numbers.ts';

interface PolicyArea {
  readonly role: Role;
  readonly log: AreaLog;
}

const optionReason = (what: string): Reason => ({ purpose: 'option', what });
/** Sequence numbers have 24 bits; the last block begins below this. */
export const SEQUENCE_END = 0x1000000;

/** @returns what was done, in words */
export function applyPolicy(
  draft: Draft,
  policy: ClonePolicy,
  release: Release,
  areas: readonly PolicyArea[],
  core: CoreRows,
): Finding[] {
  const raised = raiseIvIndex(draft, policy.ivIndex, release, areas);
  return [
    ...setSequence(draft, policy.sequence, release, areas),
    ...raised.notes,
    // what was heard under an IV index that is over says nothing any more
    ...(policy.replayList === 'empty' || raised.isRaised ? emptyReplayCache(draft, areas) : []),
    ...(policy.advertiserAddress === 'drop' ? dropAdvertiserAddress(draft, areas, core) : []),
  ];
}

const note = (code: Finding['code'], message: string, hint = ''): Finding => ({
  severity: 'info',
  code,
  message,
  hint,
});

/** Live entries of an area, read by this release or not, and what the emergency cache holds for it. */
export function entriesOf(areas: readonly PolicyArea[], role: Role): readonly Entry[] {
  return areas.flatMap(({ role: own, log }) => {
    const entries = [...new Set([...log.live, ...log.behindSeal])];
    if (own === role) return entries;
    return own === 'emergency-cache' ? entries.flatMap((entry) => unwrap(entry, role) ?? []) : [];
  });
}

function setSequence(
  draft: Draft,
  sequence: ClonePolicy['sequence'],
  { netState }: Release,
  areas: readonly PolicyArea[],
): Finding[] {
  if (sequence === 'keep') return [];
  const choice = sequence === 'reset' ? sequence : `+${sequence.skipAhead}`;
  if (!areas.some(({ role }) => role === 'net-state')) throw errors.sequenceNotFound(choice);
  const rows = [netState.sequence, netState.legacySequence];
  let first: number | undefined;
  for (const entry of entriesOf(areas, 'net-state')) {
    const before = rows
      .map((row) => row && decodeEntry(row, entry)?.nextBlock)
      .find((block) => block !== undefined);
    if (before === undefined) continue;
    first = sequence === 'reset' ? 0 : ahead(before, sequence.skipAhead);
    const value = new Uint8Array(u32.size);
    u32.write(new DataView(value.buffer), 0, first);
    draft.write(entry.address + ENTRY_HEADER_SIZE, value, optionReason('sequence block'));
  }
  if (first === undefined && sequence !== 'reset') throw errors.sequenceNotFound(choice);
  return first === undefined
    ? []
    : [note('flashfs/sequence-set', `Clones begin with the sequence number ${first}.`)];
}

/**
 * The IV index of the network today, in normal operation: with it goes whatever the donor was in the middle of.
 *
 * A node accepts and sends under its own IV index and the one before, and catches up by itself by at most 42 (Bluetooth Mesh
 * Protocol 1.1, section 3.11.6).
 */
function raiseIvIndex(
  draft: Draft,
  wanted: ClonePolicy['ivIndex'],
  { netState }: Release,
  areas: readonly PolicyArea[],
): { readonly isRaised: boolean; readonly notes: readonly Finding[] } {
  if (wanted === 'keep') return { isRaised: false, notes: [] };
  const rows = [netState.iv, netState.legacyIv];
  const records = entriesOf(areas, 'net-state').flatMap((entry) => {
    const record = rows.map((row) => row && decodeEntry(row, entry)).find((one) => one !== undefined);
    return record ? [{ entry, record }] : [];
  });
  if (records.length === 0) throw errors.noIvIndex();
  const highest = Math.max(...records.map(({ record }) => record.ivIndex));
  if (wanted < highest) throw errors.ivIndexLower(wanted, highest);
  if (wanted === highest) return { isRaised: false, notes: [] };
  for (const { entry } of records) {
    const value = new Uint8Array(u32.size + 1); // the state behind it: 0 is normal operation
    u32.write(new DataView(value.buffer), 0, wanted);
    draft.write(entry.address + ENTRY_HEADER_SIZE, value, optionReason('IV index'));
  }
  return {
    isRaised: true,
    notes: [
      note(
        'flashfs/iv-index-set',
        `Clones begin under the IV index ${thousands(wanted)}; the donor's is ${thousands(highest)}.`,
        'Sequence numbers count anew under each IV index, so nobody remembers one of a clone: to start at 0 is as safe as to keep the donor’s.',
      ),
    ],
  };
}

/** Blocks are reserved whole. */
function ahead(before: number, distance: number): number {
  const first = Math.ceil((before + distance) / SEQUENCE_BLOCK) * SEQUENCE_BLOCK;
  if (!Number.isInteger(first) || first < 0 || first >= SEQUENCE_END)
    throw errors.sequenceExhausted(before, distance);
  return first;
}

function emptyReplayCache(draft: Draft, areas: readonly PolicyArea[]): Finding[] {
  const area = areas.find(({ role }) => role === 'replay-cache');
  if (!area || area.log.pages.every(({ entries }) => entries.length === 0)) return [];
  for (const { page } of area.log.pages) {
    const rest = page.bytes.subarray(PAGE_METADATA_SIZE);
    if (!isFilledWith(rest, 0xff)) {
      draft.fill(page.address + PAGE_METADATA_SIZE, rest.length, 0xff, optionReason('replay cache'));
    }
  }
  return [
    note(
      'flashfs/replay-cache-emptied',
      'The replay cache of the donor is not copied: a clone starts with an empty one.',
    ),
  ];
}

function dropAdvertiserAddress(
  draft: Draft,
  areas: readonly PolicyArea[],
  { advertiser }: CoreRows,
): Finding[] {
  let dropped = false;
  for (const { role, log } of areas) {
    for (const entry of log.live) {
      const record =
        role === 'emergency-cache' ? unwrap(entry, 'core-options') : role === 'core-options' && entry;
      if (!record || record.handle < advertiser.first || record.handle > advertiser.last) continue;
      invalidate(draft, entry, optionReason('advertiser address'));
      draft.fill(
        entry.address + ENTRY_HEADER_SIZE,
        entry.payload.length,
        0xff,
        optionReason('advertiser address'),
      );
      dropped = true;
    }
  }
  return dropped
    ? [
        note(
          'flashfs/advertiser-address-dropped',
          'The Bluetooth address stored in the donor is not copied: every clone uses that of its chip.',
        ),
      ]
    : [];
}
