/** What a build of a firmware gives, as far as it can be told from one: vector tables, a SoftDevice's own description, and code. */
import type { Segment } from '../../src/image/index.ts';
import { le32, softDevice } from '../kinds/flashfs/area-writer.ts';

/** Where the SoftDevices of `below` end. */
export const APPLICATION = 0x26000;

export const at = (address: number, ...bytes: number[]): Segment => ({
  address,
  bytes: Uint8Array.from(bytes),
});
export const code = (address: number, length: number, value = 0x5a): Segment => ({
  address,
  bytes: new Uint8Array(length).fill(value),
});
export const vectors = (address: number, reset = address + 0x201): Segment =>
  at(address, ...le32(0x20004000), ...le32(reset), ...le32(reset), ...le32(reset));

/** A master boot record, and a SoftDevice of this id behind it. */
export const below = (id: number): Segment[] => [vectors(0, 0x401), code(0x400, 0x100, 1), softDevice(id)];

export const application = (length = 0x8000, value = 0x5a): Segment[] => [
  vectors(APPLICATION),
  code(APPLICATION + 0x200, length, value),
];
