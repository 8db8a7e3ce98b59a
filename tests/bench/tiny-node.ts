/** The smallest that the bench takes for a node: two pages, and a reader that knows nothing but where the address stands. */
import type { ChipReader } from '../../src/bench/index.ts';
import { u16 } from '../../src/bytes.ts';
import { MemoryImage } from '../../src/image/index.ts';
import type { FirmwareSetup } from '../../src/virtual/index.ts';
import { sized } from '../support/every-transfer.ts';
import { pattern } from '../target/bench.ts';

export const TINY = sized(0x2000);
const STATE = 0x1000;
/** Code, and the address of the node. */
export const image = (unicast: number): MemoryImage =>
  MemoryImage.of([
    { address: 0, bytes: Uint8Array.of(0, 0x40, 0, 0x20, 0x81, 0, 0, 0, ...pattern(0x40, 7)) },
    { address: STATE, bytes: Uint8Array.of(unicast & 0xff, unicast >> 8, ...pattern(0x20, 5)) },
  ]);
/** A firmware that says its address soon after its start. */
export const says = (unicast: number): FirmwareSetup => ({
  rtt: { address: 0x20000400 },
  log: [
    {
      atUs: 200_000,
      text: `<t: 1>, main.c,  312, Node Address: 0x${unicast.toString(16).padStart(4, '0')} \n`,
    },
  ],
});

/** What a real stack keeps is asked about elsewhere. */
export const tinyReader: ChipReader = {
  lookForNode: async ({ segments }) => {
    const read = segments.find(({ address, bytes }) => address <= STATE && address + bytes.length > STATE);
    if (!read) return { wanted: [{ address: STATE, length: 16 }] };
    const start = u16.read(new DataView(read.bytes.buffer, read.bytes.byteOffset), STATE - read.address);
    return { node: start === 0xffff ? null : { start, count: 2 } };
  },
  stateOf: async () => [{ address: STATE, length: 0x1000 }],
  deviceUuid: async () => null,
  startFault: async () => null,
};
