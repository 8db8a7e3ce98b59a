/** One node that the kit speaks to: its device key and addresses on the device, and the questions to it. */
import { toHex } from '../bytes.ts';
import type { Clock } from '../clock.ts';
import { KnownError } from '../errors.ts';
import type { Request } from '../mesh/access/index.ts';
import type { AskOptions, Exchange, Heard, NodeAccess, NodeChannel } from '../mesh/index.ts';
import { COMMANDS } from './commands.ts';
import type { SerialDevice } from './device.ts';
import { deviceRestarted } from './errors.ts';
import type { SerialEvent } from './events.ts';
import type { EventQueue } from './line.ts';
import type { SendParameters } from './releases.ts';

/** What a channel needs of the kit that it belongs to. */
export interface ChannelKit {
  readonly device: SerialDevice;
  readonly clock: Clock;
  /** Counts the restarts of the device. */
  readonly run: number;
  /** Whether its release says when a message has gone out. */
  readonly reportsDelivery: boolean;
  appKeyHandle(appKeyIndex: number): number;
  addAddress(address: number): Promise<number>;
  transmit(
    packet: Omit<SendParameters, 'source' | 'transmicSize' | 'friendshipCredential'>,
  ): Promise<number | undefined>;
  countSource(unicast: number): void;
}

export const DEFAULT_TTL = 8;

/** An advertising address as people write it: most significant byte first. */
export const addressText = (littleEndian: Uint8Array): string => toHex(littleEndian.slice().reverse());

/** More goes out in segments anyway. Source: Bluetooth Mesh Profile 1.0.1, section 3.5.2. */
const LONGEST_UNSEGMENTED = 11;
/** Source: nRF5 SDK for Mesh 5.0.0, mesh/core/api/nrf_mesh_config_core.h, TRANSPORT_SAR_TX_RETRIES_DEFAULT and the timers beside it. */
const TRANSMISSIONS = 5;
const RETRY_BASE_MS = 500;
const RETRY_PER_HOP_MS = 50;
const SHORT_ANSWER_MS = 3000;
const LONG_ANSWER_MS = 6000;

/** When the kit stops to repeat the segments of a message. */
export const giveUpMs = (ttl: number): number => TRANSMISSIONS * (RETRY_BASE_MS + RETRY_PER_HOP_MS * ttl);

export class KitChannel implements NodeChannel {
  readonly #run: number;
  readonly #addresses: Map<number, number>;
  /** Ends when no segments to this node are under way any more. */
  #transfer: Promise<void> = Promise.resolve();
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  readonly #arrivals: { readonly lastHop: string; readonly ttl: number }[] = [];
  readonly #stopListening: () => void;

  constructor(
    readonly kit: ChannelKit,
    readonly node: NodeAccess,
    readonly deviceKeyHandle: number,
    addressHandle: number,
  ) {
    this.#run = kit.run;
    this.#addresses = new Map([[node.unicast, addressHandle]]);
    this.#stopListening = kit.device.line.onEvent((event) => {
      if (event.name !== 'MessageReceivedUnicast' || !this.#addresses.has(event.source)) return;
      this.#arrivals.push({ lastHop: addressText(event.advertisingAddress), ttl: event.ttl });
    });
  }

  get arrivals(): readonly { readonly lastHop: string; readonly ttl: number }[] {
    return this.#arrivals;
  }

  ask<Answer>(request: Request<Answer>, options: AskOptions = {}): Promise<Exchange<Answer>> {
    const exchange = this.#last.then(() => this.#ask(request, options));
    this.#last = exchange.catch(() => {});
    return exchange;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#last;
    await this.#transfer;
    this.#stopListening();
    if (this.kit.run !== this.#run || this.kit.device.line.end) return; // gone with the device's memory
    const { device } = this.kit;
    try {
      await device.call(COMMANDS.devkeyDelete, { handle: this.deviceKeyHandle });
      for (const handle of this.#addresses.values())
        await device.call(COMMANDS.addrPublicationRemove, { handle });
    } catch (error) {
      // what was not freed is found when a slot is wanted again, and then the device is restarted
      if (!(error instanceof KnownError)) throw error;
    }
  }

  async #ask<Answer>(request: Request<Answer>, options: AskOptions): Promise<Exchange<Answer>> {
    const { element = this.node.unicast, ttl = DEFAULT_TTL, segmented = true, signal } = options;
    this.#assertAlive();
    await this.#transfer;
    signal?.throwIfAborted();
    const { kit } = this;
    const isSegmented = segmented || request.access.length > LONGEST_UNSEGMENTED;
    const keyHandle =
      request.key === 'device' ? this.deviceKeyHandle : kit.appKeyHandle(request.key.appKeyIndex);
    const destinationHandle = await this.#handleOf(element);
    const events = kit.device.line.listen(
      ({ name }) => name === 'TxComplete' || name === 'MessageReceivedUnicast' || name === 'DeviceStarted',
    );
    let isKept = false;
    try {
      const token = await kit.transmit({
        keyHandle,
        destinationHandle,
        ttl,
        forceSegmented: segmented ? 1 : 0,
        rest: request.access,
      });
      const wait = new Wait(kit, events, {
        request,
        element,
        keyHandle,
        token,
        isSegmented,
        ttl,
        answerMs: options.answerMs ?? (request.isAnswerLong ? LONG_ANSWER_MS : SHORT_ANSWER_MS),
      });
      const exchange = await wait.forAnswer(signal);
      // the answer may overtake the acknowledgement; the handles are needed until that has come too
      if (isSegmented && !wait.isOver) {
        isKept = true;
        this.#transfer = wait.forEnd().finally(() => events.close());
      }
      return exchange;
    } finally {
      if (!isKept) events.close();
    }
  }

  #assertAlive(): void {
    if (this.kit.device.line.end) throw this.kit.device.line.end;
    if (this.kit.run !== this.#run) throw deviceRestarted();
  }

  async #handleOf(element: number): Promise<number> {
    const known = this.#addresses.get(element);
    if (known !== undefined) return known;
    const handle = await this.kit.addAddress(element);
    this.#addresses.set(element, handle);
    return handle;
  }
}

interface OpenQuestion<Answer> {
  readonly request: Request<Answer>;
  readonly element: number;
  readonly keyHandle: number;
  readonly token: number | undefined;
  readonly isSegmented: boolean;
  readonly ttl: number;
  readonly answerMs: number;
}

/** What comes in after a question was accepted for sending. */
class Wait<Answer> {
  readonly #from: number;
  #isDelivered = false;
  #isSent = false;

  constructor(
    readonly kit: ChannelKit,
    readonly events: EventQueue,
    readonly question: OpenQuestion<Answer>,
  ) {
    this.#from = kit.clock.now();
  }

  /** No segment of the question is under way any more. */
  get isOver(): boolean {
    const isPast = this.kit.clock.now() >= this.#from + giveUpMs(this.question.ttl);
    return this.#isSent || isPast || !this.kit.reportsDelivery;
  }

  async forAnswer(signal?: AbortSignal): Promise<Exchange<Answer>> {
    const { isSegmented, ttl, answerMs } = this.question;
    const { reportsDelivery } = this.kit;
    // without a word of the delivery the answer to the last repetition must be waited for
    let until = this.#from + (isSegmented ? giveUpMs(ttl) : answerMs);
    if (isSegmented && !reportsDelivery) until += answerMs;
    for (;;) {
      const left = until - this.kit.clock.now();
      const event = left > 0 ? await this.events.next(left, signal) : undefined;
      if (event === undefined) return { isDelivered: this.#delivery(), heard: undefined };
      if (event.name === 'DeviceStarted') throw deviceRestarted();
      if (this.#noteSent(event) && isSegmented) until = this.kit.clock.now() + answerMs;
      const heard = this.#answerIn(event);
      if (heard) {
        this.#isDelivered = true;
        return { isDelivered: true, heard };
      }
    }
  }

  /** Until the device has nothing more to send for this question. */
  async forEnd(): Promise<void> {
    while (!this.isOver) {
      const left = this.#from + giveUpMs(this.question.ttl) - this.kit.clock.now();
      const event = left > 0 ? await this.events.next(left).catch(() => undefined) : undefined;
      if (event === undefined || event.name === 'DeviceStarted') return;
      this.#noteSent(event);
    }
  }

  #delivery(): boolean | undefined {
    return this.question.isSegmented && this.kit.reportsDelivery ? this.#isDelivered : undefined;
  }

  #noteSent(event: SerialEvent): boolean {
    if (event.name !== 'TxComplete' || event.token !== this.question.token) return false;
    this.#isSent = true;
    if (this.question.isSegmented) {
      this.#isDelivered = true;
      this.kit.countSource(this.question.element); // its acknowledgement passed the replay list
    }
    return true;
  }

  #answerIn(event: SerialEvent): Heard<Answer> | undefined {
    const { request, element, keyHandle } = this.question;
    if (event.name !== 'MessageReceivedUnicast') return undefined;
    if (event.source !== element || event.keyHandle !== keyHandle) return undefined;
    const answer = request.read(event.rest);
    if (answer === undefined) return undefined;
    return {
      answer,
      rttMs: this.kit.clock.now() - this.#from,
      rssi: event.rssi,
      ttl: event.ttl,
      lastHop: addressText(event.advertisingAddress),
      isCut: event.actualLength > event.rest.length,
    };
  }
}
