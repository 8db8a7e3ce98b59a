/**
 * A kit whose firmware logs on its serial port, at one speed: the lines of the SDK's light switch. At any other speed what arrives
 * is garbage, as it is from a real one.
 *
 * Source of the form of the lines: nRF5 SDK for Mesh, `log.c`, in our words; the texts are made up but for those that the examples print.
 */
import type { Clock } from '../clock.ts';
import type { SerialPeer } from './virtual-serial-port.ts';

/** Bits a second of its firmware. */
const BAUD_RATE = 115_200;
/** Between two messages of a running node. */
const EVERY_MS = 1500;
/** Ticks of its log are those of the real-time counter. */
const TICKS_PER_MS = 32.768;

export class VirtualLoggingKit implements SerialPeer {
  readonly #clock: Clock;
  readonly #unicast: number;
  #send: ((bytes: Uint8Array) => void) | undefined;
  #hostBaudRate = 0;
  #stopTimer: (() => void) | undefined;
  #startedMs: number;
  #isLightOn = false;
  /** Lines that were sent to it. */
  readonly heard: string[] = [];

  constructor(clock: Clock, { unicast = 0x53 }: { readonly unicast?: number } = {}) {
    this.#clock = clock;
    this.#unicast = unicast;
    this.#startedMs = clock.now();
  }

  connect(send: (bytes: Uint8Array) => void, _unplug: () => void, baudRate: number): void {
    this.#send = send;
    this.#hostBaudRate = baudRate;
    this.#goOn();
  }
  disconnect(): void {
    this.#send = undefined;
    this.#stopTimer?.();
  }

  receive(bytes: Uint8Array): void {
    const text = new TextDecoder().decode(bytes).trim();
    this.heard.push(text);
    if (/^\d$/.test(text)) this.#log('main.c', 201, `Button ${text} pressed`);
  }

  /** It says again who it is. */
  restart(): void {
    const address = this.#unicast.toString(16).toUpperCase().padStart(4, '0');
    this.#startedMs = this.#clock.now();
    this.#isLightOn = false;
    this.#log('main.c', 312, '----- BLE Mesh Light Switch Client Demo -----');
    this.#log('mesh_app_utils.c', 66, 'Device UUID (raw): 1F4FF3C5624B7D8B6F5E4D3C2B1AFFFF');
    this.#log('main.c', 248, `Node Address: 0x${address}`);
  }

  /** As long as somebody listens. */
  #goOn(): void {
    this.#stopTimer = this.#clock.after(EVERY_MS, () => {
      this.#isLightOn = !this.#isLightOn;
      this.#log('main.c', 164, `Sending msg: ONOFF SET ${this.#isLightOn ? 1 : 0}`);
      this.#log('main.c', 131, `OnOff server: 0x0100, Present OnOff: ${this.#isLightOn ? 1 : 0}`);
      this.#goOn();
    });
  }

  #log(file: string, line: number, text: string): void {
    const ticks = Math.round((this.#clock.now() - this.#startedMs) * TICKS_PER_MS);
    const said = `<t: ${String(ticks).padStart(10)}>, ${file}, ${String(line).padStart(4)}, ${text}\r\n`;
    const bytes = new TextEncoder().encode(said);
    // at another speed its bits are read at the wrong moments
    const read =
      this.#hostBaudRate === BAUD_RATE ? bytes : bytes.map((byte, i) => (byte * 73 + i * 41) | 0x80);
    this.#send?.(read);
  }
}
