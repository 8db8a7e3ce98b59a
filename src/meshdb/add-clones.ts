/**
 * New nodes in a database.
 *
 * A clone's record is its donor's text with a few values exchanged. Those places are found once per donor; each clone then
 * costs a join, however big the record. What each member becomes: docs/database-formats.md, "Records of clones".
 */
import { hex, toHex } from '../bytes.ts';
import { HIGHEST_UNICAST, LOWEST_UNICAST, isOwnAddress, ownerText, usedAddresses } from './addresses.ts';
import { forChange, withSplices, type MeshDatabase } from './database.ts';
import { readAddress, uuidDigits } from './values.ts';
import type { NodeRecord } from './node-record.ts';
import { addressTaken, badIdentity, duplicateIdentity, unknownElementCount } from './errors.ts';
import { isTrivialKey, parseUuid, takenDeviceKeys, takenUuids } from './identity.ts';
import { itemsOf, member, stringOf, wholeOf, type Json, type JsonObject } from './json.ts';
import {
  appendItems,
  insertMember,
  replacing,
  splicedPieces,
  type LongSplice,
  type Splice,
} from './splices.ts';
import { addressText, jsonText, keyText, placeFor, stampSplice, uuidText, type Stamp } from './style.ts';

/** One clone as the database is to know it. */
export interface CloneIdentity {
  readonly name: string;
  /** First unicast address, 0x0001..0x7FFF. */
  readonly unicast: number;
  /** 16 bytes, unlike every other node's. */
  readonly deviceKey: Uint8Array;
  /** With or without dashes, unlike every other node's. */
  readonly uuid: string;
}
export interface AddClonesOptions extends Stamp {
  /** Let publications to the donor's own elements go to the clone's; only when the same is done to its flash. */
  readonly mapOwnPublications?: boolean;
  /** Add the clones' elements to the scenes of the donor's; only when its scene register is in the flash copied. */
  readonly joinScenes?: boolean;
}

/** A place in the donor's record, with a NUL in its text where a clone's own value goes. */
interface Blank extends Splice {
  readonly fill: (clone: CloneIdentity) => string;
}

/**
 * The database with clones of one node at the end of its list, in the order given.
 *
 * @throws `meshdb/no-such-node`; `meshdb/no-elements`; `meshdb/address-taken` when addresses meet those of a node or of
 *         each other; `meshdb/duplicate-identity`, `meshdb/bad-identity`
 */
export function addClones(
  original: MeshDatabase,
  donorIndex: number,
  clones: readonly CloneIdentity[],
  options: AddClonesOptions,
): MeshDatabase {
  const change = changeFor(original, donorIndex, clones, options);
  return change ? withSplices(change.database, change.splices) : original;
}

/**
 * The text of the database that `addClones` gives, in pieces of about a record: however many clones there are, it never lies
 * in memory as a whole.
 *
 * @throws what `addClones` throws, before the first piece
 */
export function formatWithClones(
  original: MeshDatabase,
  donorIndex: number,
  clones: readonly CloneIdentity[],
  options: AddClonesOptions,
): Iterable<string> {
  const change = changeFor(original, donorIndex, clones, options);
  return change ? splicedPieces(change.database.origin.text, change.splices) : [original.origin.text];
}

/** What is to be done to which text; `undefined` where nothing is. */
function changeFor(
  original: MeshDatabase,
  donorIndex: number,
  clones: readonly CloneIdentity[],
  options: AddClonesOptions,
): { readonly database: MeshDatabase; readonly splices: readonly (Splice | LongSplice)[] } | undefined {
  assertDistinct(original, donorIndex, clones);
  if (clones.length === 0) return undefined;
  const database = forChange(original);
  const donor = database.node(donorIndex);
  const nodes = database.member('nodes');
  if (donor.json.kind !== 'object' || nodes?.kind !== 'array') return undefined; // no node without a list of objects
  const render = recordWriter(database, donor, donor.json, options);
  // The list holds the donor at least, so each record comes behind the same gap.
  const place = appendItems(database.origin.text, nodes, ['']);
  const records = {
    *[Symbol.iterator]() {
      for (const clone of clones) yield place.insert + render(clone);
    },
  };
  return {
    database,
    splices: [
      { ...place, insert: records },
      stampSplice(database, options),
      ...(options.joinScenes ? sceneSplices(database, donor, clones) : []),
    ],
  };
}

/** How a clone's record is written. */
function recordWriter(
  database: MeshDatabase,
  donor: NodeRecord,
  record: JsonObject,
  { mapOwnPublications = false }: AddClonesOptions,
): (clone: CloneIdentity) => string {
  const { text } = database.origin;
  const blanks: Blank[] = [];
  const put = (key: string, fill: (clone: CloneIdentity) => string) => {
    const old = member(record, key);
    blanks.push({
      ...(old === undefined
        ? insertMember(text, record, placeFor(database, record, key), key, '\0')
        : replacing(old, '\0')),
      fill,
    });
  };
  const shift = (json: Json, address: number) => {
    const fill = (clone: CloneIdentity) =>
      addressText(database, address - donor.unicast + clone.unicast, json);
    blanks.push({ ...replacing(json, '\0'), fill });
  };

  put('UUID', ({ uuid }) => uuidText(database, uuid, member(record, 'UUID')));
  put('name', ({ name }) => jsonText(database, name));
  put('deviceKey', ({ deviceKey }) => keyText(database, deviceKey, member(record, 'deviceKey')));
  put('unicastAddress', ({ unicast }) => addressText(database, unicast, member(record, 'unicastAddress')));
  if (database.format === 'cdb')
    put(member(record, 'blacklisted') ? 'blacklisted' : 'excluded', () => 'false');

  for (const [i, element] of itemsOf(member(record, 'elements')).entries()) {
    const name = member(element, 'name');
    if (name && /^Element: 0x[0-9A-Fa-f]{4}$/.test(stringOf(name) ?? '')) {
      const fill = ({ unicast }: CloneIdentity) => jsonText(database, `Element: ${hex(unicast + i, 4)}`);
      blanks.push({ ...replacing(name, '\0'), fill });
    }
    const own = member(element, 'unicastAddress');
    const ownAddress = wholeOf(own);
    if (own && ownAddress !== undefined) shift(own, ownAddress);
    if (!mapOwnPublications) continue;
    for (const model of itemsOf(member(element, 'models'))) {
      const target = member(member(model, 'publish'), 'address');
      const address = readAddress(target);
      if (target && typeof address === 'number' && isOwnAddress(donor, address)) shift(target, address);
    }
  }
  return fillIn(text, record, blanks);
}

/** A writer of records out of a record's text and the blanks in it. */
function fillIn(
  text: string,
  record: JsonObject,
  blanks: readonly Blank[],
): (clone: CloneIdentity) => string {
  const parts: (string | ((clone: CloneIdentity) => string))[] = [];
  let from = record.start;
  for (const { start, end, insert, fill } of blanks.toSorted((a, b) => a.start - b.start)) {
    const [before = '', after = ''] = insert.split('\0');
    parts.push(text.slice(from, start) + before, fill, after);
    from = end;
  }
  parts.push(text.slice(from, record.end));
  return (clone) => parts.map((part) => (typeof part === 'string' ? part : part(clone))).join('');
}

function sceneSplices(
  database: MeshDatabase,
  donor: NodeRecord,
  clones: readonly CloneIdentity[],
): readonly Splice[] {
  return itemsOf(database.member('scenes')).flatMap((scene) => {
    const list = member(scene, 'addresses');
    if (list?.kind !== 'array') return [];
    const joined = list.items.flatMap((item) => {
      const address = readAddress(item);
      if (typeof address !== 'number' || !isOwnAddress(donor, address)) return [];
      return clones.map(({ unicast }) => addressText(database, address - donor.unicast + unicast, item));
    });
    return joined.length === 0 ? [] : [appendItems(database.origin.text, list, joined)];
  });
}

/** No two nodes may share an address, a device key or a UUID. */
function assertDistinct(database: MeshDatabase, donorIndex: number, clones: readonly CloneIdentity[]): void {
  const donor = database.node(donorIndex);
  if (donor.elementCount === 0) throw unknownElementCount(donor.index, donor.name);
  const uuids: Holders = new Map<string, string | number>(takenUuids(database));
  const keys: Holders = new Map<string, string | number>(takenDeviceKeys(database));
  const map = usedAddresses(database);
  for (const [i, { unicast, deviceKey, uuid }] of clones.entries()) {
    const who = `Clone ${i}`;
    const last = unicast + donor.elementCount - 1;
    if (!Number.isInteger(unicast) || unicast < LOWEST_UNICAST || last > HIGHEST_UNICAST)
      throw badIdentity(
        who,
        `its addresses ${hex(unicast, 4)} to ${hex(last, 4)} are not all unicast (0x0001 to 0x7FFF)`,
      );
    if (deviceKey.length !== 16 || isTrivialKey(deviceKey))
      throw badIdentity(who, 'its device key is not 16 bytes with some variety');
    if (parseUuid(uuid) === undefined) throw badIdentity(who, `'${uuid}' is no UUID`);
    for (let address = unicast; address <= last; address++) {
      const owner = map.ownerOf(address);
      if (owner?.kind === 'node' || owner?.kind === 'reserved')
        throw addressTaken({
          unicast,
          last,
          taken: address,
          owner: ownerText(owner),
          nextFree: map.findRun(donor.elementCount, unicast + 1),
        });
    }
    map.claim(unicast, donor.elementCount);
    claimIdentity(uuids, uuidDigits(uuid), 'UUID', i);
    claimIdentity(keys, toHex(deviceKey), 'device key', i);
  }
}

/** By digits: who has them, in words, or the place of a clone. */
type Holders = Map<string, string | number>;

function claimIdentity(holders: Holders, digits: string, what: 'UUID' | 'device key', place: number): void {
  const other = holders.get(digits);
  if (other !== undefined)
    throw duplicateIdentity(what, `Clone ${place}`, typeof other === 'number' ? `clone ${other}` : other);
  holders.set(digits, place);
}
