/** Damage to bytes whose structure nobody looks at: what a bad cable does, and what a byte flipper does. */
import { concatenate } from '../../../src/bytes.ts';
import type { Pick } from '../../kinds/pick.ts';
import { oneOf, type Change } from './choose.ts';

const EDGES = [0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff] as const;

export const someBytes = (length: number, pick: Pick): Uint8Array =>
  Uint8Array.from({ length }, () => pick(256));

const at = (bytes: Uint8Array, pick: Pick): number => (bytes.length === 0 ? 0 : pick(bytes.length));
const put = (bytes: Uint8Array, place: number, ...values: number[]): Uint8Array => {
  const copy = bytes.slice();
  copy.set(values.slice(0, Math.max(0, copy.length - place)), place);
  return copy;
};
const splice = (bytes: Uint8Array, place: number, removed: number, inserted: Uint8Array) =>
  concatenate([bytes.subarray(0, place), inserted, bytes.subarray(place + removed)]);

/** Those that leave the length as it is. */
export const IN_PLACE: Readonly<Record<string, Change<Uint8Array>>> = {
  'a bit flipped': (bytes, pick) => {
    const place = at(bytes, pick);
    return put(bytes, place, (bytes[place] ?? 0) ^ (1 << pick(8)));
  },
  'a byte at its edge': (bytes, pick) => put(bytes, at(bytes, pick), oneOf(EDGES, pick)),
  'a byte changed': (bytes, pick) => put(bytes, at(bytes, pick), pick(256)),
  'bytes made one': (bytes, pick) => {
    const place = at(bytes, pick);
    return put(bytes, place, ...new Array<number>(1 + pick(8)).fill(oneOf(EDGES, pick)));
  },
  'two bytes swapped': (bytes, pick) => {
    const [a, b] = [at(bytes, pick), at(bytes, pick)];
    return put(put(bytes, a, bytes[b] ?? 0), b, bytes[a] ?? 0);
  },
};
/** Those that leave something out. */
export const SHORTER: Readonly<Record<string, Change<Uint8Array>>> = {
  'cut off': (bytes, pick) => bytes.slice(0, at(bytes, pick)),
  'bytes left out': (bytes, pick) => splice(bytes, at(bytes, pick), 1 + pick(8), new Uint8Array(0)),
};
export const LONGER: Readonly<Record<string, Change<Uint8Array>>> = {
  'bytes added': (bytes, pick) => concatenate([bytes, someBytes(1 + pick(20), pick)]),
  'bytes put in': (bytes, pick) => splice(bytes, at(bytes, pick), 0, someBytes(1 + pick(8), pick)),
  'bytes repeated': (bytes, pick) => {
    const place = at(bytes, pick);
    return splice(bytes, place, 0, bytes.subarray(place, place + 1 + pick(16)));
  },
};
export const ANY_BYTES = { ...IN_PLACE, ...SHORTER, ...LONGER };
