/**
 * A device into the network over PB-GATT: the connection around the exchange.
 *
 * The exchange itself is the mesh's own; here it is opened, tried once more where that may help, closed, and cleared up where the
 * device's last word was lost.
 * Source: Mesh Protocol 1.1, 5.2.2 (PB-GATT).
 */
import { KnownError } from '../errors.ts';
import type {
  OobChoice,
  ProvisionedDevice,
  ProvisioningCapabilities,
  ProvisioningData,
  ProvisioningSteps,
} from '../mesh/bearer.ts';
import type { KeyAgreement } from '../mesh/key-agreement.ts';
import {
  INPUT_ACTIONS,
  Mailbox,
  OUTPUT_ACTIONS,
  provision,
  provisioningPdus,
  type Authentication,
  type NodeOffer,
  type ProvisionedNode,
} from '../mesh/index.ts';
import type { GattNode } from './gatt-node.ts';

export interface GattProvisioningOptions {
  readonly randomBytes: (length: number) => Uint8Array;
  readonly keyAgreement: KeyAgreement;
  readonly attentionSeconds: number;
  /** Whether a node with this key answers as one of the network, once it shows the proxy service. */
  isMember(device: ProvisionedDevice): Promise<boolean>;
}

/** The node closes its side, changes its services and advertises again. */
const SWITCH_MS = 1_500;
/** A node that failed draws new keys. */
const AGAIN_MS = 1_000;
const CONFIRMATION_FAILED = 4;

/**
 * Provision the device that was chosen.
 *
 * @returns  once its key is stored and it has had time to become a proxy
 * @throws   `mesh/…` as the exchange fails, `gatt/…` as the connection does, what `steps` throw
 */
export async function provisionOverGatt(
  node: GattNode,
  data: ProvisioningData,
  steps: ProvisioningSteps,
  options: GattProvisioningOptions,
): Promise<ProvisionedDevice> {
  const order = new Order(node, data, steps, options);
  try {
    return await order.attempt();
  } catch (error) {
    if (!order.mayBePaddedInFront(error)) throw error;
    await node.clock.sleep(AGAIN_MS);
    return order.attempt();
  }
}

class Order {
  /** What a person chose; asked once. */
  #authentication: Authentication | undefined;
  #isPaddedInFront = false;
  /** Of the algorithm that will be used, in bytes. */
  #valueSize = 0;

  constructor(
    readonly node: GattNode,
    readonly data: ProvisioningData,
    readonly steps: ProvisioningSteps,
    readonly options: GattProvisioningOptions,
  ) {}

  /** A short static value was refused: older Zephyr puts the zeros in front of it. */
  mayBePaddedInFront(error: unknown): boolean {
    const chosen = this.#authentication;
    const isWrongValue =
      error instanceof KnownError &&
      error.code === 'mesh/node-refused' &&
      error.facts['code'] === CONFIRMATION_FAILED;
    const isShort = chosen?.method === 'static' && chosen.value.length < this.#valueSize && !chosen.zeros;
    if (!isWrongValue || !isShort) return false;
    this.#isPaddedInFront = true;
    this.#authentication = { ...chosen, zeros: 'in-front' };
    return true;
  }

  async attempt(): Promise<ProvisionedDevice> {
    let pending: ProvisionedDevice | undefined;
    try {
      const device = await this.#exchange((kept) => {
        pending = kept;
      });
      await this.node.clock.sleep(SWITCH_MS);
      return device;
    } catch (error) {
      const isOpen = error instanceof KnownError && error.code === 'mesh/complete-lost';
      if (!isOpen || !pending) throw error;
      const fate = await this.#fateOf(pending);
      if (fate !== 'joined') throw fate === 'waits' && error.cause instanceof Error ? error.cause : error;
      await this.steps.onComplete(pending);
      return pending;
    }
  }

  async #exchange(onPending: (device: ProvisionedDevice) => void): Promise<ProvisionedDevice> {
    const { node, data, steps, options } = this;
    const received = new Mailbox<Uint8Array>();
    const connection = await node.connect('provisioning', {
      onMessage: ({ type, data: pdu }) => type === 'provisioning' && received.put(pdu),
      onEnd: (reason) => received.fail(reason),
    });
    try {
      steps.onLink?.();
      const link = {
        received,
        send: (pdu: Uint8Array) => connection.send({ type: 'provisioning', data: pdu }),
      };
      const provisioned = await provision(link, {
        clock: node.clock,
        randomBytes: options.randomBytes,
        keyAgreement: options.keyAgreement,
        attentionSeconds: options.attentionSeconds,
        network: {
          netKey: data.netKey,
          keyIndex: data.netKeyIndex,
          ivIndex: data.ivIndex,
          keyRefresh: data.isKeyRefreshing,
          ivUpdate: data.isIvUpdating,
        },
        decide: async (offer) => ({
          unicast: data.unicast,
          authentication: await this.#authenticationFor(offer),
        }),
        ...(steps.readTyped && { readTyped: steps.readTyped.bind(steps) }),
        ...(steps.show && { show: steps.show.bind(steps) }),
        keepPending: async (kept) => {
          const device = this.#deviceOf(kept);
          await steps.onPending?.(device);
          onPending(device);
        },
      });
      const device = this.#deviceOf(provisioned);
      await steps.onComplete(device);
      return device;
    } finally {
      // the node waits for this before it becomes a proxy
      connection.close();
    }
  }

  async #authenticationFor(offer: NodeOffer): Promise<Authentication> {
    this.#valueSize = provisioningPdus.VALUE_SIZES[offer.algorithms.at(-1) ?? 'cmac'];
    if (!this.#isPaddedInFront)
      this.#authentication = authenticationOf(await this.steps.onCapabilities(capabilitiesOf(offer)));
    return this.#authentication!;
  }

  #deviceOf({ unicast, elementCount, deviceKey }: ProvisionedNode): ProvisionedDevice {
    const { netKeyIndex, ivIndex } = this.data;
    return { unicast, elementCount, deviceKey, netKeyIndex, ivIndex };
  }

  /** After a lost last word: a proxy that answers under its key has joined, a device that waits as before has not. */
  async #fateOf(device: ProvisionedDevice): Promise<'joined' | 'waits' | 'unknown'> {
    await this.node.clock.sleep(SWITCH_MS);
    const service = await this.node.findService().catch(() => undefined);
    if (service === 'provisioning') return 'waits';
    const isMember = service === 'proxy' && (await this.options.isMember(device).catch(() => false));
    return isMember ? 'joined' : 'unknown';
  }
}

const bitsOf = <T>(known: readonly T[], offered: readonly T[]) =>
  known.reduce((bits, one, bit) => (offered.includes(one) ? bits | (1 << bit) : bits), 0);

const capabilitiesOf = ({ elementCount, oob }: NodeOffer): ProvisioningCapabilities => ({
  elementCount,
  offersStaticOob: oob.static,
  needsOob: !oob.none,
  outputOobSize: oob.outputSize,
  outputOobActions: bitsOf(OUTPUT_ACTIONS, oob.output),
  inputOobSize: oob.inputSize,
  inputOobActions: bitsOf(INPUT_ACTIONS, oob.input),
});

function authenticationOf(choice: OobChoice): Authentication {
  if (choice === 'none') return { method: 'none' };
  return 'staticValue' in choice ? { method: 'static', value: choice.staticValue } : choice;
}
