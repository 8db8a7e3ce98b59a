/**
 * A kit with `examples/serial` as the way into a network: keys, addresses and handles on the device, questions to nodes, and devices
 * that join.
 *
 * Below lies the device and its commands; above lie the provisioner and the on-air proof, which see a `MeshBearer`. The firmware
 * keeps nothing over a reset, so `restart` gives it everything anew.
 *
 * Long because all that changes the device's memory stands beside what restores it.
 */
import { hex, toHex } from '../bytes.ts';
import type { Clock } from '../clock.ts';
import { KnownError } from '../errors.ts';
import type { Request } from '../mesh/access/index.ts';
import type {
  MeshBearer,
  NodeAccess,
  NodeChannel,
  ProvisionedDevice,
  ProvisioningBearer,
  ProvisioningData,
  ProvisioningSteps,
  UnprovisionedBeacon,
} from '../mesh/index.ts';
import type { KeyAgreement, KeyPair } from '../mesh/index.ts';
import type { OwnAddressStore } from '../mesh/index.ts';
import { COMMANDS } from './commands.ts';
import type { SerialDevice } from './device.ts';
import {
  addressesNotStored,
  deviceRestarted,
  ivIndexUnreachable,
  noIvIndex,
  notSetUp,
  refused,
} from './errors.ts';
import type { SerialEvent } from './events.ts';
import { addressText, DEFAULT_TTL, KitChannel } from './kit-channel.ts';
import { chooseOwnAddress, type OwnAddress } from './own-addresses.ts';
import { provisionDevice } from './provisioning.ts';
import type { SendParameters } from './releases.ts';
import { STATUS } from './statuses.ts';

/** Left free in the replay list of the device: for nodes that publish by themselves. */
const REPLAY_LIST_MARGIN = 4;
/** How far ahead of its own a device follows an IV index. Source: Bluetooth Mesh Profile 1.0.1, section 3.10.5. */
const IV_INDEX_REACH = 42;
/** Numbers that a device of 5.0.0 reserves at a time. Source: docs/serial.md, addresses and numbers. */
const SEQUENCE_BLOCK = 8192;
const IV_INDEX_WAIT_MS = 60_000;
/** A block of sequence numbers is ready a few milliseconds after it was asked for; a full send buffer empties as fast. */
const RETRY_MS = [20, 50, 50, 50, 100, 200] as const;
const RESTART_TRIES = 3;

/** What the kit has to know of a network. */
export interface KitNetwork {
  /** meshUUID of the database: 32 hex digits in small letters. */
  readonly id: string;
  readonly ivIndex: number;
  readonly isIvUpdating: boolean;
  readonly netKeys: readonly { readonly index: number; readonly key: Uint8Array }[];
  readonly appKeys: readonly {
    readonly index: number;
    readonly boundNetKey: number;
    readonly key: Uint8Array;
  }[];
  /** Unicast addresses that belong to no node and that the kit may have. */
  readonly ownAddresses: readonly number[];
}

export interface KitOptions {
  readonly clock: Clock;
  /** For time stamps of records. */
  readonly now: () => Date;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly store: OwnAddressStore;
  readonly keyAgreement: KeyAgreement;
}

export class MeshKit implements MeshBearer, ProvisioningBearer {
  readonly #device: SerialDevice;
  readonly #network: KitNetwork;
  readonly #options: KitOptions;
  #own: OwnAddress | undefined;
  #ivIndex = 0;
  /** Of the network: as given, as remembered or as its beacons told, whichever is highest. */
  #networkIvIndex: number;
  #isIvIndexHeard = false;
  /** Where the sequence numbers go on by the last record. */
  #storedBlock = 0;
  #subnets = new Map<number, number>();
  #appKeys = new Map<number, number>();
  /** Rises with every restart: channels of an earlier one are dead. */
  #run = 0;
  #isSetUp = false;
  #sources = new Set<number>();
  #keyPair: KeyPair | undefined;
  #contextFree: Promise<void> = Promise.resolve();
  /** Every record that was begun to be stored. */
  #stored: Promise<void> = Promise.resolve();

  constructor(device: SerialDevice, network: KitNetwork, options: KitOptions) {
    this.#device = device;
    this.#network = network;
    this.#options = options;
    this.#networkIvIndex = network.ivIndex;
    device.line.onEvent((event) => this.#hear(event));
  }

  get device(): SerialDevice {
    return this.#device;
  }
  get clock(): Clock {
    return this.#options.clock;
  }
  get ownUnicast(): number {
    if (!this.#own) throw notSetUp('an address of its own');
    return this.#own.unicast;
  }
  get ivIndexHeard(): number {
    return this.#networkIvIndex;
  }
  get reportsDelivery(): boolean {
    return this.#device.release.reportsDelivery;
  }
  get sourcesPerRun(): number {
    return this.#device.release.replayListLength - REPLAY_LIST_MARGIN;
  }
  /** One question at a time goes over the line. */
  get nodesAtATime(): number {
    return 1;
  }
  get sourcesHeard(): number {
    return this.#sources.size;
  }
  /** Which restart of the device this is. */
  get run(): number {
    return this.#run;
  }

  /**
   * Reset the device and give it everything it needs.
   *
   * @throws `serial/no-own-address`, `serial/addresses-not-stored`, `serial/iv-index-unreachable`, `serial/no-iv-index`, and what
   *         the line and refusals throw
   */
  async restart({ freshNumbers = false }: { readonly freshNumbers?: boolean } = {}): Promise<void> {
    await this.#withTries(async () => {
      await this.reset();
      await this.takeOwnAddress(freshNumbers);
      await this.restoreNetState();
      await this.setUp();
    });
    await this.#awaitIvIndex();
  }

  /** Reset the device alone: all it was given is gone. */
  async reset(): Promise<void> {
    this.#forget();
    await this.#device.line.reset();
    this.#contextFree = Promise.resolve();
  }

  /** Choose an address of our own and have it stored. @throws `serial/no-own-address`, `serial/addresses-not-stored` */
  async takeOwnAddress(freshNumbers = false): Promise<void> {
    const { store, randomBytes } = this.#options;
    const { id, ownAddresses } = this.#network;
    const records = await store.load().catch((cause) => Promise.reject(addressesNotStored(cause)));
    const heard = records.filter(({ network, isIvIndexHeard }) => network === id && isIvIndexHeard);
    this.#rememberIvIndex(Math.max(0, ...heard.map(({ ivIndex }) => ivIndex)));
    const ivIndex = this.#networkIvIndex;
    const { keepsSequence } = this.#device.release;
    this.#own = chooseOwnAddress({
      network: id,
      ivIndex,
      candidates: ownAddresses,
      records,
      keepsSequence,
      freshNumbers,
      random: randomBytes(4),
    });
    this.#store(keepsSequence ? this.#own.nextSequence : null);
    await this.#settled();
  }

  /** Tell the device where the network's IV index and our numbers stand; needed from 5.0.0 on, impossible before. */
  async restoreNetState(): Promise<void> {
    const ivIndex = this.#networkIvIndex;
    const isIvUpdating = this.#network.isIvUpdating && ivIndex === this.#network.ivIndex;
    const nextSequence = this.#own?.nextSequence ?? 0;
    if (!this.#device.release.keepsSequence) return;
    // as it starts, it needs not be told; what it reserved for itself is read
    if (ivIndex === 0 && !isIvUpdating && nextSequence === 0) return this.rememberSequence();
    await this.#device.call(COMMANDS.netStateSet, {
      ivIndex,
      ivUpdate: isIvUpdating ? 1 : 0,
      timeout: 0,
      nextSequenceBlock: nextSequence,
    });
    this.#ivIndex = ivIndex;
  }

  /**
   * Give a device that was reset its address and keys.
   *
   * @param provisions  give it a key pair first, for devices that are to join
   */
  async setUp(provisions = false): Promise<void> {
    if (!this.#own) await this.takeOwnAddress();
    if (provisions) await this.#giveKeyPair();
    const device = this.#device;
    await device.call(COMMANDS.addrLocalUnicastSet, { start: this.ownUnicast, count: 1 });
    for (const { index, key } of this.#network.netKeys) {
      const { subnetHandle } = await device.call(COMMANDS.subnetAdd, { netKeyIndex: index, key });
      this.#subnets.set(index, subnetHandle);
    }
    for (const { index, boundNetKey, key } of this.#network.appKeys) {
      const subnetHandle = this.subnetHandle(boundNetKey);
      const { appKeyHandle } = await device.call(COMMANDS.appkeyAdd, {
        appKeyIndex: index,
        subnetHandle,
        key,
      });
      this.#appKeys.set(index, appKeyHandle);
    }
    this.#isSetUp = true;
    await this.#settled();
  }

  /** Read where the sequence numbers stand, for next time. */
  async rememberSequence(): Promise<void> {
    if (!this.#device.release.keepsSequence || !this.#own) return;
    const { nextSequenceBlock } = await this.#device.call(COMMANDS.netStateGet, {});
    if (nextSequenceBlock > this.#storedBlock) this.#store(nextSequenceBlock);
    await this.#settled();
  }

  async open(node: NodeAccess): Promise<NodeChannel> {
    await this.#ready();
    try {
      return await this.#openOnce(node);
    } catch (error) {
      // a slot that was not freed, or a response that was lost: the device is made to forget it
      if (!isMendedByRestart(error)) throw error;
      await this.restart();
      return this.#openOnce(node);
    }
  }

  async #openOnce(node: NodeAccess): Promise<NodeChannel> {
    const { devKeyHandle } = await this.#device.call(COMMANDS.devkeyAdd, {
      owner: node.unicast,
      subnetHandle: this.subnetHandle(node.netKeyIndex),
      key: node.deviceKey,
    });
    const addressHandle = await this.addAddress(node.unicast);
    return new KitChannel(this, node, devKeyHandle, addressHandle);
  }

  async send(
    destination: number,
    access: Uint8Array,
    { appKeyIndex }: { readonly appKeyIndex: number },
    ttl = DEFAULT_TTL,
  ): Promise<void> {
    await this.#ready();
    const handle = await this.addAddress(destination);
    const keyHandle = this.appKeyHandle(appKeyIndex);
    await this.transmit({ keyHandle, destinationHandle: handle, ttl, forceSegmented: 0, rest: access });
    await this.#device.call(COMMANDS.addrPublicationRemove, { handle });
  }

  async gather<Answer>(
    destination: number,
    request: Pick<Request<Answer>, 'access' | 'read'>,
    key: { readonly appKeyIndex: number },
    waitMs: number,
  ): Promise<ReadonlyMap<number, Answer>> {
    await this.#ready();
    const keyHandle = this.appKeyHandle(key.appKeyIndex);
    const answers = new Map<number, Answer>();
    const events = this.#device.line.listen(
      ({ name }) => name === 'MessageReceivedUnicast' || name === 'DeviceStarted',
    );
    try {
      await this.send(destination, request.access, key);
      const until = this.clock.now() + waitMs;
      for (;;) {
        const left = until - this.clock.now();
        const event = left > 0 ? await events.next(left) : undefined;
        if (event === undefined) return answers;
        if (event.name === 'DeviceStarted') throw deviceRestarted();
        if (event.name !== 'MessageReceivedUnicast' || event.keyHandle !== keyHandle) continue;
        const answer = request.read(event.rest);
        if (answer !== undefined) answers.set(event.source, answer);
      }
    } finally {
      events.close();
    }
  }

  async scan(heard: (beacon: UnprovisionedBeacon) => void, signal: AbortSignal): Promise<void> {
    await this.#ready();
    const events = this.#device.line.listen(({ name }) => name === 'UnprovisionedReceived');
    try {
      await this.#startScan();
      while (!signal.aborted) {
        const event = await events.next(1000, signal).catch((error: unknown) => {
          if (signal.aborted) return undefined;
          throw error;
        });
        if (event?.name === 'UnprovisionedReceived') heard(beaconOf(event));
      }
    } finally {
      events.close();
      // a scan that goes on all the same does no harm: the next one finds it on
      if (!this.#device.line.end && this.#isSetUp)
        await this.#device.attempt(COMMANDS.scanStop, {}).catch(() => {});
    }
  }

  async provision(
    uuid: string,
    data: ProvisioningData,
    steps: ProvisioningSteps,
    attentionSeconds = 0,
  ): Promise<ProvisionedDevice> {
    await this.#ready();
    await this.#contextFree;
    const keyPair = await this.#freshKeyPair();
    try {
      const run = await provisionDevice(this.#device, uuid, data, keyPair, steps, attentionSeconds);
      this.#contextFree = run.contextFree;
      return run.device;
    } catch (error) {
      // there is no command that ends an attempt
      if (!this.#device.line.end && !LINK_IS_OVER.has(codeOf(error))) await this.restart().catch(() => {});
      throw error;
    }
  }

  // ---- for channels ----

  /** @throws `serial/not-set-up` */
  subnetHandle(netKeyIndex: number): number {
    const handle = this.#subnets.get(netKeyIndex);
    if (handle === undefined) throw notSetUp(`network key ${netKeyIndex}`);
    return handle;
  }
  /** @throws `serial/not-set-up` */
  appKeyHandle(appKeyIndex: number): number {
    const handle = this.#appKeys.get(appKeyIndex);
    if (handle === undefined) throw notSetUp(`application key ${appKeyIndex}`);
    return handle;
  }
  async addAddress(address: number): Promise<number> {
    return (await this.#device.call(COMMANDS.addrPublicationAdd, { address })).addressHandle;
  }

  /** Send one access message from our address; the token of its delivery where the release gives one. */
  async transmit(
    packet: Omit<SendParameters, 'source' | 'transmicSize' | 'friendshipCredential'>,
  ): Promise<number | undefined> {
    this.#assertSetUp();
    await this.#settled();
    const parameters = { ...packet, source: this.ownUnicast, transmicSize: 0, friendshipCredential: 0 };
    for (const retryMs of [...RETRY_MS, undefined]) {
      const sent = await this.#device.sendPacket(parameters).catch((error: unknown) => {
        if (codeOf(error) === 'serial/no-response') return undefined; // it may be on its way
        throw error;
      });
      if (!sent) return undefined;
      const { status, token } = sent;
      if (status === STATUS.success) return token;
      const mayPass = status === STATUS.rejected || status === STATUS.busy || status === STATUS.invalidState;
      if (!mayPass || retryMs === undefined) throw refused('PacketSend', status);
      await this.clock.sleep(retryMs);
    }
    return undefined;
  }

  /** The device's replay list has an entry more. */
  countSource(unicast: number): void {
    this.#sources.add(unicast);
  }

  // ---- inside ----

  /** Set up, once more where the device restarted by itself. */
  async #ready(): Promise<void> {
    if (this.#device.line.end) throw this.#device.line.end;
    if (!this.#isSetUp) await this.restart();
  }

  async #withTries(work: () => Promise<void>): Promise<void> {
    for (let left = RESTART_TRIES; ; left--)
      try {
        return await work();
      } catch (error) {
        if (left === 1 || !isMendedByRestart(error)) throw error;
      }
  }

  async #startScan(): Promise<void> {
    const started = await this.#device.attempt(COMMANDS.scanStart, {}).catch((error: unknown) => {
      if (codeOf(error) === 'serial/no-response') return undefined; // the beacons will tell
      throw error;
    });
    // on already: of an earlier scan whose end was not heard
    if (started && started.status !== STATUS.success && started.status !== STATUS.invalidState)
      throw refused(COMMANDS.scanStart.name, started.status);
  }

  #assertSetUp(): void {
    if (this.#device.line.end) throw this.#device.line.end;
    if (!this.#isSetUp) throw deviceRestarted();
  }

  #forget(): void {
    this.#run++;
    this.#isSetUp = false;
    this.#own = undefined;
    this.#keyPair = undefined;
    this.#ivIndex = 0;
    this.#storedBlock = 0;
    this.#subnets = new Map();
    this.#appKeys = new Map();
    this.#sources = new Set();
  }

  #hear(event: SerialEvent): void {
    switch (event.name) {
      case 'DeviceStarted':
        this.#forget();
        return;
      case 'IvUpdate':
      case 'IvEntrySet':
        this.#ivIndex = event.ivIndex;
        if (event.ivIndex > this.#networkIvIndex) this.#moveOn(event.ivIndex);
        return;
      case 'SequenceEntrySet':
        if (this.#own && event.nextBlock > this.#storedBlock) this.#store(event.nextBlock);
        return;
      case 'MessageReceivedUnicast':
      case 'MessageReceivedSubscription':
        this.countSource(event.source);
        return;
      default:
    }
  }

  #rememberIvIndex(heard: number): void {
    if (heard <= this.#networkIvIndex) return;
    this.#networkIvIndex = heard;
    this.#isIvIndexHeard = true;
  }

  /** The network is at a later IV index: numbers begin again under it, with a first block that the device reserved. */
  #moveOn(ivIndex: number): void {
    this.#rememberIvIndex(ivIndex);
    if (!this.#own) return;
    const { keepsSequence } = this.#device.release;
    this.#store(keepsSequence ? Math.max(this.#storedBlock, SEQUENCE_BLOCK) : null);
  }

  /** Have it stored; `transmit` waits for it. */
  #store(nextSequence: number | null): void {
    const { store, now } = this.#options;
    this.#storedBlock = nextSequence ?? 0;
    const record = {
      network: this.#network.id,
      unicast: this.#own!.unicast,
      ivIndex: Math.max(this.#ivIndex, this.#networkIvIndex),
      ...(this.#isIvIndexHeard && { isIvIndexHeard: true }),
      nextSequence,
      at: now().toISOString(),
    };
    this.#stored = this.#stored.then(() => store.append(record));
    this.#stored.catch(() => {});
  }

  /** @throws `serial/addresses-not-stored` */
  async #settled(): Promise<void> {
    try {
      await this.#stored;
    } catch (cause) {
      this.#stored = Promise.resolve();
      this.#isSetUp = false; // nothing may be sent under numbers nobody will remember
      throw addressesNotStored(cause);
    }
  }

  /** Before 5.0.0 the IV index comes from the network's beacons alone. */
  async #awaitIvIndex(): Promise<void> {
    const wanted = this.#networkIvIndex;
    if (this.#ivIndex >= wanted) return;
    if (wanted > IV_INDEX_REACH) throw ivIndexUnreachable(wanted);
    const events = this.#device.line.listen(({ name }) => name === 'IvUpdate');
    try {
      const until = this.clock.now() + IV_INDEX_WAIT_MS;
      while (this.#ivIndex < wanted) {
        const left = until - this.clock.now();
        if (left <= 0 || !(await events.next(left))) throw noIvIndex(wanted, IV_INDEX_WAIT_MS);
      }
    } finally {
      events.close();
    }
  }

  async #giveKeyPair(): Promise<KeyPair> {
    const pair = await this.#options.keyAgreement.generate();
    const { privateKey, publicX, publicY } = pair;
    await this.#device.call(COMMANDS.keypairSet, { privateKey, publicX, publicY });
    this.#keyPair = pair;
    return pair;
  }

  /** One pair serves one device. The firmware never tells its own public half, so ours is always given. */
  async #freshKeyPair(): Promise<KeyPair> {
    const pair = this.#keyPair ?? (await this.#giveKeyPair());
    this.#keyPair = undefined;
    return pair;
  }
}

const codeOf = (error: unknown): string => (error instanceof KnownError ? error.code : '');

/** The device forgot, was given something before, or did not say: all gone once it starts anew. */
const isMendedByRestart = (error: unknown): boolean =>
  ['serial/device-restarted', 'serial/refused', 'serial/no-response'].includes(codeOf(error));

/** Failures that leave no link open. */
const LINK_IS_OVER: ReadonlySet<string> = new Set([
  'serial/link-timeout',
  'serial/link-closed',
  'serial/provisioning-failed',
  'serial/device-restarted',
]);

function beaconOf(event: Extract<SerialEvent, { name: 'UnprovisionedReceived' }>): UnprovisionedBeacon {
  return {
    uuid: toHex(event.uuid),
    rssi: event.rssi,
    address: addressText(event.advertisingAddress),
    offersGatt: event.offersGatt !== 0,
  };
}

/** `0x0001`, for messages. */
export const unicastText = (unicast: number): string => hex(unicast, 4);
