/**
 * The provisioner's side: takes a node through all PDUs, in their order, and comes back with its device key.
 *
 * Below lies a link that carries whole PDUs; it is closed by who opened it, at the end as after a failure.
 * Source: Mesh Protocol 1.1, 5.4.2; a PDU that is not awaited ends the exchange, as does a minute without one (5.4.4).
 */
import { concatenate, equalBytes } from '../../bytes.ts';
import { within, type Clock } from '../../clock.ts';
import type { KeyAgreement } from '../key-agreement.ts';
import type { Mailbox } from '../mailbox.ts';
import {
  badOobInput,
  completeLost,
  noCommonAlgorithm,
  nodeRefused,
  oobNotOffered,
  provisioningSilent,
  reflected,
  unexpectedPdu,
  wrongConfirmation,
} from './errors.ts';
import {
  drawOobInput,
  noAuthValue,
  oobOfferOf,
  parseOobInput,
  staticAuthValue,
  typedAuthValue,
  INPUT_ACTIONS,
  OUTPUT_ACTIONS,
  type InputAction,
  type Authentication,
  type OobInput,
  type OobOffer,
  type OutputAction,
} from './oob.ts';
import {
  ALGORITHMS,
  capabilities as capabilitiesLayout,
  formatProvisioningPdu,
  invite as inviteLayout,
  OOB_METHODS,
  parseProvisioningPdu,
  provisioningData,
  start as startLayout,
  VALUE_SIZES,
  type ProvisioningAlgorithm,
  type ProvisioningPduType,
} from './pdus.ts';
import { confirmationKeys, confirmationOf, sealProvisioningData, sessionKeys } from './session.ts';

/** A node's bearer, opened. */
export interface ProvisioningLink {
  /** Resolves when the bearer has taken the whole PDU. */
  send(pdu: Uint8Array): Promise<void>;
  /** PDUs of the node; fails when the link is lost. */
  readonly received: Mailbox<Uint8Array>;
}

/** What a node said of itself. */
export interface NodeOffer {
  readonly elementCount: number;
  readonly algorithms: readonly ProvisioningAlgorithm[];
  readonly oob: OobOffer;
}

/** What the node is to become. */
export interface Membership {
  /** First unicast address; the elements take those after it. */
  readonly unicast: number;
  readonly authentication: Authentication;
  /** The safest of those offered, when left out. */
  readonly algorithm?: ProvisioningAlgorithm;
}

export interface ProvisionedNode {
  readonly unicast: number;
  readonly elementCount: number;
  readonly deviceKey: Uint8Array;
}

export interface Provisioner {
  readonly clock: Clock;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly keyAgreement: KeyAgreement;
  /** How long the node draws attention to itself, 0…255. */
  readonly attentionSeconds: number;
  readonly network: {
    readonly netKey: Uint8Array;
    readonly keyIndex: number;
    readonly ivIndex: number;
    readonly keyRefresh: boolean;
    readonly ivUpdate: boolean;
  };
  /** Asked once the number of elements is known. */
  decide(offer: NodeOffer): Promise<Membership>;
  /** What the node shows, as a person types it. */
  readTyped?(action: OutputAction, size: number): Promise<string>;
  /** Something for a person to enter at the node. */
  show?(action: InputAction, value: OobInput): void;
  /**
   * Called before the node is sent its keys, and waited for: should its last word be lost, the device key is here and nowhere
   * else.
   */
  keepPending(node: ProvisionedNode): Promise<void>;
}

/** A minute without the awaited PDU ends it, on both sides. */
export const PROVISIONING_TIMEOUT_MS = 60_000;

/**
 * Provision the node at the other end of a link.
 *
 * @throws `mesh/complete-lost` when the node may have joined all the same; other `mesh/…` when it certainly has not;
 *         whatever the link fails with
 */
export async function provision(link: ProvisioningLink, provisioner: Provisioner): Promise<ProvisionedNode> {
  const exchange = new Exchange(link, provisioner.clock);
  const { randomBytes } = provisioner;

  const invite = inviteLayout.encode({ attentionSeconds: provisioner.attentionSeconds });
  await exchange.send('invite', invite);
  const capabilities = await exchange.next('capabilities');
  const told = capabilitiesLayout.decode(capabilities);
  const offer = {
    elementCount: told.elementCount,
    algorithms: ALGORITHMS.filter((_, bit) => (told.algorithms >>> bit) & 1),
    oob: oobOfferOf(told),
  };
  const membership = await exchange.meanwhile(provisioner.decide(offer));
  const algorithm = algorithmFor(membership, offer, told.algorithms);
  const { authentication } = membership;
  refuseUnoffered(authentication, offer.oob);

  const start = startLayout.encode({
    algorithm: ALGORITHMS.indexOf(algorithm),
    publicKey: 0,
    method: OOB_METHODS.indexOf(authentication.method),
    ...actionOf(authentication),
  });
  const own = await provisioner.keyAgreement.generate();
  const ownPublicKey = concatenate([own.publicX, own.publicY]);
  await exchange.send('start', start);
  await exchange.send('public-key', ownPublicKey);
  const nodePublicKey = await exchange.next('public-key');
  const [nodeX, nodeY] = [nodePublicKey.subarray(0, 32), nodePublicKey.subarray(32)];
  // X alone: the point mirrored at the axis has the same, and makes the same secret
  if (equalBytes(nodeX, own.publicX)) throw reflected('public key');
  const secret = await own.secretWith(nodeX, nodeY);

  const authValue = await authValueOf(algorithm, authentication, provisioner, exchange);
  const inputs = { invite, capabilities, start, provisionerPublicKey: ownPublicKey, nodePublicKey };
  const keys = confirmationKeys(algorithm, inputs, secret, authValue);
  const ownRandom = randomBytes(VALUE_SIZES[algorithm]);
  const ownConfirmation = confirmationOf(keys, ownRandom);
  await exchange.send('confirmation', ownConfirmation);
  const nodeConfirmation = await exchange.nextValue('confirmation', algorithm);
  if (equalBytes(nodeConfirmation, ownConfirmation)) throw reflected('confirmation');
  await exchange.send('random', ownRandom);
  const nodeRandom = await exchange.nextValue('random', algorithm);
  if (equalBytes(nodeRandom, ownRandom)) throw reflected('random value');
  if (!equalBytes(confirmationOf(keys, nodeRandom), nodeConfirmation))
    throw wrongConfirmation(authentication.method);

  const session = sessionKeys(keys, ownRandom, nodeRandom);
  const node = {
    unicast: membership.unicast,
    elementCount: offer.elementCount,
    deviceKey: session.deviceKey,
  };
  await exchange.meanwhile(provisioner.keepPending(node));
  await giveMembership(exchange, sealProvisioningData(session, dataFor(provisioner.network, node.unicast)));
  return node;
}

/** From here on the node may have joined, whatever we hear of it, unless it says that it has not. */
async function giveMembership(exchange: Exchange, sealed: Uint8Array): Promise<void> {
  try {
    await exchange.send('data', sealed);
    await exchange.next('complete');
  } catch (error) {
    throw exchange.hasRefused ? error : completeLost(error);
  }
}

const dataFor = (network: Provisioner['network'], unicast: number) =>
  provisioningData.encode({
    netKey: network.netKey,
    keyIndex: network.keyIndex,
    flags: (network.keyRefresh ? 1 : 0) | (network.ivUpdate ? 2 : 0),
    ivIndex: network.ivIndex,
    unicast,
  });

function algorithmFor(
  { algorithm }: Membership,
  { algorithms }: NodeOffer,
  told: number,
): ProvisioningAlgorithm {
  const chosen = algorithm ?? algorithms.at(-1);
  if (!chosen || !algorithms.includes(chosen)) throw noCommonAlgorithm(told);
  return chosen;
}

function refuseUnoffered(chosen: Authentication, offer: OobOffer): void {
  const isOffered =
    chosen.method === 'output'
      ? offer.output.includes(chosen.action) && chosen.size >= 1 && chosen.size <= offer.outputSize
      : chosen.method === 'input'
        ? offer.input.includes(chosen.action) && chosen.size >= 1 && chosen.size <= offer.inputSize
        : offer[chosen.method];
  if (!isOffered) throw oobNotOffered(chosen.method);
}

function actionOf(chosen: Authentication): { action: number; size: number } {
  if (chosen.method === 'output') return { action: OUTPUT_ACTIONS.indexOf(chosen.action), size: chosen.size };
  if (chosen.method === 'input') return { action: INPUT_ACTIONS.indexOf(chosen.action), size: chosen.size };
  return { action: 0, size: 0 };
}

async function authValueOf(
  algorithm: ProvisioningAlgorithm,
  chosen: Authentication,
  provisioner: Provisioner,
  exchange: Exchange,
): Promise<Uint8Array> {
  switch (chosen.method) {
    case 'none':
      return noAuthValue(algorithm);
    case 'static':
      return staticAuthValue(algorithm, chosen.value, chosen.zeros);
    case 'output': {
      if (!provisioner.readTyped) throw oobNotOffered('output');
      const text = await exchange.meanwhile(provisioner.readTyped(chosen.action, chosen.size));
      const typed = parseOobInput(chosen.action, chosen.size, text);
      if (typed === undefined) throw badOobInput(chosen.size);
      return typedAuthValue(algorithm, typed);
    }
    case 'input': {
      if (!provisioner.show) throw oobNotOffered('input');
      const value = drawOobInput(chosen.action, chosen.size, provisioner.randomBytes);
      provisioner.show(chosen.action, value);
      await exchange.next('input-complete');
      return typedAuthValue(algorithm, value);
    }
  }
}

/** PDUs in strict turn. */
class Exchange {
  /** The node has said that it does not join. */
  hasRefused = false;

  constructor(
    readonly link: ProvisioningLink,
    readonly clock: Clock,
  ) {}

  async send(type: ProvisioningPduType, parameters: Uint8Array): Promise<void> {
    if (this.link.received.size > 0) this.#refuse(await this.link.received.take(), 'nothing');
    await this.link.send(formatProvisioningPdu(type, parameters));
  }

  /** Parameters of the next PDU, which is of this type. */
  async next(type: ProvisioningPduType): Promise<Uint8Array> {
    const late = () => provisioningSilent(type, PROVISIONING_TIMEOUT_MS / 1000);
    await within(this.clock, PROVISIONING_TIMEOUT_MS, this.link.received.arrival(), late);
    const received = await this.link.received.take();
    const pdu = parseProvisioningPdu(received);
    return pdu?.type === type ? pdu.parameters : this.#refuse(received, type);
  }

  async nextValue(type: 'confirmation' | 'random', algorithm: ProvisioningAlgorithm): Promise<Uint8Array> {
    const value = await this.next(type);
    return value.length === VALUE_SIZES[algorithm]
      ? value
      : this.#refuse(formatProvisioningPdu(type, value), type);
  }

  /** Something on our side, while the node has to be silent. */
  async meanwhile<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const { received } = this.link;
    const interrupted = received
      .arrival()
      .then(async () => isOver || this.#refuse(await received.take(), 'nothing'));
    try {
      return (await Promise.race([work, interrupted])) as T;
    } finally {
      isOver = true;
    }
  }

  #refuse(received: Uint8Array, awaited: ProvisioningPduType | 'nothing'): never {
    const pdu = parseProvisioningPdu(received);
    if (pdu?.type === 'failed') {
      this.hasRefused = true;
      throw nodeRefused(pdu.parameters[0]!);
    }
    throw unexpectedPdu(awaited, pdu?.type ?? `${received.length} bytes that are no PDU`);
  }
}
