/**
 * A kit made of code that runs the serial example of the nRF5 SDK for Mesh: bytes in, bytes out, and a radio in a virtual mesh.
 *
 * It is written from the firmware's source, with its own reading of every frame, so that a host's mistakes are not its own.
 * Source: nRF5 SDK for Mesh, tags v2.0.0 to v5.0.0, mesh/serial and examples/serial.
 *
 * Long because it is one firmware: its commands, its memory and its radio.
 */
import { concatenate, toHex } from '../bytes.ts';
import type { Clock } from '../clock.ts';
import type { KeyAgreement } from '../mesh/index.ts';
import { ProvisioningContext, type ProvisionOrder } from './kit-provisioner.ts';
import { KIT_RELEASES, type KitRelease, type KitReleaseName } from './kit-releases.ts';
import { KitState, LIMITS, REFUSAL, type Handled } from './kit-state.ts';
import { VirtualMeshNode } from './mesh-node.ts';
import {
  segmentsOf,
  transferTiming,
  type AirMessage,
  type Arrival,
  type Station,
  type VirtualMesh,
} from './virtual-mesh.ts';

/** What can go wrong at a frame of the host, once the device has it whole. */
export type KitFault =
  /** The port is gone before anything happens. */
  | 'unplug'
  /** Done, and then the port is gone before the response. */
  | 'unplug-after'
  /** The device restarts instead of doing it. */
  | 'reset'
  /** Done, and then the device restarts before it answers. */
  | 'reset-after'
  /** Done, and the response finds no room. */
  | 'drop-response'
  /** An event stands in front of the response. */
  | 'event-first';

export interface KitFaults {
  /** Asked for every whole frame from the host, counted from 0. */
  atFrame?(count: number, opcode: number): KitFault | undefined;
  /** How output reaches the host: a frame a chunk, byte by byte, or together with what follows at the same moment. */
  readonly chunks?: 'frames' | 'bytes' | 'joined';
  /** Send an event of an opcode no release has, in front of every response. */
  readonly unknownEvents?: boolean;
  /** Cut received messages after so many bytes, while the event tells the whole length. */
  readonly cutReceivedAt?: number;
}

export interface KitSetup {
  readonly release: KitReleaseName;
  readonly mesh: VirtualMesh;
  readonly clock: Clock;
  readonly keyAgreement: KeyAgreement;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly faults?: KitFaults;
}

const RESPONSE_MS = 3;
const BOOT_MS = 250;
const BEACON_MS = 2000;
const MOST_SEGMENTED = 4;

/** The firmware; `port` is what the host sees of it. */
export class VirtualSerialKit implements Station {
  readonly hops = 0;
  lossRate = 0;
  readonly advertisingAddress = Uint8Array.of(1, 2, 3, 4, 5, 0xc6);
  faults: KitFaults;
  readonly #setup: KitSetup;
  readonly #release: KitRelease;
  #state: KitState;
  #contexts: readonly ProvisioningContext[];
  #pair: { d: Uint8Array<ArrayBuffer>; x: Uint8Array; y: Uint8Array };
  #token = 0;
  #input: Uint8Array = new Uint8Array();
  #frames = 0;
  /** Rises at every reset: what was under way comes to nothing. */
  #boot = 0;
  #send: ((bytes: Uint8Array) => void) | undefined;
  #unplug: (() => void) | undefined;
  #queued: Uint8Array[] = [];
  /** Destinations of segmented transfers under way; called when the peer has acknowledged. */
  readonly #transfers = new Map<string, () => void>();

  constructor(setup: KitSetup) {
    this.#setup = setup;
    this.faults = setup.faults ?? {};
    this.#release = KIT_RELEASES[setup.release];
    this.#state = new KitState(this.#release.replayListLength);
    this.#pair = this.#drawPair();
    this.#contexts = this.#makeContexts();
    setup.mesh.join(this);
  }

  get release(): KitReleaseName {
    return this.#setup.release;
  }
  /** Frames the host has sent whole. */
  get framesReceived(): number {
    return this.#frames;
  }

  /** For the port: where output goes, and what to do when the cable is pulled. */
  connect(send: (bytes: Uint8Array) => void, unplug: () => void): void {
    this.#send = send;
    this.#unplug = unplug;
  }
  disconnect(): void {
    this.#send = undefined;
    this.#unplug = undefined;
  }

  /** Bytes from the host, in whatever pieces. */
  receive(bytes: Uint8Array): void {
    this.#input = concatenate([this.#input, bytes]);
    for (;;) {
      const length = this.#input[0];
      if (length === undefined) return;
      if (length === 0 || length - 1 > this.#release.maxParameters) {
        if (this.#input.length < 1 + length) return;
        this.#input = this.#input.slice(1 + length);
        this.#emit(0x84, 0, REFUSAL.invalidLength);
        continue;
      }
      if (this.#input.length < 1 + length) return;
      const frame = this.#input.slice(1, 1 + length);
      this.#input = this.#input.slice(1 + length);
      this.#take(frame[0]!, frame.subarray(1));
    }
  }

  /** Pull the cable and push it in again, or press the button: everything is forgotten. */
  restart(): void {
    this.#boot++;
    for (const context of this.#contexts) context.drop();
    this.#state = new KitState(this.#release.replayListLength);
    this.#pair = this.#drawPair();
    this.#contexts = this.#makeContexts();
    this.#transfers.clear();
    this.#input = new Uint8Array();
    this.#later(BOOT_MS, () => {
      this.#emit(0x81, 2, 0, this.#release.dataCredit);
      if (!this.#release.hasNetState) return;
      this.#emitNetState();
      this.#emit(0xda, u32(this.#state.nextBlock));
    });
  }

  /** Send any event, as if it had happened. */
  emitEvent(opcode: number, parameters: Uint8Array): void {
    this.#emit(opcode, parameters);
  }

  /** The network goes on to another IV index, as a beacon of a node tells. */
  updateIvIndex(ivIndex: number): void {
    if (ivIndex > this.#state.ivIndex) this.#state.restoreSequence(0);
    this.#state.ivIndex = ivIndex;
    this.#emit(0xd3, u32(ivIndex));
  }

  wants({ destination }: AirMessage): boolean {
    const isSubscribed = ({ address, isSubscribed: is }: { address: number; isSubscribed: boolean }) =>
      is && address === destination;
    return (
      this.#state.isOwn(destination) ||
      this.#state.addresses.some((slot) => slot !== undefined && isSubscribed(slot))
    );
  }

  hear(message: AirMessage, arrival: Arrival): void {
    const state = this.#state;
    const subnet = state.subnets.findIndex((slot) => slot && toHex(slot.key) === message.netKey);
    if (subnet === -1 || message.ivIndex !== state.ivIndex) return;
    const isOwn = state.isOwn(message.destination);
    const group = state.addresses.findIndex(
      (slot) => slot?.isSubscribed && slot.address === message.destination,
    );
    if (!isOwn && group === -1) return;
    if (!state.replay.accepts(message)) return;
    if (message.payload === 'acknowledgement') {
      this.#transfers.get(`${message.destination}/${message.source}`)?.();
      return;
    }
    if (message.segments > 0 && isOwn) this.#acknowledge(message);
    const { access, key } = message.payload;
    const handle = state.handleOf(key.kind, key.key, message.source);
    if (handle === undefined) return;
    const most = Math.min(this.#release.maxReceived, this.faults.cutReceivedAt ?? Infinity);
    this.#emit(
      isOwn ? 0xd0 : 0xd1,
      u16(message.source),
      u16(isOwn ? message.destination : group),
      u16(handle),
      u16(subnet),
      arrival.ttl,
      1,
      arrival.lastHop,
      arrival.rssi & 0xff,
      u16(access.length),
      access.slice(0, most),
    );
  }

  #drawPair() {
    const draw = () => Uint8Array.from(this.#setup.randomBytes(32));
    return { d: draw(), x: draw(), y: draw() };
  }

  #makeContexts(): readonly ProvisioningContext[] {
    const { clock, keyAgreement, randomBytes, mesh } = this.#setup;
    const boot = this.#boot;
    const parts = {
      clock,
      keyAgreement,
      randomBytes,
      find: (uuid: Uint8Array) => unprovisioned(mesh).find((node) => toHex(node.uuid) === toHex(uuid)),
      emit: (opcode: number, ...parameters: (number | Uint8Array)[]) => {
        if (boot === this.#boot) this.#emit(opcode, ...parameters);
      },
    };
    return [0, 1].map((id) => new ProvisioningContext(id, parts));
  }

  #take(opcode: number, parameters: Uint8Array): void {
    const fault = this.faults.atFrame?.(this.#frames++, opcode);
    if (fault === 'unplug') return this.#unplug?.();
    if (fault === 'reset') return this.restart();
    if (opcode === 0x0e) return this.restart();
    if (opcode === 0x02) {
      this.#later(RESPONSE_MS, () => this.#emit(0x82, parameters));
      return;
    }
    const ahead: (() => void)[] = [];
    const { status, data, then } = this.#execute(opcode, parameters, (emit) => ahead.push(emit));
    this.#later(RESPONSE_MS, () => {
      if (fault === 'unplug-after') return this.#unplug?.();
      if (fault === 'reset-after') return this.restart();
      if (fault === 'event-first') this.#emit(0xd4, u16(0), 0);
      if (this.faults.unknownEvents) this.#emit(0xb6, 1, 2, 3);
      for (const emit of ahead) emit();
      if (fault !== 'drop-response')
        this.#emit(0x84, opcode, status, status === REFUSAL.success && data ? data : new Uint8Array());
      then?.();
    });
  }

  #execute(opcode: number, parameters: Uint8Array, ahead: (emit: () => void) => void): Outcome {
    const handler = HANDLERS[opcode];
    if (!handler || (handler.since && !handler.since(this.#release)))
      return { status: REFUSAL.commandUnknown };
    const size = typeof handler.size === 'function' ? handler.size(this.#release) : handler.size;
    // lengths are checked exactly in the 0x90 range alone
    const isExact = opcode >= 0x90;
    if (
      handler.open
        ? parameters.length < size
        : isExact
          ? parameters.length !== size
          : parameters.length < size
    )
      return { status: REFUSAL.invalidLength };
    return handler.run(this.#machine, new Reader(parameters), ahead);
  }

  /** What the command handlers may touch. */
  readonly #machine: Machine = {
    release: () => this.#release,
    state: () => this.#state,
    context: (id) => this.#contexts[id],
    setPair: (d, x, y) => {
      this.#pair = { d: Uint8Array.from(d), x, y };
    },
    pair: () => this.#pair,
    clear: () => {
      const { replay, isScanning } = this.#state;
      // before 5.0.0 the replay list survives, while the numbers begin anew
      const isKept = !this.#release.hasNetState;
      this.#state = new KitState(this.#release.replayListLength, isKept ? replay : undefined);
      this.#state.isScanning = isScanning;
      this.#state.isNetStateKnown = isKept;
    },
    scan: () => this.#beacons(),
    emit: (opcode, ...rest) => this.#emit(opcode, ...rest),
    emitNetState: () => this.#emitNetState(),
    send: (packet) => this.#sendPacket(packet),
  };

  #emitNetState(): void {
    this.#emit(0xd9, u32(this.#state.ivIndex), this.#state.ivUpdate, u16(0));
  }

  #beacons(): void {
    const { mesh } = this.#setup;
    const state = this.#state;
    const beacon = () => {
      if (!state.isScanning || state !== this.#state) return;
      for (const node of unprovisioned(mesh)) {
        if (mesh.random() < node.lossRate) continue;
        const rssi = -48 - Math.floor(mesh.random() * 6);
        this.#emit(0xc0, node.uuid, rssi & 0xff, 0, 1, node.advertisingAddress);
      }
      this.#later(BEACON_MS, beacon);
    };
    this.#later(200, beacon);
  }

  #sendPacket(packet: Packet): Outcome {
    const token = ++this.#token;
    const state = this.#state;
    const key = state.key(packet.keyHandle);
    const address = state.addresses[packet.destinationHandle]?.address;
    if (packet.access.length === 0) return { status: REFUSAL.internal };
    if (!key || address === undefined) return { status: REFUSAL.rejected };
    if (!state.isOwn(packet.source)) return { status: REFUSAL.invalidData };
    const segments = segmentsOf(packet.access.length, packet.isForced);
    const transfer = `${packet.source}/${address}`;
    if (segments > 0 && this.#transfers.has(transfer)) return { status: REFUSAL.invalidState };
    if (segments > 0 && this.#transfers.size >= MOST_SEGMENTED) return { status: REFUSAL.rejected };
    const kind = packet.keyHandle < LIMITS.appKeys ? 'application' : 'device';
    const transmit = () => {
      const { last, isNewBlock } = state.takeSequence(Math.max(segments, 1));
      if (isNewBlock && this.#release.hasNetState) this.#emit(0xda, u32(state.nextBlock));
      this.#setup.mesh.transmit(this, {
        netKey: toHex(state.subnets[key.subnet]!.key),
        ivIndex: state.ivIndex,
        source: packet.source,
        destination: address,
        ttl: packet.ttl,
        sequence: last,
        segments,
        payload: { access: packet.access, key: { kind, key: toHex(key.key) } },
      });
    };
    const complete = () => {
      if (this.#release.hasToken) this.#emit(0xd2, u32(token));
    };
    const isAcknowledged = segments > 0 && address <= 0x7fff;
    const then = () => {
      if (isAcknowledged) this.#repeat(transfer, packet.ttl, transmit, complete);
      else {
        transmit();
        this.#later(20, complete);
      }
    };
    return { status: REFUSAL.success, data: this.#release.hasToken ? u32(token) : new Uint8Array(), then };
  }

  #repeat(transfer: string, ttl: number, transmit: () => void, complete: () => void): void {
    const { attempts, intervalMs } = transferTiming(ttl);
    let left = attempts;
    let isOver = false;
    this.#transfers.set(transfer, () => {
      if (isOver) return;
      isOver = true;
      this.#transfers.delete(transfer);
      complete();
    });
    const attempt = () => {
      if (isOver) return;
      if (left-- > 0) {
        transmit();
        this.#later(intervalMs, attempt);
      } else {
        isOver = true;
        this.#transfers.delete(transfer); // a transfer that fails gives no event
      }
    };
    attempt();
  }

  #acknowledge(message: AirMessage): void {
    const { last } = this.#state.takeSequence(1);
    this.#setup.mesh.transmit(this, {
      ...message,
      source: message.destination,
      destination: message.source,
      ttl: 4,
      sequence: last,
      segments: 0,
      payload: 'acknowledgement',
    });
  }

  #emit(opcode: number, ...parameters: (number | Uint8Array)[]): void {
    const body = concatenate(
      parameters.map((part) => (typeof part === 'number' ? Uint8Array.of(part) : part)),
    );
    this.#output(concatenate([Uint8Array.of(body.length + 1, opcode), body]));
  }

  #output(frame: Uint8Array): void {
    const { chunks = 'frames' } = this.faults;
    if (chunks === 'bytes') for (const byte of frame) this.#send?.(Uint8Array.of(byte));
    else if (chunks === 'frames') this.#send?.(frame);
    else {
      this.#queued.push(frame);
      if (this.#queued.length > 1) return;
      this.#setup.clock.after(0, () => {
        const whole = concatenate(this.#queued);
        this.#queued = [];
        this.#send?.(whole);
      });
    }
  }

  #later(ms: number, work: () => void): void {
    const boot = this.#boot;
    this.#setup.clock.after(ms, () => {
      if (boot === this.#boot) work();
    });
  }
}

const unprovisioned = (mesh: VirtualMesh): readonly VirtualMeshNode[] =>
  mesh.stations.filter(
    (station): station is VirtualMeshNode =>
      station instanceof VirtualMeshNode && station.isPowered && !station.network && station.hops === 1,
  );

interface Outcome {
  readonly status: number;
  readonly data?: Uint8Array;
  /** What happens behind the response. */
  readonly then?: () => void;
}
interface Packet {
  readonly keyHandle: number;
  readonly source: number;
  readonly destinationHandle: number;
  readonly ttl: number;
  readonly isForced: boolean;
  readonly access: Uint8Array;
}
interface Machine {
  release(): KitRelease;
  state(): KitState;
  context(id: number): ProvisioningContext | undefined;
  setPair(d: Uint8Array, x: Uint8Array, y: Uint8Array): void;
  pair(): { d: Uint8Array<ArrayBuffer>; x: Uint8Array; y: Uint8Array };
  clear(): void;
  scan(): void;
  emit(opcode: number, ...parameters: (number | Uint8Array)[]): void;
  emitNetState(): void;
  send(packet: Packet): Outcome;
}
interface Handler {
  /** Parameters in bytes; at least so many where the length is open or not checked. */
  readonly size: number | ((release: KitRelease) => number);
  readonly open?: boolean;
  readonly since?: (release: KitRelease) => boolean;
  run(machine: Machine, parameters: Reader, ahead: (emit: () => void) => void): Outcome;
}

/** Little-endian numbers and bytes, one after another. */
class Reader {
  #at = 0;
  constructor(readonly bytes: Uint8Array) {}
  number(size: number): number {
    let value = 0;
    for (let i = 0; i < size; i++) value += (this.bytes[this.#at + i] ?? 0) * 2 ** (8 * i);
    this.#at += size;
    return value;
  }
  take(size: number): Uint8Array {
    return this.bytes.slice(this.#at, (this.#at += size));
  }
  rest(): Uint8Array {
    return this.take(this.bytes.length - this.#at);
  }
}

const u16 = (value: number): Uint8Array => Uint8Array.of(value & 0xff, (value >> 8) & 0xff);
const u32 = (value: number): Uint8Array =>
  Uint8Array.of(value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, (value >>> 24) & 0xff);

const done = (data?: Uint8Array): Outcome => ({ status: REFUSAL.success, ...(data && { data }) });
const refuse = (status: number): Outcome => ({ status });
const handled = (result: Handled): Outcome =>
  'handle' in result ? done(u16(result.handle)) : refuse(result.refusal);
const constant = (value: number): Handler => ({ size: 0, run: () => done(u16(value)) });
const inContext = (
  run: (context: ProvisioningContext, parameters: Reader, ahead: (emit: () => void) => void) => number,
) => {
  return (machine: Machine, parameters: Reader, ahead: (emit: () => void) => void): Outcome => {
    const id = parameters.number(1);
    const context = machine.context(id);
    if (!context) return refuse(REFUSAL.invalidData);
    const status = run(context, parameters, ahead);
    return { status, data: Uint8Array.of(id) };
  };
};
/** Empty the slot of a handle. */
function free<T>(slots: (T | undefined)[], handle: number, offset = 0): Outcome {
  if (slots[handle - offset] === undefined) return refuse(REFUSAL.rejected);
  slots[handle - offset] = undefined;
  return done(u16(handle));
}
const words = (values: readonly number[]): Uint8Array => concatenate(values.map(u16));
const hasNetState = (release: KitRelease) => release.hasNetState;
const hasHousekeeping = (release: KitRelease) => release.hasHousekeeping;

/** By opcode. Source: mesh/serial/include/serial_cmd.h and the handlers beside it. */
const HANDLERS: Readonly<Record<number, Handler>> = {
  0x09: { size: 0, run: (machine) => done(u16(machine.release().serialVersion)) },
  0x14: { size: 0, since: hasHousekeeping, run: () => done(u32(0)) },
  0x15: { size: 0, since: hasHousekeeping, run: () => done() },
  0x61: {
    size: 0,
    run(machine) {
      if (machine.state().isScanning) return refuse(REFUSAL.invalidState);
      machine.state().isScanning = true;
      return { status: REFUSAL.success, then: () => machine.scan() };
    },
  },
  0x62: {
    size: 0,
    run(machine) {
      if (!machine.state().isScanning) return refuse(REFUSAL.invalidState);
      machine.state().isScanning = false;
      return done();
    },
  },
  0x63: {
    size: ({ provisionBytes }) => provisionBytes,
    run(machine, parameters) {
      const order: ProvisionOrder = {
        context: parameters.number(1),
        uuid: parameters.take(16),
        netKey: parameters.take(16),
        netKeyIndex: parameters.number(2),
        ivIndex: parameters.number(4),
        unicast: parameters.number(2),
        ivUpdate: parameters.number(1),
        keyRefresh: parameters.number(1),
        attention: machine.release().provisionBytes === 44 ? parameters.number(1) : 0,
      };
      const context = machine.context(order.context);
      if (!context) return refuse(REFUSAL.invalidData);
      const { d, x, y } = machine.pair();
      context.hostPrivateKey = d;
      return { status: context.start(order, { x, y }), data: Uint8Array.of(order.context) };
    },
  },
  0x66: {
    size: 4,
    run: inContext((context, parameters) => {
      const method = parameters.number(1);
      parameters.number(1); // action
      return context.useOob(method, parameters.number(1));
    }),
  },
  0x67: { size: 2, run: inContext((context, parameters) => context.authenticate(parameters.rest())) },
  0x68: {
    size: 33,
    run: inContext((context, parameters, ahead) => context.giveSecret(parameters.take(32), ahead)),
  },
  0x69: {
    size: 96,
    run(machine, parameters) {
      machine.setPair(parameters.take(32), parameters.take(32), parameters.take(32));
      return done();
    },
  },
  0x90: { size: 0, run: () => refuse(REFUSAL.invalidState) },
  0x91: { size: 0, run: () => done() },
  0x92: {
    size: 18,
    run: (machine, parameters) =>
      handled(machine.state().addSubnet(parameters.number(2), parameters.take(16))),
  },
  0x94: { size: 2, run: (machine, parameters) => free(machine.state().subnets, parameters.number(2)) },
  0x95: {
    size: 0,
    run: (machine) => done(words(machine.state().subnets.flatMap((slot) => (slot ? [slot.index] : [])))),
  },
  0x96: constant(LIMITS.subnets),
  0x97: {
    size: 20,
    run: (machine, parameters) =>
      handled(machine.state().addAppKey(parameters.number(2), parameters.number(2), parameters.take(16))),
  },
  0x99: { size: 2, run: (machine, parameters) => free(machine.state().appKeys, parameters.number(2)) },
  0x9a: {
    size: 2,
    run(machine, parameters) {
      const subnet = parameters.number(2);
      if (!machine.state().subnets[subnet]) return refuse(REFUSAL.rejected);
      const indexes = machine
        .state()
        .appKeys.flatMap((slot) => (slot?.subnet === subnet ? [slot.index] : []));
      return done(words([subnet, ...indexes]));
    },
  },
  0x9b: constant(LIMITS.appKeys),
  0x9c: {
    size: 20,
    run: (machine, parameters) =>
      handled(machine.state().addDeviceKey(parameters.number(2), parameters.number(2), parameters.take(16))),
  },
  0x9d: {
    size: 2,
    run: (machine, parameters) => free(machine.state().deviceKeys, parameters.number(2), LIMITS.appKeys),
  },
  0x9e: constant(LIMITS.deviceKeys),
  0x9f: {
    size: 4,
    run(machine, parameters) {
      const [start, count] = [parameters.number(2), parameters.number(2)];
      const state = machine.state();
      if (state.own.count > 0) return refuse(REFUSAL.rejected);
      if (count === 0 || start === 0 || start + count - 1 > 0x7fff) return refuse(REFUSAL.invalidData);
      state.own = { start, count };
      return done();
    },
  },
  0xa0: {
    size: 0,
    run: (machine) => done(words([machine.state().own.start, machine.state().own.count])),
  },
  0xa1: {
    size: 2,
    run: (machine, parameters) => handled(machine.state().addAddress(parameters.number(2), 'subscription')),
  },
  0xa3: {
    size: 2,
    run(machine, parameters) {
      const handle = parameters.number(2);
      const isThere = machine.state().removeAddress(handle, 'subscription');
      return isThere ? done(u16(handle)) : refuse(REFUSAL.rejected);
    },
  },
  0xa4: {
    size: 2,
    run: (machine, parameters) => handled(machine.state().addAddress(parameters.number(2), 'publication')),
  },
  0xa6: {
    size: 2,
    run(machine, parameters) {
      const handle = parameters.number(2);
      const isThere = machine.state().removeAddress(handle, 'publication');
      return isThere ? done(u16(handle)) : refuse(REFUSAL.rejected);
    },
  },
  0xa7: {
    size: 2,
    run(machine, parameters) {
      const handle = parameters.number(2);
      const slot = machine.state().addresses[handle];
      if (!slot) return refuse(REFUSAL.rejected);
      const type = slot.address <= 0x7fff ? 1 : 3;
      return done(
        concatenate([u16(handle), Uint8Array.of(type, slot.isSubscribed ? 1 : 0), u16(slot.address)]),
      );
    },
  },
  0xa8: {
    size: 0,
    run: (machine) =>
      done(words(machine.state().addresses.flatMap((slot, handle) => (slot ? [handle] : [])))),
  },
  0xa9: constant(LIMITS.addresses),
  0xaa: constant(LIMITS.virtualAddresses),
  0xab: {
    size: ({ sendHeader }) => sendHeader,
    open: true,
    run(machine, parameters) {
      const packet = {
        keyHandle: parameters.number(2),
        source: parameters.number(2),
        destinationHandle: parameters.number(2),
        ttl: parameters.number(1),
        isForced: parameters.number(1) === 1,
      };
      parameters.number(1); // size of the MIC
      if (machine.release().sendHeader === 10) parameters.number(1); // friendship credentials
      if (packet.ttl > 0x7f) return refuse(REFUSAL.invalidParameter);
      return machine.send({ ...packet, access: parameters.rest() });
    },
  },
  0xac: {
    size: 0,
    run(machine, _, ahead) {
      machine.clear();
      if (machine.release().hasNetState) ahead(() => machine.emit(0xda, u32(machine.state().nextBlock)));
      return done();
    },
  },
  0xae: {
    size: 11,
    since: hasNetState,
    run(machine, parameters, ahead) {
      const state = machine.state();
      if (state.isNetStateSet) return refuse(REFUSAL.invalidState);
      state.isNetStateSet = true;
      state.isNetStateKnown = true;
      state.ivIndex = parameters.number(4);
      state.ivUpdate = parameters.number(1);
      parameters.number(2); // the timeout is ignored
      state.restoreSequence(parameters.number(4));
      ahead(() => {
        machine.emitNetState();
        machine.emit(0xd3, u32(state.ivIndex));
        machine.emit(0xda, u32(state.nextBlock));
      });
      return done();
    },
  },
  0xaf: {
    size: 0,
    since: hasNetState,
    run(machine) {
      const { isNetStateKnown, ivIndex, ivUpdate, nextBlock } = machine.state();
      if (!isNetStateKnown) return refuse(REFUSAL.invalidState);
      return done(concatenate([u32(ivIndex), Uint8Array.of(ivUpdate), u16(0), u32(nextBlock)]));
    },
  },
};
