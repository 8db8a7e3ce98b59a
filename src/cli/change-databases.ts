/** Commands that change a database or make new ones: locked while they are at it, and replaced whole, with the old one kept. */
import { equalBytes } from '../bytes.ts';
import { formatDatabase, parseDatabase, type MeshDatabase } from '../meshdb/index.ts';
import * as errors from './errors.ts';
import { inRun, readFile } from './files/index.ts';
import { packedLike, readGiven } from './inputs.ts';
import { UsageError, asGiven, type Io, type Command } from './words.ts';

/** Exactly as many files as a command takes. */
export function inputs(given: readonly string[], count: 1, usage: string): readonly [string];
export function inputs(given: readonly string[], count: 2, usage: string): readonly [string, string];
export function inputs(given: readonly string[], count: number, usage: string): readonly string[] {
  if (given.length !== count) throw new UsageError(`Expected: ${usage}`);
  return given.map(asGiven);
}

/** What a command makes of its databases, and what it says once that is written. */
interface Derived {
  readonly databases: readonly MeshDatabase[];
  readonly tell: () => number;
}

/**
 * A command that makes new databases of others, with all of them locked.
 *
 * @param otherFiles  read too, and never written to
 */
export const deriving =
  (
    sources: readonly string[],
    outputs: readonly string[],
    derive: (io: Io) => Derived,
    otherFiles: readonly string[] = [],
  ): Command =>
  (io) =>
    making(
      sources,
      outputs,
      (io) => {
        const { databases, tell } = derive(io);
        return { contents: databases.map(formatDatabase), tell };
      },
      otherFiles,
    )(io);

/** What a command makes of the files it reads. */
interface Made {
  readonly contents: readonly Uint8Array[];
  readonly tell: () => number;
}

/**
 * A command that makes new files, all of them or none.
 *
 * @param sources     databases, locked while it is at it
 * @param otherFiles  read too, and never written to
 */
export const making =
  (
    sources: readonly string[],
    outputs: readonly string[],
    make: (io: Io) => Made,
    otherFiles: readonly string[] = [],
  ): Command =>
  (io) => {
    const world = { ...io, onNote: (text: string) => void io.stderr.write(`${text}\n`) };
    return inRun(world, { made: outputs, of: sources }, (run) => {
      run.claim([...sources, ...otherFiles], []);
      const { contents, tell } = make(io);
      for (const [index, content] of contents.entries()) run.prepare(outputs[index]!, [content]);
      run.commit();
      return tell();
    });
  };

/** What a command makes of a database. */
export interface Changed {
  readonly database: MeshDatabase;
  /** Said once it is written. */
  readonly tell: (path: string) => void;
}

/**
 * A command that changes one database: in its place, with the old one as `.bak`, or into another file when `output` is given.
 */
export const changing =
  (
    path: string,
    output: string | undefined,
    otherFiles: readonly string[],
    change: (database: MeshDatabase, io: Io) => Changed,
  ): Command =>
  (io) => {
    if (output !== undefined)
      return deriving(
        [path],
        [output],
        (io) => {
          const { database, tell } = change(parseDatabase(readGiven(io.files, path).bytes), io);
          return { databases: [database], tell: () => (tell(output), 0) };
        },
        otherFiles,
      )(io);
    const world = { ...io, onNote: (text: string) => void io.stderr.write(`${text}\n`) };
    return inRun(world, { updated: path }, (run) => {
      const given = readGiven(io.files, path);
      const before = parseDatabase(given.bytes);
      const { database, tell } = change(before, io);
      if (database === before) {
        io.print(`${path}: nothing to change\n`);
        return 0;
      }
      run.claim(otherFiles, []);
      run.prepare(path, packedLike(given, [formatDatabase(database)]));
      run.commit(() => {
        if (!equalBytes(readFile(io.files, path), given.onDisk)) throw errors.databaseChanged(path);
      });
      tell(path);
      io.stderr.write(`The database as it was is ${path}.bak.\n`);
      return 0;
    });
  };
