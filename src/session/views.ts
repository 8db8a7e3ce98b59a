/**
 * What the page may see of dump, database and plan: plain data without keys.
 *
 * Names of donor, network and clones are as the files have them, since the page writes them into reports and runs; those that are only shown are cut.
 *
 * Long because every view that crosses to the page stands in this one place.
 */
import { fromHex } from '../bytes.ts';
import {
  clonesOf,
  findingsOf,
  foldersOf,
  patchesOf,
  plainStem,
  type CloneGroup,
  type ClonePlan,
  type Donor,
  type PlannedClone,
} from '../clone/index.ts';
import type { ErrorReport, Finding } from '../errors.ts';
import type { Chip, MemoryImage, PatchPurpose } from '../image/index.ts';
import {
  shownUicr,
  stackTitle,
  type CloneOption,
  type EvidenceSection,
  type Exhibits,
  type ImageReading,
  type Landmark,
  type Region,
  type ReleaseGuess,
  type ShownUicrWord,
} from '../kinds/index.ts';
import { elementsOf, virtualAddressOf, type HasElements, type UnicastRun } from '../mesh/index.ts';
import {
  checkDatabase,
  sharedUuids,
  staleOf,
  usedAddresses,
  uuidDigits,
  type MeshDatabase,
} from '../meshdb/index.ts';
import { shownName } from '../visible.ts';
import { nodeStateView, type NodeStateView } from './node-view.ts';
import { activeOf, type Project, type ProjectKind, type Refusal } from './project.ts';

export interface ProjectView {
  /** The kinds of node of the project: at least one. What follows is of the active one. */
  readonly kinds: readonly KindView[];
  /** Place of it. */
  readonly active: number;
  readonly dump: DumpView | null;
  readonly database: DatabaseView | null;
  /** There once dump and database agree on one node. */
  readonly donor: DonorView | null;
  /** Why there is no donor although both files are there, or why the dump cannot be cloned. */
  readonly refusal: Refusal | null;
  /** Files that could not be taken; what was there before them stays. */
  readonly rejected: readonly { readonly name: string; readonly error: ErrorReport }[];
}

/** One kind of node, in a list of them. */
export interface KindView {
  /** Of its files; empty while they are still to come. */
  readonly dumpNames: readonly string[];
  readonly chip: string;
  readonly stackTitle: string;
  /** Likely releases of its stack. */
  readonly releases: readonly string[];
  /** How full its flash is; `null` while its dump is still to come. */
  readonly flash: FlashUse | null;
  readonly donor: { readonly name: string; readonly unicast: number; readonly elementCount: number } | null;
  /** What may be chosen about its clones. */
  readonly options: readonly CloneOption[];
  readonly refusal: Refusal | null;
}

/** The flash of a dump, page by page from address 0. */
export interface FlashUse {
  readonly pageSize: number;
  /** Share in use (bytes that are not 0xFF) of each page, 0..1. */
  readonly pageUse: readonly number[];
}

export interface DumpView {
  readonly names: readonly string[];
  /** Bytes the dump defines. */
  readonly definedBytes: number;
  readonly kindTitle: string;
  /** With its release: `nRF5 SDK for Mesh 4.2.0 or 4.1.0, probably`. */
  readonly stackTitle: string;
  readonly chip: {
    readonly name: string;
    readonly flashSize: number;
    readonly pageSize: number;
    readonly certain: boolean;
    readonly reasons: readonly string[];
  };
  readonly releases: ReleaseGuess;
  readonly regions: readonly Region[];
  /** Words of the UICR that say something. */
  readonly uicr: readonly ShownUicrWord[];
  readonly evidence: readonly EvidenceSection[];
  readonly exhibits: Exhibits | null;
  /** What may be chosen about clones. */
  readonly options: readonly CloneOption[];
  readonly landmarks: readonly Landmark[];
  /** Share in use (bytes that are not 0xFF) of each flash page from address 0, 0..1. */
  readonly pageUse: readonly number[];
  /** What donor and clones are made from, without keys. */
  readonly state: NodeStateView;
  readonly findings: readonly Finding[];
}

export interface DatabaseView {
  readonly fileName: string;
  readonly dialect: MeshDatabase['dialect'];
  /** `PyACI`, `Mesh Configuration Database 1.0.1` */
  readonly formatTitle: string;
  readonly form: MeshDatabase['dialect'];
  readonly meshName: string;
  /** Names the network: 32 hex digits in small letters. */
  readonly meshUuid: string;
  readonly nodes: readonly NodeView[];
  readonly netKeys: readonly NamedIndex[];
  readonly appKeys: readonly NamedIndex[];
  /** By address, 16 bits: that of a label is its virtual address. */
  readonly groups: readonly { readonly address: number; readonly name: string }[];
  /** Nodes that were made as copies and have the UUID of another one. */
  readonly copiedUuids: boolean;
  /** Indexes of records of boards that were provisioned again since. */
  readonly stale: readonly number[];
  readonly findings: readonly Finding[];
}
export interface NodeView extends HasElements {
  readonly index: number;
  readonly name: string;
  readonly isProvisioner: boolean;
}
export interface NamedIndex {
  readonly index: number;
  readonly name: string;
}

export interface DonorView extends HasElements {
  readonly nodeIndex: number;
  readonly name: string;
  /** About dump and database together: whether they agree, what is stale. */
  readonly findings: readonly Finding[];
}

export interface PlanView {
  /** What the zip will be called, and the updated database in it: a save picker asks before pressing. */
  readonly zipFileName: string;
  readonly databaseFileName: string;
  /** One group after another. */
  readonly clones: readonly CloneView[];
  /** One for each kind of node that has a donor. */
  readonly groups: readonly GroupView[];
  /** Place of the group of the active kind; 0 where it has none. */
  readonly active: number;
  /** What the choices do, and what to know before pressing. */
  readonly findings: readonly Finding[];
  /** What the first clone of the active group changes, by rising flash address. */
  readonly patches: readonly PatchView[];
  readonly addresses: AddressMapView;
}
/** The clones of one donor. */
export interface GroupView {
  /** Place of the kind of node in the project. */
  readonly kind: number;
  /** Of the donor. */
  readonly name: string;
  /** Place of its first clone among all. */
  readonly first: number;
  readonly count: number;
  /** Of the donor, and whether it is told by more than a guess. */
  readonly chip: { readonly name: string; readonly certain: boolean };
  /** Where its images lie in the zip: `clones/`, or `clones/light/` beside others. */
  readonly folder: string;
  /** Numbers of the flash pages that hold a clone's identity. */
  readonly identityPages: readonly number[];
}
export interface CloneView extends HasElements {
  /** Place of its group. */
  readonly group: number;
  readonly name: string;
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

export function projectView(project: Project): ProjectView {
  const { kinds, active, database, rejected } = project;
  const { dump, donor, refusal } = activeOf(project);
  return {
    kinds: kinds.map(kindView),
    active,
    dump: dump && dumpView(dump.dump.names, dump.reading),
    database: database && databaseView(database.name, database.database, donor?.node.index),
    donor: donor && {
      nodeIndex: donor.node.index,
      name: donor.name,
      unicast: donor.unicast,
      elementCount: donor.elementCount,
      findings: donor.findings,
    },
    refusal,
    rejected,
  } satisfies ProjectView & { donor: DonorView | null };
}

const kindView = ({ dump, donor, refusal }: ProjectKind): KindView => ({
  dumpNames: dump?.dump.names ?? [],
  chip: dump?.reading.chip.chip.name ?? '',
  stackTitle: dump ? stackTitle(dump.reading) : '',
  releases: dump?.reading.releases.likely ?? [],
  flash: dump && flashUseOf(dump.reading),
  options: dump?.reading.options ?? [],
  donor: donor && { name: donor.name, unicast: donor.unicast, elementCount: donor.elementCount },
  refusal,
});

function dumpView(names: readonly string[], reading: ImageReading): DumpView {
  const { chip, certain, reasons } = reading.chip;
  return {
    names,
    definedBytes: reading.image.size,
    kindTitle: reading.kind.title,
    stackTitle: stackTitle(reading),
    chip: { name: chip.name, flashSize: chip.flashSize, pageSize: chip.pageSize, certain, reasons },
    releases: reading.releases,
    regions: reading.regions,
    uicr: shownUicr(reading),
    evidence: reading.evidence,
    exhibits: reading.exhibits,
    options: reading.options,
    landmarks: reading.landmarks,
    pageUse: flashUseOf(reading).pageUse,
    state: nodeStateView(reading.settled),
    findings: reading.findings,
  };
}

const flashUses = new WeakMap<MemoryImage, FlashUse>();
/** Counted once: the lists of kinds are shown again with every change. */
function flashUseOf({ image, chip: { chip } }: ImageReading): FlashUse {
  const known = flashUses.get(image);
  if (known?.pageSize === chip.pageSize && known.pageUse.length === chip.flashSize / chip.pageSize)
    return known;
  const use = { pageSize: chip.pageSize, pageUse: pageUse(image, chip) };
  flashUses.set(image, use);
  return use;
}

function pageUse(image: MemoryImage, { flashSize, pageSize }: Chip): number[] {
  return Array.from({ length: flashSize / pageSize }, (_, page) => {
    const used = image
      .read(page * pageSize, pageSize)
      .reduce((sum, byte) => sum + (byte === 0xff ? 0 : 1), 0);
    return used / pageSize;
  });
}

function databaseView(fileName: string, database: MeshDatabase, donorIndex?: number): DatabaseView {
  const shared = sharedUuids(database);
  return {
    fileName,
    dialect: database.dialect,
    formatTitle: FORMAT_TITLES[database.dialect],
    form: database.dialect,
    meshName: database.meshName,
    meshUuid: uuidDigits(database.meshUuid),
    nodes: database.nodes.map(({ index, name, unicast, elementCount, isProvisioner }) => ({
      index,
      name: shownName(name),
      unicast,
      elementCount,
      isProvisioner,
    })),
    netKeys: database.netKeys.map(({ index, name }) => ({ index, name: shownName(name) })),
    appKeys: database.appKeys.map(({ index, name }) => ({ index, name: shownName(name) })),
    groups: database.groups.map(({ address, name }) => ({
      address: typeof address === 'number' ? address : virtualAddressOf(fromHex(address)!),
      name: shownName(name),
    })),
    copiedUuids: shared.some(({ cause }) => cause === 'copied'),
    stale: shared
      .filter(({ cause }) => cause === 'provisioned-twice')
      .map((one) => staleOf(one, donorIndex).index),
    findings: checkDatabase(database, donorIndex === undefined ? {} : { donorIndex }),
  };
}

const FORMAT_TITLES: Readonly<Record<MeshDatabase['dialect'], string>> = {
  pyaci: 'PyACI',
  android: 'Mesh Configuration Database (nRF Mesh for Android)',
  ios: 'Mesh Configuration Database (nRF Mesh for iOS)',
  kotlin: 'Mesh Configuration Database (Kotlin Mesh Library)',
};

/** `light-20-clones.zip`; with several kinds of node `light-and-switch-25-clones.zip`. */
export const zipFileName = (groups: readonly CloneGroup[]): string => {
  const [first, second, ...others] = groups.map(({ donor }) => plainStem(donor.name, 'node'));
  const names = second === undefined || others.length > 0 ? first : `${first}-and-${second}`;
  const more = others.length > 0 ? `-and-${others.length + 1}-more` : '';
  return `${names}${more}-${clonesOf(groups).length}-clones.zip`;
};

export function planView(
  project: Project,
  groups: readonly CloneGroup[],
  databaseName: string,
  reserved: readonly UnicastRun[],
): PlanView {
  const active = Math.max(
    0,
    groups.findIndex(({ donor }) => donor === activeOf(project).donor),
  );
  const { donor, plan } = groups[active]!;
  return {
    zipFileName: zipFileName(groups),
    databaseFileName: databaseName,
    clones: groups.flatMap((one, group) =>
      one.plan.clones.map(({ name, unicast, elementCount, uuid, fileName }) => ({
        group,
        name,
        unicast,
        elementCount,
        uuid,
        fileName,
      })),
    ),
    groups: groupViews(project, groups),
    active,
    findings: findingsOf(groups),
    patches: patchesOf(donor, plan, plan.clones[0]!).map(({ address, after, purpose, what, secret }) => ({
      address,
      length: after.length,
      purpose,
      what,
      secret,
    })),
    addresses: addressMapView(donor, clonesOf(groups), reserved),
  };
}

function groupViews({ kinds }: Project, groups: readonly CloneGroup[]): GroupView[] {
  const folders = foldersOf(groups);
  let first = 0;
  return groups.map(({ donor, plan }, group) => {
    const { chip, certain } = donor.reading.chip;
    const view = {
      kind: kinds.findIndex((kind) => kind.donor === donor),
      name: donor.name,
      first,
      count: plan.clones.length,
      chip: { name: chip.name, certain },
      folder: `clones/${folders[group]!}`,
      identityPages: identityPagesOf(donor, plan),
    };
    first += view.count;
    return view;
  });
}

/** Those of the first clone; the others have theirs in the same places. */
function identityPagesOf(donor: Donor, plan: ClonePlan): number[] {
  const { pageSize } = donor.reading.chip.chip;
  const pages = patchesOf(donor, plan, plan.clones[0]!)
    .filter(({ purpose }) => purpose === 'identity')
    .map(({ address }) => Math.floor(address / pageSize));
  return [...new Set(pages)];
}

/** Who has which address once the clones are in. */
function addressMapView(
  { database, elementCount }: Donor,
  clones: readonly PlannedClone[],
  reserved: readonly UnicastRun[],
): AddressMapView {
  const before = usedAddresses(database, { reserved }).spans();
  const after = usedAddresses(database, {
    reserved: [...reserved, ...clones.map(elementsOf)],
  });
  const rising = clones.toSorted((a, b) => a.unicast - b.unicast);
  const runs: AddressRun[] = [];
  let next = 0;
  const add = (start: number, end: number, use: AddressRun['use'], owner: string) => {
    if (end > start) runs.push({ start, count: end - start, use, owner });
  };
  for (const { first, last, use } of before) {
    let at = first;
    for (let clone = rising[next]; clone && clone.unicast <= last; clone = rising[++next]) {
      add(at, clone.unicast, useOf(use), ownerOf(use));
      add(clone.unicast, clone.unicast + clone.elementCount, 'new', shownName(clone.name));
      at = clone.unicast + clone.elementCount;
    }
    add(at, last + 1, useOf(use), ownerOf(use));
  }
  return {
    runs,
    room: after.roomFor(elementCount),
    nextFree: after.findRun(elementCount, after.frontier) ?? null,
  };
}

type SpanUse = ReturnType<ReturnType<typeof usedAddresses>['spans']>[number]['use'];

function useOf(use: SpanUse): AddressRun['use'] {
  if (use === 'free') return 'free';
  return use !== 'outside' && use.kind === 'node' ? 'used' : 'reserved';
}

const ownerOf = (use: SpanUse): string =>
  typeof use === 'object' && use.kind === 'node' ? shownName(use.name) : '';
