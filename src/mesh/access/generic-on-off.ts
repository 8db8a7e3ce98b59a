/**
 * Generic OnOff messages, encrypted with an application key that the model is bound to.
 *
 * Source: Bluetooth Mesh Model Specification 1.0.1, sections 3.2.1 and 7.1.
 */
import { u8 } from '../../bytes.ts';
import { message, messageWithTail, type Tail } from './message.ts';

/** How long the change takes (transition time as on the air) and how long it waits, in steps of 5 ms. */
export interface Transition {
  readonly time: number;
  readonly delay: number;
}
const transition: Tail<Transition | null> = {
  encode: (value) => (value === null ? new Uint8Array() : Uint8Array.of(value.time, value.delay)),
  decode(bytes) {
    if (bytes.length === 0) return null;
    return bytes.length === 2 ? { time: bytes[0]!, delay: bytes[1]! } : undefined;
  },
};

/** Where a change that is under way will end. */
export interface OnOffTarget {
  readonly target: number;
  /** Transition time as on the air. */
  readonly remaining: number;
}
const target: Tail<OnOffTarget | null> = {
  encode: (value) => (value === null ? new Uint8Array() : Uint8Array.of(value.target, value.remaining)),
  decode(bytes) {
    if (bytes.length === 0) return null;
    return bytes.length === 2 ? { target: bytes[0]!, remaining: bytes[1]! } : undefined;
  },
};

/** `state` is 0 for off, 1 for on; `tid` tells a repetition from a new command within six seconds. */
export const genericOnOff = {
  get: message('Generic OnOff Get', 0x8201, {}),
  set: messageWithTail('Generic OnOff Set', 0x8202, { state: u8, tid: u8 }, 'transition', transition),
  setUnacknowledged: messageWithTail(
    'Generic OnOff Set Unacknowledged',
    0x8203,
    { state: u8, tid: u8 },
    'transition',
    transition,
  ),
  status: messageWithTail('Generic OnOff Status', 0x8204, { present: u8 }, 'next', target),
} as const;

/** Model identifiers of Generic OnOff. */
export const GENERIC_ON_OFF_SERVER = '1000';
export const GENERIC_ON_OFF_CLIENT = '1001';
