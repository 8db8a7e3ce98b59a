/**
 * What a person does, as plain calls in four groups: the project they opened, the plan for it, tools for its database, and
 * bytes to look at. It keeps what was opened and planned, and answers with plain data without keys unless keys are asked for.
 *
 * Below lies the room `clone`; above lie the worker, which brings the calls across threads, and their tests. It does not know
 * where it runs: clock, random bytes and hash come in.
 *
 * Long because every call that page and command line may make is listed in this one place; what each does stands in files of its own.
 */
import { concatenate, toHex } from '../bytes.ts';
import {
  adoptGroups,
  clonesOf,
  databaseFileName,
  packedPagesOf,
  planGroups,
  plainStem,
  rendererOf,
  runPlanOf,
  unpackedName,
  updateDatabase,
  withUuids,
  writeBundle,
  type CloneGroup,
  type CloneRenderer,
  type Donor,
  type PlannedClone,
  type PlanWishes,
  type RenderedClone,
  type RunPlan,
} from '../clone/index.ts';
import type { FactoryIds, PackedPage, Segment } from '../image/index.ts';
import type { ImageReading } from '../kinds/index.ts';
import { formatNodeValues, nodeValuesTemplate, uuidDigits } from '../meshdb/index.ts';
import { EntryEncryption, type ByteSink } from '../zip/index.ts';
import { checkBoard, putRight, type BoardContext, type BoardRequest } from './board-check.ts';
import { bytesAt, type BytesRequest } from './bytes.ts';
import {
  imageOfFile,
  lookForNode,
  readoutFile,
  startFault,
  stateOf,
  type ChipBytes,
} from './chip-reading.ts';
import { untold, type CallContext, type Surroundings } from './context.ts';
import { nothingToPlan } from './errors.ts';
import { nodeKeysView, type NodeKeysView } from './node-view.ts';
import {
  activeOf,
  EMPTY_PROJECT,
  openFiles,
  withDatabase,
  withFurtherKind,
  withoutKind,
  type GivenFile,
  type Project,
} from './project.ts';
import * as tools from './tools.ts';
import { planView, projectView, zipFileName } from './views.ts';

export interface DatabaseRequest {
  /** Places of clones in the plan; all when left out. */
  readonly only?: readonly number[];
  /** What their boards call themselves, by place in the plan, where it is known; the others keep their placeholder. */
  readonly uuids?: Readonly<Record<number, string>>;
}

export interface UuidQuestion {
  /** Of the board's chip. */
  readonly ids: FactoryIds;
  /** Of the clone that is on it, whose donor's firmware it has; the active donor's when left out. */
  readonly unicast?: number;
}

export interface PressRequest {
  /** `full`: one complete .hex each. `pages`: the shared base once and small .hex files of what differs. */
  readonly form?: 'full' | 'pages';
  /** Also put the new device keys into the manifest. */
  readonly keysInManifest?: boolean;
  /** Encrypt the zip with it. It is forgotten once the zip is made. */
  readonly password?: string;
}

export interface AdoptRequest extends Pick<PlanWishes, 'reserved'> {
  readonly plan: RunPlan;
}

/** An image by its stretches, and the SHA-256 of its bytes by rising address. It holds keys. */
export interface ImageView {
  readonly segments: readonly Segment[];
  readonly imageSha256: string;
}

export class Session {
  readonly #around: Surroundings;
  #project: Project = EMPTY_PROJECT;
  /** One for each kind of node that has a donor; `null` before a plan is made. */
  #groups: readonly CloneGroup[] | null = null;
  #reserved: NonNullable<PlanWishes['reserved']> = [];
  /** What `useMade` goes on with. */
  #made: tools.NamedDatabase | null = null;
  /** For single images of each group. */
  readonly #renderers = new WeakMap<CloneGroup, CloneRenderer>();

  constructor(around: Surroundings) {
    this.#around = around;
  }

  readonly project = {
    /** Take files in any order; a new dump replaces that of the active kind, a new database the one before it. Never throws for a bad file: see the view. */
    open: async (files: readonly GivenFile[], context: CallContext = untold) => {
      const project = await openFiles(this.#project, files, context);
      this.#take(project);
      return projectView(project);
    },

    /** Go on with the database that was made last: the updated one, a merged one, one with new UUIDs. */
    useMade: ({ keepDump }: { readonly keepDump: boolean }) => {
      const made = this.#made ?? missing();
      this.#take(withDatabase(keepDump ? this.#project : EMPTY_PROJECT, made));
      return projectView(this.#project);
    },

    /** Ask for the dump of a further kind of node, which is the active one then. */
    addKind: () => {
      this.#project = withFurtherKind(this.#project);
      return projectView(this.#project);
    },

    /** Look at another kind of node. The plan stays. */
    showKind: (place: number) => {
      if (this.#project.kinds[place]) this.#project = { ...this.#project, active: place, rejected: [] };
      return projectView(this.#project);
    },

    /** Take a kind of node out of the project. */
    removeKind: (place: number) => {
      this.#take(withoutKind(this.#project, place));
      return projectView(this.#project);
    },

    /** Forget everything. */
    close: () => {
      this.#take(EMPTY_PROJECT);
      return projectView(EMPTY_PROJECT);
    },

    /** Keys in clear, on a person's word. */
    reveal: () => {
      const { dump } = activeOf(this.#project);
      return {
        donor: dump && nodeKeysView(dump.reading.settled),
        cloneKeys: clonesOf(this.#groups ?? []).map(({ deviceKey }) => toHex(deviceKey)),
      } satisfies { donor: NodeKeysView | null; cloneKeys: readonly string[] };
    },

    /** The donor's image as it was read, for a board that plays it. It holds keys. */
    donorImage: () => ({ segments: this.#dump().dump.image.runs }),
  };

  readonly plan = {
    /**
     * Decide who the clones will be. Nothing is written.
     *
     * @param wishes  for the only kind of node, or for each kind by its place in the project
     */
    make: (wishes: PlanWishes | readonly PlanWishes[]) => {
      const all: readonly PlanWishes[] = Array.isArray(wishes) ? wishes : [wishes as PlanWishes];
      const donors = this.#donors();
      const wanted = this.#project.kinds.flatMap(({ donor }, place) => (donor ? [all[place] ?? {}] : []));
      this.#groups = planGroups(donors, wanted, this.#around.randomBytes);
      this.#reserved = all[0]?.reserved ?? [];
      return this.#planView();
    },

    /** The plan as it stands, seen from the active kind of node. */
    look: () => this.#planView(),

    /** The plan as it is kept with a run. It holds device keys. */
    kept: () => runPlanOf(this.#planned()),

    /**
     * Go on with a kept plan, as it was made.
     *
     * @param reserved  addresses that are others' by now, for the map of addresses
     * @throws `clone/plan-of-another-donor`
     */
    adopt: ({ plan, reserved = [] }: AdoptRequest) => {
      this.#groups = adoptGroups(this.#donors(), plan);
      this.#reserved = reserved;
      return this.#planView();
    },

    /** Render the planned clones and the updated database into one zip. */
    press: async (request: PressRequest & { readonly sink: ByteSink }, context: CallContext = untold) => {
      const groups = this.#planned();
      const total = clonesOf(groups).length;
      const encryption =
        request.password === undefined
          ? undefined
          : new EntryEncryption(request.password, this.#around.randomBytes, this.#around.entryCrypto);
      const bundle = await writeBundle(groups, request.sink, {
        ...this.#around.clock(),
        version: this.#around.version,
        commit: this.#around.commit,
        databaseName: unpackedName(this.#database().name),
        keysInManifest: request.keysInManifest ?? false,
        form: request.form ?? 'full',
        ...(encryption && { encryption }),
        signal: context.signal,
        sha256: await this.#around.sha256(),
        deflater: this.#around.deflater,
        onStep: (stage, done) => context.progress({ stage, done, total }),
      });
      return {
        fileName: zipFileName(groups),
        zipBytes: bundle.zipBytes,
        encrypted: encryption !== undefined,
        clones: total,
        files: [{ path: 'clones/', bytes: bundle.imageBytes }, ...bundle.files],
        images: bundle.entries.map(({ clone, imageSha256 }) => ({ fileName: clone.fileName, imageSha256 })),
      };
    },

    /** The updated database alone, as its provisioner stores it; with all planned clones, or with some. */
    database: ({ only, uuids = {} }: DatabaseRequest): GivenFile => {
      const chosen = only && new Set(only);
      const database = updateDatabase(
        withUuids(this.#planned(), uuids),
        this.#around.clock(),
        chosen && ((place) => chosen.has(place)),
      );
      return this.#fileOf({ name: unpackedName(this.#database().name), database });
    },

    /**
     * Names, addresses, device keys and UUIDs of the active kind's clones as a table; given back as a wish it is the same plan.
     */
    table: (): GivenFile => {
      const { donor, plan } = this.#activeGroup() ?? missing();
      const several = this.#planned().length > 1;
      const name = several ? `clones-${plainStem(donor.name, 'node')}.csv` : 'clones.csv';
      return tableFile(name, formatNodeValues(plan.clones));
    },

    /** A table to fill in, with as many rows as clones of the active kind are planned. */
    emptyTable: (): GivenFile =>
      tableFile('clones-template.csv', nodeValuesTemplate(this.#activeGroup()?.plan.clones.length ?? 1)),

    /** A planned clone's complete image, for a board. */
    image: async (clone: number): Promise<ImageView> => {
      const { image, imageSha256 } = (await this.#render(clone)).rendered;
      return { segments: image.runs, imageSha256 };
    },

    /**
     * The pages that all planned clones of a group share, packed for boards behind slow probes: once for all of them. No clone's
     * identity is in them.
     */
    packedPages: (group: number): readonly PackedPage[] => {
      const { donor, plan } = this.#planned()[group] ?? missing();
      return packedPagesOf(donor, plan);
    },

    /** The same as a file: Intel HEX, as a tool reads it out of the board. */
    hexFile: async (clone: number): Promise<GivenFile> => {
      const { renderer, rendered } = await this.#render(clone);
      return { name: this.#placed(clone).clone.fileName, bytes: concatenate(renderer.hex(rendered)) };
    },

    /** SHA-256 of the complete image of each planned clone, as `image` would give it. */
    imageHashes: async (_none?: undefined, context: CallContext = untold): Promise<readonly string[]> => {
      const total = clonesOf(this.#planned()).length;
      const hashes: string[] = [];
      for (let done = 0; done < total; done++) {
        await context.progress({ stage: 'Making the images', done, total });
        hashes.push((await this.#render(done)).rendered.imageSha256);
      }
      return hashes;
    },
  };

  readonly tools = {
    /** As another program would store it, and what that form cannot hold. */
    convert: (to: tools.DatabaseForm) => {
      const { made, lost } = tools.convert(this.#database(), to, this.#around.clock());
      return { file: tools.fileOf(made), lost };
    },

    /** With the nodes of another one of the same network. Where the two differ, its own side is kept. */
    merge: (other: GivenFile) => {
      const { made, conflicts } = tools.merge(this.#database(), other, this.#around.clock());
      return { file: this.#fileOf(made), conflicts };
    },

    /** With a UUID of its own for each node that had another one's. */
    renewUuids: () =>
      this.#fileOf(tools.renewUuids(this.#database(), this.#around.randomBytes, this.#around.clock())),

    /** One database for each of several benches, with a share of the free addresses each. */
    split: (request: tools.SplitRequest) => {
      const { made, notes } = tools.split(this.#database(), request, this.#around.clock());
      return { files: made.map(tools.fileOf), notes };
    },

    /** With what only the dump has of its node: device key, keys, bindings. */
    completeDonor: () =>
      this.#fileOf(tools.complete(this.#database(), this.#dump().reading, this.#around.clock())),

    /** With what only a board knows of its node: keys, bindings, its own UUID. */
    putRight: (board: BoardRequest) => {
      const { name } = this.#database();
      const database = putRight(board, this.#boardContext(), this.#around.clock());
      return this.#fileOf({ name, database: database ?? missing() });
    },

    /** Without nodes that are gone, their addresses kept from being given away. */
    removeNodes: (request: tools.RemoveRequest) =>
      this.#changeOf(tools.remove(this.#database(), request, this.#around.clock())),

    /** With addresses that nobody gets. */
    reserve: (request: tools.ReserveRequest) =>
      this.#fileOf(tools.reserve(this.#database(), request, this.#around.clock())),

    /** With another provisioner. */
    addProvisioner: (request: tools.ProvisionerRequest) => {
      const { randomBytes, clock } = this.#around;
      const added = tools.provisioner(this.#database(), request, randomBytes, clock());
      return { ...this.#changeOf(added), range: added.range };
    },

    /** Some nodes without device keys, for giving away; by their indexes. */
    exportPart: (indexes: readonly number[]): GivenFile =>
      tools.fileOf(tools.part(this.#database(), indexes, this.#around.clock())),

    /** A database of what the dump of one node holds. */
    fromDump: (wishes: tools.FromNodeWishes) => {
      const { randomBytes, clock } = this.#around;
      return this.#changeOf(tools.fromDump(this.#dump().reading, wishes, randomBytes, clock()));
    },

    /** The active kind's donor with another firmware, under its own identity. The file holds keys. */
    updateFirmware: (request: tools.FirmwareRequest) => tools.firmware(this.#dump().reading, request),

    /** What makes a provisioner know the nodes of the database, or the planned clones. Holds device keys. */
    provisionerLines: ({
      audience,
      nodes,
    }: {
      readonly audience: 'pyaci' | 'bluez';
      readonly nodes: 'all' | 'planned';
    }) => {
      const { database } = this.#database();
      if (nodes === 'all') return tools.provisionerLines(database, audience, 0);
      const updated = updateDatabase(this.#planned(), this.#around.clock());
      return tools.provisionerLines(updated, audience, database.nodes.length);
    },
  };

  readonly bytes = {
    /** The bytes of a stretch of flash in the donor and in one planned clone (without `clone`: the donor alone). */
    at: (request: BytesRequest) => {
      const placed = request.clone === undefined ? undefined : this.#placed(request.clone);
      return bytesAt(placed?.group.donor ?? this.#dump(), placed, request);
    },
    /**
     * What a board calls itself with the donor's firmware; `null` where that is not known for certain, or where another record of
     * the network has that UUID, as of a board that was provisioned before: then the placeholder stays.
     */
    deviceUuid: ({ ids, unicast }: UuidQuestion): string | null => {
      const own = this.#readingFor(unicast)?.deviceUuid?.(ids);
      if (!own?.certain) return null;
      const others = this.#project.database?.database.nodes ?? [];
      return others.some(({ uuid }) => uuidDigits(uuid) === uuidDigits(own.uuid)) ? null : own.uuid;
    },
    /** What is on a board: whose node it is, what became of it, and whether the database says so. */
    checkBoard: (board: BoardRequest) => checkBoard(board, this.#boardContext()),
    lookForNode: (chip: ChipBytes) => lookForNode(chip),
    stateOf: (image: ChipBytes) => stateOf(image),
    startFault: (node: Parameters<typeof startFault>[0]) => startFault(node),
    readoutFile: (readout: { readonly name: string; readonly segments: readonly Segment[] }): GivenFile =>
      readoutFile(readout),
    imageOfFile: (file: GivenFile) => imageOfFile(file),
  };

  #boardContext(): BoardContext {
    return {
      database: this.#project.database?.database ?? null,
      donors: this.#project.kinds.flatMap(({ dump }) => (dump ? [dump.reading] : [])),
      cloneAt: async (unicast) => {
        const clones = clonesOf(this.#groups ?? []);
        const index = clones.findIndex((clone) => clone.unicast === unicast);
        if (index < 0) return null;
        return { index, name: clones[index]!.name, image: (await this.#render(index)).rendered.image };
      },
    };
  }

  /** Of the donor whose firmware the clone at this address gets; of the active one where no clone has it. */
  #readingFor(unicast: number | undefined): ImageReading | undefined {
    const group = this.#groups?.find(({ plan }) => plan.clones.some((clone) => clone.unicast === unicast));
    return (group?.donor ?? activeOf(this.#project).dump)?.reading;
  }

  #take(project: Project): void {
    this.#project = project;
    this.#groups = null;
    this.#made = null;
  }

  #changeOf({ made, notes }: tools.Change) {
    return { file: this.#fileOf(made), notes };
  }

  #fileOf(made: tools.NamedDatabase): GivenFile {
    this.#made = made;
    return tools.fileOf(made);
  }

  #planView() {
    const databaseName = databaseFileName(this.#database().name);
    return planView(this.#project, this.#planned(), databaseName, this.#reserved);
  }

  async #render(place: number): Promise<{
    readonly renderer: CloneRenderer;
    readonly rendered: RenderedClone;
  }> {
    const { group, clone } = this.#placed(place);
    const sha256 = await this.#around.sha256();
    const renderer =
      this.#renderers.get(group) ?? rendererOf(group.donor, group.plan, 'full', { sha256 }).renderer;
    this.#renderers.set(group, renderer);
    return { renderer, rendered: renderer.render(clone) };
  }

  #dump = () => activeOf(this.#project).dump ?? missing();
  #database = () => this.#project.database ?? missing();
  #donors = (): readonly Donor[] => {
    const donors = this.#project.kinds.flatMap(({ donor }) => (donor ? [donor] : []));
    return donors.length > 0 ? donors : missing();
  };
  #planned = (): readonly CloneGroup[] => this.#groups ?? missing();
  #activeGroup = (): CloneGroup | undefined =>
    this.#groups?.find(({ donor }) => donor === activeOf(this.#project).donor);

  /** A clone by its place in the run, and the group it is of. */
  #placed(place: number): { readonly group: CloneGroup; readonly clone: PlannedClone } {
    let first = 0;
    for (const group of this.#planned()) {
      const clone = group.plan.clones[place - first];
      if (clone) return { group, clone };
      first += group.plan.clones.length;
    }
    return missing();
  }
}

function missing(): never {
  throw nothingToPlan();
}

const tableFile = (name: string, text: string): GivenFile => ({
  name,
  bytes: new TextEncoder().encode(text),
});
