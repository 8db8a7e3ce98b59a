/**
 * One device into the network, as the kit's firmware does it: the host chooses the authentication, computes the ECDH secret, and
 * keeps what comes out.
 *
 * Source: nRF5 SDK for Mesh 5.0.0, mesh/serial/src/serial_handler_prov.c; Bluetooth Mesh Profile 1.0.1, section 5.4.
 */
import { equalBytes, fromHex } from '../bytes.ts';
import { KnownError } from '../errors.ts';
import { failureText, oobNotOffered } from '../mesh/provisioning/errors.ts';
import type { OobChoice, ProvisionedDevice, ProvisioningData, ProvisioningSteps } from '../mesh/index.ts';
import type { KeyPair } from '../mesh/index.ts';
import { COMMANDS } from './commands.ts';
import type { SerialDevice } from './device.ts';
import {
  deviceFailed,
  deviceRestarted,
  foreignKeyPair,
  linkClosed,
  linkTimeout,
  noStaticOob,
  provisioningBusy,
  refused,
} from './errors.ts';
import type { EventName, EventOf, SerialEvent } from './events.ts';
import type { EventQueue } from './line.ts';
import { STATUS } from './statuses.ts';

/** Two contexts exist; one device at a time needs one. */
const CONTEXT = 0;
/** A link that does not open is given up by the kit after 60 s. */
const LONGEST_PAUSE_MS = 65_000;
const OOB_NONE = 0;
const OOB_STATIC = 1;
const OOB_BYTES = 16;
const REASON_TIMEOUT = 1;

const OF_PROVISIONING: ReadonlySet<EventName> = new Set<EventName>([
  'LinkEstablished',
  'LinkClosed',
  'CapabilitiesReceived',
  'ProvisioningComplete',
  'AuthRequest',
  'EcdhRequest',
  'ProvisioningFailed',
  'DeviceStarted',
]);

export interface ProvisioningRun {
  readonly device: ProvisionedDevice;
  /** Resolves when the kit's context is free again. */
  readonly contextFree: Promise<void>;
}

/**
 * Provision one device. The key pair must have been given to the kit since it started.
 *
 * @param uuid  32 hex digits
 * @throws      `serial/link-timeout`, `serial/link-closed`, `serial/provisioning-failed`, `serial/no-static-oob`,
 *              `serial/foreign-key-pair`, `serial/provisioning-busy`, what `steps` throw, and what the line throws
 */
export async function provisionDevice(
  device: SerialDevice,
  uuid: string,
  data: ProvisioningData,
  keyPair: KeyPair,
  steps: ProvisioningSteps,
  attentionSeconds = 0,
): Promise<ProvisioningRun> {
  const events = device.line.listen(({ name }) => OF_PROVISIONING.has(name));
  const run = new Handshake(device, events, keyPair, steps);
  try {
    const parameters = {
      context: CONTEXT,
      uuid: fromHex(uuid)!,
      netKey: data.netKey,
      netKeyIndex: data.netKeyIndex,
      ivIndex: data.ivIndex,
      unicast: data.unicast,
      ivUpdate: data.isIvUpdating ? 1 : 0,
      keyRefresh: data.isKeyRefreshing ? 1 : 0,
      attentionSeconds,
    };
    const { provision } = device.release;
    await unlessUnanswered(async () => {
      const { status } = await device.line.command(provision.name, provision.encode(parameters));
      if (status === STATUS.invalidState) throw provisioningBusy();
      if (status !== STATUS.success) throw refused(provision.name, status);
    });
    const provisioned = await run.toCompletion();
    return { device: provisioned, contextFree: run.untilClosed().finally(() => events.close()) };
  } catch (error) {
    events.close();
    throw error;
  }
}

/** A response that found no room says nothing: the events tell whether the command was done, and a device key may be among them. */
async function unlessUnanswered(work: () => Promise<unknown>): Promise<void> {
  await work().catch((error: unknown) => {
    if (!(error instanceof KnownError) || error.code !== 'serial/no-response') throw error;
  });
}

class Handshake {
  #elementCount = 0;
  #oob: OobChoice = 'none';
  #failure: Error | undefined;
  #isClosed = false;

  constructor(
    readonly device: SerialDevice,
    readonly events: EventQueue,
    readonly keyPair: KeyPair,
    readonly steps: ProvisioningSteps,
  ) {}

  async toCompletion(): Promise<ProvisionedDevice> {
    for (;;) {
      const event = await this.events.next(LONGEST_PAUSE_MS);
      if (event === undefined) throw linkTimeout();
      const provisioned = await this.#handle(event);
      if (provisioned) return provisioned;
    }
  }

  /** The context is free once the link is closed. */
  async untilClosed(): Promise<void> {
    while (!this.#isClosed) {
      const event = await this.events.next(LONGEST_PAUSE_MS).catch(() => undefined);
      if (event === undefined || event.name === 'LinkClosed' || event.name === 'DeviceStarted')
        this.#isClosed = true;
    }
  }

  async #handle(event: SerialEvent): Promise<ProvisionedDevice | undefined> {
    switch (event.name) {
      case 'LinkEstablished':
        this.steps.onLink?.();
        return undefined;
      case 'CapabilitiesReceived':
        return this.#chooseOob(event);
      case 'EcdhRequest':
        return this.#agree(event);
      case 'AuthRequest':
        return this.#authenticate();
      case 'ProvisioningFailed':
        this.#failure = deviceFailed(event.code, failureText(event.code));
        return undefined;
      case 'LinkClosed':
        throw this.#failure ?? (event.reason === REASON_TIMEOUT ? linkTimeout() : linkClosed(event.reason));
      case 'DeviceStarted':
        throw deviceRestarted();
      case 'ProvisioningComplete':
        return this.#complete(event);
      default:
        return undefined;
    }
  }

  async #chooseOob(event: EventOf<'CapabilitiesReceived'>): Promise<undefined> {
    this.#elementCount = event.elementCount;
    const offersStaticOob = (event.staticOob & 1) === 1;
    this.#oob = await this.steps.onCapabilities({ ...event, offersStaticOob });
    if (this.#oob !== 'none' && 'method' in this.#oob) throw oobNotOffered(this.#oob.method);
    if (this.#oob !== 'none' && !offersStaticOob) throw noStaticOob();
    const [method, size] = this.#oob === 'none' ? [OOB_NONE, 0] : [OOB_STATIC, OOB_BYTES];
    await unlessUnanswered(() =>
      this.device.call(COMMANDS.oobUse, { context: CONTEXT, method, action: 0, size }),
    );
  }

  async #agree(event: EventOf<'EcdhRequest'>): Promise<undefined> {
    if (!equalBytes(event.privateKey, this.keyPair.privateKey)) throw foreignKeyPair();
    const secret = await this.keyPair.secretWith(event.peerX, event.peerY);
    await unlessUnanswered(() => this.device.call(COMMANDS.ecdhSecret, { context: CONTEXT, secret }));
  }

  async #authenticate(): Promise<undefined> {
    const value = new Uint8Array(OOB_BYTES);
    if (this.#oob !== 'none' && 'staticValue' in this.#oob)
      value.set(this.#oob.staticValue.subarray(0, OOB_BYTES));
    await unlessUnanswered(() => this.device.call(COMMANDS.authData, { context: CONTEXT, rest: value }));
  }

  async #complete(event: EventOf<'ProvisioningComplete'>): Promise<ProvisionedDevice> {
    const { unicast, deviceKey, netKeyIndex, ivIndex } = event;
    const provisioned = { unicast, deviceKey, netKeyIndex, ivIndex, elementCount: this.#elementCount };
    await this.steps.onComplete(provisioned);
    return provisioned;
  }
}
