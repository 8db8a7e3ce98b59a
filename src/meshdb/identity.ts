/** Names, UUIDs and device keys of clones. */
import { toHex } from '../bytes.ts';
import { uuidDigits, type MeshDatabase } from './database.ts';
import { badRandom } from './errors.ts';

/** `count` bytes from a cryptographic source, such as `crypto.getRandomValues`. */
export type RandomBytes = (count: number) => Uint8Array;

/**
 * The name of a clone: its donor's with `_` and the four digits of its own address, `Light bulb_0011`.
 *
 * Where the donor carries its own address already, that part is replaced: in hex as written here, or in decimal as older
 * cloning scripts did. A donor without a name gives `Node_0011`.
 */
export function cloneName(donorName: string, donorUnicast: number, unicast: number): string {
  const suffix = /_([0-9a-fA-F]{4})$|_([1-9]\d{0,4})$/.exec(donorName);
  const own =
    suffix !== null &&
    ((suffix[1] !== undefined && Number.parseInt(suffix[1], 16) === donorUnicast) ||
      suffix[0] === `_${donorUnicast}`);
  const stem = own ? donorName.slice(0, suffix.index) : donorName;
  return `${stem || 'Node'}_${unicast.toString(16).padStart(4, '0')}`;
}

/** A UUID as lower-case text with dashes from any way to write it, with or without dashes; `undefined` when it is none. */
export const parseUuid = (text: string): string | undefined =>
  /^([0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.test(text)
    ? withDashes(uuidDigits(text))
    : undefined;

/** `00112233-4455-...` from the 32 digits of a UUID. */
export const withDashes = (digits: string): string =>
  digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** Mark 16 bytes as a UUID of version 4 (RFC 9562, section 5.4). */
function markVersion4(uuid: Uint8Array): Uint8Array {
  uuid[6] = (uuid[6]! & 0x0f) | 0x40;
  uuid[8] = (uuid[8]! & 0x3f) | 0x80;
  return uuid;
}

/** Every UUID a new node must not have, as digits, with its owner in words. */
export function takenUuids(database: MeshDatabase): Map<string, string> {
  const taken = new Map([[uuidDigits(database.meshUuid), 'the network']]);
  for (const { name, uuid } of database.provisioners) taken.set(uuidDigits(uuid), `provisioner '${name}'`);
  for (const { index, name, uuid } of database.nodes) taken.set(uuidDigits(uuid), `node ${index} '${name}'`);
  return taken;
}

/** Every device key a new node must not have, as digits, with its owner in words. */
export function takenDeviceKeys(database: MeshDatabase): Map<string, string> {
  const taken = new Map<string, string>();
  for (const { index, name, deviceKey } of database.nodes)
    if (deviceKey) taken.set(toHex(deviceKey), `node ${index} '${name}'`);
  return taken;
}

/** Draws in a row that may be refused before the source of random bytes counts as broken. */
const MAX_DRAWS = 8;

function drawDistinct<T>(count: number, taken: Set<string>, draw: () => [digits: string, value: T]): T[] {
  return Array.from({ length: count }, () => {
    for (let tries = 0; tries < MAX_DRAWS; tries++) {
      const [digits, value] = draw();
      if (taken.has(digits)) continue;
      taken.add(digits);
      return value;
    }
    throw badRandom();
  });
}

/**
 * Fresh UUIDs of version 4, unlike each other and every UUID of the database, if there is one. Placeholders: what a board calls
 * itself is only known from its FICR, and a provisioned node never says it.
 *
 * @returns  36 characters each, in small letters with dashes
 * @throws   `meshdb/bad-random` when the source keeps repeating itself
 */
export function newUuids(
  database: MeshDatabase | undefined,
  count: number,
  randomBytes: RandomBytes,
): string[] {
  return drawDistinct(count, new Set(database ? takenUuids(database).keys() : []), () => {
    const digits = toHex(markVersion4(randomBytes(16).slice()));
    return [digits, withDashes(digits)];
  });
}

/** A random UUID for something that is no node of a database yet: 36 characters in small letters with dashes. */
export const newUuid = (randomBytes: RandomBytes): string =>
  withDashes(toHex(markVersion4(randomBytes(16).slice())));

/**
 * Fresh device keys of 16 bytes, unlike each other and every key of the database, and neither all zeros nor all ones.
 *
 * @throws `meshdb/bad-random` when the source keeps giving keys that cannot be used
 */
export function newDeviceKeys(database: MeshDatabase, count: number, randomBytes: RandomBytes): Uint8Array[] {
  const taken = new Set([...takenDeviceKeys(database).keys(), '00'.repeat(16), 'ff'.repeat(16)]);
  return drawDistinct(count, taken, () => {
    const key = randomBytes(16).slice();
    return [toHex(key), key];
  });
}
export const isTrivialKey = (key: Uint8Array): boolean =>
  (key[0] === 0x00 || key[0] === 0xff) && key.every((byte) => byte === key[0]);

/** Words of the factory information registers that make a board's UUID. Source: nRF52832 product specification, FICR. */
export interface FicrIdentity {
  /** DEVICEID, at 0x10000060 and 0x10000064. */
  readonly deviceId: readonly [number, number];
  /** DEVICEADDR, at 0x100000A4 and 0x100000A8. */
  readonly deviceAddress: readonly [number, number];
}

/** What the SDK's examples of 2.0.0 to 3.1.0 put in front of the DEVICEID. */
const EXAMPLE_PREFIX = Uint8Array.of(0x00, 0x59, 0xff, 0xff, 0, 0, 0, 0);

/**
 * The UUID a board calls itself while unprovisioned.
 *
 * An application that sets its own is not covered.
 *
 * @param release  nRF5 SDK for Mesh of its firmware: `5.0.0`
 * @param prefix   first half of the UUID, used in 2.0.0 to 3.1.0 where it is the application's choice
 * @returns        36 characters, in small letters with dashes
 *
 * Source: mesh/core/src/nrf_mesh_configure.c and examples/common/src/mesh_app_utils.c of the SDK.
 */
export function uuidFromFicr(ficr: FicrIdentity, release: string, prefix = EXAMPLE_PREFIX): string {
  const [major = 0, minor = 0] = release.split('.').map(Number);
  const at = (otherMajor: number, otherMinor: number) => major - otherMajor || minor - otherMinor;
  const uuid = new Uint8Array(16);
  const view = new DataView(uuid.buffer);
  const putWords = (offset: number, words: readonly [number, number]) =>
    words.forEach((word, i) => view.setUint32(offset + 4 * i, word, true));
  if (at(2, 0) >= 0 && at(3, 1) <= 0) {
    uuid.set(prefix.subarray(0, 8));
    putWords(8, ficr.deviceId);
  } else {
    putWords(0, ficr.deviceId);
    putWords(8, ficr.deviceAddress);
  }
  return withDashes(toHex(at(4, 1) >= 0 ? markVersion4(uuid) : uuid));
}
