/** What else one does with a database: write it as another program would, bring two together, share it out, load its keys. */
import { unpack, unpackedName, type RunClock } from '../clone/index.ts';
import type { Finding } from '../errors.ts';
import {
  bluezImport,
  convertDatabase,
  formatDatabase,
  mergeDatabases,
  parseDatabase,
  pyaciSetup,
  renewSharedUuids,
  splitRange,
  type MeshDatabase,
} from '../meshdb/index.ts';
import type { GivenFile } from './project.ts';

export type DatabaseForm = 'pyaci' | 'android' | 'ios';

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
  randomBytes: (count: number) => Uint8Array,
  clock: RunClock,
): NamedDatabase => ({ name, database: renewSharedUuids(database, randomBytes, clock) });

export interface SplitRequest {
  readonly stations: number;
  readonly provisioner?: string;
}

/** One database for each of several benches, with a share of the free addresses each. */
export const split = (
  { name, database }: NamedDatabase,
  { provisioner, stations }: SplitRequest,
  clock: RunClock,
): readonly NamedDatabase[] =>
  splitRange(database, provisioner, stations, clock).map((share, index) => ({
    name: withSuffix(name, `-station-${index + 1}`),
    database: share,
  }));

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
