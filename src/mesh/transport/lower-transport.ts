/**
 * The lower transport layer: whole PDUs, segments of longer ones, and acknowledgements of segments.
 *
 * Above lies the upper transport with its PDU of up to 384 bytes; below, the network layer carries at most 16 (12 in a control
 * message). When segments are sent again and when they are acknowledged is the matter of `segmentation.ts`.
 * Source: Mesh Protocol 1.1, 3.5.2.
 */
import { concatenate, struct, u16be, u32be, u8 } from '../../bytes.ts';

/** Where a segment belongs. */
export interface SegmentPlace {
  /** Lowest 13 bits of the SEQ of the first segment. */
  readonly seqZero: number;
  /** 0…31. */
  readonly index: number;
  /** Index of the last one. */
  readonly lastIndex: number;
}

export type LowerTransportPdu =
  /** An access message that fits: upper transport PDU of 5 to 15 bytes. `aid` is missing under a device key. */
  | { readonly kind: 'access'; readonly aid: number | undefined; readonly upper: Uint8Array }
  /** A piece of an access message: 12 bytes, or 1 to 12 in the last. */
  | {
      readonly kind: 'access-segment';
      readonly aid: number | undefined;
      readonly longMic: boolean;
      readonly place: SegmentPlace;
      readonly piece: Uint8Array;
    }
  /** Control opcode 1…127 with up to 11 bytes. */
  | { readonly kind: 'control'; readonly opcode: number; readonly parameters: Uint8Array }
  /** A piece of a control message: 8 bytes, or 1 to 8 in the last. */
  | {
      readonly kind: 'control-segment';
      readonly opcode: number;
      readonly place: SegmentPlace;
      readonly piece: Uint8Array;
    }
  /** Which segments have come: bit i of `block` for segment i. No bit at all cancels the message. */
  | {
      readonly kind: 'acknowledgement';
      /** A friend answers for a node that sleeps. */
      readonly onBehalf: boolean;
      readonly seqZero: number;
      readonly block: number;
    };

export const SEGMENT_SIZE = 12;
export const CONTROL_SEGMENT_SIZE = 8;
/** Longer upper transport PDUs go in segments. */
export const MAX_UNSEGMENTED = 15;
const MAX_CONTROL = 11;
const MIN_UPPER = 5;

/** Bit 7 of `about`: MIC size or OBO; then SeqZero 13, SegO 5, SegN 5 bits. */
const segmentHeader = struct({ first: u8, about: u8, places: u16be });
const acknowledgement = struct({ first: u8, about: u16be, block: u32be });

/** @returns  the bytes of the PDU; the network layer's CTL is `isControl` of it */
export function formatLowerTransport(pdu: LowerTransportPdu): Uint8Array {
  switch (pdu.kind) {
    case 'access':
      return concatenate([Uint8Array.of(keyBits(pdu.aid)), pdu.upper]);
    case 'access-segment':
      return segment(0x80 | keyBits(pdu.aid), pdu.longMic, pdu.place, pdu.piece);
    case 'control':
      return concatenate([Uint8Array.of(pdu.opcode), pdu.parameters]);
    case 'control-segment':
      return segment(0x80 | pdu.opcode, false, pdu.place, pdu.piece);
    case 'acknowledgement':
      return acknowledgement.encode({
        first: 0,
        about: ((pdu.onBehalf ? 1 : 0) << 15) | (pdu.seqZero << 2),
        block: pdu.block,
      });
  }
}

export const isControl = ({ kind }: LowerTransportPdu): boolean =>
  kind !== 'access' && kind !== 'access-segment';

/** @returns  `undefined` for what the specification forbids: sizes, reserved bits, a segment beyond the last */
export const parseLowerTransport = (control: boolean, bytes: Uint8Array): LowerTransportPdu | undefined =>
  bytes.length === 0 ? undefined : control ? parseControl(bytes) : parseAccess(bytes);

function parseAccess(bytes: Uint8Array): LowerTransportPdu | undefined {
  const first = bytes[0]!;
  const aid = first & 0x40 ? first & 0x3f : undefined;
  if (aid === undefined && (first & 0x3f) !== 0) return undefined; // AID 0 goes with the device key
  if (first < 0x80) {
    const upper = bytes.slice(1);
    return upper.length < MIN_UPPER || upper.length > MAX_UNSEGMENTED
      ? undefined
      : { kind: 'access', aid, upper };
  }
  const read = parseSegment(bytes, SEGMENT_SIZE);
  return read && { kind: 'access-segment', aid, ...read };
}

function parseControl(bytes: Uint8Array): LowerTransportPdu | undefined {
  const opcode = bytes[0]! & 0x7f;
  if (bytes[0]! >= 0x80) {
    const read = parseSegment(bytes, CONTROL_SEGMENT_SIZE);
    return read && opcode !== 0 && !read.longMic
      ? { kind: 'control-segment', opcode, place: read.place, piece: read.piece }
      : undefined;
  }
  if (opcode !== 0)
    return bytes.length - 1 > MAX_CONTROL
      ? undefined
      : { kind: 'control', opcode, parameters: bytes.slice(1) };
  if (bytes.length !== acknowledgement.size) return undefined;
  const { about, block } = acknowledgement.decode(bytes);
  return {
    kind: 'acknowledgement',
    onBehalf: about >= 0x8000,
    seqZero: (about >>> 2) & 0x1fff,
    block,
  };
}

const keyBits = (aid: number | undefined) => (aid === undefined ? 0 : 0x40 | aid);

function segment(first: number, longMic: boolean, place: SegmentPlace, piece: Uint8Array) {
  const { seqZero, index, lastIndex } = place;
  // 1 + 13 + 5 + 5 bits in three bytes
  const bits = ((longMic ? 1 : 0) << 23) | (seqZero << 10) | (index << 5) | lastIndex;
  return concatenate([segmentHeader.encode({ first, about: bits >>> 16, places: bits & 0xffff }), piece]);
}

function parseSegment(bytes: Uint8Array, fullSize: number) {
  if (bytes.length <= segmentHeader.size) return undefined;
  const { about, places } = segmentHeader.decode(bytes);
  const bits = (about << 16) | places;
  const place = { seqZero: (bits >>> 10) & 0x1fff, index: (bits >>> 5) & 0x1f, lastIndex: bits & 0x1f };
  const piece = bytes.slice(segmentHeader.size);
  const isWhole = piece.length === fullSize || (place.index === place.lastIndex && piece.length < fullSize);
  return place.index > place.lastIndex || !isWhole ? undefined : { longMic: about >= 0x80, place, piece };
}

/** An upper transport PDU of an access message in its segments; one of up to 12 bytes is a single one. */
export function splitAccess(
  upper: Uint8Array,
  about: { readonly aid: number | undefined; readonly longMic: boolean; readonly firstSequence: number },
): readonly LowerTransportPdu[] {
  const lastIndex = Math.ceil(upper.length / SEGMENT_SIZE) - 1;
  if (lastIndex < 0 || lastIndex > 31) throw new RangeError(`${upper.length} bytes do not go into segments`);
  return Array.from({ length: lastIndex + 1 }, (_, index) => ({
    kind: 'access-segment',
    aid: about.aid,
    longMic: about.longMic,
    place: { seqZero: about.firstSequence & 0x1fff, index, lastIndex },
    piece: upper.slice(index * SEGMENT_SIZE, (index + 1) * SEGMENT_SIZE),
  }));
}

/**
 * SEQ of the first segment from that of any: the newest one with the given lowest 13 bits that is not above it.
 *
 * Source: Mesh Protocol 1.1, 3.5.3.1 (SeqAuth).
 */
export function firstSequenceOf(sequence: number, seqZero: number): number {
  const first = (sequence & ~0x1fff) | seqZero;
  return first > sequence ? first - 0x2000 : first;
}
