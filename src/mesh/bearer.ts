/**
 * What reaches a mesh network, as the provisioner and the on-air proof see it.
 *
 * Below lies a radio: a kit on a serial port, or the computer's own. Above lie `provision/` and `on-air/`, which know neither
 * handles nor PDUs. A bearer keeps its own address and sequence numbers and has them stored before it uses them.
 */
import type { Request } from './access/index.ts';
import type { HasElements } from './unicast-run.ts';
import type { Authentication, InputAction, OobInput, OutputAction } from './provisioning/oob.ts';

/** A node that is to be spoken to. */
export interface NodeAccess {
  /** First unicast address, 0x0001..0x7FFF. */
  readonly unicast: number;
  /** 16 bytes. */
  readonly deviceKey: Uint8Array;
  readonly netKeyIndex: number;
}

export interface AskOptions {
  /** Element the message goes to; the node's first when left out. */
  readonly element?: number;
  /** 0, 2..127; the bearer's own when left out. */
  readonly ttl?: number;
  /** Send in segments, so that the node's transport acknowledges it whatever its keys are; true when left out. */
  readonly segmented?: boolean;
  /** How long to wait for the answer after the delivery, in ms; by the size of the answer when left out. */
  readonly answerMs?: number;
  readonly signal?: AbortSignal;
}

/** An answer as it came in. */
export interface Heard<Answer> {
  readonly answer: Answer;
  /** From the moment the question was accepted for sending, in ms. */
  readonly rttMs: number;
  /** Of the last hop, in dBm; `null` where the bearer does not tell. */
  readonly rssi: number | null;
  /** As received: each relay took one. */
  readonly ttl: number;
  /** Advertising address of the last hop, 12 hex digits; empty where the bearer does not tell. */
  readonly lastHop: string;
  /** The bearer cut the message: fewer bytes arrived than the node sent. */
  readonly isCut: boolean;
}

/** What came of a question. */
export interface Exchange<Answer> {
  /** The node's transport took the question; `undefined` where the bearer cannot tell. Needs address and network key alone. */
  readonly isDelivered: boolean | undefined;
  readonly heard: Heard<Answer> | undefined;
}

/** A node that can be asked; close it when done. */
export interface NodeChannel {
  readonly node: NodeAccess;
  /** Last hop and received TTL of everything that came from it under its keys, where the bearer tells. */
  readonly arrivals: readonly { readonly lastHop: string; readonly ttl: number }[];
  /** Ask once and wait. A second question waits for the first. */
  ask<Answer>(request: Request<Answer>, options?: AskOptions): Promise<Exchange<Answer>>;
  close(): Promise<void>;
}

/** Beacon of a device that is in no network. */
export interface UnprovisionedBeacon {
  /** 32 hex digits in small letters. */
  readonly uuid: string;
  /** dBm. */
  readonly rssi: number;
  /** 12 hex digits. */
  readonly address: string;
  readonly offersGatt: boolean;
}

/** Sends and receives access messages in one network. */
export interface MeshBearer {
  /** Where its messages come from. */
  readonly ownUnicast: number;
  /** IV index of the network, where the bearer knows one: as given, or later as the network tells it. */
  readonly ivIndexHeard?: number;
  /** The node through which all others are reached, where there is one and it has answered. */
  readonly proxyUnicast?: number | undefined;
  /** It tells whether a question was delivered. */
  readonly reportsDelivery: boolean;
  /** Sources it may hear until `restart`, with a margin; its replay list lets nothing of further ones through. */
  readonly sourcesPerRun: number;
  /** Sources heard since. */
  readonly sourcesHeard: number;
  /** Nodes that may be asked beside each other, at least 1; a bearer with slots or restarts has 1. */
  readonly nodesAtATime: number;
  open(node: NodeAccess): Promise<NodeChannel>;
  /** Send without waiting for an answer, to an element or a group. */
  send(
    destination: number,
    access: Uint8Array,
    key: { readonly appKeyIndex: number },
    ttl?: number,
  ): Promise<void>;
  /**
   * Ask everybody behind an address, mostly a group's, in one message, and take each answer that comes.
   *
   * @param waitMs  how long answers are waited for once the question is sent
   * @returns       by unicast address of the element that answered
   */
  gather<Answer>(
    destination: number,
    request: Pick<Request<Answer>, 'access' | 'read'>,
    key: { readonly appKeyIndex: number },
    waitMs: number,
  ): Promise<ReadonlyMap<number, Answer>>;
  /**
   * A person says that the boards of these nodes may begin their numbers anew. A bearer whose replay list is empty after each restart
   * has nothing to forget.
   */
  forgetHeard?(nodes: readonly HasElements[]): void;
  /** Begin anew with an empty replay list, where it is not kept; open channels are gone. */
  restart(options?: { readonly freshNumbers?: boolean }): Promise<void>;
  /** Report every beacon heard until the signal says so. */
  scan(heard: (beacon: UnprovisionedBeacon) => void, signal: AbortSignal): Promise<void>;
}

/** What a device says it can do, in the middle of provisioning. */
export interface ProvisioningCapabilities {
  readonly elementCount: number;
  readonly offersStaticOob: boolean;
  /** It lets nobody in without an out-of-band value. */
  readonly needsOob?: boolean;
  /** Digits or letters it can show; 0 where it cannot. */
  readonly outputOobSize: number;
  readonly outputOobActions: number;
  /** Digits or letters that can be put in; 0 where none can. */
  readonly inputOobSize: number;
  readonly inputOobActions: number;
}

export interface ProvisioningData {
  readonly netKey: Uint8Array;
  readonly netKeyIndex: number;
  readonly ivIndex: number;
  readonly isIvUpdating: boolean;
  readonly isKeyRefreshing: boolean;
  readonly unicast: number;
}

/** What a device became. `deviceKey` exists nowhere else at that moment. */
export interface ProvisionedDevice {
  readonly unicast: number;
  readonly deviceKey: Uint8Array;
  readonly netKeyIndex: number;
  readonly ivIndex: number;
  readonly elementCount: number;
}

/**
 * Out-of-band authentication: none, bytes both sides know (shorter values are padded with zeros behind), or something that a person
 * carries between the device and the screen.
 */
export type OobChoice =
  'none' | { readonly staticValue: Uint8Array } | Extract<Authentication, { method: 'output' | 'input' }>;

export interface ProvisioningSteps {
  /** A link to the device is open. */
  onLink?(): void;
  /** What it can do is known. A rejection ends the attempt; nothing has been given away then. */
  onCapabilities(capabilities: ProvisioningCapabilities): Promise<OobChoice>;
  /** The device shows something: ask a person for it. Needed where `output` was chosen. */
  readTyped?(action: OutputAction, size: number): Promise<string>;
  /** Something for a person to enter at the device. Needed where `input` was chosen. */
  show?(action: InputAction, value: OobInput): void;
  /**
   * The device is about to be given its keys, and may be in the network from now on without ever saying so. Its key is waited for to
   * be stored; bearers that do not know it before the end leave this out.
   */
  onPending?(device: ProvisionedDevice): Promise<void>;
  /** The device is in the network. Nothing else is sent before this has resolved: its key must be stored by then. */
  onComplete(device: ProvisionedDevice): Promise<void>;
}

/** Brings devices into a network. */
export interface ProvisioningBearer {
  scan(heard: (beacon: UnprovisionedBeacon) => void, signal: AbortSignal): Promise<void>;
  /**
   * @param uuid              32 hex digits
   * @param attentionSeconds  how long the device draws attention to itself, where the bearer can ask for it
   * @returns                 once the device is provisioned and its key stored
   */
  provision(
    uuid: string,
    data: ProvisioningData,
    steps: ProvisioningSteps,
    attentionSeconds?: number,
  ): Promise<ProvisionedDevice>;
}
