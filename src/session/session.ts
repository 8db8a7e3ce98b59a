/**
 * What a person does, as plain calls in four groups: the project they opened, the plan for it, tools for its database, and
 * bytes to look at. It keeps what was opened and planned, and answers with plain data without keys unless keys are asked for.
 *
 * Below lies the room `clone`; above lie the worker, which brings the calls across threads, and their tests. It does not know
 * where it runs: clock, random bytes and hash come in.
 */
import { concatenate, toHex } from '../bytes.ts';
import {
  adoptPlan,
  databaseFileName,
  packedPagesOf,
  planClones,
  rendererOf,
  unpackedName,
  updateDatabase,
  writeBundle,
  type ClonePlan,
  type CloneRenderer,
  type Donor,
  type PlannedClone,
  type PlanWishes,
  type RenderedClone,
} from '../clone/index.ts';
import type { FactoryIds, PackedPage, Segment } from '../image/index.ts';
import { formatNodeValues, nodeValuesTemplate, uuidDigits } from '../meshdb/index.ts';
import type { ByteSink } from '../zip/index.ts';
import { checkBoard, putRight, type BoardContext, type BoardRequest } from './board-check.ts';
import { bytesAt, type BytesRequest } from './bytes.ts';
import { imageOfFile, lookForNode, readoutFile, sameNode, stateOf, type ChipBytes } from './chip-reading.ts';
import { untold, type CallContext, type Surroundings } from './context.ts';
import { nothingToPlan } from './errors.ts';
import { nodeKeysView, type NodeKeysView } from './node-view.ts';
import { EMPTY_PROJECT, openFiles, withDatabase, type GivenFile, type Project } from './project.ts';
import * as tools from './tools.ts';
import { planView, projectView, zipFileName } from './views.ts';

export interface DatabaseRequest {
  /** Places of clones in the plan; all when left out. */
  readonly only?: readonly number[];
  /** What their boards call themselves, by place in the plan, where it is known; the others keep their placeholder. */
  readonly uuids?: Readonly<Record<number, string>>;
}

export interface PressRequest {
  /** `full`: one complete .hex each. `pages`: the shared base once and small .hex files of what differs. */
  readonly form?: 'full' | 'pages';
  /** Also put the new device keys into the manifest. */
  readonly keysInManifest?: boolean;
}

export interface AdoptRequest extends Pick<PlanWishes, 'reserved'> {
  readonly plan: ClonePlan;
}

/** An image by its stretches, and the SHA-256 of its bytes by rising address. It holds keys. */
export interface ImageView {
  readonly segments: readonly Segment[];
  readonly imageSha256: string;
}

export class Session {
  readonly #around: Surroundings;
  #project: Project = EMPTY_PROJECT;
  #plan: ClonePlan | null = null;
  #reserved: NonNullable<PlanWishes['reserved']> = [];
  /** What `useMade` goes on with. */
  #made: tools.NamedDatabase | null = null;
  /** For single images, and the plan that it renders. */
  #renderer: { readonly plan: ClonePlan; readonly renderer: CloneRenderer } | null = null;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  readonly project = {
    /** Take files in any order; a new dump or database replaces the one before it. Never throws for a bad file: see the view. */
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

    /** Forget everything. */
    close: () => {
      this.#take(EMPTY_PROJECT);
      return projectView(EMPTY_PROJECT);
    },

    /** Keys in clear, on a person's word. */
    reveal: () => {
      const { dump } = this.#project;
      return {
        donor: dump && nodeKeysView(dump.reading.settled),
        cloneKeys: this.#plan?.clones.map(({ deviceKey }) => toHex(deviceKey)) ?? [],
      } satisfies { donor: NodeKeysView | null; cloneKeys: readonly string[] };
    },

    /** The donor's image as it was read, for a board that plays it. It holds keys. */
    donorImage: () => ({ segments: this.#dump().dump.image.runs }),
  };

  readonly plan = {
    /** Decide who the clones will be. Nothing is written. */
    make: (wishes: PlanWishes) => {
      this.#plan = planClones(this.#donor(), wishes, this.#around.randomBytes);
      this.#reserved = wishes.reserved ?? [];
      return this.#planView();
    },

    /** The plan as it is kept with a run. It holds device keys. */
    kept: () => this.#planned(),

    /**
     * Go on with a kept plan, as it was made.
     *
     * @param reserved  addresses that are others' by now, for the map of addresses
     * @throws `clone/plan-of-another-donor`
     */
    adopt: ({ plan, reserved = [] }: AdoptRequest) => {
      this.#plan = adoptPlan(this.#donor(), plan);
      this.#reserved = reserved;
      return this.#planView();
    },

    /** Render the planned clones and the updated database into one zip. */
    press: async (request: PressRequest & { readonly sink: ByteSink }, context: CallContext = untold) => {
      const plan = this.#planned();
      const total = plan.clones.length;
      const bundle = await writeBundle(this.#donor(), plan, request.sink, {
        ...this.#around.clock(),
        version: this.#around.version,
        databaseName: unpackedName(this.#database().name),
        keysInManifest: request.keysInManifest ?? false,
        form: request.form ?? 'full',
        signal: context.signal,
        sha256: await this.#around.sha256(),
        onStep: (stage, done) => context.progress({ stage, done, total }),
      });
      return {
        fileName: zipFileName(plan),
        zipBytes: bundle.zipBytes,
        clones: total,
        files: [{ path: 'clones/', bytes: bundle.imageBytes }, ...bundle.files],
        images: bundle.entries.map(({ clone, imageSha256 }) => ({ fileName: clone.fileName, imageSha256 })),
      };
    },

    /** The updated database alone, as its provisioner stores it; with all planned clones, or with some. */
    database: ({ only, uuids = {} }: DatabaseRequest): GivenFile => {
      const plan = this.#planned();
      const all = plan.clones.map((clone, index) => ({ ...clone, uuid: uuids[index] ?? clone.uuid }));
      const clones = only ? only.map((index) => all[index]).filter((clone) => clone !== undefined) : all;
      const database = updateDatabase(this.#donor(), plan, this.#around.clock(), clones);
      return this.#fileOf({ name: unpackedName(this.#database().name), database });
    },

    /** Names, addresses, device keys and UUIDs of the plan as a table; given back as a wish it is the same plan. */
    table: (): GivenFile => tableFile('clones.csv', formatNodeValues(this.#planned().clones)),

    /** A table to fill in, with as many rows as clones are planned. */
    emptyTable: (): GivenFile =>
      tableFile('clones-template.csv', nodeValuesTemplate(this.#plan?.clones.length ?? 1)),

    /** A planned clone's complete image, for a board. */
    image: async (clone: number): Promise<ImageView> => {
      const { image, imageSha256 } = await this.#render(this.#clone(clone));
      return { segments: image.runs, imageSha256 };
    },

    /** The pages that all planned clones share, packed for boards behind slow probes: once for all of them. No clone's identity is in them. */
    packedPages: (): readonly PackedPage[] => packedPagesOf(this.#donor(), this.#planned()),

    /** The same as a file: Intel HEX, as a tool reads it out of the board. */
    hexFile: async (clone: number): Promise<GivenFile> => {
      const planned = this.#clone(clone);
      const rendered = await this.#render(planned);
      const bytes = concatenate(this.#renderer!.renderer.hex(rendered));
      return { name: planned.fileName, bytes };
    },

    /** SHA-256 of the complete image of each planned clone, as `image` would give it. */
    imageHashes: async (_none?: undefined, context: CallContext = untold): Promise<readonly string[]> => {
      const { clones } = this.#planned();
      const hashes: string[] = [];
      for (const [done, clone] of clones.entries()) {
        await context.progress({ stage: 'Making the images', done, total: clones.length });
        hashes.push((await this.#render(clone)).imageSha256);
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
      const updated = updateDatabase(this.#donor(), this.#planned(), this.#around.clock());
      return tools.provisionerLines(updated, audience, database.nodes.length);
    },
  };

  readonly bytes = {
    /** The bytes of a stretch of flash in the donor and in one planned clone (without `clone`: the donor alone). */
    at: (request: BytesRequest) => {
      const planned =
        request.clone === undefined
          ? undefined
          : { plan: this.#planned(), clone: this.#clone(request.clone) };
      return bytesAt({ dump: this.#dump(), donor: this.#project.donor }, planned, request);
    },
    /**
     * What a board calls itself with the donor's firmware; `null` where that is not known for certain, or where another record of
     * the network has that UUID, as of a board that was provisioned before: then the placeholder stays.
     */
    deviceUuid: (ids: FactoryIds): string | null => {
      const own = this.#project.dump?.reading.deviceUuid?.(ids);
      if (!own?.certain) return null;
      const others = this.#project.database?.database.nodes ?? [];
      return others.some(({ uuid }) => uuidDigits(uuid) === uuidDigits(own.uuid)) ? null : own.uuid;
    },
    /** What is on a board: whose node it is, what became of it, and whether the database says so. */
    checkBoard: (board: BoardRequest) => checkBoard(board, this.#boardContext()),
    lookForNode: (chip: ChipBytes) => lookForNode(chip),
    stateOf: (image: ChipBytes) => stateOf(image),
    sameNode: (images: Parameters<typeof sameNode>[0]) => sameNode(images),
    readoutFile: (readout: { readonly name: string; readonly segments: readonly Segment[] }): GivenFile =>
      readoutFile(readout),
    imageOfFile: (file: GivenFile) => imageOfFile(file),
  };

  #boardContext(): BoardContext {
    const { database, dump } = this.#project;
    return {
      database: database?.database ?? null,
      donor: dump?.reading ?? null,
      cloneAt: async (unicast) => {
        const index = this.#plan?.clones.findIndex((clone) => clone.unicast === unicast) ?? -1;
        const clone = this.#plan?.clones[index];
        if (!clone) return null;
        return { index, name: clone.name, image: (await this.#render(clone)).image };
      },
    };
  }

  #take(project: Project): void {
    this.#project = project;
    this.#plan = null;
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
    const plan = this.#planned();
    return planView(this.#donor(), plan, databaseFileName(this.#database().name), this.#reserved);
  }

  async #render(clone: PlannedClone): Promise<RenderedClone> {
    const plan = this.#planned();
    const sha256 = await this.#around.sha256();
    if (this.#renderer?.plan !== plan)
      this.#renderer = { plan, renderer: rendererOf(this.#donor(), plan, 'full', { sha256 }).renderer };
    return this.#renderer.renderer.render(clone);
  }

  #dump = () => this.#project.dump ?? missing();
  #database = () => this.#project.database ?? missing();
  #donor = (): Donor => this.#project.donor ?? missing();
  #planned = (): ClonePlan => this.#plan ?? missing();
  #clone = (index: number): PlannedClone => this.#planned().clones[index] ?? missing();
}

function missing(): never {
  throw nothingToPlan();
}

const tableFile = (name: string, text: string): GivenFile => ({
  name,
  bytes: new TextEncoder().encode(text),
});
