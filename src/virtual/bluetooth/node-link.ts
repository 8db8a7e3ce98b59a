/**
 * A connection as the node's stack sees it: values come together to messages, with the stack's own severity towards what is wrong.
 *
 * Source: nRF5 SDK for Mesh 5.0.0, mesh/gatt/src/mesh_gatt.c (disconnects at any fault); Zephyr subsys/bluetooth/mesh/proxy_msg.c
 * (refuses the value and keeps the half message until 20 s are over).
 */
import type { Clock } from '../../clock.ts';
import {
  MESH_SERVICES,
  splitProxyMessage,
  type MeshServiceName,
  type ProxyMessage,
  type ProxyMessageType,
} from '../../mesh/index.ts';
import type { Central, PeripheralLink } from './peripheral.ts';

export type StackName = 'nrf5' | 'zephyr';

const TYPES: readonly ProxyMessageType[] = ['network', 'beacon', 'configuration', 'provisioning'];
const MAX_MESSAGE = 65;
const MAX_VALUE = 66;
const SAR_MS = 20_000;
const PROVISIONING_LINK_MS = 60_000;
const COMPLETE = 0;
const FIRST = 1;
const LAST = 3;

export interface NodeLinkSetup {
  readonly clock: Clock;
  readonly stack: StackName;
  readonly service: MeshServiceName;
  readonly mtu: number;
  /** The other side has subscribed: the link is open. */
  onOpen(): void;
  onMessage(message: ProxyMessage): void;
  onClosed(): void;
}

export class NodeLink implements PeripheralLink {
  isOpen = false;
  readonly #central: Central;
  readonly #setup: NodeLinkSetup;
  #half: { readonly type: number; readonly bytes: number[] } | undefined;
  #stopHalf = () => {};
  #stopIdle = () => {};
  #isOver = false;

  constructor(central: Central, setup: NodeLinkSetup) {
    this.#central = central;
    this.#setup = setup;
  }

  get service(): MeshServiceName {
    return this.#setup.service;
  }

  subscribed(characteristic: string): void {
    if (characteristic !== this.#uuids.out || this.isOpen) return;
    this.isOpen = true;
    this.#stayAlive();
    this.#setup.onOpen();
  }

  written(characteristic: string, value: Uint8Array): void {
    if (characteristic !== this.#uuids.in || this.#isOver) return;
    const message = this.#setup.stack === 'nrf5' ? this.#takeStrictly(value) : this.#takeSilently(value);
    if (!message || !this.isOpen) return;
    // the other service's messages are passed over
    if ((this.#setup.service === 'provisioning') !== (message.type === 'provisioning')) return;
    this.#stayAlive();
    this.#setup.onMessage(message);
  }

  disconnected(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.isOpen = false;
    this.#stopHalf();
    this.#stopIdle();
    this.#setup.onClosed();
  }

  /** Tell the other side, where it has subscribed. */
  send(message: ProxyMessage): void {
    if (!this.isOpen) return;
    this.#stayAlive();
    for (const value of splitProxyMessage(message, Math.min(this.#setup.mtu - 3, MAX_VALUE)))
      this.#central.notify(this.#uuids.out, value);
  }

  /** Values as they are, for nodes that do wrong. */
  sendValue(value: Uint8Array): void {
    if (this.isOpen) this.#central.notify(this.#uuids.out, value);
  }

  close(): void {
    this.#central.disconnect();
  }

  get #uuids() {
    return MESH_SERVICES[this.#setup.service];
  }

  /** Any fault ends the connection at once. */
  #takeStrictly(value: Uint8Array): ProxyMessage | undefined {
    if (this.#isInOrder(value)) return this.#append(value);
    this.close();
    return undefined;
  }

  /** A faulty value is refused, and nobody is told; what was begun stays. */
  #takeSilently(value: Uint8Array): ProxyMessage | undefined {
    return this.#isInOrder(value) ? this.#append(value) : undefined;
  }

  #isInOrder(value: Uint8Array): boolean {
    if (value.length < 2 || (value[0]! & 0x3f) >= TYPES.length) return false;
    const isBeginning = value[0]! >>> 6 === COMPLETE || value[0]! >>> 6 === FIRST;
    if (isBeginning !== (this.#half === undefined)) return false;
    const length = (this.#half?.bytes.length ?? 0) + value.length - 1;
    return length <= MAX_MESSAGE && (isBeginning || this.#half!.type === (value[0]! & 0x3f));
  }

  #append(value: Uint8Array): ProxyMessage | undefined {
    const sar = value[0]! >>> 6;
    const type = value[0]! & 0x3f;
    const bytes = [...(this.#half?.bytes ?? []), ...value.subarray(1)];
    this.#stopHalf();
    this.#half = undefined;
    if (sar === COMPLETE || sar === LAST) return { type: TYPES[type]!, data: Uint8Array.from(bytes) };
    this.#half = { type, bytes };
    this.#stopHalf = this.#setup.clock.after(SAR_MS, () => this.close());
    return undefined;
  }

  /** Who is to be provisioned closes after a minute without a PDU. */
  #stayAlive(): void {
    if (this.#setup.service !== 'provisioning') return;
    this.#stopIdle();
    this.#stopIdle = this.#setup.clock.after(PROVISIONING_LINK_MS, () => this.close());
  }
}
