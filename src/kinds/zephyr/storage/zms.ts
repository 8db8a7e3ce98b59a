/**
 * ZMS, Zephyr's memory storage for flash that needs no erase: as NVS, with 16-byte entries that hold short values themselves and
 * with a counter of rounds in place of the erase.
 *
 * Source: Zephyr subsys/fs/zms/zms.c and zms_priv.h, 4.2; docs/zephyr-format.md, section 2.
 */
import { bytes as byteField, struct, u16, u32, u8, type Decoded } from '../../../bytes.ts';
import { crc8 } from './crc8.ts';
import { aligned, type LogEntry, type LogFormat, type NewRecord, type Sector } from './log.ts';

const INLINE_SIZE = 8;
const ate = struct({ crc8: u8, cycle: u8, length: u16, id: u32, content: byteField(INLINE_SIZE) });
type Ate = Decoded<typeof ate>;
/** The content of an entry whose value is longer than fits in it, or which serves the log. */
const far = struct({ offset: u32, dataCrc: u32 });

const HOUSEKEEPING = 0xffffffff;
const HEADER_LENGTH = 0xffff;
/** Magic 0x42 and version 1; above them the number of the entry format, of which 0 is read here. */
const HEADER_METADATA = 0x00004201;
/** Entries with 64-bit ids, of later releases. */
const WIDE_METADATA = 0x00014201;
const NO_METADATA = 0xffffffff;
const BLANK = 0xff;

const isSound = (bytes: Uint8Array, at: number): boolean =>
  crc8(bytes, at + ate.offsets.cycle, at + ate.size) === bytes[at];
const entryAt = (bytes: Uint8Array, at: number): Ate | undefined =>
  isSound(bytes, at) ? ate.decode(bytes, at) : undefined;

function encode(entry: Omit<Ate, 'crc8'>): Uint8Array {
  const bytes = ate.encode({ ...entry, crc8: 0 });
  bytes[0] = crc8(bytes, ate.offsets.cycle);
  return bytes;
}

/** What opens every sector in use: its round, and which form the entries have. */
export function readHeader(
  sector: Uint8Array,
): { readonly cycle: number; readonly isWide: boolean } | undefined {
  const header = entryAt(sector, sector.length - ate.size);
  if (header?.id !== HOUSEKEEPING || header.length !== HEADER_LENGTH) return undefined;
  const metadata = far.decode(header.content).dataCrc;
  if (metadata !== HEADER_METADATA && metadata !== WIDE_METADATA) return undefined;
  return { cycle: header.cycle, isWide: metadata === WIDE_METADATA };
}

function isClosedBy(sector: Uint8Array, cycle: number): boolean {
  const close = entryAt(sector, sector.length - 2 * ate.size);
  return (
    close?.id === HOUSEKEEPING &&
    close.length === 0 &&
    close.cycle === cycle &&
    (sector.length - far.decode(close.content).offset) % ate.size === 0
  );
}

function readSector(address: number, bytes: Uint8Array): Sector {
  const header = readHeader(bytes);
  const size = bytes.length;
  const firstSlot = size - 3 * ate.size;
  const entries: LogEntry[] = [];
  const marks: number[] = [];
  const tornSlots: number[] = [];
  const isClosed = header !== undefined && isClosedBy(bytes, header.cycle);
  if (header) marks.push(address + size - ate.size);
  if (isClosed) marks.push(address + size - 2 * ate.size);
  let dataEnd = 0;
  let tableStart = header ? size - (isClosed ? 2 : 1) * ate.size : size;
  let hasDoneMark = false;
  let firstSlotUsed = false;
  for (let at = firstSlot; header && !header.isWide && at > dataEnd; at -= ate.size) {
    const entry = entryAt(bytes, at);
    const { offset, dataCrc } = far.decode(bytes, at + ate.offsets.content);
    const isInline = entry !== undefined && entry.length <= INLINE_SIZE;
    if (!entry || entry.cycle !== header.cycle || (!isInline && offset + entry.length > at)) {
      // an entry of an earlier round is sound and no longer counts
      if (!entry && bytes.subarray(at, at + ate.size).some((byte) => byte !== BLANK)) tornSlots.push(at);
      continue;
    }
    tableStart = at;
    firstSlotUsed ||= at === firstSlot;
    if (!isInline) dataEnd = offset + aligned(entry.length, ate.size);
    if (entry.id === HOUSEKEEPING) {
      marks.push(address + at);
      hasDoneMark ||= entry.length === 0;
      continue;
    }
    const dataAt = isInline ? at + ate.offsets.content : offset;
    entries.push({
      id: entry.id,
      address: address + at,
      dataAddress: address + dataAt,
      data: bytes.subarray(dataAt, dataAt + entry.length),
      isInline,
      dataCrc: isInline ? undefined : dataCrc,
    });
  }
  return {
    address,
    bytes,
    isClosed,
    isSpare: !isClosed,
    firstSlotUsed,
    hasDoneMark,
    entries,
    marks,
    tornSlots: tornSlots.filter((at) => at >= tableStart - ate.size).map((at) => address + at),
    tableStart,
    dataEnd,
    cycle: header?.cycle,
  };
}

function writeSector(
  records: readonly NewRecord[],
  { bytes: { length: size }, cycle = 0 }: Sector,
  _spacing: number,
  isClosed: boolean,
): Uint8Array | undefined {
  const bytes = new Uint8Array(size).fill(BLANK);
  let slot = size - 3 * ate.size;
  let end = 0;
  const put = (id: number, length: number, content: Uint8Array) => {
    bytes.set(encode({ cycle, length, id, content }), slot);
    slot -= ate.size;
  };
  bytes.set(
    encode({
      cycle,
      length: HEADER_LENGTH,
      id: HOUSEKEEPING,
      content: far.encode({ offset: 0, dataCrc: HEADER_METADATA }),
    }),
    size - ate.size,
  );
  put(HOUSEKEEPING, 0, far.encode({ offset: 0, dataCrc: NO_METADATA }));
  for (const { id, data, dataCrc = 0 } of records) {
    const room = data.length <= INLINE_SIZE ? 0 : aligned(data.length, ate.size);
    // one more slot stays free, as the firmware keeps it, for an entry that deletes
    if (end + room > slot - ate.size) return undefined;
    if (room === 0) {
      put(id, data.length, inlineContent(data));
      continue;
    }
    bytes.set(data, end);
    put(id, data.length, far.encode({ offset: end, dataCrc }));
    end += room;
  }
  if (isClosed) {
    const content = far.encode({ offset: slot + ate.size, dataCrc: NO_METADATA });
    bytes.set(encode({ cycle, length: 0, id: HOUSEKEEPING, content }), size - 2 * ate.size);
  }
  return bytes;
}

/** What a short value leaves of its entry's content is blank. */
function inlineContent(data: Uint8Array, before?: Uint8Array): Uint8Array {
  const content = before?.slice() ?? new Uint8Array(INLINE_SIZE).fill(BLANK);
  content.set(data);
  return content;
}

export const zms: LogFormat = {
  id: 'zms',
  title: 'ZMS',
  entrySize: ate.size,
  lengthOffset: ate.offsets.length,
  inlineSize: INLINE_SIZE,
  dataCrcPlace: 'in-entry',
  readSector,
  changeEntry(before, { length, inline, dataCrc }) {
    const entry = ate.decode(before);
    const content =
      dataCrc !== undefined
        ? far.encode({ ...far.decode(entry.content), dataCrc })
        : inline
          ? inlineContent(inline, entry.content)
          : entry.content;
    return encode({ ...entry, content, length: length ?? entry.length });
  },
  writeSector,
};
