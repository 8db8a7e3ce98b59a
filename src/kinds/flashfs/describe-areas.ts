/** A donor's areas, pages and entries in words, with every byte of a key marked as such. */
import { hex, isFilledWith } from '../../bytes.ts';
import type { MemoryImage } from '../../image/index.ts';
import type { AreaReading, EntryReading, PageReading } from './area-reading.ts';
import { unwrap } from './boot.ts';
import { contentRole } from './classify.ts';
import {
  ENTRY_HEADER_SIZE,
  HANDLE_INVALID,
  HANDLE_PADDING,
  HANDLE_SEAL,
  isUnformatted,
  WORD_SIZE,
  walkPage,
  type AreaLog,
  type Entry,
  type Page,
  type PageLog,
} from './container.ts';
import { RECOVERY_COPY_OFFSET, recoveredPage, type RecoveryPage } from './recovery-page.ts';
import type { JudgedDump, JudgedArea } from './judged-dump.ts';
import { coreRowsFor, dsmRowsB, findRow, KEY_SIZE, type EntryRows } from './records/index.ts';
import { isFamilyB, ROLE_TITLES, rowsOf, type Release, type Role } from './releases.ts';

type EntryState = EntryReading['state'];

/** Areas by rising address, the recovery page among them. */
export function describeAreas(donor: JudgedDump): AreaReading[] {
  const { image, location, release } = donor;
  if (!location.stack) return [];
  const core = coreRowsFor(
    donor.areas.filter(({ role }) => role === 'core-options').flatMap(({ log }) => log.live),
  );
  const words = { release, core };
  const areas = donor.areas.map((area) => describeArea(image, area, words));
  const recovery = describeRecoveryPage(
    image,
    location.stack.recovery,
    location.stack.pageSize,
    donor,
    words,
  );
  return [...areas, ...(recovery ? [recovery] : [])].sort((a, b) => a.address - b.address);
}

interface Words {
  readonly release: Release;
  readonly core: EntryRows;
}

function describeArea(image: MemoryImage, area: JudgedArea, words: Words): AreaReading {
  const { role, log } = area;
  const states = statesOf(log, role, words.release);
  return {
    address: area.address,
    length: area.pages.reduce((sum, { bytes }) => sum + bytes.length, 0),
    role,
    title: ROLE_TITLES[role],
    pages: log.pages.map((page, index) => {
      if (index !== area.recovered) {
        return describePage(page, role, words, (entry) => states.get(entry) ?? 'stale', noteOf(page));
      }
      const { address, bytes } = page.page;
      const inFlash = walkPage({ address, bytes: image.read(address, bytes.length) });
      return describePage(inFlash, role, words, () => 'stale', 'void: the recovery page stands in for it');
    }),
  };
}

function describeRecoveryPage(
  image: MemoryImage,
  { address, state }: RecoveryPage,
  pageSize: number,
  donor: JudgedDump,
  words: Words,
): AreaReading | undefined {
  if (state.kind === 'none' || image.definedBytes(address, pageSize) === 0) return undefined;
  const notes: Record<typeof state.kind, string> = {
    'in-use': state.kind === 'in-use' ? `stands in for the page at ${hex(state.of)}` : '',
    finished: 'copy of a finished defragmentation, no longer in use',
    'being-filled': 'copy that was never declared valid',
    damaged: 'names a page and holds no copy of it',
    blank: '',
  };
  const copy = recoveredPage(image, address, pageSize);
  const area =
    state.kind === 'in-use' ? donor.areas.find(({ recovered }) => recovered !== undefined) : undefined;
  const role = area?.role ?? contentRole([copy]) ?? 'unknown';
  const entryState: EntryState = area ? 'live' : 'stale';
  const log = walkPage(copy);
  const page = describePage(log, role, words, () => entryState, notes[state.kind]);
  return {
    address,
    length: pageSize,
    role: 'recovery',
    title: 'recovery page',
    pages: [
      {
        ...page,
        address,
        length: pageSize,
        usedBytes: isFilledWith(image.read(address, pageSize), 0xff)
          ? 0
          : page.usedBytes + RECOVERY_COPY_OFFSET,
      },
    ],
  };
}

function describePage(
  { page, entries, end, endOffset }: PageLog,
  role: Role,
  words: Words,
  stateOf: (entry: Entry) => EntryState,
  note: string,
): PageReading {
  const described = entries.map((entry) => describeEntry(entry, role, words, stateOf(entry)));
  const mark = endMark(page, end, endOffset);
  return {
    address: page.address,
    length: page.bytes.length,
    usedBytes: isUnformatted(page.bytes) ? 0 : endOffset + (mark?.length ?? 0),
    liveBytes: described
      .filter(({ state }) => state === 'live' || state === 'torn')
      .reduce((sum, { length }) => sum + length, 0),
    note,
    entries: mark ? [...described, mark] : described,
  };
}

function endMark(page: Page, end: PageLog['end'], offset: number): EntryReading | undefined {
  if (end === 'blank' || end === 'full') return undefined;
  const sealed = end === 'seal';
  return {
    address: page.address + offset,
    length: ENTRY_HEADER_SIZE,
    handle: sealed ? HANDLE_SEAL : HANDLE_PADDING,
    state: sealed ? 'seal' : 'padding',
    record: sealed ? 'seal' : 'padding',
    says: sealed ? 'end of the log' : 'the log goes on at the next page',
    secrets: [],
  };
}

function noteOf({ page, end, endOffset, damage }: PageLog): string {
  if (isUnformatted(page.bytes)) return 'unformatted: the firmware formats it at the next boot';
  if (damage) return `damaged at offset ${hex(damage.offset, 3)}: ${damage.rule}`;
  if (end === 'torn-padding') return 'its padding was torn by a power loss';
  return end === 'full' || isFilledWith(page.bytes.subarray(endOffset + ENTRY_HEADER_SIZE), 0xff)
    ? ''
    : 'there are bytes behind the end of its log, which no firmware reads';
}

/** The state of every entry that is not simply invalidated. */
function statesOf(log: AreaLog, role: Role, { rules }: Release): Map<Entry, EntryState> {
  const states = new Map<Entry, EntryState>();
  const firstWins = role === 'dsm' && rules.equalHandles === 'first-wins';
  const winners = new Map<number, Entry>();
  for (const entry of log.live)
    if (!firstWins || !winners.has(entry.handle)) winners.set(entry.handle, entry);
  for (const entry of log.live) states.set(entry, winners.get(entry.handle) === entry ? 'live' : 'duplicate');
  for (const entry of log.superseded) states.set(entry, 'duplicate');
  if (log.torn) states.set(log.torn, 'torn');
  return states;
}

function describeEntry(entry: Entry, role: Role, words: Words, state: EntryState): EntryReading {
  const { record, says, keys } =
    entry.handle === HANDLE_INVALID ? describeStale(entry, role, words) : describeLive(entry, role, words);
  return {
    address: entry.address,
    length: WORD_SIZE * entry.lengthWords,
    handle: entry.handle,
    state,
    record,
    says,
    secrets: keys.map(([offset, length]) => ({
      address: entry.address + ENTRY_HEADER_SIZE + offset,
      length,
    })),
  };
}

/** Bytes of a payload. */
type PayloadSpan = readonly [offset: number, length: number];
interface Description {
  readonly record: string;
  readonly says: string;
  readonly keys: readonly PayloadSpan[];
}
/** What we cannot read may hold keys. */
const opaque = (record: string, { payload }: Entry): Description => ({
  record,
  says: '',
  keys: [[0, payload.length]],
});

function describeLive(entry: Entry, role: Role, { release, core }: Words): Description {
  const row = findRow(rowsOf(release, role, core), entry.handle);
  const layout = row?.layoutOf(entry.lengthWords);
  if (!row || !layout) return opaque(role === 'unknown' ? 'application record' : 'unknown record', entry);
  const says = row.says(layout.decode(entry.payload), entry.handle - row.first);
  if (role !== 'emergency-cache')
    return { record: row.name, says, keys: layout.keys.map((offset) => [offset, KEY_SIZE]) };
  for (const wrapped of release.stack) {
    const inner = unwrap(entry, wrapped);
    if (!inner) continue;
    const { record, says: innerSays, keys } = describeLive(inner, wrapped, { release, core });
    return {
      record: `saved ${record}`,
      says: innerSays,
      keys: keys.map(([offset, length]) => [offset + ENTRY_HEADER_SIZE, length]),
    };
  }
  return opaque(row.name, entry);
}

/** An invalidated entry has lost its handle; in the device state its length and shape still tell what it was. */
function describeStale(entry: Entry, role: Role, { release }: Words): Description {
  const { lengthWords, payload } = entry;
  if (role === 'unknown' || role === 'emergency-cache') return opaque('invalidated record', entry);
  if (role !== 'dsm') return { record: 'invalidated record', says: '', keys: [] };
  const record = staleRecord(lengthWords, payload, isFamilyB(release));
  return record === undefined
    ? opaque('invalidated record', entry)
    : { record: `invalidated ${record}`, says: '', keys: keysOfLength(lengthWords) };
}

function staleRecord(lengthWords: number, payload: Uint8Array, familyB: boolean): string | undefined {
  switch (lengthWords) {
    case 2:
      return 'address';
    case 4:
      return 'DSM limits';
    case 5:
      return 'virtual address';
    case 6:
      // a subnet's key begins where the other two have the upper byte of a small handle
      return payload[3] === 0 || familyB ? 'device key or application key' : 'network key';
    case 10:
      return 'network key';
    case 11:
      return 'application key';
    default:
      return undefined;
  }
}

/** Where any record of this length has a key: what it was is a guess. */
const keysOfLength = (lengthWords: number): PayloadSpan[] =>
  Object.values(dsmRowsB)
    .map((row) => row.layoutOf(lengthWords))
    .filter((layout) => layout?.lengthWords === lengthWords)
    .flatMap((layout) => layout!.keys.map((offset): PayloadSpan => [offset, KEY_SIZE]));
