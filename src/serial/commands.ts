/**
 * Commands of the serial interface as declared layouts: parameters, and what a successful response carries behind its status.
 * Those whose shape depends on the release, Provision and PacketSend, stand in `releases.ts`.
 *
 * Source: nRF5 SDK for Mesh 5.0.0, mesh/serial/include/serial_cmd.h and serial_cmd_rsp.h; the same from 2.0.0 on where nothing
 * else is said.
 */
import { bytes, concatenate, struct, u16, u32, u8, type Field, type Struct } from '../bytes.ts';
import type { Frame } from './frame.ts';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a Field is invariant in its value; any member type must fit
type Members = Record<string, Field<any>>;
type Values<M extends Members> = Parameters<Struct<M>['encode']>[0];

/** A command: what it is sent as, and what comes back. */
export interface Command<Sent, Answered> {
  readonly name: string;
  readonly opcode: number;
  encode(parameters: Sent): Frame;
  /** The parameters of a frame of this command; nothing where its length is not that of the command. */
  decode(parameters: Uint8Array): Sent | undefined;
  /** What follows the status of a successful response; nothing where it is too short. */
  readResponse(data: Uint8Array): Answered | undefined;
  formatResponse(answered: Answered): Uint8Array;
}

/** The parameters a command takes. */
export type SentBy<C> = C extends Command<infer Sent, never> ? Sent : never;

interface Shape<Sent, Answered> {
  readonly sent: Codec<Sent>;
  readonly answered: Codec<Answered>;
}
interface Codec<Value> {
  encode(value: Value): Uint8Array;
  decode(bytes: Uint8Array): Value | undefined;
}

const exactly = <const M extends Members>(members: M): Codec<Values<M>> => {
  const layout = struct(members);
  return {
    encode: (value) => layout.encode(value),
    decode: (source) => (source.length === layout.size ? (layout.decode(source) as Values<M>) : undefined),
  };
};
/** A response may grow in later releases: what is behind the known members is passed over. */
const startingWith = <const M extends Members>(members: M): Codec<Values<M>> => {
  const layout = struct(members);
  return {
    encode: (value) => layout.encode(value),
    decode: (source) => (source.length >= layout.size ? (layout.decode(source) as Values<M>) : undefined),
  };
};
/** Members, then whatever follows them, as `rest`. */
const withRest = <const M extends Members>(members: M): Codec<Values<M> & { readonly rest: Uint8Array }> => {
  const layout = struct(members);
  return {
    encode: (value) => concatenate([layout.encode(value), value.rest]),
    decode: (source) =>
      source.length < layout.size
        ? undefined
        : ({ ...(layout.decode(source) as object), rest: source.slice(layout.size) } as Values<M> & {
            readonly rest: Uint8Array;
          }),
  };
};

export const declare = <Sent, Answered>(
  name: string,
  opcode: number,
  { sent, answered }: Shape<Sent, Answered>,
): Command<Sent, Answered> => ({
  name,
  opcode,
  encode: (parameters) => ({ opcode, parameters: sent.encode(parameters) }),
  decode: (parameters) => sent.decode(parameters),
  readResponse: (data) => answered.decode(data),
  formatResponse: (value) => answered.encode(value),
});

const command = <const Sent extends Members, const Answered extends Members>(
  name: string,
  opcode: number,
  sent: Sent,
  answered: Answered,
) => declare(name, opcode, { sent: exactly(sent), answered: startingWith(answered) });

/** A command whose response, or whose parameters, end in something of varying length. */
export const codecs = { exactly, startingWith, withRest };

const none = {};
const context = { context: u8 };
const handle = { handle: u16 };

/** `…Handle` are the device's own numbers, `…Index` those of the network. */
export const COMMANDS = {
  echo: declare('Echo', 0x02, { sent: withRest(none), answered: withRest(none) }),
  serialVersionGet: command('SerialVersionGet', 0x09, none, { version: u16 }),
  radioReset: command('RadioReset', 0x0e, none, none),
  housekeepingDataGet: command('HousekeepingDataGet', 0x14, none, { allocFailCount: u32 }),
  housekeepingDataClear: command('HousekeepingDataClear', 0x15, none, none),
  scanStart: command('ScanStart', 0x61, none, none),
  scanStop: command('ScanStop', 0x62, none, none),
  oobUse: command('OobUse', 0x66, { context: u8, method: u8, action: u8, size: u8 }, context),
  authData: declare('AuthData', 0x67, { sent: withRest(context), answered: startingWith(context) }),
  ecdhSecret: command('EcdhSecret', 0x68, { context: u8, secret: bytes(32) }, context),
  keypairSet: command(
    'KeypairSet',
    0x69,
    { privateKey: bytes(32), publicX: bytes(32), publicY: bytes(32) },
    none,
  ),
  meshEnable: command('MeshEnable', 0x90, none, none),
  meshDisable: command('MeshDisable', 0x91, none, none),
  subnetAdd: command('SubnetAdd', 0x92, { netKeyIndex: u16, key: bytes(16) }, { subnetHandle: u16 }),
  subnetDelete: command('SubnetDelete', 0x94, handle, handle),
  subnetGetAll: declare('SubnetGetAll', 0x95, { sent: exactly(none), answered: withRest(none) }),
  subnetCountMaxGet: command('SubnetCountMaxGet', 0x96, none, { count: u16 }),
  appkeyAdd: command(
    'AppkeyAdd',
    0x97,
    { appKeyIndex: u16, subnetHandle: u16, key: bytes(16) },
    { appKeyHandle: u16 },
  ),
  appkeyDelete: command('AppkeyDelete', 0x99, handle, handle),
  appkeyGetAll: declare('AppkeyGetAll', 0x9a, {
    sent: exactly({ subnetHandle: u16 }),
    answered: withRest({ subnetHandle: u16 }),
  }),
  appkeyCountMaxGet: command('AppkeyCountMaxGet', 0x9b, none, { count: u16 }),
  devkeyAdd: command(
    'DevkeyAdd',
    0x9c,
    { owner: u16, subnetHandle: u16, key: bytes(16) },
    { devKeyHandle: u16 },
  ),
  devkeyDelete: command('DevkeyDelete', 0x9d, handle, handle),
  devkeyCountMaxGet: command('DevkeyCountMaxGet', 0x9e, none, { count: u16 }),
  addrLocalUnicastSet: command('AddrLocalUnicastSet', 0x9f, { start: u16, count: u16 }, none),
  addrLocalUnicastGet: command('AddrLocalUnicastGet', 0xa0, none, { start: u16, count: u16 }),
  addrSubscriptionAdd: command('AddrSubscriptionAdd', 0xa1, { address: u16 }, { addressHandle: u16 }),
  addrSubscriptionRemove: command('AddrSubscriptionRemove', 0xa3, handle, handle),
  addrPublicationAdd: command('AddrPublicationAdd', 0xa4, { address: u16 }, { addressHandle: u16 }),
  addrPublicationRemove: command('AddrPublicationRemove', 0xa6, handle, handle),
  addrGet: declare('AddrGet', 0xa7, {
    sent: exactly(handle),
    answered: withRest({ handle: u16, type: u8, isSubscribed: u8, address: u16 }),
  }),
  addrGetAll: declare('AddrGetAll', 0xa8, { sent: exactly(none), answered: withRest(none) }),
  addrNonvirtualCountMaxGet: command('AddrNonvirtualCountMaxGet', 0xa9, none, { count: u16 }),
  addrVirtualCountMaxGet: command('AddrVirtualCountMaxGet', 0xaa, none, { count: u16 }),
  stateClear: command('StateClear', 0xac, none, none),
  netStateSet: command(
    'NetStateSet',
    0xae,
    // the device does nothing with the timeout
    { ivIndex: u32, ivUpdate: u8, timeout: u16, nextSequenceBlock: u32 },
    none,
  ),
  netStateGet: command('NetStateGet', 0xaf, none, {
    ivIndex: u32,
    ivUpdate: u8,
    timeout: u16,
    nextSequenceBlock: u32,
  }),
} as const;

/** Handle lists and key indexes as `rest` carries them. */
export function readWords(rest: Uint8Array): readonly number[] {
  const view = new DataView(rest.buffer, rest.byteOffset, rest.length);
  return Array.from({ length: rest.length >> 1 }, (_, i) => view.getUint16(2 * i, true));
}

/** Source: mesh/dsm of the examples: device keys come behind the application keys. */
export const FIRST_DEVICE_KEY_HANDLE = 8;

/** What a command is called; its opcode where nothing is known. */
export const commandName = (opcode: number): string =>
  Object.values(COMMANDS).find((command) => command.opcode === opcode)?.name ??
  { 0x63: 'Provision', 0xab: 'PacketSend' }[opcode] ??
  `opcode 0x${opcode.toString(16)}`;
