/**
 * NVS, Zephyr's non-volatile storage: sectors, and 8-byte entries from a sector's end downwards.
 *
 * Source: Zephyr subsys/fs/nvs/nvs.c and nvs_priv.h, 2.5.0, 3.0.0 and 4.2; docs/zephyr-format.md, section 1.
 */
import { isFilledWith, struct, u16, u8, type Decoded } from '../../../bytes.ts';
import { crc8 } from './crc8.ts';
import { aligned, type LogEntry, type LogFormat, type NewRecord, type Sector } from './log.ts';

const ate = struct({ id: u16, offset: u16, length: u16, part: u8, crc8: u8 });
type Ate = Decoded<typeof ate>;

/** Entries with this id serve the log itself. */
const HOUSEKEEPING = 0xffff;
const BLANK = 0xff;
/** Older releases leave this byte as the stack had it; this is what the others write. */
const NO_PART = 0xff;

const isSound = (bytes: Uint8Array, at: number): boolean =>
  crc8(bytes, at, at + ate.offsets.crc8) === bytes[at + ate.offsets.crc8];
const isBlank = (bytes: Uint8Array, at: number, length: number): boolean => {
  for (let i = at; i < at + length; i++) if (bytes[i] !== BLANK) return false;
  return true;
};

/** The entry at a slot, when what it speaks of lies below it and its checksum is right; the former costs less, and code seldom passes it. */
function entryAt(bytes: Uint8Array, at: number): Ate | undefined {
  if (wordAt(bytes, at + ate.offsets.offset) + wordAt(bytes, at + ate.offsets.length) > at) return undefined;
  return isSound(bytes, at) ? ate.decode(bytes, at) : undefined;
}

const wordAt = (bytes: Uint8Array, at: number): number => bytes[at]! | (bytes[at + 1]! << 8);

function encode(entry: Omit<Ate, 'crc8'>): Uint8Array {
  const bytes = ate.encode({ ...entry, crc8: 0 });
  bytes[ate.offsets.crc8] = crc8(bytes, 0, ate.offsets.crc8);
  return bytes;
}

function readSector(address: number, bytes: Uint8Array, spacing: number): Sector {
  const closeSlot = bytes.length - spacing;
  const firstSlot = closeSlot - spacing;
  const entries: LogEntry[] = [];
  const marks: number[] = [];
  const tornSlots: number[] = [];
  const unit = spacing === ate.size ? 4 : spacing;
  const isClosed = !isBlank(bytes, closeSlot, ate.size);
  let dataEnd = 0;
  let tableStart = isClosed ? closeSlot : bytes.length;
  let hasDoneMark = false;
  for (let at = firstSlot; at > dataEnd; at -= spacing) {
    const found = isBlank(bytes, at, ate.size) ? undefined : entryAt(bytes, at);
    if (!found) {
      if (!isBlank(bytes, at, ate.size)) tornSlots.push(at);
      continue;
    }
    const { id, offset, length } = found;
    tableStart = at;
    dataEnd = offset + aligned(length, unit);
    if (id === HOUSEKEEPING) {
      marks.push(address + at);
      hasDoneMark ||= length === 0;
      continue;
    }
    entries.push({
      id,
      address: address + at,
      dataAddress: address + offset,
      data: bytes.subarray(offset, offset + length),
      isInline: false,
      dataCrc: undefined,
    });
  }
  return {
    address,
    bytes,
    isClosed,
    isSpare: isFilledWith(bytes, BLANK),
    firstSlotUsed: !isBlank(bytes, firstSlot, ate.size),
    hasDoneMark,
    entries,
    marks: isClosed ? [address + closeSlot, ...marks] : marks,
    // further below the table's last entry there is data without an entry, and no slot
    tornSlots: tornSlots.filter((at) => at >= tableStart - spacing).map((at) => address + at),
    tableStart,
    dataEnd,
    cycle: undefined,
  };
}

function writeSector(
  records: readonly NewRecord[],
  { bytes: { length: size } }: Sector,
  spacing: number,
  isClosed: boolean,
): Uint8Array | undefined {
  const bytes = new Uint8Array(size).fill(BLANK);
  const unit = spacing === ate.size ? 4 : spacing;
  let slot = size - 2 * spacing;
  let end = 0;
  const put = (id: number, length: number) => {
    bytes.set(encode({ id, offset: end, length, part: NO_PART }), slot);
    slot -= spacing;
  };
  put(HOUSEKEEPING, 0);
  for (const { id, data } of records) {
    // one more slot stays free, as the firmware keeps it, for an entry that deletes
    if (end + aligned(data.length, unit) > slot - spacing) return undefined;
    bytes.set(data, end);
    put(id, data.length);
    end += aligned(data.length, unit);
  }
  if (isClosed) {
    bytes.set(encode({ id: HOUSEKEEPING, offset: slot + spacing, length: 0, part: NO_PART }), size - spacing);
  }
  return bytes;
}

/** Whether an entry has the byte that NVS leaves unused as it was: other logs of such entries keep a checksum there. */
export const hasNoPart = (sector: Uint8Array, offset: number): boolean =>
  sector[offset + ate.offsets.part] === NO_PART;

export const nvs: LogFormat = {
  id: 'nvs',
  title: 'NVS',
  entrySize: ate.size,
  lengthOffset: ate.offsets.length,
  inlineSize: 0,
  dataCrcPlace: 'behind-value',
  readSector,
  changeEntry(entry, { length }) {
    const { id, offset, length: before, part } = ate.decode(entry);
    return encode({ id, offset, length: length ?? before, part });
  },
  writeSector,
};
