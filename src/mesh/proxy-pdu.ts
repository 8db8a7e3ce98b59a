/**
 * Messages in the values of a GATT characteristic: a header of one byte, and pieces where a message does not fit.
 *
 * Source: Mesh Protocol 1.1, 6.3 (PDU), 6.3.2 (segmentation and reassembly); sample data in 8.8.
 */
import { concatenate } from '../bytes.ts';

export type ProxyMessageType = 'network' | 'beacon' | 'configuration' | 'provisioning';

const TYPES: readonly ProxyMessageType[] = ['network', 'beacon', 'configuration', 'provisioning'];

export interface ProxyMessage {
  readonly type: ProxyMessageType;
  readonly data: Uint8Array;
}

/** Header: SAR in bits 7 and 6, type in bits 5 to 0. */
const COMPLETE = 0;
const FIRST = 1;
const CONTINUATION = 2;
const LAST = 3;

/** The longest message there is: a public key with its type byte. */
export const MAX_PROXY_MESSAGE = 66;

/**
 * @param maxValue  bytes that a value may have, at least 2; all but the last are filled
 */
export function splitProxyMessage(
  { type, data }: ProxyMessage,
  maxValue: number,
): readonly Uint8Array<ArrayBuffer>[] {
  const value = (sar: number, piece: Uint8Array) =>
    concatenate([Uint8Array.of((sar << 6) | TYPES.indexOf(type)), piece]);
  if (data.length + 1 <= maxValue) return [value(COMPLETE, data)];

  const size = maxValue - 1;
  const count = Math.ceil(data.length / size);
  return Array.from({ length: count }, (_, i) =>
    value(i === 0 ? FIRST : i === count - 1 ? LAST : CONTINUATION, data.subarray(i * size, (i + 1) * size)),
  );
}

/** What a value did to a reassembly. */
export type Reassembled =
  | { readonly kind: 'message'; readonly message: ProxyMessage }
  /** More is to come. */
  | { readonly kind: 'piece' }
  /** It does not follow from what came before, or is none. All before it is dropped. */
  | { readonly kind: 'fault'; readonly fault: SarFault };

export type SarFault = 'empty' | 'unknown-type' | 'out-of-order' | 'other-type' | 'too-long';

/** Puts messages together from values, in the order in which these came. */
export class ProxyReassembly {
  #type: number | undefined;
  #pieces: Uint8Array[] = [];
  #length = 0;

  constructor(readonly maxMessage: number = MAX_PROXY_MESSAGE) {}

  /** A message has begun and not ended. */
  get isUnfinished(): boolean {
    return this.#type !== undefined;
  }

  /** A first piece or a whole message drops what was unfinished. */
  take(value: Uint8Array): Reassembled {
    const header = value[0];
    if (header === undefined || value.length < 2) return this.#fault('empty');
    const type = TYPES[header & 0x3f];
    if (!type) return this.#fault('unknown-type');
    const sar = header >>> 6;
    const piece = value.slice(1);

    if (sar === COMPLETE || sar === FIRST) this.drop();
    else if (this.#type === undefined) return this.#fault('out-of-order');
    else if (this.#type !== (header & 0x3f)) return this.#fault('other-type');
    if (this.#length + piece.length > this.maxMessage) return this.#fault('too-long');
    if (sar === COMPLETE) return { kind: 'message', message: { type, data: piece } };

    this.#type = header & 0x3f;
    this.#pieces.push(piece);
    this.#length += piece.length;
    if (sar !== LAST) return { kind: 'piece' };
    const data = concatenate(this.#pieces);
    this.drop();
    return { kind: 'message', message: { type, data } };
  }

  drop(): void {
    this.#type = undefined;
    this.#pieces = [];
    this.#length = 0;
  }

  #fault(fault: SarFault): Reassembled {
    this.drop();
    return { kind: 'fault', fault };
  }
}
