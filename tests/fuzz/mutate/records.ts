/**
 * Intel HEX and S-records as rows of records, damaged at that level: checksums, counts and lengths are put right afterwards, so that
 * the damage gets through the door.
 */
import { toHex } from '../../../src/bytes.ts';
import { walkRecords } from '../../../src/hex/records.ts';
import type { Pick } from '../../kinds/pick.ts';
import { IN_PLACE, SHORTER, someBytes } from './bytes.ts';
import { once, oneOf, type Change } from './choose.ts';

/** One record: of which type, where, and what it holds. */
export interface Row {
  readonly type: number;
  /** 16 bits in Intel HEX; as many as its type has in S-records. */
  readonly offset: number;
  readonly data: Uint8Array;
  /** Added to the checksum; 0 leaves it right. */
  readonly off?: number;
  /** Added to the count of bytes. */
  readonly longer?: number;
}

/** The rows of a HEX text, its end among them. */
export function rowsOfHex(text: string): Row[] {
  return Array.from(walkRecords(text), ({ type, address, length, from, to }) => {
    const digits = text.slice(from + 1, to);
    const bytes = Uint8Array.from(digits.match(/../g)!, (pair) => Number.parseInt(pair, 16));
    return { type, offset: address & 0xffff, data: bytes.slice(4, 4 + length) };
  });
}

export function hexLine({ type, offset, data, off = 0, longer = 0 }: Row): string {
  const bytes = [data.length + longer, (offset >> 8) & 0xff, offset & 0xff, type, ...data].map(
    (one) => one & 0xff,
  );
  const sum = (-bytes.reduce((all, one) => all + one, 0) + off) & 0xff;
  return `:${toHex(Uint8Array.from([...bytes, sum])).toUpperCase()}`;
}

/** Bytes of an address in records of type 0 to 9. */
const ADDRESS_BYTES = [2, 2, 3, 4, 2, 2, 3, 4, 3, 2] as const;

export function srecLine({ type, offset, data, off = 0, longer = 0 }: Row): string {
  const size = ADDRESS_BYTES[type % 10]!;
  const address = Array.from({ length: size }, (_, i) => Math.floor(offset / 0x100 ** (size - 1 - i)) & 0xff);
  const bytes = [size + data.length + 1 + longer, ...address, ...data].map((one) => one & 0xff);
  const sum = (0xff - (bytes.reduce((all, one) => all + one, 0) & 0xff) + off) & 0xff;
  return `S${type % 10}${toHex(Uint8Array.from([...bytes, sum])).toUpperCase()}`;
}

const someRow = (rows: readonly Row[], pick: Pick) => (rows.length === 0 ? 0 : pick(rows.length));
const change = (rows: readonly Row[], pick: Pick, how: (row: Row) => readonly Row[]): readonly Row[] => {
  const i = someRow(rows, pick);
  return rows[i] ? rows.toSpliced(i, 1, ...how(rows[i])) : rows;
};

/** Those of both formats. */
const COMMON: Readonly<Record<string, Change<readonly Row[]>>> = {
  'bytes of a record changed': (rows, pick) =>
    change(rows, pick, (row) => [
      { ...row, data: oneOf(Object.values(once(4, pick) ? SHORTER : IN_PLACE), pick)(row.data, pick) },
    ]),
  'a record left out': (rows, pick) => change(rows, pick, () => []),
  'a record elsewhere': (rows, pick) => {
    const i = someRow(rows, pick);
    return rows[i] ? rows.toSpliced(i, 1).toSpliced(pick(rows.length), 0, rows[i]) : rows;
  },
  'a record cut in two': (rows, pick) =>
    change(rows, pick, (row) => {
      const cut = pick(row.data.length + 1);
      const second = { ...row, offset: (row.offset + cut) & 0xffff, data: row.data.slice(cut) };
      return [{ ...row, data: row.data.slice(0, cut) }, second];
    }),
  'a record without bytes': (rows, pick) =>
    change(rows, pick, (row) => [{ ...row, data: new Uint8Array(0) }, row]),
  'records blanked': (rows, pick) => {
    const i = someRow(rows, pick);
    const length = 1 + pick(8);
    return rows.map((row, k) =>
      k >= i && k < i + length ? { ...row, data: new Uint8Array(row.data.length).fill(0xff) } : row,
    );
  },
};
/** What is refused at the door as a rule: a small share, so that the door is tried too. */
const AT_THE_DOOR: Readonly<Record<string, Change<readonly Row[]>>> = {
  'a record twice': (rows, pick) => change(rows, pick, (row) => [row, row]),
  'a record moved': (rows, pick) =>
    change(rows, pick, (row) => [{ ...row, offset: (row.offset + oneOf([1, -1, 4, 0x10], pick)) & 0xffff }]),
  'a record anywhere': (rows, pick) =>
    change(rows, pick, (row) => [row, { type: 0, offset: pick(0x10000), data: someBytes(pick(32), pick) }]),
  'a checksum that is wrong': (rows, pick) => change(rows, pick, (row) => [{ ...row, off: 1 + pick(255) }]),
  'a length that is wrong': (rows, pick) =>
    change(rows, pick, (row) => [{ ...row, longer: oneOf([-1, 1, 16, 255], pick) }]),
  'a type that is unknown': (rows, pick) => change(rows, pick, (row) => [{ ...row, type: pick(12) }]),
  'without its end': (rows) => rows.slice(0, -1),
  'records behind the end': (rows, pick) => [...rows, rows[someRow(rows, pick)]!],
};

export const HEX_CHANGES: Readonly<Record<string, Change<readonly Row[]>>> = {
  ...COMMON,
  'an address record': (rows, pick) =>
    change(rows, pick, (row) => [
      { type: oneOf([2, 4], pick), offset: 0, data: Uint8Array.of(pick(once(4, pick) ? 256 : 1), pick(16)) },
      row,
    ]),
  'the address record of another chip': (rows, pick) =>
    rows.map((row) => (row.type === 4 ? { ...row, data: Uint8Array.of(0, pick(16)) } : row)),
  'a place to start at': (rows, pick) => [
    { type: oneOf([3, 5], pick), offset: 0, data: someBytes(4, pick) },
    ...rows,
  ],
};
export const SREC_CHANGES: Readonly<Record<string, Change<readonly Row[]>>> = {
  ...COMMON,
  'a header': (rows, pick) => [{ type: 0, offset: 0, data: someBytes(pick(40), pick) }, ...rows],
  'a count of records': (rows, pick) => {
    const count = rows.filter(({ type }) => type >= 1 && type <= 3).length;
    const told = { type: 5, offset: count + (once(3, pick) ? 1 : 0), data: new Uint8Array(0) };
    return rows.toSpliced(rows.length - 1, 0, told);
  },
  'shorter addresses': (rows, pick) =>
    change(rows, pick, (row) => [{ ...row, type: row.type === 3 ? oneOf([1, 2], pick) : row.type }]),
  'another end': (rows, pick) =>
    rows.map((row, i) => (i === rows.length - 1 ? { ...row, type: oneOf([7, 8, 9], pick) } : row)),
};
export const DOOR_CHANGES = AT_THE_DOOR;

/** What tools write around records. */
export const LINE_CHANGES: Readonly<Record<string, Change<string>>> = {
  'line ends of Windows': (text) => text.replaceAll('\n', '\r\n'),
  'line ends of old': (text) => text.replaceAll('\n', '\r'),
  'blank lines': (text, pick) => text.replaceAll('\n', '\n'.repeat(1 + pick(3))),
  'blanks at the ends of lines': (text) => text.replaceAll('\n', ' \t\n'),
  'small letters': (text) => text.toLowerCase(),
  'a mark of the order of bytes': (text) => `\ufeff${text}`,
  'Ctrl-Z at the end': (text) => `${text}\x1a\x1a`,
  'a log before it': (text) => `Connecting to J-Link…\nReading 1024 bytes\n${text}`,
  'without the last line end': (text) => text.trimEnd(),
};
