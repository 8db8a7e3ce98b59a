/** How a database writes the values we put into it: the forms of its format, in the case of the record next to them. */
import { toHex } from '../bytes.ts';
import { withDashes } from '../mesh/index.ts';
import type { DatabaseDialect, DatabaseFormat, MeshDatabase } from './database.ts';
import { uuidDigits } from './values.ts';
import { stringOf, type Json, type JsonObject } from './json.ts';
import { insertMember, replacing, type Splice } from './splices.ts';
import { printPlain, quote, type PlainJson } from './json-text.ts';

/** Order of the members in an Android export, one list for all its objects; members it does not know go last. */
const ANDROID_ORDER = [
  ['$schema', 'id', 'version', 'meshUUID', 'meshName', 'provisionerName', 'UUID', 'name'],
  ['deviceKey', 'unicastAddress', 'security', 'configComplete', 'cid', 'pid', 'vid', 'crpl'],
  ['features', 'friend', 'lowPower', 'proxy', 'relay', 'secureNetworkBeacon', 'defaultTTL'],
  ['networkTransmit', 'relayRetransmit', 'ivIndex', 'address', 'addresses', 'parentAddress', 'number'],
  ['lowAddress', 'highAddress', 'firstScene', 'lastScene'],
  ['allocatedUnicastRange', 'allocatedGroupRange', 'allocatedSceneRange'],
  ['index', 'updated', 'boundNetKey', 'key', 'oldKey', 'phase', 'minSecurity', 'timestamp', 'partial'],
  ['location', 'modelId', 'bind', 'subscribe', 'publish', 'models'],
  ['ttl', 'period', 'numberOfSteps', 'resolution', 'retransmit', 'count', 'interval', 'credentials'],
  ['netKeys', 'appKeys', 'elements', 'excluded', 'heartbeatPub', 'heartbeatSub'],
  ['provisioners', 'nodes', 'groups', 'scenes', 'networkExclusions'],
].flat();
const androidRank = new Map(ANDROID_ORDER.map((key, rank) => [key, rank]));

/**
 * Below zero when one member stands before the other: PyACI sorts by code point, iOS without regard to case, Android by its
 * table, which serves the Kotlin library too.
 */
export function compareKeys(dialect: DatabaseDialect, a: string, b: string): number {
  if (dialect === 'android' || dialect === 'kotlin')
    return (androidRank.get(a) ?? ANDROID_ORDER.length) - (androidRank.get(b) ?? ANDROID_ORDER.length);
  const [x, y] = dialect === 'ios' ? [a.toLowerCase(), b.toLowerCase()] : [a, b];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Index in front of which a new member belongs. */
export function placeFor(database: MeshDatabase, object: JsonObject, key: string): number {
  const place = object.keys.findIndex((other) => compareKeys(database.dialect, other, key) > 0);
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

/** Data with the members of each object in the order of a dialect. */
export function inOrder(value: PlainJson, dialect: DatabaseDialect): PlainJson {
  if (Array.isArray(value)) return value.map((item: PlainJson) => inOrder(item, dialect));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as Record<string, PlainJson | undefined>);
  return Object.fromEntries(
    entries
      .toSorted(([a], [b]) => compareKeys(dialect, a, b))
      .map(([key, item]) => [key, item === undefined ? item : inOrder(item, dialect)]),
  );
}

/** New items for a list, as the program of the database writes them at that place: one line, or lines set in under it. */
export function itemTexts(
  database: MeshDatabase,
  { start }: Json,
  values: readonly PlainJson[],
): readonly string[] {
  const { text, escapes } = database.origin;
  const lineStart = text.lastIndexOf('\n', start) + 1;
  const hasLines = lineStart > 0;
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const margin = /^[ \t]*/.exec(text.slice(lineStart, start))![0];
  return values.map((value) =>
    printPlain(inOrder(value, database.dialect), hasLines ? 2 : 0, escapes).replaceAll(
      '\n',
      `${newline}${margin}  `,
    ),
  );
}

/** When a database was changed. */
export interface Stamp {
  readonly now: Date;
  /** As `Date.prototype.getTimezoneOffset` gives it: minutes that UTC is ahead of local time. PyACI writes local time. */
  readonly timeZoneOffsetMinutes?: number;
  /** Take this text instead, for results that must come out the same every time. */
  readonly timestamp?: string;
}

/** The change that gives a database a new time stamp. */
export function stampSplice(database: MeshDatabase, stamp: Stamp): Splice {
  const { root } = database;
  const value = jsonText(
    database,
    stamp.timestamp ?? timestampText(database.format, stamp.now, stamp.timeZoneOffsetMinutes ?? 0),
  );
  const old = database.member('timestamp');
  return old === undefined
    ? insertMember(database.origin.text, root, placeFor(database, root, 'timestamp'), 'timestamp', value)
    : replacing(old, value);
}

/**
 * A time stamp as the program of this database writes it: PyACI local time to the microsecond, left out when zero, without
 * a zone; CDB UTC in whole seconds.
 */
export function timestampText(format: DatabaseFormat, now: Date, timeZoneOffsetMinutes: number): string {
  if (format === 'cdb') return now.toISOString().replace(/\.\d+Z$/, 'Z');
  const local = new Date(now.getTime() - timeZoneOffsetMinutes * 60_000).toISOString();
  return local
    .replace('T', ' ')
    .replace(/\.000Z$/, '')
    .replace(/(\.\d{3})Z$/, '$1000');
}
