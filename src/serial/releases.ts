/**
 * What differs between releases of `examples/serial`, a row each. Source: nRF5 SDK for Mesh, tags v2.0.0 to v5.0.0, mesh/serial.
 */
import { bytes, u16, u32, u8 } from '../bytes.ts';
import { codecs, declare } from './commands.ts';

const provisionMembers = {
  context: u8,
  uuid: bytes(16),
  netKey: bytes(16),
  netKeyIndex: u16,
  ivIndex: u32,
  unicast: u16,
  ivUpdate: u8,
  keyRefresh: u8,
} as const;
const sendMembers = {
  keyHandle: u16,
  source: u16,
  destinationHandle: u16,
  ttl: u8,
  forceSegmented: u8,
  /** 0: 4 bytes, 1: 8 bytes (in segments only), 2: the default. */
  transmicSize: u8,
} as const;
const context = codecs.startingWith({ context: u8 });

const shortProvision = declare('Provision', 0x63, {
  sent: codecs.exactly(provisionMembers),
  answered: context,
});
const longProvision = declare('Provision', 0x63, {
  sent: codecs.exactly({ ...provisionMembers, attentionSeconds: u8 }),
  answered: context,
});
const shortSend = codecs.withRest(sendMembers);
const longSend = codecs.withRest({ ...sendMembers, friendshipCredential: u8 });
const noToken = codecs.startingWith({});
const token = codecs.startingWith({ token: u32 });

/** With every member either shape has; the short ones leave the last out. */
export type ProvisionParameters = NonNullable<ReturnType<typeof longProvision.decode>>;
export type SendParameters = NonNullable<ReturnType<typeof longSend.decode>>;

export interface SerialRelease {
  /** First release of the row. */
  readonly since: string;
  /** Releases that behave so: `3.1.0 to 3.2.0`. */
  readonly releases: readonly string[];
  /** Answer to SerialVersionGet. */
  readonly serialVersion: number;
  /** Longest parameters of a frame, in bytes. */
  readonly maxParameters: number;
  /** Last byte of DeviceStarted. */
  readonly dataCredit: number;
  readonly provision: {
    readonly opcode: number;
    readonly name: string;
    encode(parameters: ProvisionParameters): { opcode: number; parameters: Uint8Array };
    decode(parameters: Uint8Array): Omit<ProvisionParameters, 'attentionSeconds'> | undefined;
    readResponse(data: Uint8Array): { readonly context: number } | undefined;
  };
  readonly packetSend: {
    readonly opcode: number;
    readonly name: string;
    encode(parameters: SendParameters): { opcode: number; parameters: Uint8Array };
    decode(parameters: Uint8Array): Omit<SendParameters, 'friendshipCredential'> | undefined;
    readResponse(data: Uint8Array): { readonly token?: number } | undefined;
  };
  /** PacketSend is answered with a token, and TxComplete says when the message was delivered. */
  readonly reportsDelivery: boolean;
  /** The sequence number can be given to it (NetStateSet), and it tells what it reserved. */
  readonly keepsSequence: boolean;
  /** Sources its replay list holds. */
  readonly replayListLength: number;
  /** Drops output that finds no room, and counts it. */
  readonly hasHousekeeping: boolean;
  /** Most bytes of a received message that an event carries. */
  readonly maxReceivedBytes: number;
}

const base = {
  maxParameters: 254,
  dataCredit: 0xfe,
  provision: longProvision,
  packetSend: declare('PacketSend', 0xab, { sent: longSend, answered: token }),
  reportsDelivery: true,
  keepsSequence: false,
  replayListLength: 40,
  hasHousekeeping: true,
  maxReceivedBytes: 235,
} as const;
const before3 = {
  ...base,
  provision: shortProvision,
  packetSend: declare('PacketSend', 0xab, { sent: shortSend, answered: noToken }),
  reportsDelivery: false,
} as const;

export const SERIAL_RELEASES: readonly SerialRelease[] = [
  {
    ...before3,
    since: '2.0.0',
    releases: ['2.0.0', '2.0.1'],
    serialVersion: 6,
    maxParameters: 97,
    dataCredit: 0x63,
    replayListLength: 32,
    hasHousekeeping: false,
    maxReceivedBytes: 78,
  },
  {
    ...before3,
    since: '2.1.0',
    releases: ['2.1.0', '2.1.1'],
    serialVersion: 6,
    replayListLength: 32,
    hasHousekeeping: false,
  },
  { ...before3, since: '2.2.0', releases: ['2.2.0'], serialVersion: 8 },
  {
    ...base,
    since: '3.0.0',
    releases: ['3.0.0'],
    serialVersion: 9,
    packetSend: declare('PacketSend', 0xab, { sent: longSend, answered: noToken }),
    reportsDelivery: false,
  },
  {
    ...base,
    since: '3.1.0',
    releases: ['3.1.0', '3.2.0', '4.0.0', '4.1.0', '4.2.0'],
    serialVersion: 10,
  },
  { ...base, since: '5.0.0', releases: ['5.0.0'], serialVersion: 10, keepsSequence: true },
];

/** The row of a release; nothing for one that is not known. */
export const serialRelease = (release: string): SerialRelease | undefined =>
  SERIAL_RELEASES.find(({ releases }) => releases.includes(release));

/** `3.1.0 to 4.2.0`, for a person. */
export const releaseText = ({ releases }: SerialRelease): string =>
  releases.length === 1 ? releases[0]! : `${releases[0]} to ${releases.at(-1)}`;
