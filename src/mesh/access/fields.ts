/** Members of access messages that are packed tighter than whole bytes. Source: Bluetooth Mesh Profile 1.0.1, sections 4.2 and 4.3. */
import type { Field } from '../../bytes.ts';

/** Two key indexes of 12 bits in three bytes, the first in the low bits. Section 4.3.1.1. */
export interface KeyIndexPair {
  readonly netKeyIndex: number;
  readonly appKeyIndex: number;
}

const packTwo = (view: DataView, at: number, first: number, second: number): void => {
  view.setUint8(at, first & 0xff);
  view.setUint8(at + 1, (first >> 8) | ((second & 0x0f) << 4));
  view.setUint8(at + 2, second >> 4);
};
const unpackTwo = (view: DataView, at: number): readonly [number, number] => {
  const middle = view.getUint8(at + 1);
  return [view.getUint8(at) | ((middle & 0x0f) << 8), (middle >> 4) | (view.getUint8(at + 2) << 4)];
};

export const keyIndexPair: Field<KeyIndexPair> = {
  size: 3,
  read(view, at) {
    const [netKeyIndex, appKeyIndex] = unpackTwo(view, at);
    return { netKeyIndex, appKeyIndex };
  },
  write: (view, at, { netKeyIndex, appKeyIndex }) => packTwo(view, at, netKeyIndex, appKeyIndex),
};

/** A list of key indexes: pairs in three bytes, an odd last one in two. */
export const keyIndexList = {
  encode(indexes: readonly number[]): Uint8Array {
    const bytes = new Uint8Array(Math.ceil((indexes.length * 3) / 2));
    const view = new DataView(bytes.buffer);
    for (let i = 0; i + 1 < indexes.length; i += 2) packTwo(view, (i / 2) * 3, indexes[i]!, indexes[i + 1]!);
    if (indexes.length % 2 === 1) view.setUint16(bytes.length - 2, indexes.at(-1)!, true);
    return bytes;
  },
  decode(bytes: Uint8Array): readonly number[] | undefined {
    if (bytes.length % 3 === 1) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const indexes: number[] = [];
    for (let at = 0; at + 3 <= bytes.length; at += 3) indexes.push(...unpackTwo(view, at));
    if (bytes.length % 3 === 2) indexes.push(view.getUint16(bytes.length - 2, true) & 0x0fff);
    return indexes;
  },
};

/** Which application key a model publishes with, and whether with friendship credentials. Section 4.3.2.16. */
export interface PublishKey {
  /** 0..4095. */
  readonly appKeyIndex: number;
  readonly friendshipCredentials: boolean;
}
export const publishKey: Field<PublishKey> = {
  size: 2,
  read(view, at) {
    const value = view.getUint16(at, true);
    return { appKeyIndex: value & 0x0fff, friendshipCredentials: (value & 0x1000) !== 0 };
  },
  write: (view, at, { appKeyIndex, friendshipCredentials }) =>
    view.setUint16(at, appKeyIndex | (friendshipCredentials ? 0x1000 : 0), true),
};

/** Milliseconds of one step, by the two high bits. Section 4.2.2.2. */
const PERIOD_UNITS_MS = [100, 1000, 10_000, 600_000] as const;

/** A publication period in milliseconds, 0..37,800,000; written in the finest unit that holds it, rounded to whole steps. */
export const publishPeriodMs: Field<number> = {
  size: 1,
  read(view, at) {
    const value = view.getUint8(at);
    return (value & 0x3f) * PERIOD_UNITS_MS[(value >> 6) as 0 | 1 | 2 | 3];
  },
  write(view, at, periodMs) {
    const unit = PERIOD_UNITS_MS.findIndex((ms) => Math.round(periodMs / ms) <= 63);
    if (unit === -1) throw new RangeError(`No publication period of ${periodMs} ms`);
    view.setUint8(at, (unit << 6) | Math.round(periodMs / PERIOD_UNITS_MS[unit]!));
  },
};

/** How often a publication is sent again. Section 4.2.2.6 and 4.2.2.7. */
export interface PublishRetransmit {
  /** 0..7 further transmissions. */
  readonly count: number;
  /** 50..1600 in steps of 50. */
  readonly intervalMs: number;
}
export const publishRetransmit: Field<PublishRetransmit> = {
  size: 1,
  read(view, at) {
    const value = view.getUint8(at);
    return { count: value & 0x07, intervalMs: ((value >> 3) + 1) * 50 };
  },
  write: (view, at, { count, intervalMs }) =>
    view.setUint8(at, count | ((Math.max(Math.round(intervalMs / 50), 1) - 1) << 3)),
};

/** A model as databases write it: `1000` of the Bluetooth SIG, or company and model `00590001`. */
export type ModelId = string;

const hex4 = (value: number): string => value.toString(16).padStart(4, '0');

export const isVendorModel = (model: ModelId): boolean => model.length === 8;

/** A model identifier in two bytes, or in four with its company first. Section 4.3.2.15. */
export const modelId = {
  encode(model: ModelId): Uint8Array {
    const words = isVendorModel(model) ? [model.slice(0, 4), model.slice(4)] : [model];
    return Uint8Array.from(
      words.flatMap((word) => {
        const value = Number.parseInt(word, 16);
        return [value & 0xff, value >> 8];
      }),
    );
  },
  decode(bytes: Uint8Array): ModelId | undefined {
    if (bytes.length !== 2 && bytes.length !== 4) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return hex4(view.getUint16(0, true)) + (bytes.length === 4 ? hex4(view.getUint16(2, true)) : '');
  },
};

/** A model as a member of fixed size. */
const modelField = (size: 2 | 4): Field<ModelId> => ({
  size,
  read: (view, at) => modelId.decode(new Uint8Array(view.buffer, view.byteOffset + at, size))!,
  write: (view, at, model) =>
    new Uint8Array(view.buffer, view.byteOffset + at, size).set(modelId.encode(model)),
});
export const sigModel = modelField(2);
export const vendorModel = modelField(4);
