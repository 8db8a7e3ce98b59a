/** The few bytes that make a clone another node than its donor: where they are, and patches for them. */
import { u16 } from '../../bytes.ts';
import type { MemoryImage, Patch, Stretch } from '../../image/index.ts';
import { isInRun, type UnicastRun } from '../../mesh/index.ts';
import { ENTRY_HEADER_SIZE, type Entry } from './container.ts';
import { decodeEntry, devkeyRecord, dsmRowsA, KEY_SIZE, nonvirtualRecord, unicastRecord } from './records.ts';

/** A field that differs between clones, with the donor's bytes in it. */
export interface Site extends Stretch, Pick<Patch, 'purpose' | 'what' | 'secret' | 'before'> {}

export interface IdentitySites {
  readonly starts: readonly Site[];
  readonly owners: readonly Site[];
  readonly keys: readonly Site[];
}

/**
 * Every copy of the identity that a firmware may read.
 *
 * @param image    the donor, for the bytes before
 * @param entries  device state of the clone to be, duplicates and saved records included
 * @param start    the donor's first unicast address
 */
export function findSites(image: MemoryImage, entries: readonly Entry[], start: number): IdentitySites {
  const site = (entry: Entry, offset: number, length: number, what: string, secret = false): Site => {
    const address = entry.address + ENTRY_HEADER_SIZE + offset;
    return {
      address,
      length,
      purpose: 'identity',
      what,
      secret,
      before: image.read(address, length).slice(),
    };
  };
  const ranges = entries.filter((entry) => decodeEntry(dsmRowsA.unicast, entry) !== undefined);
  const own = entries.filter((entry) => decodeEntry(dsmRowsA.devkey, entry)?.owner === start);
  return {
    starts: ranges.map((entry) =>
      site(entry, unicastRecord.offsets.start, u16.size, 'first unicast address'),
    ),
    owners: own.map((entry) => site(entry, devkeyRecord.offsets.owner, u16.size, 'owner of the device key')),
    keys: own.map((entry) => site(entry, devkeyRecord.offsets.key, KEY_SIZE, 'device key', true)),
  };
}

/** Addresses the donor publishes to that are its own, as sites with the address. */
export function findOwnPublications(
  image: MemoryImage,
  entries: readonly Entry[],
  own: UnicastRun,
): (Site & { readonly value: number })[] {
  return entries.flatMap((entry) => {
    const value = decodeEntry(dsmRowsA.nonvirtual, entry)?.address;
    if (value === undefined || !isInRun(value, own)) return [];
    const address = entry.address + ENTRY_HEADER_SIZE + nonvirtualRecord.offsets.address;
    const before = image.read(address, u16.size).slice();
    return [
      { address, length: u16.size, value, purpose: 'option', what: 'own publication', secret: false, before },
    ];
  });
}

/** The element that is to the clone what `address` is to the donor; any other address is not its own and stays. */
export const moveAddress = (address: number, own: UnicastRun, to: number): number =>
  isInRun(address, own) ? address - own.start + to : address;

export const patchOf = ({ address, before, purpose, what, secret }: Site, after: Uint8Array): Patch => ({
  address,
  before,
  after,
  purpose,
  what,
  secret,
});

export function u16Bytes(value: number): Uint8Array {
  const bytes = new Uint8Array(u16.size);
  u16.write(new DataView(bytes.buffer), 0, value);
  return bytes;
}
