/** Areas as page and command line show those of any kind, and as `inspect --json` prints these. */
import { hex } from '../../bytes.ts';
import type { MemoryImage, Stretch } from '../../image/index.ts';
import type { EvidenceRow, EvidenceSection, Exhibits } from '../image-kind.ts';
import type { AreaReading, EntryReading, PageReading } from './area-reading.ts';
import { ENTRY_HEADER_SIZE } from './container.ts';
import { devkeyRecord } from './records/index.ts';

/** A page under a picture of the flash has room for one short word. */
const LABELS: Readonly<Partial<Record<AreaReading['role'], string>>> = {
  dsm: 'DSM',
  access: 'Access',
  'net-state': 'Net state',
  'core-options': 'Core',
  models: 'Models',
  'replay-cache': 'Replay',
  'emergency-cache': 'Emergency',
  recovery: 'Recovery',
};

/** Files that are written when a node is provisioned and configured, and then no more. */
const LASTING: ReadonlySet<AreaReading['role']> = new Set(['dsm', 'access', 'core-options']);

const STATUS: Readonly<Record<EntryReading['state'], Pick<EvidenceRow, 'status' | 'tone'>>> = {
  live: { status: 'live', tone: 'live' },
  stale: { status: 'deleted', tone: 'dead' },
  duplicate: { status: 'overridden', tone: 'dead' },
  torn: { status: 'torn', tone: 'broken' },
  seal: { status: 'end', tone: 'frame' },
  padding: { status: 'padding', tone: 'frame' },
};

/** One section a page. */
export const evidenceOf = (areas: readonly AreaReading[]): EvidenceSection[] =>
  areas.flatMap((area) => area.pages.map((page, index) => sectionOf(area, page, index)));

function sectionOf(area: AreaReading, page: PageReading, index: number): EvidenceSection {
  const label = LABELS[area.role] ?? area.title;
  return {
    address: page.address,
    length: page.length,
    title: area.title,
    label: area.pages.length > 1 ? `${label} ${index + 1}/${area.pages.length}` : label,
    usedBytes: page.usedBytes,
    liveBytes: page.liveBytes,
    used: page.usedBytes > 0 ? [{ address: page.address, length: page.usedBytes }] : [],
    note: page.note,
    rows: page.entries.map((entry) =>
      LASTING.has(area.role) ? { ...rowOf(entry), lasting: true } : rowOf(entry),
    ),
  };
}

const rowOf = ({ address, length, handle, state, record, says, secrets }: EntryReading): EvidenceRow => ({
  address,
  length,
  key: hex(handle, 4),
  label: record,
  text: says,
  ...STATUS[state],
  secrets,
});

const entriesOf = (areas: readonly AreaReading[]): EntryReading[] =>
  areas.flatMap(({ pages }) => pages).flatMap(({ entries }) => entries);

export const secretsOf = (areas: readonly AreaReading[]): Stretch[] =>
  entriesOf(areas).flatMap(({ secrets }) => secrets);

/** Device keys in entries that have been invalidated since. An entry without a handle may as well have held another key. */
export const formerKeysOf = (areas: readonly AreaReading[], image: MemoryImage): Uint8Array[] =>
  entriesOf(areas)
    .filter(({ state }) => state === 'stale')
    .flatMap(({ address, secrets }) => (secrets.length === 0 ? [] : keyIn(image, address, secrets)));

function keyIn(image: MemoryImage, entry: number, secrets: readonly Stretch[]): Uint8Array[] {
  const address = entry + ENTRY_HEADER_SIZE + devkeyRecord.offsets.key;
  const isSecret = secrets.some((one) => one.address <= address && address < one.address + one.length);
  return isSecret ? [image.read(address, devkeyRecord.size - devkeyRecord.offsets.key)] : [];
}

/** At most this many: they are to be read, not counted. */
const EXHIBITS = 4;
/** An entry is deleted by its handle, the second half of its header. */
const HANDLE_OFFSET = 2;

/** Entries of the device state that the firmware does not use any more, or cannot. */
export function exhibitsOf(areas: readonly AreaReading[]): Exhibits | null {
  const rows = areas
    .filter(({ role }) => role === 'dsm')
    .flatMap(({ pages }) => pages)
    .flatMap(({ entries }) => entries)
    .filter(({ state }) => state === 'stale' || state === 'torn')
    .slice(0, EXHIBITS)
    .map((entry) => ({
      ...rowOf(entry),
      marked: { address: entry.address + HANDLE_OFFSET, length: ENTRY_HEADER_SIZE - HANDLE_OFFSET },
    }));
  return rows.length === 0
    ? null
    : { note: 'Entries of the page with address and keys. Handle 0x0000 means deleted.', rows };
}

export const areaAsJson = (area: AreaReading) => ({
  address: hex(area.address, 5),
  length: area.length,
  role: area.role,
  title: area.title,
  pages: area.pages.map((page) => ({
    address: hex(page.address, 5),
    usedBytes: page.usedBytes,
    liveBytes: page.liveBytes,
    note: page.note,
    entries: page.entries.map(({ address, length, handle, state, record, says }) => ({
      address: hex(address, 5),
      length,
      handle: hex(handle, 4),
      state,
      record,
      says,
    })),
  })),
});
