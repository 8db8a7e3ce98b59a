/**
 * The node's side of provisioning, as the stacks do it: one exchange, in strict order, refused with a code at the first fault.
 * Source: Mesh Protocol 1.1, 5.4; nRF5 SDK for Mesh 5.0.0, mesh/prov/src/nrf_mesh_prov.c; Zephyr subsys/bluetooth/mesh/prov_device.c.
 */
import { concatenate, equalBytes } from '../../bytes.ts';
import type { KeyAgreement } from '../../mesh/key-agreement.ts';
import type { INPUT_ACTIONS } from '../../mesh/index.ts';
import {
  confirmationKeys,
  confirmationOf,
  drawOobInput,
  noAuthValue,
  openProvisioningData,
  OUTPUT_ACTIONS,
  provisioningPdus as pdus,
  sessionKeys,
  staticAuthValue,
  typedAuthValue,
  type FailureCode,
  type OobInput,
  type ProvisioningAlgorithm,
} from '../../mesh/index.ts';

/** What a node lacks or does that no honest one does. */
export type Mischief =
  | 'wrong-confirmation'
  | 'key-off-the-curve'
  | 'reflects-key'
  | 'reflects-confirmation'
  | 'reflects-random'
  /** Falls silent before this PDU. */
  | { readonly silentBefore: pdus.ProvisioningPduType }
  /** Says this twice. */
  | { readonly repeats: pdus.ProvisioningPduType }
  /** Says something else in its place. */
  | { readonly instead: pdus.ProvisioningPduType; readonly pdu: Uint8Array }
  /** Joins, and its last word is lost. */
  | 'loses-complete';

export interface ProvisioneeSetup {
  readonly elementCount: number;
  readonly algorithms: readonly ProvisioningAlgorithm[];
  /** 1 to 32 bytes; `zeros` where older Zephyr puts them in front of a short one. */
  readonly staticOob?: { readonly value: Uint8Array; readonly zeros?: 'behind' | 'in-front' };
  /** Lets nobody in without an out-of-band value. */
  readonly isAuthenticatedOnly?: boolean;
  /** Bits of what it can show, and digits or characters. */
  readonly output?: { readonly actions: number; readonly size: number };
  readonly input?: { readonly actions: number; readonly size: number };
  readonly keyAgreement: KeyAgreement;
  readonly randomBytes: (length: number) => Uint8Array;
  /** Its display, or its light. */
  readonly show?: (value: OobInput) => void;
  readonly mischief?: Mischief;
}

/** What the node was given. */
export interface Joined {
  readonly data: ReturnType<typeof pdus.provisioningData.decode>;
  readonly deviceKey: Uint8Array;
}

/** A fault of the provisioner, for which there is a code. */
class Refusal extends Error {
  constructor(readonly failure: FailureCode) {
    super(`provisioning failed: ${failure}`);
  }
}

const INVALID_PDU = 1;
const INVALID_FORMAT = 2;
const UNEXPECTED_PDU = 3;
const CONFIRMATION_FAILED = 4;
const DECRYPTION_FAILED = 6;

export class Provisionee {
  #awaited: pdus.ProvisioningPduType | 'nothing' = 'invite';
  readonly #told = new Map<pdus.ProvisioningPduType, Uint8Array>();
  #ownPublicKey = new Uint8Array();
  #secret = new Uint8Array();
  #algorithm: ProvisioningAlgorithm = 'cmac';
  #start: pdus.Start = pdus.start.decode(new Uint8Array(pdus.start.size));
  #authValue = new Uint8Array();
  #ownRandom = new Uint8Array();
  #turn: Promise<void> = Promise.resolve();

  constructor(
    readonly setup: ProvisioneeSetup,
    readonly send: (pdu: Uint8Array) => void,
    readonly join: (joined: Joined) => void,
  ) {}

  /** A PDU of the provisioner. */
  receive(bytes: Uint8Array): void {
    this.#turn = this.#turn.then(async () => {
      if (this.#awaited === 'nothing') return;
      try {
        await this.#take(bytes);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        this.#awaited = 'nothing';
        this.send(pdus.formatProvisioningPdu('failed', Uint8Array.of(error.failure)));
      }
    });
  }

  /** A person has entered something at the node, or pressed its button so often. */
  enter(value: OobInput): void {
    this.#authValue = new Uint8Array(typedAuthValue(this.#algorithm, value));
    this.#tell('input-complete');
    this.#awaited = 'confirmation';
  }

  async #take(bytes: Uint8Array): Promise<void> {
    const pdu = pdus.parseProvisioningPdu(bytes);
    if (!pdu) throw new Refusal(INVALID_PDU);
    if (pdu.type !== this.#awaited) throw new Refusal(UNEXPECTED_PDU);
    this.#told.set(pdu.type, pdu.parameters);
    switch (pdu.type) {
      case 'invite':
        return this.#invited();
      case 'start':
        return this.#started(pdu.parameters);
      case 'public-key':
        return this.#agree(pdu.parameters);
      case 'confirmation':
        return this.#confirm(pdu.parameters);
      case 'random':
        return this.#reveal(pdu.parameters);
      case 'data':
        return this.#joined(pdu.parameters);
      default:
        throw new Refusal(UNEXPECTED_PDU);
    }
  }

  #invited(): void {
    const { elementCount, algorithms, staticOob, isAuthenticatedOnly, output, input } = this.setup;
    const capabilities = pdus.capabilities.encode({
      elementCount,
      algorithms: algorithms.reduce((bits, one) => bits | (1 << pdus.ALGORITHMS.indexOf(one)), 0),
      publicKeyType: 0,
      oobType: (staticOob ? 1 : 0) | (isAuthenticatedOnly ? 2 : 0),
      outputSize: output?.size ?? 0,
      outputActions: output?.actions ?? 0,
      inputSize: input?.size ?? 0,
      inputActions: input?.actions ?? 0,
    });
    this.#told.set('capabilities', capabilities);
    this.#awaited = 'start';
    this.#tell('capabilities', capabilities);
  }

  #started(parameters: Uint8Array): void {
    const start = pdus.start.decode(parameters);
    const algorithm = pdus.ALGORITHMS[start.algorithm];
    if (
      !algorithm ||
      !this.setup.algorithms.includes(algorithm) ||
      start.publicKey !== 0 ||
      !this.#isOffered(start)
    )
      throw new Refusal(INVALID_FORMAT);
    this.#start = start;
    this.#algorithm = algorithm;
    this.#awaited = 'public-key';
  }

  #isOffered({ method, action, size }: pdus.Start): boolean {
    const { staticOob, isAuthenticatedOnly, output, input } = this.setup;
    const has = (offer: typeof output) =>
      offer !== undefined && ((offer.actions >>> action) & 1) === 1 && size >= 1 && size <= offer.size;
    switch (pdus.OOB_METHODS[method]) {
      case 'none':
        return !isAuthenticatedOnly && action === 0 && size === 0;
      case 'static':
        return staticOob !== undefined && action === 0 && size === 0;
      case 'output':
        return has(output);
      case 'input':
        return has(input);
      default:
        return false;
    }
  }

  async #agree(provisionerKey: Uint8Array): Promise<void> {
    const { keyAgreement, mischief } = this.setup;
    const pair = await keyAgreement.generate();
    const [x, y] = [provisionerKey.subarray(0, 32), provisionerKey.subarray(32)];
    const secret = await pair.secretWith(x, y).catch(() => Promise.reject(new Refusal(INVALID_FORMAT)));
    this.#secret = new Uint8Array(secret);
    this.#ownPublicKey = concatenate([pair.publicX, pair.publicY]);
    if (mischief === 'key-off-the-curve') this.#ownPublicKey[63]! ^= 1;
    if (mischief === 'reflects-key') this.#ownPublicKey.set(provisionerKey);
    this.#awaited = 'confirmation';
    this.#tell('public-key', this.#ownPublicKey);
    this.#authenticate();
  }

  #authenticate(): void {
    const { staticOob, randomBytes, show } = this.setup;
    const { action, size } = this.#start;
    const method = pdus.OOB_METHODS[this.#start.method];
    if (method === 'input')
      this.#awaited = 'nothing'; // until somebody enters something
    else if (method === 'output') {
      const value = drawOobInput(OUTPUT_ACTIONS[action]!, size, randomBytes);
      this.#authValue = new Uint8Array(typedAuthValue(this.#algorithm, value));
      show?.(value);
    } else
      this.#authValue = new Uint8Array(
        method === 'static'
          ? staticAuthValue(this.#algorithm, staticOob!.value, staticOob!.zeros)
          : noAuthValue(this.#algorithm),
      );
  }

  #confirm(confirmation: Uint8Array): void {
    const size = pdus.VALUE_SIZES[this.#algorithm];
    if (confirmation.length !== size) throw new Refusal(INVALID_PDU);
    this.#ownRandom = new Uint8Array(this.setup.randomBytes(size));
    const own = confirmationOf(this.#keys, this.#ownRandom).slice();
    if (this.setup.mischief === 'wrong-confirmation') own[0]! ^= 1;
    this.#awaited = 'random';
    this.#tell('confirmation', this.setup.mischief === 'reflects-confirmation' ? confirmation : own);
  }

  #reveal(random: Uint8Array): void {
    const isRight = equalBytes(confirmationOf(this.#keys, random), this.#told.get('confirmation')!);
    if (!isRight) throw new Refusal(CONFIRMATION_FAILED);
    this.#awaited = 'data';
    this.#tell('random', this.setup.mischief === 'reflects-random' ? random : this.#ownRandom);
  }

  #joined(sealed: Uint8Array): void {
    const session = sessionKeys(this.#keys, this.#told.get('random')!, this.#ownRandom);
    const data = openProvisioningData(session, sealed);
    if (!data) throw new Refusal(DECRYPTION_FAILED);
    this.#awaited = 'nothing';
    this.join({ data: pdus.provisioningData.decode(data), deviceKey: session.deviceKey });
    if (this.setup.mischief !== 'loses-complete') this.#tell('complete');
  }

  get #keys() {
    const inputs = {
      invite: this.#told.get('invite')!,
      capabilities: this.#told.get('capabilities')!,
      start: this.#told.get('start')!,
      provisionerPublicKey: this.#told.get('public-key')!,
      nodePublicKey: this.#ownPublicKey,
    };
    return confirmationKeys(this.#algorithm, inputs, this.#secret, this.#authValue);
  }

  #tell(type: pdus.ProvisioningPduType, parameters?: Uint8Array): void {
    const { mischief } = this.setup;
    const pdu = pdus.formatProvisioningPdu(type, parameters);
    if (typeof mischief === 'object' && 'silentBefore' in mischief && mischief.silentBefore === type) {
      this.#awaited = 'nothing';
      return;
    }
    const isReplaced = typeof mischief === 'object' && 'instead' in mischief && mischief.instead === type;
    this.send(isReplaced ? mischief.pdu : pdu);
    if (typeof mischief === 'object' && 'repeats' in mischief && mischief.repeats === type) this.send(pdu);
  }
}

/** Names of what it can show and take, as bits of its capabilities. */
export const actionBits = (
  known: typeof OUTPUT_ACTIONS | typeof INPUT_ACTIONS,
  ...names: readonly string[]
): number => known.reduce((bits, name, bit) => (names.includes(name) ? bits | (1 << bit) : bits), 0);
