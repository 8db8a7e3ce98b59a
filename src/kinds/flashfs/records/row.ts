/**
 * How a record is declared: its name, its handles, its forms by the length of the entry, and the words for what one says.
 *
 * A row says how a record is found and read; it does not know where it lies nor whether the firmware gets to it.
 */
import { hex, type Decoded, type Struct } from '../../../bytes.ts';
import { WORD_SIZE } from '../container.ts';

/** No DSM handle. */
export const NO_HANDLE = 0xffff;
export const KEY_SIZE = 16;

/** One form of a record. `size` is what the firmware declares; up to a whole word follow bytes of no meaning. */
export interface Layout<Value> {
  readonly lengthWords: number;
  readonly size: number;
  decode(payload: Uint8Array): Value;
  /** Offsets in the payload of 16-byte secrets. */
  readonly keys: readonly number[];
}

/** A record: its name, its handles, its forms by entry length, and the words for what one says. */
export interface EntryRow<Value = unknown> {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  /** The form of an entry of this length; a longer entry than any is read as the longest form, as the firmware does. */
  layoutOf(lengthWords: number): Layout<Value> | undefined;
  says(value: Value, index: number): string;
}

export const lengthWordsOf = (payloadSize: number): number => 1 + Math.ceil(payloadSize / WORD_SIZE);

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any declared layout will do
export function layout<S extends Struct<any>, Value = Decoded<S>>(
  declared: S,
  keys: readonly (keyof S['offsets'])[] = [],
  toValue: (record: Decoded<S>) => Value = (record) => record as unknown as Value,
): Layout<Value> {
  return {
    lengthWords: lengthWordsOf(declared.size),
    size: declared.size,
    decode: (payload) => toValue(declared.decode(payload) as Decoded<S>),
    keys: keys.map((key) => declared.offsets[key]!),
  };
}

/** @param layouts  by rising length */
export function row<Value>(
  name: string,
  [first, last]: readonly [number, number],
  layouts: readonly Layout<Value>[],
  says: (value: Value, index: number) => string,
): EntryRow<Value> {
  return {
    name,
    first,
    last,
    layoutOf: (lengthWords) => layouts.findLast((one) => one.lengthWords <= lengthWords),
    says,
  };
}

/** As `row`, for records whose length depends on a limit of the firmware. */
export function growingRow<Value>(
  name: string,
  [first, last]: readonly [number, number],
  minimumWords: number,
  layoutOf: (lengthWords: number) => Layout<Value>,
  says: (value: Value, index: number) => string,
): EntryRow<Value> {
  const layouts = new Map<number, Layout<Value>>();
  return {
    name,
    first,
    last,
    layoutOf(lengthWords) {
      if (lengthWords < minimumWords) return undefined;
      let found = layouts.get(lengthWords);
      if (!found) layouts.set(lengthWords, (found = layoutOf(lengthWords)));
      return found;
    },
    says,
  };
}

export const one = (handle: number): readonly [number, number] => [handle, handle];
export const block = (first: number): readonly [number, number] => [first, first + 0x0fff];
export const many = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
export const unicast = (address: number) => hex(address, 4);
export const handleText = (handle: number) => (handle === NO_HANDLE ? 'none' : String(handle));

/** A set of rows by name. */
export type EntryRows = Readonly<Record<string, EntryRow | undefined>>;

export const findRow = (rows: EntryRows, handle: number): EntryRow | undefined =>
  Object.values(rows).find((one) => one !== undefined && handle >= one.first && handle <= one.last);

/** What an entry says, read by this row; `undefined` when it has another handle or is too short. */
export const decodeEntry = <Value>(
  row: EntryRow<Value>,
  {
    handle,
    lengthWords,
    payload,
  }: { readonly handle: number; readonly lengthWords: number; readonly payload: Uint8Array },
): Value | undefined =>
  handle >= row.first && handle <= row.last ? row.layoutOf(lengthWords)?.decode(payload) : undefined;
