/**
 * Zephyr's settings as they lie in NVS or ZMS: a name and a value each, under two ids that belong together.
 *
 * Below lies a mounted area; above lie the records of the mesh. It does not know what a setting means.
 *
 * Source: Zephyr subsys/settings/src/settings_nvs.c and settings_zms.c, 2.1.0..4.2; nRF Connect SDK 2.8
 * subsys/settings/src/settings_zms_legacy.c; docs/zephyr-format.md, section 4.
 */
import { hex, u16, u32 } from '../../bytes.ts';
import type { Area, LogEntry } from './storage/log.ts';
import { valueOf, type Mount } from './storage/mount.ts';

export interface Setting {
  readonly name: string;
  readonly value: Uint8Array;
  readonly nameEntry: LogEntry;
  readonly valueEntry: LogEntry;
}

/** A rule of the storage that something breaks, and where. */
export interface Problem {
  readonly kind: ProblemKind;
  /** Flash addresses: of the area, of the sector, and offset of the entry in it. */
  readonly area: number;
  readonly sector: number;
  readonly ateOffset: number;
  readonly rule: string;
}
export type ProblemKind =
  | 'name-without-value'
  | 'value-without-name'
  | 'beyond-last'
  | 'wrong-data-crc'
  | 'not-a-name'
  | 'name-twice'
  | 'bad-count'
  | 'wrong-size';

/** How ids are given out. `hashed` ids follow from the name, `counted` ones from a counter that is stored. */
export interface SettingsLayout {
  readonly id: 'nvs-counted' | 'zms-hashed' | 'zms-counted';
  /** What a value's id has over that of its name. */
  readonly valueOffset: number;
  isNameId(id: number): boolean;
  /** Id of the largest name id in use, where there is such a record. */
  readonly counter: { readonly id: number; readonly size: number } | undefined;
}

const NVS_COUNTER = 0x8000;
const ZMS_COUNTER = 0x80000000;

const nvsCounted: SettingsLayout = {
  id: 'nvs-counted',
  valueOffset: 0x4000,
  isNameId: (id) => id > NVS_COUNTER && id <= 0xbfff,
  counter: { id: NVS_COUNTER, size: u16.size },
};
/** Bit 0 tells the nodes of a linked list of all names from the names. */
const zmsHashed: SettingsLayout = {
  id: 'zms-hashed',
  valueOffset: 0x40000000,
  isNameId: (id) => id > ZMS_COUNTER && id <= 0xbfffffff && id % 2 === 0,
  counter: undefined,
};
/** nRF Connect SDK 2.8 and 2.9. */
const zmsCounted: SettingsLayout = {
  id: 'zms-counted',
  valueOffset: 0x40000000,
  isNameId: (id) => id > ZMS_COUNTER && id <= 0xbfffffff,
  counter: { id: ZMS_COUNTER, size: u32.size },
};

/** The id under which the head of the list of names, or the older counter, is stored. */
export function layoutOf({ area, newest }: Mount): SettingsLayout {
  if (area.format.id === 'nvs') return nvsCounted;
  return newest.get(ZMS_COUNTER)?.data.length === u32.size ? zmsCounted : zmsHashed;
}

export interface Settings {
  readonly mount: Mount;
  readonly layout: SettingsLayout;
  /** What a boot loads, by name; of a name that is there twice the one that is loaded last. */
  readonly byName: ReadonlyMap<string, Setting>;
  readonly problems: readonly Problem[];
  /** Every name that ever stood under an id, newest first, as far as it can still be read. */
  readonly names: ReadonlyMap<number, readonly string[]>;
}

export function readSettings(mount: Mount): Settings {
  const layout = layoutOf(mount);
  const problems: Problem[] = [];
  const report = (kind: ProblemKind, entry: LogEntry, rule: string) =>
    problems.push({ kind, ...placeOf(mount.area, entry), rule });
  const last = readCounter(mount, layout, report);
  const byName = new Map<string, Setting>();
  // the loader begins with the largest id: of two equal names the smaller id is loaded over the other
  for (const id of pairIds(mount, layout)) {
    const nameEntry = liveEntry(mount, id);
    const valueEntry = liveEntry(mount, id + layout.valueOffset);
    if (id > last) {
      report(
        'beyond-last',
        nameEntry ?? valueEntry!,
        `no name has an id above the last in use, ${hex(last)}`,
      );
      continue;
    }
    const name = nameEntry && valueOf(mount, nameEntry);
    const value = valueEntry && valueOf(mount, valueEntry);
    if (nameEntry && !name)
      report('wrong-data-crc', nameEntry, 'the checksum of a name is that of its bytes');
    if (valueEntry && !value)
      report('wrong-data-crc', valueEntry, 'the checksum of a value is that of its bytes');
    if (!nameEntry) report('value-without-name', valueEntry!, `a value has a name under the id ${hex(id)}`);
    else if (!valueEntry)
      report(
        'name-without-value',
        nameEntry,
        `a name has a value under the id ${hex(id + layout.valueOffset)}`,
      );
    if (!name || !value) continue;
    const text = textOf(name);
    if (text === undefined) {
      report('not-a-name', nameEntry!, 'a name is printable ASCII');
      continue;
    }
    if (byName.has(text)) report('name-twice', byName.get(text)!.nameEntry, 'a name is stored once');
    byName.set(text, { name: text, value, nameEntry: nameEntry!, valueEntry: valueEntry! });
  }
  return { mount, layout, byName, problems, names: readNames(mount, layout) };
}

/** Where an entry lies, in the words of an error. */
export function placeOf(area: Area, entry: LogEntry): Pick<Problem, 'area' | 'sector' | 'ateOffset'> {
  const offset = entry.address - area.address;
  const ateOffset = offset % area.sectorSize;
  return { area: area.address, sector: area.address + offset - ateOffset, ateOffset };
}

/** The newest entry of an id, unless it deletes it. */
export function liveEntry({ newest }: Mount, id: number): LogEntry | undefined {
  const entry = newest.get(id);
  return entry && entry.data.length > 0 ? entry : undefined;
}

/** Ids of names of which name or value is there, largest first. */
function pairIds({ newest }: Mount, { isNameId, valueOffset }: SettingsLayout): number[] {
  const ids = new Set<number>();
  for (const [id, { data }] of newest) {
    if (data.length === 0) continue;
    if (isNameId(id)) ids.add(id);
    else if (isNameId(id - valueOffset)) ids.add(id - valueOffset);
  }
  return [...ids].sort((a, b) => b - a);
}

/** The largest name id in use; a bound above all where names are not counted. Ids above it are halves that power loss left. */
function readCounter(
  mount: Mount,
  { counter }: SettingsLayout,
  report: (kind: ProblemKind, entry: LogEntry, rule: string) => void,
): number {
  if (!counter) return Infinity;
  const entry = liveEntry(mount, counter.id);
  if (!entry) return counter.id;
  const value = valueOf(mount, entry);
  if (!value || value.length < counter.size) {
    report('bad-count', entry, `the last id in use is a sound record of ${counter.size} bytes`);
    return counter.id;
  }
  const view = new DataView(value.buffer, value.byteOffset);
  return counter.size === u16.size ? u16.read(view, 0) : u32.read(view, 0);
}

function readNames(mount: Mount, { isNameId }: SettingsLayout): Map<number, string[]> {
  const names = new Map<number, string[]>();
  for (const entry of [...mount.newest.values(), ...mount.superseded]) {
    if (!isNameId(entry.id)) continue;
    const name = textOf(valueOf(mount, entry) ?? entry.data);
    const known = names.get(entry.id);
    if (name === undefined || known?.includes(name)) continue;
    if (known) known.push(name);
    else names.set(entry.id, [name]);
  }
  return names;
}

/** The names that a value of this id went by. */
export const namesOfValue = ({ names, layout }: Settings, id: number): readonly string[] =>
  names.get(id - layout.valueOffset) ?? [];

/** The text of a stored name: printable ASCII without spaces. */
export function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0 || bytes.some((byte) => byte <= 0x20 || byte > 0x7e)) return undefined;
  return String.fromCharCode(...bytes);
}
