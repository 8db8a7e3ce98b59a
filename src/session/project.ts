/** What a person has opened: a dump, a database, and the donor that both know. */
import {
  besideOf,
  checkForCloning,
  contentOf,
  findDonor,
  readDump,
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

export interface Project {
  readonly dump: { readonly dump: Dump; readonly reading: ImageReading } | null;
  readonly database: { readonly name: string; readonly database: MeshDatabase } | null;
  /** There once dump and database agree on one node. */
  readonly donor: Donor | null;
  readonly refusal: Refusal | null;
  /** Files that could not be taken; what was there before them stays. */
  readonly rejected: readonly { readonly name: string; readonly error: ErrorReport }[];
}

/** Why there is no donor although all is there that makes one. */
export interface Refusal extends ErrorReport {
  /** `dump`: it cannot be cloned, whatever the database says. `pair`: dump and database do not fit together. */
  readonly about: 'dump' | 'pair';
}

export const EMPTY_PROJECT: Project = {
  dump: null,
  database: null,
  donor: null,
  refusal: null,
  rejected: [],
};

/** Take files in any order; a new dump or database replaces the one before it. Never throws for a bad file: see `rejected`. */
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

  let { dump, database } = project;
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
  return { dump, database, rejected, ...joinDonor(dump, database) };
}

/** The project with another database, which is at hand already. */
export const withDatabase = ({ dump }: Project, database: NonNullable<Project['database']>): Project => ({
  dump,
  database,
  rejected: [],
  ...joinDonor(dump, database),
});

/** The donor as far as both files are there, or why there is none. */
function joinDonor(dump: Project['dump'], database: Project['database']): Pick<Project, 'donor' | 'refusal'> {
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
