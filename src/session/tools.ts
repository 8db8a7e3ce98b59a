/** What else one does with a database: write it as another program would, bring two together, share it out, load its keys. */
import {
  completeDonor,
  knownNode,
  plainStem,
  readDump,
  unpack,
  unpackedName,
  updateFirmware,
  type RunClock,
} from '../clone/index.ts';
import { hex } from '../bytes.ts';
import type { Finding } from '../errors.ts';
import type { ImageReading } from '../kinds/index.ts';
import type { UnicastRun } from '../mesh/index.ts';
import {
  addProvisioner,
  bluezImport,
  convertDatabase,
  databaseFromNode,
  exportPart,
  formatDatabase,
  mergeDatabases,
  notesOnShares,
  parseDatabase,
  pyaciSetup,
  rangeOf,
  removeNodes,
  renewSharedUuids,
  reserveAddresses,
  runOf,
  splitRange,
  type DatabaseForm,
  type FromNodeWishes,
  type MeshDatabase,
  type RandomBytes,
} from '../meshdb/index.ts';
import type { GivenFile } from './project.ts';

export type { DatabaseForm, FromNodeWishes };

/** A database and the name of its file. */
export interface NamedDatabase {
  readonly name: string;
  readonly database: MeshDatabase;
}

export const fileOf = ({ name, database }: NamedDatabase): GivenFile => ({
  name: unpackedName(name),
  bytes: formatDatabase(database),
});

/** As another program would store it, and what that form cannot hold. */
export function convert(
  { name, database }: NamedDatabase,
  to: DatabaseForm,
  clock: RunClock,
): { readonly made: NamedDatabase; readonly lost: readonly Finding[] } {
  const { database: converted, lost } = convertDatabase(database, to, clock);
  return { made: { name: withSuffix(name, `-${to}`), database: converted }, lost };
}

/** With the nodes of another database of the same network. Where the two differ, its own side is kept. */
export function merge(
  { name, database }: NamedDatabase,
  other: GivenFile,
  clock: RunClock,
): { readonly made: NamedDatabase; readonly conflicts: readonly Finding[] } {
  const { database: merged, conflicts } = mergeDatabases(database, parseDatabase(unpack(other)), clock);
  return { made: { name, database: merged }, conflicts };
}

/** With a UUID of its own for each node that had another one's. */
export const renewUuids = (
  { name, database }: NamedDatabase,
  randomBytes: RandomBytes,
  clock: RunClock,
): NamedDatabase => ({ name, database: renewSharedUuids(database, randomBytes, clock) });

export interface SplitRequest {
  /** 2 or more. */
  readonly benches: number;
  readonly provisioner?: string;
}

/** One database for each of several benches, with a share of the free addresses each. */
export const split = (
  { name, database }: NamedDatabase,
  { provisioner, benches }: SplitRequest,
  clock: RunClock,
): { readonly made: readonly NamedDatabase[]; readonly notes: readonly Finding[] } => ({
  made: splitRange(database, provisioner, benches, clock).map((share, index) => ({
    name: withSuffix(name, `-bench-${index + 1}`),
    database: share,
  })),
  notes: notesOnShares(database, provisioner),
});

/** A changed database, and what to know about the change. */
export interface Change {
  readonly made: NamedDatabase;
  readonly notes: readonly Finding[];
}

/** With what only the dump has of its node: device key, keys, bindings. */
export const complete = (
  { name, database }: NamedDatabase,
  reading: ImageReading,
  clock: RunClock,
): NamedDatabase => ({ name, database: completeDonor(reading, database, clock) });

export interface RemoveRequest {
  /** Of nodes. */
  readonly indexes: readonly number[];
  /** Of the network today; a database of PyACI needs none. */
  readonly ivIndex?: number;
}

/** Without nodes that are gone, their addresses kept from being given away. */
export function remove(
  { name, database }: NamedDatabase,
  { indexes, ivIndex }: RemoveRequest,
  clock: RunClock,
): Change {
  const removal = removeNodes(database, indexes, ivIndex, clock);
  return { made: { name, database: removal.database }, notes: removal.notes };
}

export interface ReserveRequest {
  readonly runs: readonly UnicastRun[];
  /** Of the network today: reserved until it has moved on by two. For good when left out. */
  readonly ivIndex?: number;
}

/** With addresses that nobody gets. */
export const reserve = (
  { name, database }: NamedDatabase,
  { runs, ivIndex }: ReserveRequest,
  clock: RunClock,
): NamedDatabase => ({
  name,
  database: reserveAddresses(database, runs, ivIndex === undefined ? 'for-good' : { ivIndex }, clock),
});

export interface ProvisionerRequest {
  readonly name: string;
  /** The addresses it gives away; chosen when left out. */
  readonly range?: UnicastRun;
}

/** With another provisioner. */
export function provisioner(
  { name, database }: NamedDatabase,
  { name: called, range }: ProvisionerRequest,
  randomBytes: RandomBytes,
  clock: RunClock,
): Change & { readonly range: UnicastRun } {
  const added = addProvisioner(
    database,
    { name: called, ...(range && { range: rangeOf(range) }) },
    randomBytes,
    clock,
  );
  return {
    made: { name, database: added.database },
    notes: added.notes,
    range: runOf(added.range),
  };
}

/** Some nodes without device keys. */
export const part = (
  { name, database }: NamedDatabase,
  indexes: readonly number[],
  clock: RunClock,
): NamedDatabase => ({ name: withSuffix(name, '-part'), database: exportPart(database, indexes, clock) });

/** A database of what the dump of one node holds. */
export function fromDump(
  reading: ImageReading,
  wishes: FromNodeWishes,
  randomBytes: RandomBytes,
  clock: RunClock,
): Change {
  const { database, assumed } = databaseFromNode(knownNode(reading), wishes, randomBytes, clock);
  return { made: { name: `network-${wishes.to}.json`, database }, notes: assumed };
}

export interface FirmwareRequest {
  /** The HEX of a build in one file or in several, or a dump of a board that runs it. */
  readonly files: readonly GivenFile[];
  /** Of the new firmware: `4.2.0`. */
  readonly release?: string;
}

/** The node of a dump with another firmware, for its own board. */
export function firmware(
  reading: ImageReading,
  { files, release }: FirmwareRequest,
): { readonly file: GivenFile; readonly notes: readonly Finding[]; readonly node: UnicastRun } {
  const update = updateFirmware(reading, readDump(files), release);
  const node = update.reading.settled.unicast!;
  const stem = plainStem(unpackedName(files[0]!.name).replace(/\.[^.]*$/, ''), 'firmware');
  return {
    file: { name: `${stem}_${hex(node.start, 4).slice(2)}.hex`, bytes: update.hex },
    notes: update.findings,
    node,
  };
}

/** What makes a provisioner know the nodes from one index on. Holds device keys. */
export function provisionerLines(
  database: MeshDatabase,
  audience: 'pyaci' | 'bluez',
  first: number,
): GivenFile {
  const indexes = database.nodes.map(({ index }) => index).filter((index) => index >= first);
  const lines = audience === 'pyaci' ? pyaciSetup(database, indexes) : bluezImport(database, indexes);
  return { name: `device-keys-${audience}.txt`, bytes: new TextEncoder().encode(lines) };
}

/** `mesh.json` with `-ios` is `mesh-ios.json`. */
const withSuffix = (name: string, suffix: string): string =>
  unpackedName(name).replace(/(\.[^.]*)?$/, `${suffix}$1`);
