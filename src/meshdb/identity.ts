/** Names, UUIDs and device keys of clones. */
import { toHex } from '../bytes.ts';
import { markVersion4, withDashes } from '../mesh/index.ts';
import type { MeshDatabase } from './database.ts';
import { uuidDigits } from './values.ts';
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
 * @param given  others that they must not meet
 * @returns  36 characters each, in small letters with dashes
 * @throws   `meshdb/bad-random` when the source keeps repeating itself
 */
export function newUuids(
  database: MeshDatabase | undefined,
  count: number,
  randomBytes: RandomBytes,
  given: readonly string[] = [],
): string[] {
  const taken = new Set([...(database ? takenUuids(database).keys() : []), ...given.map(uuidDigits)]);
  return drawDistinct(count, taken, () => {
    const digits = toHex(markVersion4(randomBytes(16).slice()));
    return [digits, withDashes(digits)];
  });
}

/**
 * Fresh device keys of 16 bytes, unlike each other and every key of the database, and neither all zeros nor all ones.
 *
 * @param given  others that they must not meet
 * @throws `meshdb/bad-random` when the source keeps giving keys that cannot be used
 */
export function newDeviceKeys(
  database: MeshDatabase,
  count: number,
  randomBytes: RandomBytes,
  given: readonly Uint8Array[] = [],
): Uint8Array[] {
  const taken = new Set([
    ...takenDeviceKeys(database).keys(),
    ...given.map(toHex),
    '00'.repeat(16),
    'ff'.repeat(16),
  ]);
  return drawDistinct(count, taken, () => {
    const key = randomBytes(16).slice();
    return [toHex(key), key];
  });
}
export const isTrivialKey = (key: Uint8Array): boolean =>
  (key[0] === 0x00 || key[0] === 0xff) && key.every((byte) => byte === key[0]);
