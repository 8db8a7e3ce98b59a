/** The computer's own radio as a bearer: the chosen node is provisioned, and then is the proxy to all others. */
import type {
  ProvisionedDevice,
  ProvisioningBearer,
  ProvisioningData,
  ProvisioningSteps,
} from '../mesh/bearer.ts';
import { requests } from '../mesh/access/index.ts';
import type { KeyAgreement } from '../mesh/key-agreement.ts';
import type { OwnNode } from '../mesh/index.ts';
import type { GattNode } from './gatt-node.ts';
import { provisionOverGatt } from './provisioning.ts';
import { ProxyBearer, type ProxyBearerOptions, type ProxyNetwork } from './proxy-bearer.ts';

export interface GattBearerOptions extends ProxyBearerOptions {
  readonly randomBytes: (length: number) => Uint8Array;
  readonly keyAgreement: KeyAgreement;
}

/** Questions that a node which may have joined is given. */
const TRIES = 3;

export class GattBearer extends ProxyBearer implements ProvisioningBearer {
  readonly #node: GattNode;
  readonly #options: GattBearerOptions;

  constructor(node: GattNode, network: ProxyNetwork, own: OwnNode, options: GattBearerOptions) {
    super(node, network, own, options);
    this.#node = node;
    this.#options = options;
  }

  /**
   * Provision the node that was chosen.
   *
   * @param _uuid  a browser does not tell which device it is; the one chosen is meant
   */
  async provision(
    _uuid: string,
    data: ProvisioningData,
    steps: ProvisioningSteps,
    attentionSeconds = 0,
  ): Promise<ProvisionedDevice> {
    const { randomBytes, keyAgreement } = this.#options;
    return provisionOverGatt(this.#node, data, steps, {
      randomBytes,
      keyAgreement,
      attentionSeconds,
      isMember: (device) => this.#isMember(device),
    });
  }

  async #isMember({ unicast, deviceKey, netKeyIndex }: ProvisionedDevice): Promise<boolean> {
    const channel = await this.open({ unicast, deviceKey, netKeyIndex });
    try {
      for (let tries = 0; tries < TRIES; tries++)
        if ((await channel.ask(requests.defaultTtl())).heard) return true;
      return false;
    } finally {
      await channel.close();
    }
  }
}
