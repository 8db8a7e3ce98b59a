/**
 * The provisioner inside the serial firmware: a link to one device, and the exchange up to its device key, in the order and with the
 * pauses of the real one.
 *
 * Source: nRF5 SDK for Mesh 5.0.0, mesh/prov and mesh/serial/src/serial_handler_prov.c; scripts/interactive_pyaci/doc/demo_configuration.md
 * for the times; Bluetooth Mesh Profile 1.0.1, section 5.4 for the keys.
 */
import { concatenate, equalBytes } from '../bytes.ts';
import type { Clock } from '../clock.ts';
import type { KeyAgreement, KeyPair } from '../mesh/index.ts';
import { s1, sessionKeys } from '../mesh/index.ts';
import { REFUSAL } from './kit-state.ts';
import type { VirtualMeshNode } from './mesh-node.ts';

const LINK_MS = 94;
const CAPABILITIES_MS = 138;
const PUBLIC_KEY_MS = 2300;
const COMPLETE_MS = 436;
const CLOSE_MS = 174;
const LINK_TIMEOUT_MS = 60_000;
const CONFIRMATION_FAILED = 4;
const REASON = { success: 0, timeout: 1, error: 2 } as const;

/** Parameters of the Provision command. */
export interface ProvisionOrder {
  readonly context: number;
  readonly uuid: Uint8Array;
  readonly netKey: Uint8Array;
  readonly netKeyIndex: number;
  readonly ivIndex: number;
  readonly unicast: number;
  readonly ivUpdate: number;
  readonly keyRefresh: number;
  readonly attention: number;
}

export interface ProvisionerParts {
  readonly clock: Clock;
  readonly keyAgreement: KeyAgreement;
  readonly randomBytes: (count: number) => Uint8Array;
  /** The device with that UUID, if it is in reach and in no network. */
  find(uuid: Uint8Array): VirtualMeshNode | undefined;
  /** Send an event to the host. */
  emit(opcode: number, ...parameters: (number | Uint8Array)[]): void;
}

type Phase = 'idle' | 'linking' | 'capabilities' | 'key' | 'secret' | 'authentication' | 'closing';

/** One of the two contexts. */
export class ProvisioningContext {
  #phase: Phase = 'idle';
  #order: ProvisionOrder | undefined;
  #node: VirtualMeshNode | undefined;
  #method = 0;
  #nodePair: KeyPair | undefined;
  #hostKey = new Uint8Array(64);
  /** Rises when the context is given up, so that what was under way comes to nothing. */
  #attempt = 0;

  constructor(
    readonly id: number,
    readonly parts: ProvisionerParts,
  ) {}

  start(order: ProvisionOrder, hostPair: { x: Uint8Array; y: Uint8Array }): number {
    if (this.#phase !== 'idle') return REFUSAL.invalidState;
    this.#phase = 'linking';
    this.#order = order;
    this.#hostKey = concatenate([hostPair.x, hostPair.y]);
    const node = this.parts.find(order.uuid);
    if (!node) {
      this.#later(LINK_TIMEOUT_MS, () => this.#close(REASON.timeout));
      return REFUSAL.success;
    }
    this.#node = node;
    this.#later(LINK_MS, () => this.parts.emit(0xc1, this.id));
    this.#later(LINK_MS + CAPABILITIES_MS, () => {
      this.#phase = 'capabilities';
      const elements = node.composition.elements.length;
      this.parts.emit(0xc3, this.id, elements, 0, node.staticOob ? 1 : 0, 0, 0, 0, 0, 0, 0);
    });
    return REFUSAL.success;
  }

  useOob(method: number, size: number): number {
    if (this.#phase !== 'capabilities') return REFUSAL.invalidState;
    if (method === 0 && size !== 0) return REFUSAL.invalidLength;
    if ((method === 2 || method === 3) && size === 0) return REFUSAL.invalidLength;
    this.#phase = 'key';
    this.#method = method;
    const attempt = this.#attempt;
    void this.parts.keyAgreement.generate().then((pair) => {
      if (attempt !== this.#attempt) return;
      this.#nodePair = pair;
      this.#later(PUBLIC_KEY_MS, () => {
        this.#phase = 'secret';
        this.parts.emit(0xc7, this.id, pair.publicX, pair.publicY, this.#hostPrivate);
      });
    });
    return REFUSAL.success;
  }
  #hostPrivate = new Uint8Array(32);
  /** What the host set; the device tells it back. */
  set hostPrivateKey(key: Uint8Array<ArrayBuffer>) {
    this.#hostPrivate = key;
  }

  /** `beforeResponse` is what comes ahead of the command's own response. */
  giveSecret(secret: Uint8Array, beforeResponse: (emit: () => void) => void): number {
    if (this.#phase !== 'secret') return REFUSAL.invalidState;
    this.#secret = secret;
    if (this.#method === 1) {
      this.#phase = 'authentication';
      beforeResponse(() => this.parts.emit(0xc6, this.id, 1, 0, 16));
    } else void this.#conclude(new Uint8Array(16));
    return REFUSAL.success;
  }
  #secret = new Uint8Array(32) as Uint8Array;

  authenticate(value: Uint8Array): number {
    if (this.#phase !== 'authentication') return REFUSAL.invalidState;
    void this.#conclude(value);
    return REFUSAL.success;
  }

  /** As power is lost. */
  drop(): void {
    this.#attempt++;
    this.#phase = 'idle';
    this.#node = undefined;
  }

  async #conclude(authentication: Uint8Array): Promise<void> {
    this.#phase = 'closing';
    const attempt = this.#attempt;
    const node = this.#node!;
    const x = this.#hostKey.subarray(0, 32);
    const expected = await this.#nodePair!.secretWith(x, this.#hostKey.subarray(32)).catch(() => undefined);
    if (attempt !== this.#attempt) return;
    const isRight =
      expected !== undefined &&
      equalBytes(expected, this.#secret) &&
      equalBytes(
        authentication,
        this.#method === 1 ? (node.staticOob ?? new Uint8Array(16)) : new Uint8Array(16),
      );
    this.#later(COMPLETE_MS, () => {
      if (!node.isPowered) this.#close(REASON.timeout);
      else if (!isRight) {
        this.parts.emit(0xc9, this.id, CONFIRMATION_FAILED);
        this.#close(REASON.error);
      } else this.#complete(node);
    });
  }

  #complete(node: VirtualMeshNode): void {
    const { netKey, netKeyIndex, ivIndex, unicast, ivUpdate, keyRefresh } = this.#order!;
    const deviceKey = this.#deriveDeviceKey(node);
    node.join({ netKey, netKeyIndex, ivIndex, unicast, deviceKey });
    this.parts.emit(
      0xc5,
      this.id,
      little(ivIndex, 4),
      little(netKeyIndex, 2),
      little(unicast, 2),
      ivUpdate,
      keyRefresh,
      deviceKey,
      netKey,
    );
    this.#later(CLOSE_MS, () => this.#close(REASON.success));
  }

  #deriveDeviceKey(node: VirtualMeshNode): Uint8Array {
    const elements = node.composition.elements.length;
    const inputs = confirmationInputs({
      attention: this.#order!.attention,
      elements,
      hasStaticOob: node.staticOob !== undefined,
      method: this.#method,
      hostKey: this.#hostKey,
      nodeKey: concatenate([this.#nodePair!.publicX, this.#nodePair!.publicY]),
    });
    const { randomBytes } = this.parts;
    return deriveDeviceKey(inputs, randomBytes(16), randomBytes(16), this.#secret);
  }

  #close(reason: number): void {
    this.#phase = 'idle';
    this.#node = undefined;
    this.parts.emit(0xc2, this.id, reason);
  }

  #later(ms: number, work: () => void): void {
    const attempt = this.#attempt;
    this.parts.clock.after(ms, () => {
      if (attempt === this.#attempt) work();
    });
  }
}

const little = (value: number, size: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, i) => Math.floor(value / 2 ** (8 * i)) & 0xff);

/** Invite, capabilities, start, and both public keys. Source: Bluetooth Mesh Profile 1.0.1, section 5.4.2.4.1. */
export const confirmationInputs = (exchange: {
  readonly attention: number;
  readonly elements: number;
  readonly hasStaticOob: boolean;
  readonly method: number;
  readonly hostKey: Uint8Array;
  readonly nodeKey: Uint8Array;
}): Uint8Array =>
  concatenate([
    Uint8Array.of(exchange.attention),
    // algorithms are big-endian: bit 0 is FIPS P-256
    Uint8Array.of(exchange.elements, 0, 1, 0, exchange.hasStaticOob ? 1 : 0, 0, 0, 0, 0, 0, 0),
    // a static value has no size of its own
    Uint8Array.of(0, 0, exchange.method, 0, 0),
    exchange.hostKey,
    exchange.nodeKey,
  ]);

/** What the node's side of the firmware comes to. */
export const deriveDeviceKey = (
  inputs: Uint8Array,
  randomProvisioner: Uint8Array,
  randomDevice: Uint8Array,
  secret: Uint8Array,
): Uint8Array =>
  sessionKeys({ secret, confirmationSalt: s1(inputs) }, randomProvisioner, randomDevice).deviceKey;
