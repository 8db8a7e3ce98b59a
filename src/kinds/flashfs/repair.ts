/**
 * What a firmware does to its pages at the next boot, done beforehand: so that a clone starts from a healthy log, and reads
 * the same at its first boot as at every other.
 *
 * Source: sections 1.4 and 1.5 of docs/flash-format.md.
 */
import { hex } from '../../bytes.ts';
import type { AreaLog, Entry, PageLog } from './container.ts';
import { HANDLE_INVALID, isUnformatted, paddingHeader, PAGE_METADATA_SIZE, sealHeader } from './container.ts';
import type { Draft, Reason } from '../draft.ts';
import type { FoundArea, Stack } from './discovery.ts';

const repair = (what: string, secret = false): Reason => ({ purpose: 'repair', what, secret });

/** Bytes 2 and 3 of a header hold the handle; 0 invalidates it and keeps its length. */
export function invalidate(draft: Draft, entry: Entry, reason: Reason): void {
  draft.fill(entry.address + 2, 2, HANDLE_INVALID, reason);
}

/** Bring the recovery page and what it stands in for to the state of a completed defragmentation. */
export function finishDefragmentation(
  draft: Draft,
  stack: Stack,
  areas: readonly (FoundArea & { log: AreaLog })[],
): void {
  const { recovery } = stack;
  if (recovery.state.kind !== 'in-use') return;
  const area = areas.find(({ recovered }) => recovered !== undefined);
  if (!area) return;
  const { pages, log } = area;
  const page = pages[area.recovered!]!;
  draft.write(page.address, page.bytes, repair('page restored from the recovery page', true));
  for (const entry of log.superseded) {
    invalidate(draft, entry, repair(`entry that was copied to ${hex(page.address)}`));
  }
  const restored = log.pages[area.recovered!]!;
  const empty = restored.entries.length === 0;
  if (restored.end === 'blank' && !empty) {
    const more = log.pages
      .slice(area.recovered! + 1)
      .some(({ entries }) => entries.some((entry) => log.live.includes(entry)));
    const header = more ? paddingHeader : sealHeader;
    draft.write(page.address + restored.endOffset, header, repair(more ? 'padding' : 'seal'));
  }
  draft.fill(recovery.address, 4, 0, repair('recovery page no longer in use'));
}

/** Drop what was torn or replaced when power was lost, and seal the log. */
export function mendLog(draft: Draft, log: AreaLog, end: number): void {
  if (log.torn) invalidate(draft, log.torn, repair('entry torn by a power loss'));
  if (log.replaced) invalidate(draft, log.replaced, repair('entry replaced by the last one'));
  for (const page of log.pages.filter(({ end }) => end === 'torn-padding')) {
    draft.write(page.page.address + page.endOffset, paddingHeader, repair('padding torn by a power loss'));
  }
  const place = missingSeal(log.pages);
  if (place !== undefined && place < end) draft.write(place, sealHeader, repair('seal'));
}

/** Where the seal of a log without one belongs: after its last entry, or at the start of the page that a padding leads to. */
function missingSeal(pages: readonly PageLog[]): number | undefined {
  if (pages.some(({ end }) => end === 'seal')) return undefined;
  const last = pages.findLastIndex(({ entries, end }) => entries.length > 0 || end !== 'blank');
  const log = pages[last];
  if (!log) return undefined;
  if (log.end === 'blank') return log.page.address + log.endOffset;
  const next = pages[last + 1];
  // a page that the firmware has yet to format stays blank: with a seal alone it would be a damaged one
  return next && !isUnformatted(next.page.bytes) ? next.page.address + PAGE_METADATA_SIZE : undefined;
}
