/** What a person has opened: a dump, a database, and the donor that both know. */
import {
  besideOf,
  checkForCloning,
  contentOf,
  findDonor,
  readDump,
  refuseDonorTwice,
  unpack,
  type Donor,
  type Dump,
  type DumpFile,
} from '../clone/index.ts';
import { reportOf, type ErrorReport } from '../errors.ts';
import { readImage, type ImageReading } from '../kinds/index.ts';
import { LIMITS } from '../limits.ts';
import { parseDatabase, type MeshDatabase } from '../meshdb/index.ts';
import { untold, type CallContext } from './context.ts';

/** A file the person gave. Which of them is the dump and which the database is found by content. */
export type GivenFile = DumpFile;

/** One kind of node: its dump, and the donor once the database agrees. */
export interface ProjectKind {
  readonly dump: { readonly dump: Dump; readonly reading: ImageReading } | null;
  /** There once dump and database agree on one node. */
  readonly donor: Donor | null;
  readonly refusal: Refusal | null;
}

export interface Project {
  /** At least one, in the order they were added. */
  readonly kinds: readonly ProjectKind[];
  /** Place of the one that is looked at; a further dump is its dump. */
  readonly active: number;
  readonly database: { readonly name: string; readonly database: MeshDatabase } | null;
  /** Files that could not be taken; what was there before them stays. */
  readonly rejected: readonly { readonly name: string; readonly error: ErrorReport }[];
}

export const activeOf = ({ kinds, active }: Project): ProjectKind => kinds[active]!;

/** Why there is no donor although all is there that makes one. */
export interface Refusal extends ErrorReport {
  /** `dump`: it cannot be cloned, whatever the database says. `pair`: dump and database do not fit together. */
  readonly about: 'dump' | 'pair';
}

const EMPTY_KIND: ProjectKind = { dump: null, donor: null, refusal: null };
export const EMPTY_PROJECT: Project = { kinds: [EMPTY_KIND], active: 0, database: null, rejected: [] };

/** Take files in any order; a new dump replaces that of the active kind, a new database the one before it. Never throws for a bad file: see `rejected`. */
export async function openFiles(
  project: Project,
  files: readonly GivenFile[],
  context: CallContext = untold,
): Promise<Project> {
  const tell = (stage: string, done: number) => context.progress({ stage, done, total: files.length });
  await tell('Reading the files', 0);
  const rejected: Project['rejected'][number][] = [];
  const attempt = <Result>(name: string, read: () => Result): Result | null => {
    try {
      return read();
    } catch (error) {
      rejected.push({ name, error: reportOf(error) });
      return null;
    }
  };
  let room: number = LIMITS.givenBytes;
  const unpacked = files.flatMap((file) => {
    const bytes = attempt(file.name, () => unpack(file, Math.min(room, LIMITS.unpackedBytes)));
    room -= bytes?.length ?? 0;
    return bytes ? [{ ...file, bytes }] : [];
  });
  const isDatabase = ({ bytes }: GivenFile) => contentOf(bytes) === 'database';
  const databases = unpacked.filter(isDatabase);
  const parts = unpacked.filter((file) => !isDatabase(file));

  let { database } = project;
  let { dump } = activeOf(project);
  for (const { name, bytes } of databases) {
    const read = attempt(name, () => parseDatabase(bytes));
    if (read) database = { name, database: read };
  }
  context.signal.throwIfAborted();
  if (parts.length > 0) {
    await tell('Reading the dump', databases.length);
    const names = parts.map((part) => part.name).join(', ');
    dump =
      attempt(names, () => {
        const read = readDump(parts);
        return { dump: read, reading: readImage(read.image, besideOf(read)) };
      }) ?? dump;
  }
  const dumps = project.kinds.map((kind, place) => (place === project.active ? dump : kind.dump));
  return { database, rejected, active: project.active, kinds: joinDonors(dumps, database) };
}

/** The project with another database, which is at hand already. */
export const withDatabase = (project: Project, database: NonNullable<Project['database']>): Project => ({
  ...project,
  database,
  rejected: [],
  kinds: joinDonors(dumpsOf(project), database),
});

/** With a further kind of node, whose dump is still to come. One that is waiting already is taken. */
export function withFurtherKind(project: Project): Project {
  const waiting = project.kinds.findIndex(({ dump }) => !dump);
  if (waiting !== -1) return { ...project, active: waiting, rejected: [] };
  return {
    ...project,
    kinds: [...project.kinds, EMPTY_KIND],
    active: project.kinds.length,
    rejected: [],
  };
}

/** Without one of its kinds of node. The first of what is left is looked at, or the one that was if it is still there. */
export function withoutKind(project: Project, place: number): Project {
  const dumps = dumpsOf(project).filter((_, i) => i !== place);
  if (dumps.length === 0) return { ...EMPTY_PROJECT, database: project.database };
  const active = project.active > place ? project.active - 1 : project.active === place ? 0 : project.active;
  return { ...project, rejected: [], active, kinds: joinDonors(dumps, project.database) };
}

const dumpsOf = ({ kinds }: Project) => kinds.map(({ dump }) => dump);

/** Each dump with its donor; the dump of a node that another kind has already is refused. */
function joinDonors(dumps: readonly ProjectKind['dump'][], database: Project['database']): ProjectKind[] {
  const donors: Donor[] = [];
  return dumps.map((dump) => {
    const joined = joinDonor(dump, database);
    if (!joined.donor) return { dump, ...joined };
    try {
      refuseDonorTwice([...donors, joined.donor]);
    } catch (error) {
      return { dump, donor: null, refusal: { ...reportOf(error), about: 'pair' } };
    }
    donors.push(joined.donor);
    return { dump, ...joined };
  });
}

/** The donor as far as both files are there, or why there is none. */
function joinDonor(
  dump: ProjectKind['dump'],
  database: Project['database'],
): Pick<ProjectKind, 'donor' | 'refusal'> {
  if (dump?.reading.refusal) return { donor: null, refusal: { ...dump.reading.refusal, about: 'dump' } };
  if (!dump || !database) return { donor: null, refusal: null };
  try {
    const donor = findDonor(dump.dump, dump.reading, database.database);
    checkForCloning(database.database, donor.node.index);
    return { donor, refusal: null };
  } catch (error) {
    return { donor: null, refusal: { ...reportOf(error), about: 'pair' } };
  }
}
