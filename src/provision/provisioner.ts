/**
 * Devices into a network, and what they are told there, over any bearer.
 *
 * Below lie a bearer and the database; above lie the screen and the command line. The device key of a new node exists in memory
 * alone when it arrives, so the database is stored before anything else is sent.
 */
import { hex } from '../bytes.ts';
import type {
  MeshBearer,
  NodeChannel,
  OobChoice,
  ProvisionedDevice,
  ProvisioningBearer,
  ProvisioningCapabilities,
  ProvisioningSteps,
} from '../mesh/index.ts';
import { requests, type Request } from '../mesh/access/index.ts';
import {
  addProvisionedNode,
  allocate,
  recordNodeChange,
  removeNodes,
  usedAddresses,
  uuidDigits,
  type AddressOptions,
  type MeshDatabase,
  type NodeChange,
  type NodeRecord,
  type Stamp,
} from '../meshdb/index.ts';
import { KnownError } from '../errors.ts';
import {
  alreadyThere,
  moreElements,
  noAppKey,
  noDeviceKey,
  noNetKey,
  noReset,
  notStored,
  ownAddress,
  stillOpen,
  storeFirst,
} from './errors.ts';
import { isDone, requestOf, type LineOutcome, type RecipeLine } from './recipe.ts';

/** Addresses asked for before the device says how many elements it has. */
const RESERVED_ELEMENTS = 8;
/** Questions in a row that may stay without an answer. */
const TRIES = 3;

export interface ProvisionerOptions {
  readonly bearer: ProvisioningBearer & Pick<MeshBearer, 'open' | 'ownUnicast' | 'ivIndexHeard'>;
  readonly database: MeshDatabase;
  /** Resolves once the database would survive a power loss. */
  readonly store: (database: MeshDatabase) => Promise<void>;
  /**
   * Keeps a device that is about to be given its keys, where the bearer knows it by then: it may be in the network without ever saying
   * so. Resolves once it would survive a power loss; nobody needs it any more when the database has the device, or the attempt failed
   * in another way than `mesh/complete-lost`.
   */
  readonly storePending?: (device: ProvisionedDevice) => Promise<void>;
  readonly stamp: () => Stamp;
  /** Of the network; a PyACI database keeps one. */
  readonly ivIndex?: number;
  readonly isIvUpdating?: boolean;
  /** Addresses promised elsewhere, such as those of clones that are planned. */
  readonly addresses?: AddressOptions;
}

export interface DeviceOrder {
  /** 32 hex digits, as scanned. */
  readonly uuid: string;
  readonly name: string;
  /** 0 when left out. */
  readonly netKeyIndex?: number;
  /** Chosen as the database's own provisioner would when left out. */
  readonly unicast?: number;
  readonly attentionSeconds?: number;
  /** How to prove that it is the right device; none when left out. */
  readonly chooseOob?: (capabilities: ProvisioningCapabilities) => Promise<OobChoice>;
  /** Asks a person what the device shows. */
  readonly readTyped?: NonNullable<ProvisioningSteps['readTyped']>;
  /** Shows a person what to enter at the device. */
  readonly show?: NonNullable<ProvisioningSteps['show']>;
  readonly onStep?: (step: ProvisioningStep) => void;
}
/** Where an attempt stands, for a person. */
export type ProvisioningStep =
  | { readonly kind: 'reserved'; readonly unicast: number }
  | { readonly kind: 'link' }
  | { readonly kind: 'capabilities'; readonly capabilities: ProvisioningCapabilities }
  | { readonly kind: 'stored'; readonly device: ProvisionedDevice };

export class Provisioner {
  readonly #options: ProvisionerOptions;
  #database: MeshDatabase;
  /** The database holds something that is not stored. */
  #isUnstored = false;

  constructor(options: ProvisionerOptions) {
    this.#options = options;
    this.#database = options.database;
  }

  /** As it is now; also where it could not be stored. */
  get database(): MeshDatabase {
    return this.#database;
  }
  get isUnstored(): boolean {
    return this.#isUnstored;
  }

  /**
   * Bring a device into the network.
   *
   * @returns  once its key is stored
   * @throws   `provision/database-not-stored` when the device is in but its key is in memory alone: see `storeAgain`;
   *           `provision/store-first`, `provision/already-a-node`, `provision/more-elements`; `meshdb/no-room`,
   *           `meshdb/address-taken`; and what the bearer throws
   */
  async provision(order: DeviceOrder): Promise<ProvisionedDevice> {
    if (this.#isUnstored) throw storeFirst();
    this.#assertUnknown(order.uuid);
    try {
      return await this.#attempt(order, order.unicast ?? this.#reserve());
    } catch (error) {
      // the device has said how many addresses it needs: once more, where they are free
      const nextFree =
        error instanceof KnownError && error.code === 'provision/more-elements' && error.facts['nextFree'];
      if (order.unicast !== undefined || typeof nextFree !== 'number') throw error;
      return this.#attempt(order, nextFree);
    }
  }

  /** Store the database once more. @throws what `store` throws */
  async storeAgain(): Promise<void> {
    await this.#options.store(this.#database);
    this.#isUnstored = false;
  }

  /**
   * Ask a device that was given its keys and never said so, and put it into the database if it answers under its own.
   *
   * @returns  once its key is stored
   * @throws   `provision/still-open` when it does not answer; `provision/database-not-stored`, and what the bearer throws
   */
  async confirmPending(order: Pick<DeviceOrder, 'uuid' | 'name'>, device: ProvisionedDevice): Promise<void> {
    const channel = await this.#options.bearer.open(device);
    try {
      if (!(await askOften(channel, requests.defaultTtl()))) throw stillOpen(device.unicast);
    } finally {
      await channel.close();
    }
    await this.#keepDevice(order, device);
  }

  /**
   * Tell a node what a recipe says, line by line; lines that the database says are done are left out.
   *
   * @param onLine  told of every change of a line's outcome
   * @returns       the outcome of each line; the first that stays silent ends the run, as the node is out of reach
   */
  async configure(
    unicast: number,
    recipe: readonly RecipeLine[],
    onLine: (index: number, outcome: LineOutcome) => void = () => {},
    signal?: AbortSignal,
  ): Promise<readonly LineOutcome[]> {
    const channel = await this.openNode(unicast);
    try {
      return await this.configureOver(channel, recipe, onLine, signal);
    } finally {
      await channel.close();
    }
  }

  /** The same with a node that is open already; it stays open. */
  async configureOver(
    channel: NodeChannel,
    recipe: readonly RecipeLine[],
    onLine: (index: number, outcome: LineOutcome) => void = () => {},
    signal?: AbortSignal,
  ): Promise<readonly LineOutcome[]> {
    const { unicast } = channel.node;
    const outcomes: LineOutcome[] = recipe.map(() => ({ state: 'waiting' }));
    const report = (index: number, outcome: LineOutcome) => {
      outcomes[index] = outcome;
      onLine(index, outcome);
    };
    for (const [index, line] of recipe.entries()) {
      signal?.throwIfAborted();
      if (isDone(line, this.#node(unicast))) {
        report(index, { state: 'already' });
        continue;
      }
      report(index, { state: 'running' });
      report(index, await this.#apply(channel, line, signal));
      if (outcomes[index]!.state === 'silent') return outcomes;
    }
    const isComplete = outcomes.every(({ state }) => state === 'done' || state === 'already');
    if (isComplete && this.#database.format === 'cdb') await this.#record(unicast, { kind: 'complete' });
    return outcomes;
  }

  /** A node of the database as one that can be asked. @throws `provision/no-device-key`, and what the bearer throws */
  async openNode(unicast: number): Promise<NodeChannel> {
    const node = this.#node(unicast);
    const { deviceKey } = node;
    if (!deviceKey) throw noDeviceKey(unicast);
    return this.#options.bearer.open({ unicast, deviceKey, netKeyIndex: node.netKeyIndexes[0] ?? 0 });
  }

  /** Note what a node was told or has told, and store it. */
  async record(unicast: number, change: NodeChange): Promise<void> {
    await this.#record(unicast, change);
  }

  /**
   * Have a node leave the network, then take it out of the database.
   *
   * @throws `provision/no-reset` when it does not answer; then nothing is changed
   */
  async remove(unicast: number): Promise<void> {
    const channel = await this.openNode(unicast);
    try {
      if (!(await askOften(channel, requests.nodeReset()))) throw noReset(unicast);
    } finally {
      await channel.close();
    }
    await this.forget(unicast);
  }

  /** Take a node out of the database that is gone for good. */
  async forget(unicast: number): Promise<void> {
    const { index } = this.#node(unicast);
    const gone = removeNodes(this.#database, [index], this.#ivIndex, this.#options.stamp());
    await this.#keep(gone.database);
  }

  get #ivIndex(): number {
    const { bearer, ivIndex = this.#database.ivIndex ?? 0 } = this.#options;
    return Math.max(ivIndex, bearer.ivIndexHeard ?? 0);
  }

  #node(unicast: number): NodeRecord {
    const node = this.#database.nodes.find((other) => other.unicast === unicast);
    if (!node) throw noDeviceKey(unicast);
    return node;
  }

  #assertUnknown(uuid: string): void {
    const known = this.#database.nodes.find((node) => uuidDigits(node.uuid) === uuidDigits(uuid));
    if (known) throw alreadyThere(known.name, known.unicast);
  }

  /** An address with room behind it for a device of several elements, where there is. */
  #reserve(): number {
    const { addresses = {} } = this.#options;
    const choose = (elementCount: number) =>
      allocate(this.#database, { ...addresses, elementCount, count: 1 }).addresses[0]!;
    try {
      return choose(RESERVED_ELEMENTS);
    } catch {
      return choose(1);
    }
  }

  async #attempt(order: DeviceOrder, unicast: number): Promise<ProvisionedDevice> {
    const { netKeyIndex = 0, onStep = () => {}, attentionSeconds = 0, chooseOob, readTyped, show } = order;
    const { storePending } = this.#options;
    const netKey = this.#database.netKeys.find(({ index }) => index === netKeyIndex);
    const key = netKey && (netKey.phase === 0 ? netKey.key : (netKey.key ?? netKey.oldKey));
    if (!netKey || !key) throw noNetKey(netKeyIndex);
    this.#assertRoom(unicast, 1);
    onStep({ kind: 'reserved', unicast });
    const data = {
      netKey: key,
      netKeyIndex,
      ivIndex: this.#ivIndex,
      isIvUpdating: this.#options.isIvUpdating ?? false,
      isKeyRefreshing: netKey.phase === 2,
      unicast,
    };
    return this.#options.bearer.provision(
      order.uuid,
      data,
      {
        onLink: () => onStep({ kind: 'link' }),
        onCapabilities: async (capabilities) => {
          onStep({ kind: 'capabilities', capabilities });
          this.#assertRoom(unicast, capabilities.elementCount);
          return chooseOob ? chooseOob(capabilities) : 'none';
        },
        ...(readTyped && { readTyped }),
        ...(show && { show }),
        ...(storePending && { onPending: storePending }),
        onComplete: async (device) => {
          await this.#keepDevice(order, device);
          onStep({ kind: 'stored', device });
        },
      },
      attentionSeconds,
    );
  }

  #assertRoom(unicast: number, elementCount: number): void {
    const map = usedAddresses(this.#database, this.#options.addresses);
    const { ownUnicast } = this.#options.bearer;
    if (unicast <= ownUnicast && ownUnicast < unicast + elementCount) throw ownAddress(ownUnicast);
    try {
      map.assertFree(unicast, elementCount);
    } catch (error) {
      if (elementCount === 1) throw error;
      throw moreElements({
        unicast,
        elementCount,
        nextFree: map.findRun(elementCount, map.frontier) ?? map.findRun(elementCount),
      });
    }
  }

  async #keepDevice(order: Pick<DeviceOrder, 'uuid' | 'name'>, device: ProvisionedDevice): Promise<void> {
    const { unicast, deviceKey, netKeyIndex, elementCount } = device;
    const node = { name: order.name, uuid: order.uuid, unicast, deviceKey, netKeyIndex, elementCount };
    this.#database = addProvisionedNode(this.#database, node, this.#options.stamp());
    await this.#keep(this.#database).catch((cause) => Promise.reject(notStored(unicast, cause)));
  }

  async #apply(channel: NodeChannel, line: RecipeLine, signal?: AbortSignal): Promise<LineOutcome> {
    const { unicast, netKeyIndex } = channel.node;
    const key = (index: number) => {
      const found = this.#database.appKeys.find((other) => other.index === index)?.key;
      if (!found) throw noAppKey(index);
      return found;
    };
    const answer = await askOften(channel, requestOf(line, { unicast, netKeyIndex }, key), signal);
    if (answer === undefined) return { state: 'silent' };
    if (typeof answer === 'string') return { state: 'refused', status: answer };
    await this.#record(unicast, answer);
    return { state: 'done' };
  }

  #record(unicast: number, change: NodeChange): Promise<void> {
    return this.#keep(recordNodeChange(this.#database, unicast, change, this.#options.stamp()));
  }

  async #keep(database: MeshDatabase): Promise<void> {
    this.#database = database;
    this.#isUnstored = true;
    await this.#options.store(database);
    this.#isUnstored = false;
  }
}

/** Ask until there is an answer, a few times. */
async function askOften<Answer>(
  channel: NodeChannel,
  request: Request<Answer>,
  signal?: AbortSignal,
): Promise<Answer | undefined> {
  for (let tries = 0; tries < TRIES; tries++) {
    const { heard } = await channel.ask<Answer>(request, signal ? { signal } : {});
    if (heard) return heard.answer;
  }
  return undefined;
}

/** `Node 0x0010`, for a device without a name. */
export const defaultName = (unicast: number): string => `Node ${hex(unicast, 4)}`;
