/** Probes that lie: each reply well-formed, and one of them or some of them false. */
import { READ, type VirtualBoard } from '../../src/virtual/index.ts';

const DPIDR = READ;
const FICR_DEVICEID = 0x10000060;
/** Of an nRF53. */
const OTHER_DPIDR = 0x6ba02477;

/** Told by SWD transfers of one board, counted from 1. */
export interface SwdLie {
  readonly name: string;
  readonly tell: (board: VirtualBoard, at: number, otherChip: bigint) => void;
}

/** At the transfer alone, something else is said of it. */
const once =
  (lie: (honestly: () => number, isRead: boolean, before: number) => number): SwdLie['tell'] =>
  ({ port }, at) => {
    let count = 0;
    let before = 0;
    port.lies.transfer = (request, _, honestly) => {
      const isRead = (request & READ) !== 0;
      const word = ++count === at ? lie(honestly, isRead, before) : honestly();
      if (isRead) before = word;
      return word;
    };
  };
/** What is read is another word; a write is carried out. */
const misread = (falsify: (word: number, before: number) => number) =>
  once((honestly, isRead, before) => {
    const word = honestly();
    return isRead ? falsify(word, before) : word;
  });

/** @param tells  at which transfers it speaks of the other chip */
const pretend =
  (tells: (count: number, at: number) => boolean): SwdLie['tell'] =>
  ({ port }, at, otherChip) => {
    let count = 0;
    port.lies.transfer = (_, __, honestly) => (count++, honestly());
    port.lies.memory = (address, word) => {
      const part = (address - FICR_DEVICEID) / 4;
      if ((part !== 0 && part !== 1) || !tells(count, at)) return word;
      return Number((otherChip >> BigInt(32 * part)) & 0xffff_ffffn);
    };
  };

/** Of these a board can be held against what it is later; a probe that speaks of another chip all the way cannot be found out. */
export const LIES_TOLD_ONCE: readonly SwdLie[] = [
  { name: 'WAIT, thrice', tell: ({ port }, at) => (port.faults.wait = { after: at, count: 3 }) },
  { name: 'WAIT, for good', tell: ({ port }, at) => (port.faults.wait = { after: at, count: 1e9 }) },
  { name: 'FAULT', tell: ({ port }, at) => (port.faults.fault = { after: at }) },
  { name: 'a bit of what was read', tell: misread((word) => word ^ 1) },
  { name: 'another bit', tell: misread((word) => word ^ 0x0001_0000) },
  { name: 'zeros', tell: misread(() => 0) },
  { name: 'ones', tell: misread(() => 0xffffffff) },
  { name: 'what was read before', tell: misread((_, before) => before) },
  {
    name: 'that it wrote',
    tell: once((honestly, isRead) => (isRead ? honestly() : 0)),
  },
  {
    name: 'that another chip is there',
    tell: ({ port }, at) => {
      let count = 0;
      port.lies.transfer = (request, _, honestly) =>
        ++count >= at && request === DPIDR ? (honestly(), OTHER_DPIDR) : honestly();
    },
  },
];
export const SWD_LIES: readonly SwdLie[] = [
  ...LIES_TOLD_ONCE,
  { name: 'the id of another chip from here on', tell: pretend((count, at) => count >= at) },
  { name: 'the id of another chip up to here', tell: pretend((count, at) => count < at) },
];

/** Told by requests over USB. */
export interface ReplyLie {
  readonly name: string;
  readonly probes: 'cmsis-dap' | 'jlink' | 'all';
  readonly tell: (board: VirtualBoard, at: number) => void;
}

type Forgery = (
  reply: Uint8Array<ArrayBuffer>,
  before: Uint8Array<ArrayBuffer>,
  request: Uint8Array,
) => Uint8Array<ArrayBuffer>;

/** @param isTold  at which requests */
const forged =
  (isTold: (count: number, at: number) => boolean, forge: Forgery): ReplyLie['tell'] =>
  ({ device }, at) => {
    let count = 0;
    let before: Uint8Array<ArrayBuffer> = new Uint8Array(1);
    device.forge = (reply, request) => {
      const told = isTold(++count, at) ? forge(reply, before, request) : reply;
      before = reply;
      return told;
    };
  };
const here = (count: number, at: number) => count === at;
const fromHere = (count: number, at: number) => count >= at;

const DAP_TRANSFER = 0x05;
const DAP_TRANSFER_BLOCK = 0x06;
const JLINK_BITS = 0xcf;
const JLINK_REGISTERS = 0x1a;
const changed = (reply: Uint8Array, at: number, byte: (old: number) => number): Uint8Array<ArrayBuffer> => {
  const copy = reply.slice();
  copy[at] = byte(copy[at]!);
  return copy;
};
const isTransfer = ([command]: Uint8Array) => command === DAP_TRANSFER || command === DAP_TRANSFER_BLOCK;
const acknowledgeAt = ([command]: Uint8Array) => (command === DAP_TRANSFER ? 2 : 3);

export const REPLY_LIES: readonly ReplyLie[] = [
  { name: 'the reply before this one', probes: 'all', tell: forged(here, (_, before) => before) },
  { name: 'each reply once too late', probes: 'all', tell: forged(fromHere, (_, before) => before) },
  {
    name: 'one transfer fewer than there were',
    probes: 'cmsis-dap',
    tell: forged(here, (reply) => (isTransfer(reply) ? changed(reply, 1, (count) => count - 1) : reply)),
  },
  {
    name: 'one transfer more than there were',
    probes: 'cmsis-dap',
    tell: forged(here, (reply) => (isTransfer(reply) ? changed(reply, 1, (count) => count + 1) : reply)),
  },
  ...[0, 2, 4, 7, 8, 0x11].map((acknowledge): ReplyLie => ({
    name: `acknowledge ${acknowledge}`,
    probes: 'cmsis-dap',
    tell: forged(here, (reply) =>
      isTransfer(reply) ? changed(reply, acknowledgeAt(reply), () => acknowledge) : reply,
    ),
  })),
  ...[1, 6, 0xff].map((status): ReplyLie => ({
    name: `status ${status} of bits`,
    probes: 'jlink',
    tell: forged(here, (reply, _, request) =>
      request[0] === JLINK_BITS ? changed(reply, reply.length - 1, () => status) : reply,
    ),
  })),
  {
    name: 'a failure of the first access of a job',
    probes: 'jlink',
    tell: forged(here, (reply, _, request) =>
      request[0] === JLINK_REGISTERS ? changed(reply, 3, () => 0x80) : reply,
    ),
  },
  {
    name: 'a failure of the last access of a job',
    probes: 'jlink',
    tell: forged(here, (reply, _, request) =>
      request[0] === JLINK_REGISTERS && reply.length >= 8
        ? changed(reply, reply.length - 5, () => 0x80)
        : reply,
    ),
  },
];

export function honest({ port, device }: VirtualBoard): void {
  for (const lies of [port.lies, port.faults])
    for (const name of Object.keys(lies)) delete (lies as Record<string, unknown>)[name];
  device.forge = undefined;
}
