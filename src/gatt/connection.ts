/**
 * A connection to one of a node's two mesh services: whole proxy messages in, whole proxy messages out.
 *
 * Below are the characteristics of a connected device, above a provisioner or a proxy's client. Values are cut to what the device
 * is known to take, and are written one after the other. What was lost is lost: a message is repeated by who sent it, on a new
 * connection.
 * Source: Mesh Protocol 1.1, 6.3.2 (segments), 6.6 (a message that is not ended in 20 s ends the connection).
 */
import type { Clock } from '../clock.ts';
import type { KnownError } from '../errors.ts';
import { ProxyReassembly, splitProxyMessage, type ProxyMessage } from '../mesh/index.ts';
import type { BluetoothCharacteristic, BluetoothDevice } from './bluetooth.ts';
import { connectionClosed, connectionLost, halfMessage, notWritten } from './errors.ts';
import type { Operations } from './operations.ts';
import { SAFE_VALUE, type ValueLimit } from './value-limit.ts';

export interface ConnectionEvents {
  onMessage(message: ProxyMessage): void;
  /** Once, whoever closed it. */
  onEnd?(reason: KnownError): void;
}

const WRITE_MS = 5_000;
const HALF_MESSAGE_MS = 20_000;
/** A node that was given something wrong closes the connection at once. */
const AFTER_WRITE_MS = 1_000;

export interface ConnectionParts {
  readonly clock: Clock;
  readonly device: BluetoothDevice;
  readonly operations: Operations;
  readonly limit: ValueLimit;
  readonly input: BluetoothCharacteristic;
  readonly output: BluetoothCharacteristic;
  readonly events: ConnectionEvents;
}

export class GattConnection {
  readonly #parts: ConnectionParts;
  readonly #reassembly = new ProxyReassembly();
  #end: KnownError | undefined;
  #stopWaiting = () => {};
  /** Last write: when, and the longest since something came in. */
  #lastWriteAt = -Infinity;
  #longestUnanswered = 0;
  /** Messages go out whole. */
  #outbox: Promise<unknown> = Promise.resolve();
  readonly #onValue = () => this.#receive();
  readonly #onLost = () => this.#lose();

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    parts.device.addEventListener('gattserverdisconnected', this.#onLost);
    parts.output.addEventListener('characteristicvaluechanged', this.#onValue);
  }

  /** Why it is of no more use. */
  get end(): KnownError | undefined {
    return this.#end;
  }

  /**
   * Resolves when the computer has taken all values of the message; whether they arrive, nobody tells.
   *
   * @throws `gatt/not-written`, `gatt/lost`, `gatt/closed`, `gatt/half-message`
   */
  send(message: ProxyMessage): Promise<void> {
    const sent = this.#outbox.then(async () => {
      for (const value of splitProxyMessage(message, this.#parts.limit.current)) await this.#write(value);
    });
    this.#outbox = sent.catch(() => {});
    return sent;
  }

  /** Disconnect. What is under way fails. */
  close(reason: KnownError = connectionClosed()): void {
    if (this.#end) return;
    this.#finish(reason);
    this.#parts.device.gatt?.disconnect();
  }

  async #write(value: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.#end) throw this.#end;
    const { clock, input, operations } = this.#parts;
    this.#longestUnanswered = Math.max(this.#longestUnanswered, value.length);
    this.#lastWriteAt = clock.now();
    try {
      await operations.run(
        () => input.writeValueWithoutResponse(value),
        WRITE_MS,
        () => notWritten(value.length),
      );
    } catch (cause) {
      if (!this.#end) {
        this.#pinAfterLongValue();
        this.close(notWritten(value.length, cause));
      }
      throw this.#end;
    }
    if (this.#end) throw this.#end;
  }

  #receive(): void {
    const { value } = this.#parts.output;
    if (this.#end || !value) return;
    // the browser writes the next value over this one
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
    this.#longestUnanswered = 0;
    this.#parts.limit.received(bytes.length);
    const taken = this.#reassembly.take(bytes);
    this.#stopWaiting();
    if (this.#reassembly.isUnfinished)
      this.#stopWaiting = this.#parts.clock.after(HALF_MESSAGE_MS, () =>
        this.close(halfMessage(HALF_MESSAGE_MS / 1000)),
      );
    if (taken.kind === 'message') this.#parts.events.onMessage(taken.message);
  }

  #lose(): void {
    if (this.#end) return;
    const isAfterWrite = this.#parts.clock.now() - this.#lastWriteAt < AFTER_WRITE_MS;
    this.#pinAfterLongValue();
    this.#finish(connectionLost(isAfterWrite));
  }

  #pinAfterLongValue(): void {
    if (this.#longestUnanswered > SAFE_VALUE) this.#parts.limit.pin();
  }

  #finish(reason: KnownError): void {
    const { device, output, events } = this.#parts;
    this.#end = reason;
    this.#stopWaiting();
    device.removeEventListener('gattserverdisconnected', this.#onLost);
    output.removeEventListener('characteristicvaluechanged', this.#onValue);
    events.onEnd?.(reason);
  }
}
