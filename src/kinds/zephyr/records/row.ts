/**
 * How a record is declared: its names, its forms by length, and the words for what it says.
 *
 * Below lie the declared layouts; above lie the records themselves, a file for each part of the stack.
 */
import { hex, type Decoded, type Struct } from '../../../bytes.ts';
import { KEY_SIZE } from '../sealing.ts';

/** A key as its record gives it: its bytes, or the id under which the key store has it. */
export type KeyReference = { readonly key: Uint8Array } | { readonly id: number };
export const NO_KEY_ID = 0;

/** One form of a record's value. */
export interface Layout<Value> {
  fits(length: number): boolean;
  decode(value: Uint8Array): Value;
  /** Offsets of 16-byte keys. */
  readonly keys: readonly number[];
}

/** A record: which names it has, its forms, and the words for what one says. */
export interface SettingRow<Value> {
  readonly label: string;
  /** Of the whole name; its groups are handed to `says`. */
  readonly pattern: RegExp;
  readonly layouts: readonly Layout<Value>[];
  /** In words: `18 bytes, or 6 with the key elsewhere`. */
  readonly sizes: string;
  /** Nothing of it is known to be free of keys. */
  readonly isOpaque: boolean;
  says(value: Value, ...parts: string[]): string;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any declared layout will do
export function layout<S extends Struct<any>, Value = Decoded<S>>(
  declared: S,
  keys: readonly (keyof S['offsets'])[] = [],
  toValue: (record: Decoded<S>) => Value = (record) => record as unknown as Value,
): Layout<Value> {
  return {
    fits: (length) => length === declared.size,
    decode: (value) => toValue(declared.decode(value) as Decoded<S>),
    keys: keys.map((key) => declared.offsets[key]!),
  };
}

/** As many items as the value has room for. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any declared layout will do
export function listOf<S extends Struct<any>, Item = Decoded<S>>(
  item: S,
  toItem: (record: Decoded<S>) => Item = (record) => record as unknown as Item,
): Layout<readonly Item[]> {
  return {
    fits: (length) => length % item.size === 0,
    decode: (value) =>
      Array.from({ length: value.length / item.size }, (_, i) =>
        toItem(item.decode(value, i * item.size) as Decoded<S>),
      ),
    keys: [],
  };
}

export const anything: Layout<Uint8Array> = { fits: () => true, decode: (value) => value, keys: [] };

export function row<Value>(
  label: string,
  pattern: RegExp,
  layouts: readonly Layout<Value>[],
  sizes: string,
  says: (value: Value, ...parts: string[]) => string,
): SettingRow<Value> {
  return { label, pattern, layouts, sizes, isOpaque: false, says };
}

/** A record of which nothing is read; it may hold keys. */
export function opaqueRow(label: string, pattern: RegExp): SettingRow<Uint8Array> {
  return {
    label,
    pattern,
    layouts: [anything],
    sizes: 'any number of bytes',
    isOpaque: true,
    says: byteCount,
  };
}

export const address = (value: number) => hex(value, 4);
export const many = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
export const byteCount = ({ length }: Uint8Array) => many(length, 'byte');
export const listText = <Item>(items: readonly Item[], say: (item: Item) => string) =>
  items.length === 0 ? 'none' : items.map(say).join(', ');
export const hexPart = (part: string) => Number.parseInt(part, 16);
export const keyAt = (key: Uint8Array): KeyReference => ({ key });
export const idAt = (id: number): KeyReference => ({ id });
export const keySays = (key: KeyReference, what: string) =>
  'id' in key ? `, ${what} in the key store as ${hex(key.id)}` : '';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a row is invariant in its value; any record must fit
export type AnySettingRow = SettingRow<any>;

/** The value of a record, when it has a length that the firmware takes. */
export function decodeRecord<Value>({ layouts }: SettingRow<Value>, value: Uint8Array): Value | undefined {
  return layouts.find((one) => one.fits(value.length))?.decode(value);
}

/** Where the keys of a record stand in its value; all of it where it is not read. */
export function keySpans(
  { layouts, isOpaque }: AnySettingRow,
  value: Uint8Array,
): readonly { offset: number; length: number }[] {
  const form = layouts.find((one) => one.fits(value.length));
  if (isOpaque || !form) return value.length === 0 ? [] : [{ offset: 0, length: value.length }];
  return form.keys.map((offset) => ({ offset, length: KEY_SIZE }));
}
