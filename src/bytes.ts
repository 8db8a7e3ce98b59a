/**
 * Declared binary layouts and the few ways we write bytes as text. Integers are little-endian, as on the nRF5, unless their
 * name says `be`, as below the access layer of the mesh.
 */

/** `hex(17, 4)` is `0x0011`: for messages and screens. */
export const hex = (value: number, digits = 0): string =>
  `0x${value.toString(16).toUpperCase().padStart(digits, '0')}`;

const DIGITS = new TextEncoder().encode('0123456789abcdef');
const ascii = new TextDecoder();

/** Bytes as lower-case hex digits without anything between: `a63af6fb`. */
export function toHex(bytes: Uint8Array): string {
  // every clone has some: joining strings takes ten times as long, and one that is added up is kept as a rope, ten times its size
  const text = new Uint8Array(2 * bytes.length);
  for (let i = 0; i < bytes.length; i++) {
    text[2 * i] = DIGITS[bytes[i]! >> 4]!;
    text[2 * i + 1] = DIGITS[bytes[i]! & 15]!;
  }
  return ascii.decode(text);
}

/** Hex digits as bytes, in either case; `undefined` when there is an odd number of them or another character. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** First place of `needle` in `haystack` at or after `from`; -1 when there is none. */
export function indexOfBytes(haystack: Uint8Array, needle: Uint8Array, from = 0): number {
  const first = needle[0];
  if (first === undefined) return -1;
  for (let at = haystack.indexOf(first, from); at !== -1; at = haystack.indexOf(first, at + 1)) {
    if (at + needle.length > haystack.length) return -1;
    let same = 1;
    while (same < needle.length && haystack[at + same] === needle[same]) same++;
    if (same === needle.length) return at;
  }
  return -1;
}

export function concatenate(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

export const isFilledWith = (bytes: Uint8Array, value: number): boolean =>
  bytes.every((byte) => byte === value);

/** One member of a layout: its size in bytes and how it is read and written at a place. */
export interface Field<T> {
  readonly size: number;
  read(view: DataView, at: number): T;
  write(view: DataView, at: number, value: T): void;
}

export const u8: Field<number> = {
  size: 1,
  read: (view, at) => view.getUint8(at),
  write: (view, at, value) => view.setUint8(at, value),
};
export const u16: Field<number> = {
  size: 2,
  read: (view, at) => view.getUint16(at, true),
  write: (view, at, value) => view.setUint16(at, value, true),
};
export const u32: Field<number> = {
  size: 4,
  read: (view, at) => view.getUint32(at, true),
  write: (view, at, value) => view.setUint32(at, value, true),
};
export const u16be: Field<number> = {
  size: 2,
  read: (view, at) => view.getUint16(at),
  write: (view, at, value) => view.setUint16(at, value),
};
export const u24be: Field<number> = {
  size: 3,
  read: (view, at) => (view.getUint8(at) << 16) | view.getUint16(at + 1),
  write(view, at, value) {
    view.setUint8(at, value >>> 16);
    view.setUint16(at + 1, value & 0xffff);
  },
};
export const u32be: Field<number> = {
  size: 4,
  read: (view, at) => view.getUint32(at),
  write: (view, at, value) => view.setUint32(at, value),
};
export const bytes = (length: number): Field<Uint8Array> => ({
  size: length,
  read: (view, at) => new Uint8Array(view.buffer, view.byteOffset + at, length).slice(),
  write: (view, at, value) =>
    new Uint8Array(view.buffer, view.byteOffset + at, length).set(value.subarray(0, length)),
});
export const arrayOf = <T>(item: Field<T>, count: number): Field<readonly T[]> => ({
  size: item.size * count,
  read: (view, at) => Array.from({ length: count }, (_, i) => item.read(view, at + i * item.size)),
  write: (view, at, value) => value.forEach((one, i) => item.write(view, at + i * item.size, one)),
});

/** A packed record: members follow each other without padding; declare padding as `bytes(n)` where the compiler puts it. */
export interface Struct<Members> {
  readonly size: number;
  /** Byte offset of each member from the start of the record. */
  readonly offsets: { readonly [Name in keyof Members]: number };
  /** @throws RangeError when fewer than `size` bytes are left at `at` */
  decode(source: Uint8Array, at?: number): DecodedMembers<Members>;
  encode(value: DecodedMembers<Members>): Uint8Array;
}
type DecodedMembers<Members> = {
  readonly [Name in keyof Members]: Members[Name] extends Field<infer T> ? T : never;
};
/** The value that a declared layout decodes to. */
export type Decoded<S> = S extends Struct<infer Members> ? DecodedMembers<Members> : never;

/** Declare a layout once; type, size, offsets, reader and writer follow from it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a Field is invariant in its value; any member type must fit
export function struct<const Members extends Record<string, Field<any>>>(members: Members): Struct<Members> {
  const offsets: Record<string, number> = {};
  const fields: { name: string; offset: number; field: Field<unknown> }[] = [];
  let size = 0;
  for (const [name, field] of Object.entries(members)) {
    offsets[name] = size;
    fields.push({ name, offset: size, field });
    size += field.size;
  }
  return {
    size,
    offsets: offsets as Struct<Members>['offsets'],
    decode(source, at = 0) {
      if (at + size > source.length)
        throw new RangeError(`Layout of ${size} bytes at ${at} in ${source.length} bytes`);
      const view = new DataView(source.buffer, source.byteOffset, source.byteLength);
      const value: Record<string, unknown> = {};
      for (const { name, offset, field } of fields) value[name] = field.read(view, at + offset);
      return value as DecodedMembers<Members>;
    },
    encode(value) {
      const target = new Uint8Array(size);
      const view = new DataView(target.buffer);
      for (const { name, offset, field } of fields)
        field.write(view, offset, (value as Record<string, unknown>)[name]);
      return target;
    },
  };
}
