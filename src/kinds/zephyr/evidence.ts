/**
 * Sectors and their entries in words, for page, command line and JSON.
 *
 * Below lie the areas as read; above lies nothing that knows the format.
 */
import { hex } from '../../bytes.ts';
import type { Stretch } from '../../image/index.ts';
import type { EvidenceRow, EvidenceSection, Exhibits } from '../image-kind.ts';
import type { ZephyrDump, ReadArea } from './zephyr-dump.ts';
import { decodeRecord, findRow, keySpans } from './records/index.ts';
import { namesOfValue, textOf, type Settings } from './settings.ts';
import { lengthOf, type LogEntry, type Sector } from './storage/log.ts';
import { valueOf, type Mount } from './storage/mount.ts';

/** One section a sector of every area, by rising address. */
export const evidenceOf = ({ areas, emds }: ZephyrDump): EvidenceSection[] =>
  [...areas.flatMap(sectionsOf), ...emds.map(emergencySection)].sort((a, b) => a.address - b.address);

function sectionsOf(read: ReadArea): EvidenceSection[] {
  const { area, settings } = read;
  const title = settings.byName.size > 0 ? 'settings' : 'storage';
  return area.sectors.map((sector, index) => {
    const rows = rowsOf(settings, sector);
    const used: Stretch[] = [
      { address: sector.address, length: sector.dataEnd },
      { address: sector.address + sector.tableStart, length: sector.bytes.length - sector.tableStart },
    ].filter(({ length }) => length > 0);
    return {
      address: sector.address,
      length: sector.bytes.length,
      title: `${title}, ${area.format.title} sector ${index + 1} of ${area.sectors.length}`,
      label: `${area.format.title} ${index + 1}/${area.sectors.length}`,
      usedBytes: used.reduce((sum, { length }) => sum + length, 0),
      liveBytes: sector.entries
        .filter((entry) => isLive(settings.mount, entry))
        .reduce((sum, { data, isInline }) => sum + area.spacing + (isInline ? 0 : data.length), 0),
      used,
      note: noteOf(settings.mount, index),
      rows,
    };
  });
}

const emergencySection = ({ address, length }: Stretch): EvidenceSection => ({
  address,
  length,
  title: 'emergency data',
  label: 'EMDS',
  usedBytes: length,
  liveBytes: 0,
  used: [{ address, length }],
  note: 'saved when power goes; erased in clones',
  rows: [],
});

function noteOf({ writeSector, interruption, area: { sectors } }: Mount, index: number): string {
  if (interruption?.sector === index)
    return interruption.collection === 'repeated'
      ? 'copies of a collection that power loss cut off: the firmware makes them again'
      : 'collected already: the firmware erases it at its next boot';
  if (index === writeSector) return 'written to';
  return sectors[index]!.isClosed ? '' : 'free';
}

const isLive = ({ newest }: Mount, entry: LogEntry): boolean =>
  entry.data.length > 0 && newest.get(entry.id) === entry;

/** In the order they were written, marks of the log first. */
function rowsOf(settings: Settings, sector: Sector): EvidenceRow[] {
  const { format } = settings.mount.area;
  const frame = (address: number, label: string, status: string, tone: EvidenceRow['tone']): EvidenceRow => ({
    address,
    length: format.entrySize,
    key: '',
    label,
    text: '',
    status,
    tone,
    secrets: [],
  });
  return [
    ...sector.marks.map((address) => frame(address, 'mark of the log', 'mark', 'frame')),
    ...sector.entries.map((entry) => rowOf(settings, entry)),
    ...sector.tornSlots.map((address) => frame(address, 'entry cut off by power loss', 'torn', 'broken')),
  ];
}

function rowOf(settings: Settings, entry: LogEntry): EvidenceRow {
  const { mount } = settings;
  const digits = mount.area.format.id === 'nvs' ? 4 : 8;
  const isDelete = entry.data.length === 0;
  const value = valueOf(mount, entry);
  const { label, text, secrets, lasting } = describe(settings, entry);
  const state: Pick<EvidenceRow, 'status' | 'tone'> = !value
    ? { status: 'wrong checksum', tone: 'broken' }
    : isLive(mount, entry)
      ? { status: 'live', tone: 'live' }
      : { status: isDelete ? 'deletes' : 'overridden', tone: 'dead' };
  return {
    address: isDelete ? entry.address : entry.dataAddress,
    length: isDelete ? mount.area.format.entrySize : entry.data.length,
    key: hex(entry.id, digits),
    label,
    text,
    ...state,
    secrets,
    ...(lasting && { lasting }),
  };
}

type Description = Pick<EvidenceRow, 'label' | 'text' | 'secrets' | 'lasting'>;

/** Records of the mesh but for numbers that messages move on, and what models and application keep as they like. */
const LASTING = /^bt\/mesh\/(?!IV$|Seq$|RPL\/|SSeq$|SRPL\/|[sv]\/[0-9a-f]+\/data)/;

function describe(settings: Settings, entry: LogEntry): Description {
  const { mount, layout } = settings;
  const value = valueOf(mount, entry) ?? entry.data;
  if (entry.id === layout.counter?.id) return { label: 'largest id in use', text: '', secrets: [] };
  if (layout.isNameId(entry.id)) {
    const name = textOf(value);
    return { label: 'name', text: name ?? '', secrets: name === undefined ? opaque(entry) : [] };
  }
  if (layout.isNameId(entry.id - layout.valueOffset)) return describeValue(settings, entry, value);
  const isListNode = layout.id === 'zms-hashed' && entry.id >= 0x80000000 && entry.data.length === 8;
  return isListNode
    ? { label: 'list of names', text: '', secrets: [] }
    : { label: 'record of the application', text: '', secrets: opaque(entry) };
}

/** By the newest name that its id ever had. */
function describeValue(settings: Settings, entry: LogEntry, value: Uint8Array): Description {
  const [name] = namesOfValue(settings, entry.id);
  if (name === undefined) return { label: 'value without a name', text: '', secrets: opaque(entry) };
  const { row, parts } = findRow(name);
  const record = value.length === 0 ? undefined : decodeRecord(row, value);
  return {
    label: row.label,
    text: record === undefined ? name : `${name}: ${row.says(record, ...parts)}`,
    secrets: keySpans(row, value).map(({ offset, length }) => ({
      address: entry.dataAddress + offset,
      length,
    })),
    ...(LASTING.test(name) && { lasting: true }),
  };
}

/** What cannot be read may hold keys. */
const opaque = ({ dataAddress, data }: LogEntry): Stretch[] =>
  data.length === 0 ? [] : [{ address: dataAddress, length: data.length }];

/** At most this many: they are to be read, not counted. */
const EXHIBITS = 4;

/** Entries that delete records of the mesh: what a reset leaves. */
export function exhibitsOf({ chosen }: ZephyrDump): Exhibits | null {
  if (!chosen) return null;
  const { settings } = chosen;
  const { format } = settings.mount.area;
  const rows = [...settings.mount.newest.values()]
    .filter(({ data }) => data.length === 0)
    .map((entry) => ({
      ...rowOf(settings, entry),
      marked: { address: entry.address + format.lengthOffset, length: 2 },
    }))
    .filter(({ text }) => text.startsWith('bt/mesh/'))
    .slice(0, EXHIBITS);
  return rows.length === 0 ? null : { note: 'Entries of records of the mesh. Length 0 means deleted.', rows };
}

/** Areas as `inspect --json` prints them. */
export const areaAsJson = (read: ReadArea) => ({
  address: hex(read.area.address, 5),
  length: lengthOf(read.area),
  storage: read.area.format.title,
  valuesChecked: read.settings.mount.hasDataCrc,
  sectors: sectionsOf(read).map(({ address, usedBytes, liveBytes, note, rows }) => ({
    address: hex(address, 5),
    usedBytes,
    liveBytes,
    note,
    entries: rows.map((row) => ({
      address: hex(row.address, 5),
      length: row.length,
      id: row.key,
      state: row.status,
      record: row.label,
      says: row.text,
    })),
  })),
});
