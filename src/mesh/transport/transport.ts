/**
 * All between access messages and network PDUs, for one node: keys, numbers, segments and their acknowledgements, replays.
 *
 * Above, messages of models go in and come out; below, a bearer takes network PDUs and gives those it hears. It does not know who
 * answers whom.
 * Source: Mesh Protocol 1.1, 3.4 to 3.6.
 */
import type { Clock } from '../../clock.ts';
import { isUnicast } from '../unicast-run.ts';
import type { MessageKey, NetworkKey } from '../keys.ts';
import { openNetworkPdu, sealNetworkPdu, type OpenedNetworkPdu } from '../network-pdu.ts';
import { transmitIndex, type IvIndex } from './iv-index.ts';
import {
  formatLowerTransport,
  isControl,
  MAX_UNSEGMENTED,
  parseLowerTransport,
  SEGMENT_SIZE,
  splitAccess,
  type LowerTransportPdu,
} from './lower-transport.ts';
import { Reassembler, type SegmentAcknowledgement, type UpperPdu } from './reassembly.ts';
import type { ReplayList } from './replay-list.ts';
import { Transfer, type Delivery, type SegmentTiming } from './transfer.ts';
import { openAccess, sealAccess } from './upper-transport.ts';

/** Own sequence numbers, each given once. */
export interface SequenceSource {
  /** The next number for messages under this IV index. */
  next(transmitIndex: number): Promise<number>;
}

export interface TransportSetup {
  readonly clock: Clock;
  readonly network: NetworkKey;
  /** Address of the first element. */
  readonly unicast: number;
  readonly elementCount: number;
  readonly sequences: SequenceSource;
  readonly replay: ReplayList;
  readonly timing: SegmentTiming;
  /** TTL of acknowledgements. */
  readonly defaultTtl: number;
  /** What a message may be encrypted with; `aid` is missing under a device key. */
  keysFor(message: {
    readonly source: number;
    readonly destination: number;
    readonly aid: number | undefined;
  }): readonly MessageKey[];
  /** Whether groups and all-node addresses are listened to. */
  isSubscribed(destination: number): boolean;
  /** Send a network PDU; one after the other. */
  transmit(pdu: Uint8Array<ArrayBuffer>): Promise<void>;
  /** A message that could be decrypted. */
  onMessage(message: IncomingMessage): void;
  /** A segmented message has come whole, whatever it is encrypted with. */
  onSegments?(source: number): void;
}

export interface OutgoingMessage {
  readonly destination: number;
  readonly key: MessageKey;
  /** Opcode and parameters, 1 to 380 bytes. */
  readonly access: Uint8Array;
  /** 0, 2…127. */
  readonly ttl: number;
  /** Send even a short one as a segment, so that the addressee's transport acknowledges it. */
  readonly isSegmented?: boolean;
  /** Element it comes from; the first when left out. */
  readonly source?: number;
}

export interface IncomingMessage {
  readonly source: number;
  readonly destination: number;
  readonly key: MessageKey;
  readonly access: Uint8Array;
  /** As received: each relay took one. */
  readonly ttl: number;
}

const MIC_SIZE = 4;

export class Transport {
  iv: IvIndex;
  readonly #setup: TransportSetup;
  readonly #reassembler: Reassembler;
  /** By addressee and SeqZero. */
  readonly #transfers = new Map<string, Transfer>();
  /** The last PDU that was begun. Numbers go out in their order. */
  #outbox: Promise<unknown> = Promise.resolve();

  constructor(setup: TransportSetup, iv: IvIndex) {
    this.#setup = setup;
    this.iv = iv;
    const { clock, replay } = setup;
    const acknowledge = (one: SegmentAcknowledgement) => void this.#acknowledge(one).catch(() => {});
    this.#reassembler = new Reassembler({ clock, replay, acknowledge });
  }

  /**
   * Send a message.
   *
   * @returns  once it is on its way, and where it is segmented once it is acknowledged or given up
   * @throws   what the bearer and the source of numbers throw
   */
  async send(message: OutgoingMessage): Promise<Delivery> {
    const source = message.source ?? this.#setup.unicast;
    const { destination, key, access, ttl } = message;
    const aid = key.kind === 'application' ? key.aid : undefined;
    const ivIndex = transmitIndex(this.iv);
    const upperFor = (sequence: number) =>
      sealAccess(key, { sequence, source, destination, ivIndex, longMic: false }, access);
    const isSegmented = message.isSegmented || access.length + MIC_SIZE > MAX_UNSEGMENTED;
    const send = (pduFor: (sequence: number) => LowerTransportPdu) =>
      this.#send(ivIndex, { source, destination, ttl }, pduFor);
    if (!isSegmented) {
      await send((sequence) => ({ kind: 'access', aid, upper: upperFor(sequence) }));
      return 'sent';
    }

    let segments: readonly LowerTransportPdu[] = [];
    let name = '';
    const transfer = new Transfer(
      Math.ceil((access.length + MIC_SIZE) / SEGMENT_SIZE),
      this.#setup.clock,
      async (indexes) => {
        for (const index of indexes)
          await send((sequence) => {
            if (segments.length === 0) {
              segments = splitAccess(upperFor(sequence), { aid, longMic: false, firstSequence: sequence });
              name = transferName(destination, sequence & 0x1fff);
              this.#transfers.set(name, transfer);
            }
            return segments[index]!;
          });
      },
    );
    try {
      if (isUnicast(destination)) return await transfer.run(this.#setup.timing, ttl);
      await transfer.send(Array.from({ length: transfer.count }, (_, i) => i));
      return 'sent';
    } finally {
      if (this.#transfers.get(name) === transfer) this.#transfers.delete(name);
    }
  }

  /** A PDU of another form than messages have, sent in turn with them under a number of its own. */
  async sendSealed(
    seal: (sequence: number, ivIndex: number) => Uint8Array<ArrayBuffer>,
    transmit: (pdu: Uint8Array<ArrayBuffer>) => Promise<void>,
  ): Promise<void> {
    const ivIndex = transmitIndex(this.iv);
    await this.#inTurn(async () => transmit(seal(await this.#setup.sequences.next(ivIndex), ivIndex)));
  }

  /** A network PDU as a bearer heard it; those of others are passed over. */
  receive(bytes: Uint8Array): void {
    const pdu = openNetworkPdu(this.#setup.network, this.iv.index, bytes);
    if (pdu) this.hear(pdu);
  }

  /** A network PDU that was opened already. */
  hear(pdu: OpenedNetworkPdu): void {
    const { source, destination } = pdu;
    if (this.#isOwn(source)) return;
    const isForUs = isUnicast(destination) ? this.#isOwn(destination) : this.#setup.isSubscribed(destination);
    const lower = isForUs ? parseLowerTransport(pdu.control, pdu.transport) : undefined;
    if (!lower) return;
    if (lower.kind === 'access-segment') {
      const whole = this.#reassembler.take(pdu, lower, isUnicast(destination));
      if (!whole) return;
      this.#setup.onSegments?.(source);
      this.#open(whole);
      return;
    }
    if (!this.#setup.replay.accepts(source, pdu)) return;
    this.#setup.replay.heard(source, { ivIndex: pdu.ivIndex, sequence: pdu.sequence });
    if (lower.kind === 'access') this.#open({ ...pdu, aid: lower.aid, longMic: false, upper: lower.upper });
    else if (lower.kind === 'acknowledgement')
      this.#transfers.get(transferName(source, lower.seqZero))?.acknowledged(lower.block);
    // friendship and heartbeat are for others
  }

  /** Nothing is acknowledged any more. */
  close(): void {
    this.#reassembler.close();
  }

  #open(message: UpperPdu): void {
    const { source, destination, ttl } = message;
    for (const key of this.#setup.keysFor(message)) {
      if ((key.kind === 'application' ? key.aid : undefined) !== message.aid) continue;
      const access = openAccess(key, message, message.upper);
      if (!access) continue;
      this.#setup.onMessage({ source, destination, key, access, ttl });
      return;
    }
  }

  async #acknowledge(one: SegmentAcknowledgement): Promise<void> {
    const { source, destination, seqZero, block, ttl } = one;
    const { defaultTtl } = this.#setup;
    await this.#send(
      transmitIndex(this.iv),
      { source, destination, ttl: ttl === 0 ? 0 : defaultTtl },
      () => ({ kind: 'acknowledgement', onBehalf: false, seqZero, block }),
    );
  }

  #send(
    ivIndex: number,
    header: { readonly source: number; readonly destination: number; readonly ttl: number },
    pduFor: (sequence: number) => LowerTransportPdu,
  ): Promise<void> {
    return this.#inTurn(async () => {
      const sequence = await this.#setup.sequences.next(ivIndex);
      const pdu = pduFor(sequence);
      const sealed = sealNetworkPdu(this.#setup.network, ivIndex, {
        ...header,
        control: isControl(pdu),
        sequence,
        transport: formatLowerTransport(pdu),
      });
      await this.#setup.transmit(sealed);
    });
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#outbox.then(work);
    this.#outbox = turn.catch(() => {});
    return turn;
  }

  #isOwn(address: number): boolean {
    const { unicast, elementCount } = this.#setup;
    return address >= unicast && address < unicast + elementCount;
  }
}

const transferName = (destination: number, seqZero: number) => `${destination} ${seqZero}`;
