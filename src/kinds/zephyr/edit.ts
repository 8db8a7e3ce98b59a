/**
 * Changing settings where they lie: another value of the same length, or none any more. Nothing moves and no space is needed.
 *
 * Below lie the formats; above lie the clones. Each change comes as bytes at an address, for a draft or for a patch.
 *
 * Source: docs/zephyr-format.md, section 8.
 */
import { crc32 } from '../../crc32.ts';
import type { Segment } from '../../image/index.ts';
import type { Setting } from './settings.ts';
import type { Area, LogEntry, EntryChange } from './storage/log.ts';
import { storedForm, type Mount } from './storage/mount.ts';

/** What is to be written, and whether the bytes are the value's own or what goes with it: a checksum, an entry. */
export interface Change extends Segment {
  readonly part: 'value' | 'frame';
}

/**
 * Another value for an entry, of the length it has.
 *
 * @throws RangeError for one of another length
 */
export function changeValue(mount: Mount, entry: LogEntry, value: Uint8Array): Change[] {
  const stored = storedForm(mount, value);
  if (stored.length !== entry.data.length)
    throw new RangeError(`${entry.data.length} bytes are stored, not ${stored.length}`);
  if (entry.isInline) return [changeEntry(mount.area, entry, { inline: value })];
  const changes: Change[] = [
    { part: 'value', address: entry.dataAddress, bytes: stored.subarray(0, value.length) },
  ];
  if (stored.length > value.length) {
    const address = entry.dataAddress + value.length;
    changes.push({ part: 'frame', address, bytes: stored.subarray(value.length) });
  }
  if (mount.hasDataCrc && mount.area.format.dataCrcPlace === 'in-entry') {
    changes.push(changeEntry(mount.area, entry, { dataCrc: crc32(value) }));
  }
  return changes;
}

/** An entry that deletes what it named: older ones of its id stay hidden behind it. The value is blanked. */
export function deleteEntry({ area }: Mount, entry: LogEntry): Change[] {
  const blank: Change = {
    part: 'value',
    address: entry.dataAddress,
    bytes: new Uint8Array(entry.data.length).fill(0xff),
  };
  const change = changeEntry(area, entry, { length: 0 });
  return entry.isInline ? [change] : [blank, change];
}

/** The loader drops a name without a value and the other way round: both go. */
export const deleteSetting = (mount: Mount, { nameEntry, valueEntry }: Setting): Change[] => [
  ...deleteEntry(mount, valueEntry),
  ...deleteEntry(mount, nameEntry).filter(({ part }) => part === 'frame'),
];

function changeEntry(area: Area, entry: LogEntry, change: EntryChange): Change {
  return {
    part: 'frame',
    address: entry.address,
    bytes: area.format.changeEntry(entryBytes(area, entry), change),
  };
}

function entryBytes({ address, sectorSize, sectors, format }: Area, entry: LogEntry): Uint8Array {
  const { bytes, address: start } = sectors[Math.floor((entry.address - address) / sectorSize)]!;
  return bytes.subarray(entry.address - start, entry.address - start + format.entrySize);
}
