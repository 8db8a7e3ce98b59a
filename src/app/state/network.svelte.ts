import { reportOf, type ErrorReport, type Finding } from '../../errors.ts';
import type {
  DatabaseForm,
  Engine,
  FromNodeWishes,
  GivenFile,
  ProvisionerRequest,
  RemoveRequest,
  ReserveRequest,
} from '../../worker/index.ts';
import { formatRun } from '../../mesh/unicast-run.ts';
import { readFile } from '../browser/read-file.ts';
import { saveBlob } from '../browser/save.ts';

/** A piece of work on the database. */
export type NetworkWork =
  | 'board'
  | 'complete'
  | 'convert'
  | 'firmware'
  | 'from-dump'
  | 'lines'
  | 'merge'
  | 'part'
  | 'provisioner'
  | 'remove'
  | 'reserve'
  | 'save'
  | 'split'
  | 'uuids';

/** What one does with the network's database beside planning clones: other programs, other benches, its provisioner. */
export class NetworkState {
  /** What is to be known about the last piece of work: what a form cannot hold, where two databases are at odds. */
  findings = $state.raw<readonly Finding[]>([]);
  /** Which piece of work `findings`, `error` and `notice` belong to. */
  about = $state<NetworkWork | null>(null);
  error = $state.raw<ErrorReport | null>(null);
  notice = $state('');
  /** One database a bench; each is saved by itself. */
  shares = $state.raw<readonly GivenFile[]>([]);

  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  convert(to: DatabaseForm): Promise<void> {
    return this.#work('convert', async () => {
      const { file, lost } = await this.#engine.tools.convert(to);
      this.findings = lost;
      await this.save(file);
    });
  }

  /** @returns the merged database, for the project to go on with; `undefined` when it could not be made */
  merge(other: File): Promise<GivenFile | undefined> {
    return this.#work('merge', async () => {
      const given = { name: other.name, bytes: await readFile(other) };
      const { file, conflicts } = await this.#engine.tools.merge(given);
      this.findings = conflicts;
      return file;
    });
  }

  /**
   * @param make  gives the database with what only a board knew
   * @returns     the same, for the project to go on with; `undefined` when it could not be made
   */
  putRight(make: () => Promise<GivenFile | undefined>): Promise<GivenFile | undefined> {
    return this.#work('board', make);
  }

  /** @returns the database in which every node has its own UUID, for the project to go on with; `undefined` when it could not be made */
  renewUuids(): Promise<GivenFile | undefined> {
    return this.#work('uuids', async () => this.#engine.tools.renewUuids());
  }

  split(benches: number, provisioner: string): Promise<void> {
    return this.#work('split', async () => {
      const { files, notes } = await this.#engine.tools.split({
        benches,
        ...(provisioner && { provisioner }),
      });
      this.shares = files;
      this.findings = notes;
    });
  }

  // each of these gives the database for the project to go on with, or `undefined` when it could not be made

  complete(): Promise<GivenFile | undefined> {
    return this.#work('complete', async () => this.#engine.tools.completeDonor());
  }

  remove(request: RemoveRequest): Promise<GivenFile | undefined> {
    return this.#work('remove', async () => this.#noting(await this.#engine.tools.removeNodes(request)));
  }

  reserve(request: ReserveRequest): Promise<GivenFile | undefined> {
    return this.#work('reserve', async () => this.#engine.tools.reserve(request));
  }

  addProvisioner(request: ProvisionerRequest): Promise<GivenFile | undefined> {
    return this.#work('provisioner', async () =>
      this.#noting(await this.#engine.tools.addProvisioner(request)),
    );
  }

  fromDump(wishes: FromNodeWishes): Promise<GivenFile | undefined> {
    return this.#work('from-dump', async () => this.#noting(await this.#engine.tools.fromDump(wishes)));
  }

  exportPart(indexes: readonly number[]): Promise<void> {
    return this.#work('part', async () => this.save(await this.#engine.tools.exportPart(indexes)));
  }

  #noting({ file, notes }: { readonly file: GivenFile; readonly notes: readonly Finding[] }): GivenFile {
    this.findings = notes;
    return file;
  }

  /**
   * The node of the dump with another firmware.
   *
   * @param release  of the new firmware, as a person wrote it; empty where they leave it open
   */
  updateFirmware(files: readonly File[], release: string): Promise<void> {
    return this.#work('firmware', async () => {
      const given = await Promise.all(
        files.map(async (file) => ({ name: file.name, bytes: await readFile(file) })),
      );
      const { file, notes, node } = await this.#engine.tools.updateFirmware({
        files: given,
        ...(release && { release }),
      });
      this.findings = notes;
      await this.save(file);
      this.notice = `It comes up as the node at ${formatRun(node)}. ${this.notice}`;
    });
  }

  lines(audience: 'pyaci' | 'bluez'): Promise<void> {
    return this.#work('lines', async () =>
      this.save(await this.#engine.tools.provisionerLines({ audience, nodes: 'all' })),
    );
  }

  async save(file: GivenFile): Promise<void> {
    const type = TYPES.find(({ ending }) => file.name.endsWith(ending))?.type ?? TEXT_FILE;
    const saved = await saveBlob(file.name, asFile(file), type);
    this.notice = saved ? `${file.name} is saved.` : 'No place was chosen. Nothing was saved.';
  }

  /** The project's database as it stands, changed here or not. */
  saveHeld(files: readonly File[], name: string): Promise<void> {
    return this.#work('save', async () => {
      const held = files.find((file) => file.name === name);
      if (held) await this.save({ name, bytes: new Uint8Array(await held.arrayBuffer()) });
    });
  }

  /** @returns what the work gives; `undefined` when it failed, which `error` then tells */
  async #work<Result>(about: NetworkWork, work: () => Promise<Result>): Promise<Result | undefined> {
    this.about = about;
    this.error = null;
    this.notice = '';
    this.findings = [];
    this.shares = [];
    try {
      return await work();
    } catch (error) {
      this.error = reportOf(error);
      return undefined;
    }
  }
}

const asFile = ({ name, bytes }: GivenFile): File => new File([bytes as Uint8Array<ArrayBuffer>], name);

const JSON_FILE: FilePickerAcceptType = {
  description: 'Network database',
  accept: { 'application/json': ['.json'] },
};
const TEXT_FILE: FilePickerAcceptType = { description: 'Text', accept: { 'text/plain': ['.txt'] } };
const HEX_FILE: FilePickerAcceptType = { description: 'Intel HEX', accept: { 'text/plain': ['.hex'] } };
const TYPES = [
  { ending: '.json', type: JSON_FILE },
  { ending: '.hex', type: HEX_FILE },
] as const;
