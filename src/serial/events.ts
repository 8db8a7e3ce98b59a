/**
 * Events of the serial interface as declared layouts.
 *
 * Source: nRF5 SDK for Mesh 5.0.0, mesh/serial/include/serial_evt.h; the same from 2.0.0 on where nothing else is said.
 */
import { bytes, concatenate, struct, u16, u32, u8, type Field, type Struct } from '../bytes.ts';
import type { Frame } from './frame.ts';

/** Signed byte: a signal strength in dBm. */
const i8: Field<number> = {
  size: 1,
  read: (view, at) => view.getInt8(at),
  write: (view, at, value) => view.setInt8(at, value),
};

const context = { context: u8 };
const received = {
  source: u16,
  /** An address in MessageReceivedUnicast, a handle in MessageReceivedSubscription. */
  destination: u16,
  keyHandle: u16,
  subnetHandle: u16,
  /** As received. */
  ttl: u8,
  addressType: u8,
  /** Of the last hop, least significant byte first. */
  advertisingAddress: bytes(6),
  /** Of the last hop. */
  rssi: i8,
  /** Bytes of the message on the air; more than `rest` has where the device cut it. */
  actualLength: u16,
};

const EVENTS = {
  DeviceStarted: { opcode: 0x81, layout: struct({ operatingMode: u8, hardwareError: u8, dataCredit: u8 }) },
  EchoResponse: { opcode: 0x82, layout: struct({}), hasRest: true },
  CommandResponse: { opcode: 0x84, layout: struct({ command: u8, status: u8 }), hasRest: true },
  UnprovisionedReceived: {
    opcode: 0xc0,
    layout: struct({
      uuid: bytes(16),
      rssi: i8,
      offersGatt: u8,
      addressType: u8,
      advertisingAddress: bytes(6),
    }),
  },
  LinkEstablished: { opcode: 0xc1, layout: struct(context) },
  /** `reason`: 0 success, 1 timeout, 2 error. */
  LinkClosed: { opcode: 0xc2, layout: struct({ ...context, reason: u8 }) },
  CapabilitiesReceived: {
    opcode: 0xc3,
    layout: struct({
      ...context,
      elementCount: u8,
      publicKeyType: u8,
      staticOob: u8,
      outputOobSize: u8,
      outputOobActions: u16,
      inputOobSize: u8,
      inputOobActions: u16,
    }),
  },
  ProvisioningComplete: {
    opcode: 0xc5,
    layout: struct({
      ...context,
      ivIndex: u32,
      netKeyIndex: u16,
      unicast: u16,
      ivUpdate: u8,
      keyRefresh: u8,
      deviceKey: bytes(16),
      netKey: bytes(16),
    }),
  },
  AuthRequest: { opcode: 0xc6, layout: struct({ ...context, method: u8, action: u8, size: u8 }) },
  EcdhRequest: {
    opcode: 0xc7,
    layout: struct({ ...context, peerX: bytes(32), peerY: bytes(32), privateKey: bytes(32) }),
  },
  OutputRequest: { opcode: 0xc8, layout: struct({ ...context, action: u8, data: bytes(16) }) },
  ProvisioningFailed: { opcode: 0xc9, layout: struct({ ...context, code: u8 }) },
  MessageReceivedUnicast: { opcode: 0xd0, layout: struct(received), hasRest: true },
  MessageReceivedSubscription: { opcode: 0xd1, layout: struct(received), hasRest: true },
  /** From 3.1.0. */
  TxComplete: { opcode: 0xd2, layout: struct({ token: u32 }) },
  IvUpdate: { opcode: 0xd3, layout: struct({ ivIndex: u32 }) },
  KeyRefresh: { opcode: 0xd4, layout: struct({ netKeyIndex: u16, phase: u8 }) },
  /** From 4.0.0. */
  HeartbeatReceived: {
    opcode: 0xd8,
    layout: struct({ initialTtl: u8, hops: u8, features: u16, source: u16 }),
  },
  /** 5.0.0. */
  IvEntrySet: { opcode: 0xd9, layout: struct({ ivIndex: u32, ivUpdate: u8, timeout: u16 }) },
  /** 5.0.0. All numbers below are reserved. */
  SequenceEntrySet: { opcode: 0xda, layout: struct({ nextBlock: u32 }) },
} as const;

export type EventName = keyof typeof EVENTS;
type LayoutOf<Name extends EventName> = (typeof EVENTS)[Name]['layout'];
type MembersOf<Name extends EventName> = ReturnType<LayoutOf<Name>['decode']>;
type RestOf<Name extends EventName> = (typeof EVENTS)[Name] extends { hasRest: true }
  ? { readonly rest: Uint8Array }
  : unknown;

/** An event of one kind, by the name it is declared with. */
export type EventOf<Name extends EventName> = { readonly name: Name } & MembersOf<Name> & RestOf<Name>;
export type SerialEvent = { [Name in EventName]: EventOf<Name> }[EventName];

interface Declared {
  readonly opcode: number;
  readonly layout: Struct<Record<string, Field<unknown>>>;
  readonly hasRest?: boolean;
}
const declared = EVENTS as unknown as Readonly<Record<EventName, Declared>>;
const byOpcode = new Map(
  (Object.keys(EVENTS) as EventName[]).map((key) => [EVENTS[key].opcode as number, key]),
);

/** The event in a frame; nothing for an unknown opcode or one that is cut short: such frames are passed over. */
export function parseEvent({ opcode, parameters }: Frame): SerialEvent | undefined {
  const known = byOpcode.get(opcode);
  if (known === undefined) return undefined;
  const { layout, hasRest = false } = declared[known];
  if (parameters.length < layout.size) return undefined;
  const rest = hasRest ? { rest: parameters.slice(layout.size) } : {};
  return { name: known, ...layout.decode(parameters), ...rest } as unknown as SerialEvent;
}

/** The way back, for devices that are made of code. */
export function formatEvent(event: SerialEvent): Frame {
  const { opcode, layout } = declared[event.name];
  const members = layout.encode(event as never);
  return { opcode, parameters: 'rest' in event ? concatenate([members, event.rest]) : members };
}
