/**
 * A proxy as the way into a network: questions to nodes, and their answers.
 *
 * Below lies a session with a proxy; above lie the provisioner and the on-air proof, which see a `MeshBearer`. A connection that
 * breaks is made again, and the question is asked once more: what was lost on the way says nothing about the node asked.
 */
import { KnownError } from '../errors.ts';
import type { Request } from '../mesh/access/index.ts';
import type {
  AskOptions,
  Exchange,
  Heard,
  MeshBearer,
  NodeAccess,
  NodeChannel,
  UnprovisionedBeacon,
} from '../mesh/bearer.ts';
import {
  applicationKey,
  deviceKey,
  type HasElements,
  Mailbox,
  networkKey,
  type IncomingMessage,
  type MessageKey,
  type OwnNode,
} from '../mesh/index.ts';
import { within } from '../clock.ts';
import { unknownKey } from './errors.ts';
import type { GattNode } from './gatt-node.ts';
import { ProxySession, PROXY_TTL } from './proxy-session.ts';
import { Room } from './room.ts';

/** What the bearer has to know of a network. Keys are 16 bytes. */
export interface ProxyNetwork {
  readonly netKey: { readonly index: number; readonly key: Uint8Array };
  readonly appKeys: readonly { readonly index: number; readonly key: Uint8Array }[];
}

export interface ProxyBearerOptions {
  /** The IV index went up. */
  readonly onIvIndex?: (index: number, isFarAhead: boolean) => void;
}

const SHORT_ANSWER_MS = 3_000;
const LONG_ANSWER_MS = 6_000;
const PLAIN_ANSWER_MS = 1_500;
/** Nodes spoken to at a time: the proxy's queue and the air have no room for more. */
const NODES_AT_A_TIME = 4;
/** More than 11 bytes go in several segments. */
const LONGEST_IN_ONE = 11;

export class ProxyBearer implements MeshBearer {
  readonly session: ProxySession;
  readonly #network: ProxyNetwork;
  readonly #own: OwnNode;
  readonly #appKeys: ReadonlyMap<number, MessageKey>;
  readonly #channels = new Set<ProxyChannel>();
  /** Told of everything that is heard. */
  readonly #listeners = new Set<(message: IncomingMessage) => void>();
  readonly #nodes = new Room(NODES_AT_A_TIME);
  readonly #longMessages = new Room(1);
  readonly #sources = new Set<number>();

  constructor(node: GattNode, network: ProxyNetwork, own: OwnNode, options: ProxyBearerOptions = {}) {
    this.#network = network;
    this.#own = own;
    this.#appKeys = new Map(network.appKeys.map(({ index, key }) => [index, applicationKey(key)]));
    this.session = new ProxySession(node, {
      network: networkKey(network.netKey.key),
      own,
      keysFor: ({ source, aid }) => this.#keysFor(source, aid),
      onMessage: (message) => this.#hear(message),
      ...(options.onIvIndex && { onIvIndex: options.onIvIndex }),
    });
  }

  get ownUnicast(): number {
    return this.#own.unicast;
  }
  get ivIndexHeard(): number {
    return this.#own.iv.index;
  }
  /** First address of the node that is the proxy, once it has answered. */
  get proxyUnicast(): number | undefined {
    return this.session.proxyUnicast;
  }
  get reportsDelivery(): boolean {
    return true;
  }
  get nodesAtATime(): number {
    return NODES_AT_A_TIME;
  }
  /** Our own replay list has no end. */
  get sourcesPerRun(): number {
    return Infinity;
  }
  get sourcesHeard(): number {
    return this.#sources.size;
  }

  /** @throws `gatt/unknown-key`, and what the session throws */
  async open(node: NodeAccess): Promise<NodeChannel> {
    if (node.netKeyIndex !== this.#network.netKey.index) throw unknownKey('network', node.netKeyIndex);
    await this.session.open();
    const channel = new ProxyChannel(this, node);
    this.#channels.add(channel);
    return channel;
  }

  async send(
    destination: number,
    access: Uint8Array,
    { appKeyIndex }: { readonly appKeyIndex: number },
    ttl = PROXY_TTL,
  ): Promise<void> {
    await this.session.open();
    await this.session.transport.send({ destination, access, key: this.appKey(appKeyIndex), ttl });
  }

  async gather<Answer>(
    destination: number,
    request: Pick<Request<Answer>, 'access' | 'read'>,
    { appKeyIndex }: { readonly appKeyIndex: number },
    waitMs: number,
  ): Promise<ReadonlyMap<number, Answer>> {
    const key = this.appKey(appKeyIndex);
    const answers = new Map<number, Answer>();
    const listen = (message: IncomingMessage) => {
      const answer = message.key === key ? request.read(message.access) : undefined;
      if (answer !== undefined) answers.set(message.source, answer);
    };
    this.#listeners.add(listen);
    try {
      await this.send(destination, request.access, { appKeyIndex });
      await this.session.clock.sleep(waitMs);
      return answers;
    } finally {
      this.#listeners.delete(listen);
    }
  }

  forgetHeard(nodes: readonly HasElements[]): void {
    this.#own.forgetHeard(nodes);
  }

  /** Nothing is lost here that a restart would bring back: the connection is made where there is none. */
  async restart({ freshNumbers = false }: { readonly freshNumbers?: boolean } = {}): Promise<void> {
    if (freshNumbers) await this.#own.leap();
    await this.session.open();
  }

  /** A browser does not show what nodes advertise: nothing is ever heard. */
  async scan(_heard: (beacon: UnprovisionedBeacon) => void, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** Disconnect, and let another tab speak. */
  async close(): Promise<void> {
    this.session.close();
    await this.#own.close();
  }

  /* For channels */

  /** @throws `gatt/unknown-key` */
  appKey(index: number): MessageKey {
    const key = this.#appKeys.get(index);
    if (!key) throw unknownKey('application', index);
    return key;
  }

  forget(channel: ProxyChannel): void {
    this.#channels.delete(channel);
  }

  /** Ask one node, beside a few others. */
  async ask<Answer>(
    channel: ProxyChannel,
    request: Request<Answer>,
    options: AskOptions,
  ): Promise<Exchange<Answer>> {
    const isLong = request.access.length > LONGEST_IN_ONE;
    return this.#nodes.within(() =>
      isLong
        ? this.#longMessages.within(() => this.#askTwice(channel, request, options))
        : this.#askTwice(channel, request, options),
    );
  }

  async #askTwice<Answer>(channel: ProxyChannel, request: Request<Answer>, options: AskOptions) {
    await this.session.open(options.signal);
    try {
      return await this.#askOnce(channel, request, options);
    } catch (error) {
      if (!isLost(error)) throw error;
      await this.session.open(options.signal);
      return this.#askOnce(channel, request, options);
    }
  }

  async #askOnce<Answer>(
    channel: ProxyChannel,
    request: Request<Answer>,
    { element = channel.node.unicast, ttl = PROXY_TTL, segmented = true, answerMs, signal }: AskOptions,
  ): Promise<Exchange<Answer>> {
    signal?.throwIfAborted();
    const { clock, transport } = this.session;
    const key = request.key === 'device' ? channel.deviceKey : this.appKey(request.key.appKeyIndex);
    const isSegmented = segmented || request.access.length > LONGEST_IN_ONE;
    const answers = channel.listen(element, key);
    const startedAt = clock.now();
    let isDelivered = false;
    const delivery = transport
      .send({ destination: element, key, access: request.access, ttl, isSegmented: segmented })
      .then((told) => {
        isDelivered = told === 'acknowledged';
        return told;
      });
    const waitMs = answerMs ?? (request.isAnswerLong ? LONG_ANSWER_MS : SHORT_ANSWER_MS);
    const silence = new Error('no answer');

    const answer = this.#answerTo(request, answers, startedAt);
    answer.catch(() => {});
    const deadline = delivery.then((told) => {
      const left =
        isSegmented && told !== 'acknowledged' ? 0 : isSegmented ? waitMs : (answerMs ?? PLAIN_ANSWER_MS);
      return within(clock, left, answer, () => silence);
    });
    deadline.catch(() => {});
    const cancel = () => answers.fail(signal!.reason);
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      const heard = await Promise.race([answer, deadline]);
      return { isDelivered: true, heard };
    } catch (error) {
      if (error !== silence) throw error;
      return { isDelivered: isSegmented ? isDelivered : undefined, heard: undefined };
    } finally {
      signal?.removeEventListener('abort', cancel);
      answers.fail(silence);
    }
  }

  async #answerTo<Answer>(
    request: Request<Answer>,
    answers: Mailbox<IncomingMessage>,
    startedAt: number,
  ): Promise<Heard<Answer>> {
    for (;;) {
      const { access, ttl } = await answers.take();
      const answer = request.read(access);
      if (answer === undefined) continue;
      const rttMs = this.session.clock.now() - startedAt;
      return { answer, rttMs, rssi: null, ttl, lastHop: '', isCut: false };
    }
  }

  #keysFor(source: number, aid: number | undefined): readonly MessageKey[] {
    if (aid !== undefined) return [...this.#appKeys.values()];
    return [...this.#channels]
      .filter(({ node }) => node.unicast === source)
      .map((channel) => channel.deviceKey);
  }

  #hear(message: IncomingMessage): void {
    this.#sources.add(message.source);
    for (const channel of this.#channels) channel.hear(message);
    for (const listen of this.#listeners) listen(message);
  }
}

/** One node that is spoken to, one question after the other. */
class ProxyChannel implements NodeChannel {
  readonly deviceKey: MessageKey;
  /** A proxy does not tell through whom a message came. */
  readonly arrivals = [];
  #last: Promise<unknown> = Promise.resolve();
  #listening:
    | { readonly element: number; readonly key: MessageKey; readonly answers: Mailbox<IncomingMessage> }
    | undefined;

  constructor(
    readonly bearer: ProxyBearer,
    readonly node: NodeAccess,
  ) {
    this.deviceKey = deviceKey(node.deviceKey);
  }

  ask<Answer>(request: Request<Answer>, options: AskOptions = {}): Promise<Exchange<Answer>> {
    const exchange = this.#last.then(() => this.bearer.ask(this, request, options));
    this.#last = exchange.catch(() => {});
    return exchange;
  }

  async close(): Promise<void> {
    await this.#last;
    this.bearer.forget(this);
  }

  listen(element: number, key: MessageKey): Mailbox<IncomingMessage> {
    const answers = new Mailbox<IncomingMessage>();
    this.#listening = { element, key, answers };
    return answers;
  }

  hear(message: IncomingMessage): void {
    const wanted = this.#listening;
    if (wanted && message.source === wanted.element && message.key === wanted.key)
      wanted.answers.put(message);
  }
}

/** Failures of a connection, which the next one does not have. */
const LOST: ReadonlySet<string> = new Set(['gatt/lost', 'gatt/not-written', 'gatt/half-message']);

const isLost = (error: unknown) => error instanceof KnownError && LOST.has(error.code);
