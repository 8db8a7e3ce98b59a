/**
 * A mesh network database as a value: its text, where everything stands in it, and what that means.
 *
 * Below lies `json.ts`, which knows JSON alone, and `values.ts`, which reads single values of either format; above lie the things one does with a database: check it, find addresses,
 * add clones, convert, merge. Nothing here judges: what cannot be read comes out as missing, and `check.ts` says why.
 *
 * Source of both formats: docs/database-formats.md.
 */
import { LIMITS } from '../limits.ts';
import { recogniseDialect, type DatabaseDialect, type DatabaseFormat } from './dialect.ts';
import {
  bluezDatabase,
  bluezMeshctl,
  emptyFile,
  noSuchNode,
  notADatabase,
  notAnObject,
  notUtf8,
  tooLarge,
  tooManyNodes,
} from './errors.ts';
import type { Escapes } from './json-text.ts';
import {
  describe,
  itemsOf,
  member,
  parseJson,
  stringOf,
  wholeOf,
  type DuplicateKey,
  type Json,
  type JsonObject,
} from './json.ts';
import { NodeRecord } from './node-record.ts';
import { canonicalPyaci, inCamelCase } from './pyaci-writer.ts';
import type {
  AppKeyRecord,
  ExclusionRecord,
  GroupRecord,
  NetKeyRecord,
  ProvisionerRecord,
  SceneRecord,
} from './records.ts';
import { splice, type LongSplice, type Splice } from './splices.ts';
import { readAddress, readAddresses, readHex, readNamedKey, readUnicast, uuidDigits } from './values.ts';

export type { DatabaseDialect, DatabaseFormat };

/** Biggest file read, in bytes. */
export const MAX_FILE_BYTES = LIMITS.databaseBytes;

/** What a database was read from, and how to go on writing it; for this room only. */
interface Origin {
  readonly text: string;
  readonly format: DatabaseFormat;
  readonly dialect: DatabaseDialect;
  readonly escapes: Escapes;
  readonly hasByteOrderMark: boolean;
  readonly duplicates: readonly DuplicateKey[];
}

/** An immutable database; every change gives a new one. Made by `parseDatabase`. */
export class MeshDatabase {
  readonly format: DatabaseFormat;
  readonly dialect: DatabaseDialect;
  private views: {
    root?: JsonObject;
    nodes?: readonly NodeRecord[];
    provisioners?: readonly ProvisionerRecord[];
  } = {};

  constructor(
    /** For this room only. */
    readonly origin: Origin,
    root?: JsonObject,
  ) {
    this.format = origin.format;
    this.dialect = origin.dialect;
    if (root) this.views.root = root;
  }

  /** The database object in its text, for this room only. A database that was just made is read when somebody looks. */
  get root(): JsonObject {
    return (this.views.root ??= databaseObject(parseJson(this.origin.text).root));
  }

  get meshName(): string {
    return stringOf(this.member('meshName')) ?? '';
  }
  /** As written, with or without dashes. */
  get meshUuid(): string {
    return stringOf(this.member('meshUUID')) ?? '';
  }
  /** PyACI alone keeps one, and never updates it from the network. */
  get ivIndex(): number | undefined {
    return this.format === 'pyaci' ? (wholeOf(this.member('ivIndex')) ?? 0) : undefined;
  }
  get timestamp(): string | undefined {
    return stringOf(this.member('timestamp'));
  }
  get nodes(): readonly NodeRecord[] {
    return (this.views.nodes ??= this.readNodes());
  }
  get netKeys(): readonly NetKeyRecord[] {
    return itemsOf(this.member('netKeys')).map((json) => ({
      ...readNamedKey(json),
      phase: wholeOf(member(json, 'phase')) ?? 0,
    }));
  }
  get appKeys(): readonly AppKeyRecord[] {
    return itemsOf(this.member('appKeys')).map((json) => ({
      ...readNamedKey(json),
      boundNetKey: wholeOf(member(json, 'boundNetKey')) ?? 0,
    }));
  }
  get provisioners(): readonly ProvisionerRecord[] {
    return (this.views.provisioners ??= itemsOf(this.member('provisioners')).map((json, index) => ({
      index,
      name: stringOf(member(json, 'provisionerName') ?? member(json, 'name')) ?? '',
      uuid: stringOf(member(json, 'UUID')) ?? '',
      unicastRanges: itemsOf(member(json, 'allocatedUnicastRange')).flatMap((range) => {
        const low = readUnicast(member(range, 'lowAddress'), this.format);
        const high = readUnicast(member(range, 'highAddress'), this.format);
        return low === undefined || high === undefined ? [] : [{ low, high }];
      }),
    })));
  }
  get groups(): readonly GroupRecord[] {
    return itemsOf(this.member('groups')).flatMap((json) => {
      const address = readAddress(member(json, 'address'));
      return address === undefined ? [] : [{ name: stringOf(member(json, 'name')) ?? '', address }];
    });
  }
  get scenes(): readonly SceneRecord[] {
    return itemsOf(this.member('scenes')).map((json) => ({
      name: stringOf(member(json, 'name')) ?? '',
      number: readHex(member(json, 'number') ?? member(json, 'scene')) ?? 0,
      addresses: readAddresses(member(json, 'addresses')),
    }));
  }
  get exclusions(): readonly ExclusionRecord[] {
    return itemsOf(this.member('networkExclusions')).map((json) => ({
      ivIndex: wholeOf(member(json, 'ivIndex')) ?? 0,
      addresses: readAddresses(member(json, 'addresses')),
    }));
  }

  /** The node at that place in the list. @throws `meshdb/no-such-node` */
  node(index: number): NodeRecord {
    const node = this.nodes[index];
    if (node === undefined) throw noSuchNode(index, this.nodes.length);
    return node;
  }

  /** A member of the database object; for this room only. */
  member(key: string): Json | undefined {
    return member(this.root, key);
  }

  private readNodes(): readonly NodeRecord[] {
    // PyACI keeps no node record for the provisioner
    const provisioners =
      this.format === 'cdb'
        ? new Set(this.provisioners.map(({ uuid }) => uuidDigits(uuid)))
        : new Set<string>();
    return itemsOf(this.member('nodes')).map(
      (json, index) =>
        new NodeRecord(
          index,
          json,
          provisioners.has(uuidDigits(stringOf(member(json, 'UUID')) ?? '')),
          this.format,
        ),
    );
  }
}

/**
 * Read a network database. Which of the formats it is follows from its content, never from a file name.
 *
 * @param source  the file; a byte order mark is tolerated
 * @throws        `meshdb/empty`, `meshdb/not-utf8`, `meshdb/cut-off`, `meshdb/not-json`, `meshdb/too-deep`,
 *                `meshdb/too-large`, `meshdb/too-many-values`, `meshdb/too-many-nodes`, `meshdb/not-an-object`, `meshdb/not-a-database`, `meshdb/bluez`, `meshdb/bluez-meshctl`; where the
 *                catalogue of faults has a number, it is in `facts.catalogue`
 */
export function parseDatabase(source: Uint8Array | string): MeshDatabase {
  if (source.length > MAX_FILE_BYTES) throw tooLarge(source.length, MAX_FILE_BYTES);
  const decoded = typeof source === 'string' ? source : decodeUtf8(source);
  const hasByteOrderMark = decoded.startsWith('\ufeff');
  const text = hasByteOrderMark ? decoded.slice(1) : decoded;
  if (text.trim() === '') throw emptyFile();
  const { root: whole, duplicates } = parseJson(text);
  const found = databaseObject(whole);
  const nodes = itemsOf(member(found, 'nodes')).length;
  if (nodes > LIMITS.nodes) throw tooManyNodes(nodes);
  const format = recogniseFormat(found);
  const root = format === 'pyaci' ? inCamelCase(found, text) : found;
  const origin: Origin = {
    text,
    format,
    dialect: format === 'pyaci' ? 'pyaci' : recogniseDialect(root, found !== whole),
    escapes: format === 'pyaci' ? 'ascii' : recogniseEscapes(text),
    hasByteOrderMark,
    duplicates,
  };
  return new MeshDatabase(origin, root);
}

/** The database in a file: all of it, or what iOS wraps in `meshNetwork`. */
function databaseObject(whole: Json): JsonObject {
  if (whole.kind !== 'object') throw notAnObject(describe(whole));
  const wrapped = whole.keys.length === 1 ? member(whole, 'meshNetwork') : undefined;
  return wrapped?.kind === 'object' ? wrapped : whole;
}

/**
 * The database as a file: UTF-8 without byte order mark, and otherwise the bytes it was read from. What was changed is
 * written as the program it came from would: PyACI sorted, with `\u` escapes and no final newline, Android with its
 * HTML escapes, iOS on one line; all else keeps its order, blanks, line ends, escapes and forms of numbers.
 */
export const formatDatabase = (database: MeshDatabase): Uint8Array =>
  new TextEncoder().encode(database.origin.text);

/** The database with splices made in its text; for this room, which vouches that it stays a database. */
export const withSplices = (
  database: MeshDatabase,
  splices: readonly (Splice | LongSplice)[],
): MeshDatabase => changed(database, splice(database.origin.text, splices));

/** A database ready for splices: PyACI rewrites its whole file at each store, and so does a change here. */
export function forChange(database: MeshDatabase): MeshDatabase {
  if (database.format !== 'pyaci') return database;
  const text = canonicalPyaci(database.origin.text, database.root);
  return text === database.origin.text ? database : changed(database, text);
}

const changed = ({ origin }: MeshDatabase, text: string): MeshDatabase =>
  new MeshDatabase({ ...origin, text, hasByteOrderMark: false, duplicates: [] });

function decodeUtf8(bytes: Uint8Array): string {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    throw notUtf8('it starts with the mark of UTF-16');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw notUtf8('some bytes are no characters', cause);
  }
}

/** What tells the formats apart, each with where it was seen. Source: docs/database-formats.md, "Which format". */
export function formatSigns(root: JsonObject): Record<DatabaseFormat, readonly string[]> {
  const signs: Record<DatabaseFormat, string[]> = { cdb: [], pyaci: [] };
  for (const key of ['version', 'id']) if (root.keys.includes(key)) signs.cdb.push(key);
  const provisioner = itemsOf(member(root, 'provisioners'))[0];
  if (member(provisioner, 'provisionerName')) signs.cdb.push('provisioners[0].provisionerName');
  const unicast = member(itemsOf(member(root, 'nodes'))[0], 'unicastAddress');
  if (unicast?.kind === 'string') signs.cdb.push('nodes[0].unicastAddress');
  if (unicast?.kind === 'number') signs.pyaci.push('nodes[0].unicastAddress');
  if (member(provisioner, 'name')) signs.pyaci.push('provisioners[0].name');
  if (root.keys.includes('ivUpdate')) signs.pyaci.push('ivUpdate');
  if (stringOf(member(root, '$schema')) === '') signs.pyaci.push('$schema');
  return signs;
}

/** meshctl names its own schema, and spells the IV index as nobody else does. Source: BlueZ, tools/mesh-gatt/prov-db.c. */
const isOfMeshctl = (root: JsonObject): boolean =>
  /^file:\/\/\/BlueZ\//i.test(stringOf(member(root, '$schema')) ?? '') ||
  ['IVindex', 'IVupdate'].some((key) => root.keys.includes(key));

function recogniseFormat(root: JsonObject): DatabaseFormat {
  const token = stringOf(member(root, 'token'));
  if (token !== undefined && /^[0-9a-fA-F]{16}$/.test(token)) throw bluezDatabase();
  if (isOfMeshctl(root)) throw bluezMeshctl();
  if (!['netKeys', 'nodes', 'provisioners'].some((key) => root.keys.includes(key))) throw notADatabase();
  const { cdb, pyaci } = formatSigns(root);
  if (cdb.length + pyaci.length === 0) throw notADatabase();
  return pyaci.length > cdb.length ? 'pyaci' : 'cdb';
}

function recogniseEscapes(text: string): Escapes {
  if (/\\u00(?:27|3c|3d|3e|26)/i.test(text)) return 'html';
  if (/['<>&=]/.test(text)) return 'raw';
  return /\n/.test(text) ? 'html' : 'raw';
}
