/**
 * The calls of the page, answered: it keeps dump, database and plan, and shows views of them.
 *
 * It does not know that it sits in a worker; `worker.ts` does.
 */
import { toHex } from '../bytes.ts';
import { KnownError, reportOf, type ErrorReport } from '../errors.ts';
import {
  checkForCloning,
  clockAt,
  contentOf,
  databaseFileName,
  findDonor,
  patchesOf,
  planClones,
  pressOf,
  readDump,
  readImage,
  unpack,
  unpackedName,
  updateDatabase,
  writeBundle,
  type ByteSink,
  type ClonePlan,
  type Donor,
  type Dump,
  type PlannedClone,
  type Press,
  type PressedImage,
  type RunClock,
} from '../clone/index.ts';
import { changesOf, formatNodeState, type ImageReading } from '../image/index.ts';
import { LIMITS } from '../limits.ts';
import {
  bluezImport,
  convertDatabase,
  formatDatabase,
  formatNodeValues,
  mergeDatabases,
  nodeValuesTemplate,
  parseDatabase,
  parseNodeValues,
  pyaciSetup,
  renewSharedUuids,
  splitRange,
  type MeshDatabase,
} from '../meshdb/index.ts';
import type {
  BytesView,
  DatabaseForm,
  EngineCalls,
  GivenFile,
  PlanRequest,
  PressRequest,
  Progress,
  ProjectView,
} from './calls.ts';
import { fastSha256 } from './fast-sha256.ts';
import { planView, projectView, zipFileName } from './views.ts';

/** How a running call tells how far it is and learns that nobody wants its answer any more. */
export interface CallContext {
  readonly signal: AbortSignal;
  /** Told, and waited for: meanwhile messages such as a cancel come in. */
  readonly progress: (progress: Progress) => Promise<void>;
}

type Answers = {
  [Name in keyof EngineCalls]: (
    context: CallContext,
    ...args: Parameters<EngineCalls[Name]>
  ) => ReturnType<EngineCalls[Name]> | Promise<ReturnType<EngineCalls[Name]>>;
};

/** What the calls have made so far. */
export interface Project {
  readonly dump: { readonly dump: Dump; readonly reading: ImageReading } | null;
  readonly database: { readonly name: string; readonly database: MeshDatabase } | null;
  readonly donor: Donor | null;
  readonly refusal: ErrorReport | null;
  readonly rejected: readonly { readonly name: string; readonly error: ErrorReport }[];
}
const EMPTY: Project = { dump: null, database: null, donor: null, refusal: null, rejected: [] };

export class EngineState implements Answers {
  #project: Project = EMPTY;
  #plan: ClonePlan | null = null;
  /** For single images, and the plan that it presses. */
  #press: { readonly plan: ClonePlan; readonly press: Press } | null = null;

  async open(context: CallContext, files: readonly GivenFile[]): Promise<ProjectView> {
    await context.progress({ stage: 'Reading the files', done: 0, total: files.length });
    const rejected: Project['rejected'][number][] = [];
    const attempt = <Result>(name: string, read: () => Result): Result | null => {
      try {
        return read();
      } catch (error) {
        rejected.push({ name, error: reportOf(error) });
        return null;
      }
    };
    let room = LIMITS.givenBytes;
    const sorted = files.flatMap((file) => {
      const unpacked = attempt(file.name, () => unpack(file, Math.min(room, LIMITS.unpackedBytes)));
      room -= unpacked?.length ?? 0;
      return unpacked ? [{ file, unpacked, kind: contentOf(unpacked) }] : [];
    });
    const databases = sorted.filter(({ kind }) => kind === 'database');
    const parts = sorted.filter(({ kind }) => kind !== 'database').map(({ file }) => file);

    let { dump, database } = this.#project;
    for (const { file, unpacked } of databases) {
      const read = attempt(file.name, () => parseDatabase(unpacked));
      if (read) database = { name: file.name, database: read };
    }
    context.signal.throwIfAborted();
    if (parts.length > 0) {
      await context.progress({ stage: 'Reading the dump', done: databases.length, total: files.length });
      const names = parts.map((part) => part.name).join(', ');
      dump =
        attempt(names, () => {
          const read = readDump(parts);
          return { dump: read, reading: readImage(read) };
        }) ?? dump;
    }
    this.#plan = null;
    this.#project = { dump, database, rejected, ...joinDonor(dump, database) };
    return projectView(this.#project);
  }

  close(): ProjectView {
    this.#project = EMPTY;
    this.#plan = null;
    return projectView(EMPTY);
  }

  plan(_context: CallContext, request: PlanRequest) {
    const { donor, database } = this.#project;
    if (!donor || !database) throw nothingToPlan();
    const values = request.csv?.trim() ? parseNodeValues(request.csv) : undefined;
    this.#plan = planClones(
      donor,
      database.database,
      { ...request, ...(values && { values }) },
      secureRandom,
    );
    return planView(this.#plan, databaseFileName(database.name), request.reserved);
  }

  async press(context: CallContext, request: PressRequest) {
    const plan = this.#wantPlan();
    const total = plan.clones.length;
    const sink = request.saveTo ? await fileSink(request.saveTo) : new BlobSink();
    try {
      const bundle = await writeBundle(plan, sink, {
        ...clockNow(),
        version: __VERSION__,
        databaseName: unpackedName(this.#project.database!.name),
        keysInManifest: request.keysInManifest ?? false,
        form: request.form ?? 'full',
        signal: context.signal,
        sha256: await fastSha256(),
        onStep: (stage, done) => context.progress({ stage, done, total }),
      });
      const zip = await sink.finish();
      return {
        fileName: request.saveTo?.name ?? zipFileName(plan),
        zipBytes: bundle.zipBytes,
        ...(zip && { zip }),
        clones: total,
        files: [{ path: 'clones/', bytes: bundle.imageBytes }, ...bundle.files],
        pressed: bundle.entries.map(({ clone, imageSha256 }) => ({ fileName: clone.fileName, imageSha256 })),
      };
    } catch (error) {
      await sink.discard();
      throw error;
    }
  }

  database(_context: CallContext, { only }: { readonly only?: readonly number[] } = {}): GivenFile {
    const plan = this.#wantPlan();
    const clones = only?.map((index) => plan.clones[index]).filter((clone) => clone !== undefined);
    const updated = updateDatabase(plan, clockNow(), clones);
    return { name: unpackedName(this.#project.database!.name), bytes: formatDatabase(updated) };
  }

  convert(_context: CallContext, to: DatabaseForm) {
    const { name, database } = this.#wantDatabase();
    const { database: converted, lost } = convertDatabase(database, to, clockNow());
    const file = { name: withSuffix(unpackedName(name), `-${to}`), bytes: formatDatabase(converted) };
    return { file, lost };
  }

  merge(_context: CallContext, other: GivenFile) {
    const { name, database } = this.#wantDatabase();
    const { database: merged, conflicts } = mergeDatabases(
      database,
      parseDatabase(unpack(other)),
      clockNow(),
    );
    return { file: { name: unpackedName(name), bytes: formatDatabase(merged) }, conflicts };
  }

  renewUuids(_context: CallContext) {
    const { name, database } = this.#wantDatabase();
    const renewed = renewSharedUuids(database, secureRandom, clockNow());
    return { name: unpackedName(name), bytes: formatDatabase(renewed) };
  }

  split(_context: CallContext, request: Parameters<EngineCalls['split']>[0]) {
    const { name, database } = this.#wantDatabase();
    return splitRange(database, request.provisioner, request.stations, clockNow()).map((share, index) => ({
      name: withSuffix(unpackedName(name), `-station-${index + 1}`),
      bytes: formatDatabase(share),
    }));
  }

  provisionerLines(
    _context: CallContext,
    { audience, nodes }: Parameters<EngineCalls['provisionerLines']>[0],
  ) {
    const { database: before } = this.#wantDatabase();
    const database = nodes === 'planned' ? updateDatabase(this.#wantPlan(), clockNow()) : before;
    const first = nodes === 'planned' ? before.nodes.length : 0;
    const indexes = database.nodes.map(({ index }) => index).filter((index) => index >= first);
    const lines = audience === 'pyaci' ? pyaciSetup(database, indexes) : bluezImport(database, indexes);
    return { name: `device-keys-${audience}.txt`, bytes: new TextEncoder().encode(lines) };
  }

  table() {
    return tableFile('clones.csv', formatNodeValues(this.#wantPlan().clones));
  }

  emptyTable() {
    return tableFile('clones-template.csv', nodeValuesTemplate(this.#plan?.clones.length ?? 1));
  }

  async image(_context: CallContext, clone: number) {
    const planned = this.#wantPlan().clones[clone];
    if (!planned) throw nothingToPlan();
    const { image, imageSha256 } = await this.#pressed(planned);
    return { segments: image.runs, imageSha256 };
  }

  async imageHashes(context: CallContext): Promise<readonly string[]> {
    const { clones } = this.#wantPlan();
    const hashes: string[] = [];
    for (const [done, clone] of clones.entries()) {
      await context.progress({ stage: 'Making the images', done, total: clones.length });
      hashes.push((await this.#pressed(clone)).imageSha256);
    }
    return hashes;
  }

  bytesAt(
    _context: CallContext,
    { address, length, clone, reveal = false }: Parameters<EngineCalls['bytesAt']>[0],
  ): BytesView {
    const { dump } = this.#project;
    if (!dump) throw nothingToPlan();
    const { image } = dump.dump;
    const donor = image.read(address, length);
    const planned = clone === undefined ? undefined : this.#wantPlan().clones[clone];
    const patches = planned ? patchesOf(this.#plan!, planned) : [];
    const after = planned ? image.with(changesOf(patches)).read(address, length) : null;
    const hidden = new Uint8Array(length);
    const secrets = [
      ...dump.reading.areas
        .flatMap(({ pages }) => pages)
        .flatMap(({ entries }) => entries)
        .flatMap(({ secrets }) => secrets),
      ...patches
        .filter(({ secret }) => secret)
        .map((patch) => ({ address: patch.address, length: patch.after.length })),
    ];
    for (const secret of secrets) {
      hidden.fill(
        1,
        clamp(secret.address - address, length),
        clamp(secret.address + secret.length - address, length),
      );
    }
    const show = (bytes: Uint8Array) => Array.from(bytes, (byte, i) => (hidden[i] && !reveal ? null : byte));
    return {
      address,
      donor: show(donor),
      clone: after && show(after),
      changed: Array.from(donor, (byte, i) => after !== null && after[i] !== byte),
    };
  }

  reveal() {
    const { dump } = this.#project;
    return {
      donor: dump && formatNodeState(dump.reading.settled, { showKeys: true }),
      cloneKeys: this.#plan?.clones.map(({ deviceKey }) => toHex(deviceKey)) ?? [],
    };
  }

  #wantDatabase(): NonNullable<Project['database']> {
    if (!this.#project.database) throw nothingToPlan();
    return this.#project.database;
  }

  async #pressed(clone: PlannedClone): Promise<PressedImage> {
    const plan = this.#wantPlan();
    const sha256 = await fastSha256();
    if (this.#press?.plan !== plan) this.#press = { plan, press: pressOf(plan, 'full', { sha256 }).press };
    return this.#press.press.press(clone);
  }

  #wantPlan(): ClonePlan {
    if (!this.#plan) throw nothingToPlan();
    return this.#plan;
  }
}

const clockNow = (): RunClock => clockAt(new Date());

const tableFile = (name: string, text: string): GivenFile => ({
  name,
  bytes: new TextEncoder().encode(text),
});

/** `mesh.json` with `-ios` is `mesh-ios.json`. */
const withSuffix = (name: string, suffix: string): string => name.replace(/(\.[^.]*)?$/, `${suffix}$1`);

const clamp = (value: number, highest: number) => Math.min(Math.max(value, 0), highest);

/** The donor as far as both files are there, or why there is none. */
function joinDonor(dump: Project['dump'], database: Project['database']): Pick<Project, 'donor' | 'refusal'> {
  if (dump?.reading.refusal) return { donor: null, refusal: dump.reading.refusal };
  if (!dump || !database) return { donor: null, refusal: null };
  try {
    const donor = findDonor(dump.dump, dump.reading, database.database);
    checkForCloning(database.database, donor.node.index);
    return { donor, refusal: null };
  } catch (error) {
    return { donor: null, refusal: reportOf(error) };
  }
}

const nothingToPlan = () =>
  new KnownError(
    'worker/no-donor',
    'There is no donor and no plan yet.',
    'Give the dump of a provisioned node and the database of its network.',
  );

/** Random bytes of the platform's secure generator, which gives at most 64 KB at a time. */
const secureRandom = (count: number): Uint8Array => crypto.getRandomValues(new Uint8Array(count));

interface Sink extends ByteSink {
  finish(): Promise<Blob | undefined>;
  discard(): Promise<void>;
}

/** A zip in parts, which the browser may keep on disk. */
class BlobSink implements Sink {
  readonly #parts: Blob[] = [];

  write(bytes: Uint8Array<ArrayBuffer>): void {
    this.#parts.push(new Blob([bytes]));
  }
  async finish(): Promise<Blob> {
    return new Blob(this.#parts, { type: 'application/zip' });
  }
  async discard(): Promise<void> {
    this.#parts.length = 0;
  }
}

async function fileSink(handle: FileSystemFileHandle): Promise<Sink> {
  const file = await handle.createWritable();
  return {
    write: (bytes) => file.write(bytes),
    finish: async () => {
      await file.close();
      return undefined;
    },
    discard: () => file.abort(),
  };
}
