/**
 * An area written afresh, for values that do not fit where the old ones lie: the live records alone, in the sectors in which the
 * firmware looks for them.
 *
 * Below lie the formats; above lies the recipe. Which sector of a partition is the first is nowhere written, so the sector that was
 * being written to stays that one, behind a closed one where it was behind one.
 *
 * Source: docs/zephyr-format.md, section 8.
 */
import { crc32 } from '../../crc32.ts';
import type { Segment } from '../../image/index.ts';
import type { Changes } from './policy.ts';
import type { Settings } from './settings.ts';
import type { NewRecord, Sector } from './storage/log.ts';
import { readingOrder, storedForm } from './storage/mount.ts';

/** @returns every sector of the area; `undefined` when the records do not fit into those in use */
export function rebuildArea(settings: Settings, changes: Changes): Segment[] | undefined {
  const { area, writeSector } = settings.mount;
  const { format, sectors, spacing } = area;
  // oldest first; with one sector in use those behind it are free as well
  const chain = readingOrder(sectors, writeSector!).reverse();
  const records = recordsAfter(settings, changes);
  for (let first = chain.length - 1; first >= 0; first--) {
    const used = chain.slice(first);
    const bytes = distribute(
      records,
      used.map((index) => sectors[index]!),
      (some, like, isClosed) => format.writeSector(some, like, spacing, isClosed),
    );
    if (!bytes) continue;
    const written = new Map(used.map((index, i) => [index, bytes[i]!]));
    const before = chain[first - 1];
    if (before !== undefined) written.set(before, format.writeSector([], sectors[before]!, spacing, true)!);
    return sectors.map(({ address, bytes: old }, index) => ({
      address,
      bytes: written.get(index) ?? new Uint8Array(old.length).fill(0xff),
    }));
  }
  return undefined;
}

/** Live records in the order they lie in, under their ids. */
function recordsAfter({ mount, byName }: Settings, changes: Changes): NewRecord[] {
  const changed = new Map<number, Uint8Array | null>();
  for (const [name, value] of changes) {
    const setting = byName.get(name);
    if (!setting) continue;
    changed.set(setting.valueEntry.id, value);
    if (value === null) changed.set(setting.nameEntry.id, null);
  }
  const inFormat = mount.area.format.dataCrcPlace === 'in-entry' && mount.hasDataCrc;
  return [...mount.newest.values()]
    .filter(({ data }) => data.length > 0)
    .flatMap(({ id, data }): NewRecord[] => {
      const value = changed.get(id);
      if (value === null) return [];
      const stored = value ? storedForm(mount, value) : data;
      return [{ id, data: stored, ...(inFormat && { dataCrc: crc32(stored) }) }];
    });
}

/** The records spread over the sectors in turn, all but the last of them closed. */
function distribute(
  records: readonly NewRecord[],
  sectors: readonly Sector[],
  write: (records: readonly NewRecord[], like: Sector, isClosed: boolean) => Uint8Array | undefined,
): Uint8Array[] | undefined {
  const written: Uint8Array[] = [];
  let from = 0;
  for (const [index, sector] of sectors.entries()) {
    const isLast = index === sectors.length - 1;
    let to = records.length;
    let bytes = write(records.slice(from, to), sector, !isLast);
    while (!bytes && to > from && !isLast) bytes = write(records.slice(from, --to), sector, true);
    if (!bytes) return undefined;
    written.push(bytes);
    from = to;
  }
  return from === records.length ? written : undefined;
}
