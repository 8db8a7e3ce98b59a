/**
 * Segments that came in, until they are a message.
 *
 * Source: Mesh Protocol 1.1, 3.5.3.4 (reassembly). Times: the acknowledgement goes 150 ms + 50 ms × TTL after a segment, as it did
 * before 1.1 made it a setting, or at once after the last; what has been silent for 10 s is dropped.
 */
import { concatenate } from '../../bytes.ts';
import type { Clock } from '../../clock.ts';
import type { OpenedNetworkPdu } from '../network-pdu.ts';
import { firstSequenceOf, type LowerTransportPdu } from './lower-transport.ts';
import type { ReplayList } from './replay-list.ts';

type AccessSegment = Extract<LowerTransportPdu, { kind: 'access-segment' }>;

/** An upper transport PDU with all it is bound to: of segments that came together, or of one PDU. */
export interface UpperPdu {
  readonly source: number;
  readonly destination: number;
  readonly ivIndex: number;
  /** SEQ of its first segment. */
  readonly sequence: number;
  readonly ttl: number;
  readonly aid: number | undefined;
  readonly longMic: boolean;
  readonly upper: Uint8Array;
}

export interface SegmentAcknowledgement {
  /** The element that was spoken to. */
  readonly source: number;
  readonly destination: number;
  readonly seqZero: number;
  /** Bit i for segment i. */
  readonly block: number;
  /** TTL of the segments; who was asked with 0 answers with 0. */
  readonly ttl: number;
}

const FORGET_MS = 10_000;
export const acknowledgementDelayMs = (ttl: number): number => 150 + 50 * ttl;

interface Unfinished {
  readonly sequence: number;
  readonly ivIndex: number;
  readonly pieces: (Uint8Array | undefined)[];
  isComplete: boolean;
  stopForgetting: () => void;
  stopAcknowledging: (() => void) | undefined;
}

export interface ReassemblerSetup {
  readonly clock: Clock;
  readonly replay: ReplayList;
  readonly acknowledge: (acknowledgement: SegmentAcknowledgement) => void;
}

export class Reassembler {
  /** The newest message of each source. */
  readonly #bySource = new Map<number, Unfinished>();

  constructor(readonly setup: ReassemblerSetup) {}

  /**
   * @param isUnicast  one addressee alone acknowledges; groups do not
   * @returns          the message, with its last missing segment
   */
  take(pdu: OpenedNetworkPdu, segment: AccessSegment, isUnicast: boolean): UpperPdu | undefined {
    const { place } = segment;
    const sequence = firstSequenceOf(pdu.sequence, place.seqZero);
    if (sequence < 0) return undefined;
    const message = this.#messageOf(pdu, sequence, place.lastIndex + 1);
    if (!message) return undefined;
    const acknowledge = () => {
      message.stopAcknowledging?.();
      message.stopAcknowledging = undefined;
      if (isUnicast)
        this.setup.acknowledge({
          source: pdu.destination,
          destination: pdu.source,
          seqZero: place.seqZero,
          block: blockOf(message.pieces),
          ttl: pdu.ttl,
        });
    };
    if (message.isComplete) {
      acknowledge(); // ours was lost, or the segment was on its way
      return undefined;
    }
    this.#forgetLater(pdu.source, message);
    message.pieces[place.index] ??= segment.piece;
    if (message.pieces.includes(undefined)) {
      message.stopAcknowledging ??= this.setup.clock.after(acknowledgementDelayMs(pdu.ttl), acknowledge);
      return undefined;
    }

    message.isComplete = true;
    this.setup.replay.heard(pdu.source, { ivIndex: pdu.ivIndex, sequence });
    acknowledge();
    return {
      source: pdu.source,
      destination: pdu.destination,
      ivIndex: pdu.ivIndex,
      sequence,
      ttl: pdu.ttl,
      aid: segment.aid,
      longMic: segment.longMic,
      upper: concatenate(message.pieces as Uint8Array[]),
    };
  }

  /** Drop all that is unfinished; nothing is acknowledged any more. */
  close(): void {
    for (const [source, message] of this.#bySource) this.#drop(source, message);
  }

  #messageOf(pdu: OpenedNetworkPdu, sequence: number, count: number): Unfinished | undefined {
    const known = this.#bySource.get(pdu.source);
    const { ivIndex } = pdu;
    const isKnown = known && known.sequence === sequence && known.ivIndex === ivIndex;
    if (isKnown && known.isComplete) return known.pieces.length === count ? known : undefined;
    // a newer number from there, sent while segments are repeated, ends them
    if (!this.setup.replay.accepts(pdu.source, { ivIndex, sequence })) return undefined;
    if (isKnown) return known.pieces.length === count ? known : undefined;
    if (
      known &&
      !known.isComplete &&
      (ivIndex < known.ivIndex || (ivIndex === known.ivIndex && sequence < known.sequence))
    )
      return undefined;
    if (known) this.#drop(pdu.source, known);
    const message: Unfinished = {
      sequence,
      ivIndex,
      pieces: new Array<Uint8Array | undefined>(count).fill(undefined),
      isComplete: false,
      stopForgetting: () => {},
      stopAcknowledging: undefined,
    };
    this.#bySource.set(pdu.source, message);
    return message;
  }

  #forgetLater(source: number, message: Unfinished): void {
    message.stopForgetting();
    message.stopForgetting = this.setup.clock.after(FORGET_MS, () => this.#drop(source, message));
  }

  #drop(source: number, message: Unfinished): void {
    message.stopForgetting();
    message.stopAcknowledging?.();
    if (this.#bySource.get(source) === message) this.#bySource.delete(source);
  }
}

const blockOf = (pieces: readonly (Uint8Array | undefined)[]) =>
  pieces.reduce((block, piece, i) => (piece ? (block | (1 << i)) >>> 0 : block), 0);
