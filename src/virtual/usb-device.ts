/**
 * A USB device as WebUSB shows it, with a probe's firmware behind it.
 *
 * Below lie the firmware of a probe and the chip it debugs; above lies whoever thinks this is a `USBDevice`. Replies wait in
 * order; a read of an endpoint stays pending until there is one, a read by the control pipe takes the last report again.
 * Long because it has every member of the interface that it stands in for.
 * Source: WebUSB specification, section 6; docs/probe-protocols.md §1.
 */
import type { Clock } from '../clock.ts';
import type { VirtualNrf52 } from './nrf52-chip.ts';

/** What a probe makes of one request; most have one reply, some have none, and some come in several transfers. */
export interface ProbeFirmware {
  execute(request: Uint8Array): Uint8Array<ArrayBuffer> | readonly Uint8Array<ArrayBuffer>[] | undefined;
  /** A reply has left the probe, so there is room for another. */
  fetched?(): void;
}

export interface UsbInterfaceSetup {
  /** Told only by a host that reads it, see `UsbSetup.tellsNames`. */
  readonly name: string;
  readonly interfaceClass: number;
  readonly interfaceSubclass?: number;
  readonly interfaceProtocol?: number;
  readonly endpoints?: readonly {
    readonly number: number;
    readonly direction: USBDirection;
    readonly type: USBEndpointType;
  }[];
}

export interface UsbSetup {
  readonly vendorId: number;
  readonly productId: number;
  readonly manufacturerName: string;
  readonly productName: string;
  readonly serialNumber: string;
  /** Bytes of a packet, and of a HID report. */
  readonly packetSize: number;
  /**
   * A reply that fills its last packet is followed by an empty one. Who asks for just that many bytes leaves the empty packet
   * behind, and the probe falls silent.
   */
  readonly endsWithEmptyPacket?: boolean;
  /** Replies that it keeps for whoever may fetch them; with all of them waiting it takes no request. No end of them when left out. */
  readonly replyBuffers?: number;
  /** The host tells the names of interfaces, as the specification wants it and Chromium does not. */
  readonly tellsNames?: boolean;
  /** What one transfer costs, in microseconds: bus, operating system and browser. */
  readonly latencyUs: number;
  readonly interfaces: readonly UsbInterfaceSetup[];
}

/** What goes wrong on the cable; transfers are counted from 1 from the moment the device was plugged in. */
export interface UsbFaults {
  /** The cable comes out just before this transfer. */
  unplugAt?: number;
  /** Nothing answers this transfer, ever. */
  silentAt?: number;
  /** The reply to the request of this transfer loses its end. */
  shortReplyAt?: number;
  /** The transfer ends in a stall, and all after it at the same endpoint do until the halt is cleared. */
  stallAt?: number;
  /** The probe takes this request to its end only once somebody asks for the reply. */
  inputFullAt?: number;
  /** A request that comes while the probe works on the one before is lost. */
  losesRequestsAhead?: boolean;
  /** Another tab or program has the interface. */
  claimedElsewhere?: boolean;
  /** The operating system lets nobody open it. */
  notAllowed?: boolean;
  /** Windows has no driver for the interface: a claim waits for one. */
  hasNoDriver?: boolean;
  /** Opening waits for a person, who does not come. */
  opensNever?: boolean;
}

interface Reader {
  readonly length: number;
  readonly settle: (result: USBInTransferResult | DOMException) => void;
}

/** Only differences longer than this are slept off: timers are coarse. */
const PACE_MS = 5;

const PROTECTED_CLASSES = new Set([0x01, 0x03, 0x08, 0x0b, 0x0e, 0x10, 0xe0]);

export class VirtualUsbDevice implements USBDevice {
  readonly usbVersionMajor = 2;
  readonly usbVersionMinor = 0;
  readonly usbVersionSubminor = 0;
  readonly deviceClass = 0xef;
  readonly deviceSubclass = 2;
  readonly deviceProtocol = 1;
  readonly deviceVersionMajor = 1;
  readonly deviceVersionMinor = 0;
  readonly deviceVersionSubminor = 0;
  readonly vendorId: number;
  readonly productId: number;
  readonly manufacturerName: string;
  readonly productName: string;
  readonly serialNumber: string;
  readonly configurations: USBConfiguration[];
  configuration: USBConfiguration | null;
  opened = false;

  readonly faults: UsbFaults = {};
  /** What a probe that lies makes of a reply of its own; `transfer` is the one of its request. */
  forge:
    | ((reply: Uint8Array<ArrayBuffer>, request: Uint8Array, transfer: number) => Uint8Array<ArrayBuffer>)
    | undefined;
  /** Data transfers so far. */
  transfers = 0;
  /** Replies that nobody has fetched yet; those of an interrupted session may be put here. */
  readonly replies: Uint8Array<ArrayBuffer>[] = [];
  isPluggedIn = true;
  #lastReport = new Uint8Array(64);
  readonly #claimed = new Set<number>();
  #readers: Reader[] = [];
  /** Transfers that never end by themselves. */
  #hanging: ((reason: DOMException) => void)[] = [];
  /** Requests that wait for somebody to ask for a reply. */
  #held: (() => void)[] = [];
  #isSilent = false;
  /** Endpoints that stalled; a halt outlives closing and opening. */
  readonly #halted = new Set<string>();
  /** An open or a claim is under way, so nothing else may change the state of the device. */
  #isChanging = false;
  /** A request came in this turn. */
  #isAtWork = false;
  readonly #startedAtMs: number;

  constructor(
    readonly setup: UsbSetup,
    readonly firmware: ProbeFirmware,
    readonly chip: VirtualNrf52,
    readonly clock: Clock,
  ) {
    this.vendorId = setup.vendorId;
    this.productId = setup.productId;
    this.manufacturerName = setup.manufacturerName;
    this.productName = setup.productName;
    this.serialNumber = setup.serialNumber;
    this.configurations = [configurationOf(setup, this.#claimed)];
    this.configuration = this.configurations[0]!;
    this.#startedAtMs = clock.now() - chip.timeUs / 1000;
  }

  /** Pull the cable: everything under way fails, and the device never works again; plugged in anew it is a new one. */
  unplug(): void {
    this.isPluggedIn = false;
    this.opened = false;
    this.#failPending(transferError());
  }

  async open(): Promise<void> {
    this.#assertSteady();
    if (this.faults.notAllowed) throw new DOMException('Access denied.', 'SecurityError');
    if (this.faults.opensNever) await this.#forever();
    this.opened = true;
  }

  /** As in Blink it fails where the device is gone, and where a change of its state is under way. */
  async close(): Promise<void> {
    this.#assertSteady();
    this.opened = false;
    this.#claimed.clear();
    this.#failPending(new DOMException('The transfer was cancelled.', 'AbortError'));
  }

  async forget(): Promise<void> {
    await this.close();
  }

  async selectConfiguration(value: number): Promise<void> {
    this.#assertOpen();
    if (value !== 1)
      throw new DOMException('The configuration value provided is not supported.', 'NotFoundError');
  }

  async claimInterface(number: number): Promise<void> {
    this.#assertOpen();
    const wanted = this.setup.interfaces[number];
    if (!wanted) throw new DOMException('The interface number provided is not supported.', 'NotFoundError');
    if (PROTECTED_CLASSES.has(wanted.interfaceClass))
      throw new DOMException('The requested interface implements a protected class.', 'SecurityError');
    if (this.faults.hasNoDriver) await this.#forever();
    if (this.faults.claimedElsewhere) throw new DOMException('Unable to claim interface.', 'NetworkError');
    this.#claimed.add(number);
  }

  async releaseInterface(number: number): Promise<void> {
    this.#claimed.delete(number);
  }

  async transferOut(endpoint: number, data: BufferSource): Promise<USBOutTransferResult> {
    this.#assertEndpoint(endpoint, 'out');
    return this.#send(data, `out ${endpoint}`);
  }

  async transferIn(endpoint: number, length: number): Promise<USBInTransferResult> {
    this.#assertEndpoint(endpoint, 'in');
    const trouble = this.#beginTransfer(`in ${endpoint}`);
    if (trouble) return trouble;
    return new Promise((resolve, reject) => {
      this.#readers.push({
        length,
        settle: (result) => (result instanceof DOMException ? reject(result) : resolve(result)),
      });
      this.#serveReaders();
      this.#goOn();
    });
  }

  async controlTransferOut(
    setup: USBControlTransferParameters,
    data: BufferSource = new Uint8Array(),
  ): Promise<USBOutTransferResult> {
    this.#assertOpen();
    if (!this.#isReport(setup, SET_REPORT)) return { status: 'stall', bytesWritten: 0 };
    return this.#send(data);
  }

  async controlTransferIn(setup: USBControlTransferParameters, length: number): Promise<USBInTransferResult> {
    this.#assertOpen();
    if (!this.#isReport(setup, GET_REPORT))
      return { status: 'stall', data: new DataView(new ArrayBuffer(0)) };
    const trouble = this.#beginTransfer();
    if (trouble) return trouble;
    const reply = this.replies.shift();
    this.#goOn();
    if (reply) {
      this.#lastReport = new Uint8Array(this.setup.packetSize);
      this.#lastReport.set(reply.subarray(0, this.setup.packetSize));
    }
    await this.#pace();
    return { status: 'ok', data: new DataView(this.#lastReport.slice(0, length).buffer) };
  }

  async clearHalt(direction: USBDirection, endpoint: number): Promise<void> {
    this.#assertEndpoint(endpoint, direction);
    this.#halted.delete(`${direction} ${endpoint}`);
  }

  selectAlternateInterface = unsupported;
  isochronousTransferIn = unsupported;
  isochronousTransferOut = unsupported;
  reset = unsupported;

  async #send(data: BufferSource, endpoint?: string): Promise<USBOutTransferResult> {
    const trouble = this.#beginTransfer(endpoint);
    if (trouble) return trouble.then(({ status }) => ({ status, bytesWritten: 0 }));
    const request = bytesOf(data).slice();
    const { transfers } = this;
    const short = transfers === this.faults.shortReplyAt;
    const isFull = this.transfers === this.faults.inputFullAt && this.#readers.length === 0;
    if (isFull || this.#held.length > 0 || this.#isFull)
      await new Promise<void>((resolve, reject) => {
        this.#held.push(resolve);
        this.#hanging.push(reject);
      });
    const isLost = this.faults.losesRequestsAhead && this.#isAtWork;
    this.#isAtWork = true;
    queueMicrotask(() => (this.#isAtWork = false));
    const reply = (isLost ? undefined : this.firmware.execute(request)) ?? [];
    for (const one of reply instanceof Uint8Array ? [reply] : reply)
      this.replies.push(short ? one.slice(0, 2) : (this.forge?.(one, request, transfers) ?? one));
    this.#serveReaders();
    this.#goOn();
    await this.#pace();
    return { status: 'ok', bytesWritten: request.length };
  }

  /** All buffers hold replies that nobody has fetched. */
  get #isFull(): boolean {
    return this.replies.length >= (this.setup.replyBuffers ?? Infinity);
  }

  /** The request that waited longest is taken, as there is room: somebody asked for a reply, or one before it needs none. */
  #goOn(): void {
    if (!this.#isFull) this.#held.shift()?.();
  }

  /** What never comes, unless the cable is pulled. Meanwhile the state of the device is said to change. */
  #forever(): Promise<never> {
    this.#isChanging = true;
    return new Promise((_, reject) => this.#hanging.push(reject));
  }

  /** Counts the transfer, and answers it when something is to go wrong with it. */
  #beginTransfer(endpoint = 'control'): Promise<USBInTransferResult> | undefined {
    this.transfers++;
    this.chip.advance(Math.max(this.setup.latencyUs, this.#realUs() - this.chip.timeUs));
    if (this.transfers === this.faults.unplugAt) {
      this.unplug();
      this.chip.powerOff();
    }
    if (!this.isPluggedIn) return Promise.reject(transferError());
    if (this.transfers === this.faults.silentAt)
      return new Promise((_, reject) => this.#hanging.push(reject));
    if (this.transfers === this.faults.stallAt && endpoint !== 'control') this.#halted.add(endpoint);
    return this.transfers === this.faults.stallAt || this.#halted.has(endpoint)
      ? Promise.resolve({ status: 'stall' })
      : undefined;
  }

  #serveReaders(): void {
    while (this.#readers.length > 0 && this.replies.length > 0 && !this.#isSilent) {
      const reply = this.replies.shift()!;
      this.firmware.fetched?.();
      const { length, settle } = this.#readers.shift()!;
      const babble = reply.length > length;
      const { endsWithEmptyPacket = false, packetSize } = this.setup;
      this.#isSilent = endsWithEmptyPacket && reply.length === length && length % packetSize === 0;
      settle({ status: babble ? 'babble' : 'ok', data: new DataView(reply.slice(0, length).buffer) });
    }
  }

  #failPending(reason: DOMException): void {
    for (const reader of this.#readers.splice(0)) reader.settle(reason);
    for (const reject of this.#hanging.splice(0)) reject(reason);
  }

  /** The board's time is ahead when it worked faster than its clock allows: wait until the rest of the world is there too. */
  async #pace(): Promise<void> {
    const aheadMs = (this.chip.timeUs - this.#realUs()) / 1000;
    if (aheadMs > PACE_MS) await this.clock.sleep(aheadMs);
  }

  #realUs(): number {
    return (this.clock.now() - this.#startedAtMs) * 1000;
  }

  #isReport({ requestType, recipient, request, index }: USBControlTransferParameters, wanted: number) {
    return (
      requestType === 'class' && recipient === 'interface' && request === wanted && this.#claimed.has(index)
    );
  }

  #assertSteady(): void {
    if (!this.isPluggedIn) throw gone();
    if (this.#isChanging)
      throw new DOMException(
        'An operation that changes interface state is in progress.',
        'InvalidStateError',
      );
  }

  #assertOpen(): void {
    this.#assertSteady();
    if (!this.opened) throw new DOMException('The device must be opened first.', 'InvalidStateError');
  }

  #assertEndpoint(number: number, direction: USBDirection): void {
    this.#assertOpen();
    const owned = this.setup.interfaces.some(
      ({ endpoints = [] }, i) =>
        this.#claimed.has(i) && endpoints.some((one) => one.number === number && one.direction === direction),
    );
    if (!owned)
      throw new DOMException(
        'The specified endpoint is not part of a claimed and selected alternate interface.',
        'NotFoundError',
      );
  }
}

const GET_REPORT = 0x01;
const SET_REPORT = 0x09;

const gone = () => new DOMException('The device was disconnected.', 'NotFoundError');
const transferError = () => new DOMException('A transfer error has occurred.', 'NetworkError');
const unsupported = () =>
  Promise.reject(new DOMException('The virtual device does not do this.', 'NotSupportedError'));

const bytesOf = (data: BufferSource): Uint8Array =>
  data instanceof ArrayBuffer
    ? new Uint8Array(data)
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

function configurationOf(
  { interfaces, packetSize, tellsNames = false }: UsbSetup,
  claimed: Set<number>,
): USBConfiguration {
  return {
    configurationValue: 1,
    configurationName: null,
    interfaces: interfaces.map((one, interfaceNumber) => {
      const alternate: USBAlternateInterface = {
        alternateSetting: 0,
        interfaceClass: one.interfaceClass,
        interfaceSubclass: one.interfaceSubclass ?? 0,
        interfaceProtocol: one.interfaceProtocol ?? 0,
        interfaceName: tellsNames ? one.name : null,
        endpoints: (one.endpoints ?? []).map(({ number, direction, type }) => ({
          endpointNumber: number,
          direction,
          type,
          packetSize,
        })),
      };
      return {
        interfaceNumber,
        alternate,
        alternates: [alternate],
        get claimed() {
          return claimed.has(interfaceNumber);
        },
      };
    }),
  };
}
