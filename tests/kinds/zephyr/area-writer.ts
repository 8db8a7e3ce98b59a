/** Storage areas written byte by byte, apart from the code under test, for histories that no fixture has. */
import { crc32 } from 'node:zlib';
import { MemoryImage, type Segment } from '../../../src/image/index.ts';

export interface EntrySpec {
  readonly id: number;
  readonly data: readonly number[];
  /** Its own checksum is wrong: power was lost while it was written. */
  readonly torn?: boolean;
  /** The checksum of its value is wrong. */
  readonly wrongDataCrc?: boolean;
}
export interface SectorSpec {
  readonly entries?: readonly EntrySpec[];
  readonly closed?: boolean;
  /** Without the mark that newer firmware writes into a sector that it opens. */
  readonly unmarked?: boolean;
  /** Bytes anywhere in it, by offset, written last. */
  readonly soiled?: Readonly<Record<number, readonly number[]>>;
  /** ZMS: the round it is used in. */
  readonly cycle?: number;
  /** Never written. */
  readonly blank?: boolean;
}
export interface AreaSpec {
  readonly format: 'nvs' | 'zms';
  readonly address: number;
  readonly sectors: readonly SectorSpec[];
  readonly sectorSize?: number;
  /** NVS: bytes from one entry to the next. */
  readonly spacing?: number;
  readonly dataCrc?: boolean;
}

const le16 = (value: number): number[] => [value & 0xff, (value >> 8) & 0xff];
const le32 = (value: number): number[] => [...le16(value & 0xffff), ...le16(value >>> 16)];

function crc8(bytes: readonly number[]): number {
  let crc = 0xff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : crc << 1;
  }
  return crc;
}
const checksum = (data: readonly number[]): number[] => le32(crc32(Uint8Array.from(data)));
const align = (value: number, unit: number): number => Math.ceil(value / unit) * unit;

function nvsAte(id: number, offset: number, length: number, torn = false): number[] {
  const bytes = [...le16(id), ...le16(offset), ...le16(length), 0xff];
  return [...bytes, crc8(bytes) ^ (torn ? 0x55 : 0)];
}

function nvsSector(
  spec: SectorSpec,
  { sectorSize = 0x1000, spacing = 8, dataCrc = false }: AreaSpec,
): Uint8Array {
  const bytes = new Uint8Array(sectorSize).fill(0xff);
  let slot = sectorSize - 2 * spacing;
  let end = 0;
  const put = (ate: readonly number[]) => {
    bytes.set(ate, slot);
    slot -= spacing;
  };
  if (!spec.unmarked) put(nvsAte(0xffff, 0, 0));
  for (const { id, data, torn, wrongDataCrc } of spec.entries ?? []) {
    const crc = checksum(data).map((byte) => byte ^ (wrongDataCrc ? 1 : 0));
    const stored = dataCrc && data.length > 0 ? [...data, ...crc] : data;
    bytes.set(stored, end);
    put(nvsAte(id, end, stored.length, torn));
    end += align(stored.length, spacing === 8 ? 4 : spacing);
  }
  if (spec.closed) bytes.set(nvsAte(0xffff, slot + spacing, 0), sectorSize - spacing);
  return bytes;
}

function zmsAte(
  cycle: number,
  id: number,
  length: number,
  content: readonly number[],
  torn = false,
): number[] {
  const bytes = [
    cycle,
    ...le16(length),
    ...le32(id),
    ...content,
    ...new Array<number>(8 - content.length).fill(0xff),
  ];
  return [crc8(bytes) ^ (torn ? 0x55 : 0), ...bytes];
}

function zmsSector(spec: SectorSpec, { sectorSize = 0x1000, dataCrc = false }: AreaSpec): Uint8Array {
  const bytes = new Uint8Array(sectorSize).fill(0xff);
  const { cycle = 1 } = spec;
  let slot = sectorSize - 48;
  let end = 0;
  const put = (ate: readonly number[]) => {
    bytes.set(ate, slot);
    slot -= 16;
  };
  bytes.set(zmsAte(cycle, 0xffffffff, 0xffff, [...le32(0), ...le32(0x4201)]), sectorSize - 16);
  if (!spec.unmarked) put(zmsAte(cycle, 0xffffffff, 0, [...le32(0), ...le32(0xffffffff)]));
  for (const { id, data, torn, wrongDataCrc } of spec.entries ?? []) {
    if (data.length <= 8) put(zmsAte(cycle, id, data.length, data, torn));
    else {
      const crc = dataCrc ? checksum(data).map((byte) => byte ^ (wrongDataCrc ? 1 : 0)) : le32(0);
      bytes.set(data, end);
      put(zmsAte(cycle, id, data.length, [...le32(end), ...crc], torn));
      end += align(data.length, 16);
    }
  }
  if (spec.closed)
    bytes.set(zmsAte(cycle, 0xffffffff, 0, [...le32(slot + 16), ...le32(0xffffffff)]), sectorSize - 32);
  return bytes;
}

export function writeSector(sector: SectorSpec, area: AreaSpec): Uint8Array {
  if (sector.blank) return new Uint8Array(area.sectorSize ?? 0x1000).fill(0xff);
  const bytes = area.format === 'nvs' ? nvsSector(sector, area) : zmsSector(sector, area);
  for (const [offset, soil] of Object.entries(sector.soiled ?? {})) bytes.set(soil, Number(offset));
  return bytes;
}

export const writeArea = (area: AreaSpec): Segment[] =>
  area.sectors.map((sector, index) => ({
    address: area.address + index * (area.sectorSize ?? 0x1000),
    bytes: writeSector(sector, area),
  }));

export const imageOf = (area: AreaSpec, ...more: readonly Segment[]): MemoryImage =>
  MemoryImage.of([...writeArea(area), ...more]);

/** Bytes of a text. */
export const ascii = (text: string): number[] => [...new TextEncoder().encode(text)];
export const key = (first: number): number[] => Array.from({ length: 16 }, (_, i) => (first + i) & 0xff);
export const zeros = (count: number): number[] => new Array<number>(count).fill(0);

export type SettingsSpec = Readonly<Record<string, readonly number[]>>;

/** Ids of a name and of its value: the nth of a counted layout, or any even one of a hashed layout. */
export function idsOf(
  format: AreaSpec['format'],
  index: number,
): { readonly name: number; readonly value: number } {
  return format === 'nvs'
    ? { name: 0x8001 + index, value: 0xc001 + index }
    : { name: 0x80000020 + 32 * index, value: 0xc0000020 + 32 * index };
}

/** The entries that store these settings, in the order a firmware writes them. */
export function store(format: AreaSpec['format'], settings: SettingsSpec): EntrySpec[] {
  const names = Object.entries(settings);
  const pairs = names.flatMap(([name, value], index): EntrySpec[] => {
    const ids = idsOf(format, index);
    const list = format === 'zms' ? [{ id: ids.name + 1, data: [...le32(0x80000000), ...le32(0)] }] : [];
    return [{ id: ids.value, data: value }, { id: ids.name, data: ascii(name) }, ...list];
  });
  return format === 'nvs'
    ? [...pairs, { id: 0x8000, data: le16(0x8000 + names.length) }]
    : [{ id: 0x80000000, data: [...le32(0), ...le32(0x80000021)] }, ...pairs];
}

export const DEVICE_KEY = key(0xd0);
export const NET_KEY = key(0xa0);
export const APP_KEY = key(0xb0);

/** A light with its keys in their records. */
export const light = (unicast = 0x0010): SettingsSpec => ({
  'bt/hash': key(0x30),
  'bt/mesh/NetKey/0': [0, ...NET_KEY, ...zeros(16)],
  'bt/mesh/Net': [...le16(unicast), ...DEVICE_KEY],
  'bt/mesh/IV': [...le32(5), 0],
  'bt/mesh/Seq': [0x80, 0x01, 0],
  'bt/mesh/AppKey/0': [0, 0, 0, ...APP_KEY, ...zeros(16)],
  'bt/mesh/s/2/bind': [0, 0],
  'bt/mesh/s/2/sub': [0x00, 0xc0],
  'bt/mesh/s/102/bind': [0, 0],
  'bt/mesh/RPL/1': [7, 0, 0, 0],
  'app/boots': [1, 0, 0, 0],
});

/** The light in the first of four sectors. */
export const lightArea = (
  format: AreaSpec['format'] = 'nvs',
  settings: SettingsSpec = light(),
  more: Partial<AreaSpec> = {},
): AreaSpec => ({
  format,
  address: 0xf8000,
  sectors: [{ entries: store(format, settings) }, { blank: true }, { blank: true }, { blank: true }],
  ...more,
});

export { le16, le32 };
