/** How a database writes the values we put into it: the forms of its format, in the case of the record next to them. */
import { toHex } from '../bytes.ts';
import { uuidDigits, type MeshDatabase } from './database.ts';
import { withDashes } from './identity.ts';
import { quote, stringOf, type Json, type JsonObject } from './json.ts';

/** Order of the members of a node in an Android export; members it does not know go last. */
const ANDROID_NODE_ORDER = [
  'UUID',
  'name',
  'deviceKey',
  'unicastAddress',
  'security',
  'configComplete',
  'cid',
  'pid',
  'vid',
  'crpl',
  'features',
  'secureNetworkBeacon',
  'defaultTTL',
  'networkTransmit',
  'relayRetransmit',
  'netKeys',
  'appKeys',
  'elements',
  'excluded',
  'heartbeatPub',
  'heartbeatSub',
];

/** Index in front of which a new member belongs: PyACI sorts by code point, iOS without regard to case, Android by its table. */
export function placeFor(database: MeshDatabase, object: JsonObject, key: string): number {
  const isAfter: (other: string) => boolean =
    database.dialect === 'pyaci'
      ? (other) => other > key
      : database.dialect === 'ios'
        ? (other) => other.toLowerCase() > key.toLowerCase()
        : (other) => ANDROID_NODE_ORDER.indexOf(other) > ANDROID_NODE_ORDER.indexOf(key);
  const place = object.keys.findIndex(isAfter);
  return place === -1 ? object.keys.length : place;
}

export const jsonText = (database: MeshDatabase, value: string): string =>
  quote(value, database.origin.escapes);

/** Hex digits in quotes, in the case of `like`: PyACI writes small letters, CDB capitals, and foreign files as they please. */
export function hexText(database: MeshDatabase, digits: string, like?: Json): string {
  const model = stringOf(like) ?? '';
  const lower = /[a-f]/.test(model) || (!/[A-F]/.test(model) && database.format === 'pyaci');
  return `"${lower ? digits.toLowerCase() : digits.toUpperCase()}"`;
}

export const keyText = (database: MeshDatabase, key: Uint8Array, like?: Json): string =>
  hexText(database, toHex(key), like);

/** With dashes in a CDB, unless `like` has none, as exports of version 1.0.0. */
export function uuidText(database: MeshDatabase, uuid: string, like?: Json): string {
  const digits = uuidDigits(uuid);
  const model = stringOf(like);
  const dashed = database.format === 'cdb' && (model === undefined || model.includes('-'));
  return hexText(database, dashed ? withDashes(digits) : digits, like);
}

/** A number in PyACI, four hex digits in CDB. */
export const addressText = (database: MeshDatabase, address: number, like?: Json): string =>
  database.format === 'pyaci'
    ? String(address)
    : hexText(database, address.toString(16).padStart(4, '0'), like);

/**
 * A time stamp as the program of this database writes it: PyACI local time to the microsecond, left out when zero, without
 * a zone; CDB UTC in whole seconds.
 */
export function timestampText(database: MeshDatabase, now: Date, timeZoneOffsetMinutes: number): string {
  if (database.format === 'cdb') return now.toISOString().replace(/\.\d+Z$/, 'Z');
  const local = new Date(now.getTime() - timeZoneOffsetMinutes * 60_000).toISOString();
  return local
    .replace('T', ' ')
    .replace(/\.000Z$/, '')
    .replace(/(\.\d{3})Z$/, '$1000');
}
