/**
 * What the page and the engine say to each other.
 *
 * All of it is plain data that crosses `postMessage`. Dump, database and plan themselves stay in the worker, and so do
 * keys: a view holds none until the page asks for them by `reveal`, because a person pressed "Show keys".
 */
import type { ErrorReport, Finding } from '../errors.ts';
import type {
  AreaReading,
  ClonePolicy,
  Landmark,
  NodeStateJson,
  PatchPurpose,
  Region,
  ReleaseGuess,
} from '../image/index.ts';

/** A file the person gave. Which of them is the dump and which the database is found by content. */
export interface GivenFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Flash address of a raw binary. */
  readonly baseAddress?: number;
}

export interface EngineCalls {
  /** Take files in any order; a new dump or database replaces the one before it. Never throws for a bad file: see the view. */
  open(files: readonly GivenFile[]): ProjectView;
  /** Forget everything. */
  close(): ProjectView;
  /** Decide who the clones will be. Nothing is written. */
  plan(request: PlanRequest): PlanView;
  /** Render the planned clones and the updated database into one zip. */
  press(request: PressRequest): PressResult;
  /** The updated database alone, as its provisioner stores it; with all planned clones, or with some. */
  database(request?: { readonly only?: readonly number[] }): GivenFile;
  /** The project's database as another program would store it, and what that form cannot hold. */
  convert(to: DatabaseForm): { readonly file: GivenFile; readonly lost: readonly Finding[] };
  /** The project's database with the nodes of another one of the same network. Where the two differ, its own side is kept. */
  merge(other: GivenFile): { readonly file: GivenFile; readonly conflicts: readonly Finding[] };
  /** The project's database with a UUID of its own for each node that had another one's. */
  renewUuids(): GivenFile;
  /** One database for each of several benches, with a share of the free addresses each. */
  split(request: { readonly stations: number; readonly provisioner?: string }): readonly GivenFile[];
  /** What makes a provisioner know the nodes of the database, or the planned clones. Holds device keys. */
  provisionerLines(request: {
    readonly audience: 'pyaci' | 'bluez';
    readonly nodes: 'all' | 'planned';
  }): GivenFile;
  /** Names, addresses, device keys and UUIDs of the plan as a table; given back as `PlanRequest.csv` it is the same plan. */
  table(): GivenFile;
  /** A table to fill in, with as many rows as clones are planned. */
  emptyTable(): GivenFile;
  /** A planned clone's complete image, for a board. */
  image(clone: number): ImageView;
  /** SHA-256 of the complete image of each planned clone, as `image` would give it. */
  imageHashes(): readonly string[];
  /** The bytes of a stretch of flash in the donor and in one planned clone (without `clone`: the donor alone). */
  bytesAt(place: { address: number; length: number; clone?: number; reveal?: boolean }): BytesView;
  /** Keys in clear, on a person's word. */
  reveal(): { readonly donor: NodeStateJson | null; readonly cloneKeys: readonly string[] };
}

export interface ProjectView {
  readonly dump: DumpView | null;
  readonly database: DatabaseView | null;
  /** There once dump and database agree on one node. */
  readonly donor: DonorView | null;
  /** Why there is no donor although both files are there, or why the dump cannot be cloned. */
  readonly refusal: ErrorReport | null;
  /** Files that could not be taken; what was there before them stays. */
  readonly rejected: readonly { readonly name: string; readonly error: ErrorReport }[];
}

export interface DumpView {
  readonly names: readonly string[];
  /** Bytes the dump defines. */
  readonly definedBytes: number;
  readonly kindTitle: string;
  readonly chip: {
    readonly name: string;
    readonly flashSize: number;
    readonly pageSize: number;
    readonly certain: boolean;
    readonly reasons: readonly string[];
  };
  readonly releases: ReleaseGuess;
  readonly regions: readonly Region[];
  readonly areas: readonly AreaReading[];
  readonly landmarks: readonly Landmark[];
  /** Share in use (bytes that are not 0xFF) of each flash page from address 0, 0..1. */
  readonly pageUse: readonly number[];
  /** What donor and clones are made from, keys hidden. */
  readonly state: NodeStateJson;
  /** What the firmware loads at its very next boot, where that differs. */
  readonly nextBoot: NodeStateJson | null;
  readonly findings: readonly Finding[];
}

export interface DatabaseView {
  readonly fileName: string;
  /** `PyACI`, `Mesh Configuration Database 1.0.1` */
  readonly formatTitle: string;
  readonly meshName: string;
  /** Names the network: 32 hex digits in small letters. */
  readonly meshUuid: string;
  readonly nodes: readonly NodeView[];
  readonly netKeys: readonly NamedIndex[];
  readonly appKeys: readonly NamedIndex[];
  /** Address in the form `0xC001`. */
  readonly groups: readonly { readonly address: string; readonly name: string }[];
  readonly findings: readonly Finding[];
}
export interface NodeView {
  readonly index: number;
  readonly name: string;
  readonly unicast: number;
  readonly elementCount: number;
  readonly isProvisioner: boolean;
}
export interface NamedIndex {
  readonly index: number;
  readonly name: string;
}

export interface DonorView {
  readonly nodeIndex: number;
  readonly name: string;
  readonly unicast: number;
  readonly elementCount: number;
  /** About dump and database together: whether they agree, what is stale. */
  readonly findings: readonly Finding[];
}

export interface PlanRequest {
  /** 1..32,766 */
  readonly count: number;
  /** Unicast address of the first clone; the next free one when left out. */
  readonly firstUnicast?: number;
  /** `{donor}`, `{address}` (four hex digits) and `{number}` (from 1) are filled in. Default: `{donor}_{address}`. */
  readonly nameTemplate?: string;
  /** Behind the highest address the database tells of (the default), or into the lowest gaps that fit. */
  readonly allocation?: 'after-highest' | 'lowest-fit';
  /** Name or UUID of the provisioner whose ranges the addresses come from. */
  readonly provisioner?: string;
  readonly policy?: Partial<ClonePolicy>;
  /** Text of a CSV or a spreadsheet's clipboard with per-node values; what it leaves out is allocated. */
  readonly csv?: string;
  /** Names given one by one, by the clone's place from 0; they go before all others. */
  readonly names?: Readonly<Record<number, string>>;
  /** Runs of addresses that are on boards already, although the database does not know them. */
  readonly reserved?: readonly { readonly start: number; readonly count: number }[];
}

export interface PlanView {
  /** What the zip will be called, and the updated database in it: a save picker asks before pressing. */
  readonly zipFileName: string;
  readonly databaseFileName: string;
  readonly clones: readonly CloneView[];
  /** What the policy does, and what to know before pressing. */
  readonly findings: readonly Finding[];
  /** What the first clone changes, by rising flash address. */
  readonly patches: readonly PatchView[];
  readonly addresses: AddressMapView;
}
export interface CloneView {
  readonly name: string;
  readonly unicast: number;
  readonly elementCount: number;
  /** 32 hex digits with dashes. */
  readonly uuid: string;
  readonly fileName: string;
}
export interface PatchView {
  readonly address: number;
  readonly length: number;
  readonly purpose: PatchPurpose;
  readonly what: string;
  readonly secret: boolean;
}
export interface AddressMapView {
  /** Runs of unicast addresses by rising address, covering 0x0001..0x7FFF without gaps. */
  readonly runs: readonly AddressRun[];
  /** How many more clones of this donor fit. */
  readonly room: number;
  /** The address the next clone would get without any wish. */
  readonly nextFree: number | null;
}
export interface AddressRun {
  readonly start: number;
  readonly count: number;
  readonly use: 'used' | 'reserved' | 'new' | 'free';
  /** Name of the node or clone; empty for free and reserved. */
  readonly owner: string;
}

export interface PressRequest {
  /** `full`: one complete .hex each. `pages`: the shared base once and small .hex files of what differs. */
  readonly form?: 'full' | 'pages';
  /** Also put the new device keys into the manifest. */
  readonly keysInManifest?: boolean;
  /** Where to stream the zip to; without it, the result holds it. */
  readonly saveTo?: FileSystemFileHandle;
}
export interface PressResult {
  readonly fileName: string;
  readonly zipBytes: number;
  /** Only where there was no `saveTo`. */
  readonly zip?: Blob;
  readonly clones: number;
  /** What lies in the zip; the images are one line, `clones/`. Bytes are those of the files unpacked. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** File of each clone with SHA-256 of its image. */
  readonly pressed: readonly { readonly fileName: string; readonly imageSha256: string }[];
}

export type DatabaseForm = 'pyaci' | 'android' | 'ios';

/** An image by its stretches, and the SHA-256 of its bytes by rising address. It holds keys. */
export interface ImageView {
  readonly segments: readonly { readonly address: number; readonly bytes: Uint8Array }[];
  readonly imageSha256: string;
}

/** Two rows of bytes; a byte that belongs to a key is `null` unless `reveal` was said. */
export interface BytesView {
  readonly address: number;
  readonly donor: readonly (number | null)[];
  readonly clone: readonly (number | null)[] | null;
  readonly changed: readonly boolean[];
}

export interface Progress {
  /** In words and without an end: `Reading the dump`. */
  readonly stage: string;
  readonly done: number;
  readonly total: number;
}

/** How many arguments each call takes; options follow them. */
export const CALL_ARGUMENTS = {
  open: 1,
  close: 0,
  plan: 1,
  press: 1,
  database: 1,
  convert: 1,
  merge: 1,
  renewUuids: 0,
  split: 1,
  provisionerLines: 1,
  table: 0,
  emptyTable: 0,
  image: 1,
  imageHashes: 0,
  bytesAt: 1,
  reveal: 0,
} as const satisfies { readonly [Name in keyof EngineCalls]: Parameters<EngineCalls[Name]>['length'] };

export type CallName = keyof EngineCalls;
export type CallArguments<Name extends CallName> = Parameters<EngineCalls[Name]>;
export type CallResult<Name extends CallName> = ReturnType<EngineCalls[Name]>;

/** The engine as the page sees it: every call answers later, tells how far it is, and can be cancelled. */
export type Engine = {
  [Name in CallName]: (
    ...args: [
      ...CallArguments<Name>,
      options?: { signal?: AbortSignal; onProgress?: (progress: Progress) => void },
    ]
  ) => Promise<CallResult<Name>>;
};
