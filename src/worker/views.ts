/** What the page may see of dump, database and plan: plain data without keys. */
import { hex } from '../bytes.ts';
import { kindOf, patchesOf, plainStem, type ClonePlan } from '../clone/index.ts';
import { formatNodeState, type ImageReading, type MemoryImage } from '../image/index.ts';
import { checkDatabase, usedAddresses, uuidDigits, type MeshDatabase } from '../meshdb/index.ts';
import type {
  AddressMapView,
  AddressRun,
  DatabaseView,
  DonorView,
  DumpView,
  PlanRequest,
  PlanView,
  ProjectView,
} from './calls.ts';
import type { Project } from './engine.ts';

export function projectView({ dump, database, donor, refusal, rejected }: Project): ProjectView {
  return {
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

function dumpView(names: readonly string[], reading: ImageReading): DumpView {
  const { chip, certain, reasons } = reading.chip;
  return {
    names,
    definedBytes: reading.image.size,
    kindTitle: kindOf(reading).title,
    chip: { name: chip.name, flashSize: chip.flashSize, pageSize: chip.pageSize, certain, reasons },
    releases: reading.releases,
    regions: reading.regions,
    areas: reading.areas,
    landmarks: reading.landmarks,
    pageUse: pageUse(reading.image, chip.flashSize, chip.pageSize),
    state: formatNodeState(reading.settled, { showKeys: false }),
    nextBoot:
      reading.settled === reading.nextBoot ? null : formatNodeState(reading.nextBoot, { showKeys: false }),
    findings: reading.findings,
  };
}

function pageUse(image: MemoryImage, flashSize: number, pageSize: number): number[] {
  return Array.from({ length: flashSize / pageSize }, (_, page) => {
    const used = image
      .read(page * pageSize, pageSize)
      .reduce((sum, byte) => sum + (byte === 0xff ? 0 : 1), 0);
    return used / pageSize;
  });
}

function databaseView(fileName: string, database: MeshDatabase, donorIndex?: number): DatabaseView {
  return {
    fileName,
    formatTitle: FORMAT_TITLES[database.dialect],
    meshName: database.meshName,
    meshUuid: uuidDigits(database.meshUuid),
    nodes: database.nodes.map(({ index, name, unicast, elementCount, isProvisioner }) => ({
      index,
      name,
      unicast,
      elementCount,
      isProvisioner,
    })),
    netKeys: database.netKeys.map(({ index, name }) => ({ index, name })),
    appKeys: database.appKeys.map(({ index, name }) => ({ index, name })),
    groups: database.groups.map(({ address, name }) => ({
      address: typeof address === 'number' ? hex(address, 4) : address,
      name,
    })),
    findings: checkDatabase(database, donorIndex === undefined ? {} : { donorIndex }),
  };
}

const FORMAT_TITLES: Readonly<Record<MeshDatabase['dialect'], string>> = {
  pyaci: 'PyACI',
  android: 'Mesh Configuration Database (nRF Mesh for Android)',
  ios: 'Mesh Configuration Database (nRF Mesh for iOS)',
};

export const zipFileName = ({ donor, clones }: ClonePlan): string =>
  `${plainStem(donor.name, 'node')}-${clones.length}-clones.zip`;

export function planView(
  plan: ClonePlan,
  databaseName: string,
  reserved: PlanRequest['reserved'] = [],
): PlanView {
  const { clones } = plan;
  return {
    zipFileName: zipFileName(plan),
    databaseFileName: databaseName,
    clones: clones.map(({ name, unicast, elementCount, uuid, fileName }) => ({
      name,
      unicast,
      elementCount,
      uuid,
      fileName,
    })),
    findings: plan.findings,
    patches: patchesOf(plan, clones[0]!).map(({ address, after, purpose, what, secret }) => ({
      address,
      length: after.length,
      purpose,
      what,
      secret,
    })),
    addresses: addressMapView(plan, reserved),
  };
}

/** Who has which address once the clones are in. */
function addressMapView(
  { database, donor, clones }: ClonePlan,
  reserved: NonNullable<PlanRequest['reserved']>,
): AddressMapView {
  const before = usedAddresses(database, { reserved }).spans();
  const after = usedAddresses(database, {
    reserved: [
      ...reserved,
      ...clones.map(({ unicast, elementCount }) => ({ start: unicast, count: elementCount })),
    ],
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
      add(clone.unicast, clone.unicast + clone.elementCount, 'new', clone.name);
      at = clone.unicast + clone.elementCount;
    }
    add(at, last + 1, useOf(use), ownerOf(use));
  }
  return {
    runs,
    room: after.roomFor(donor.elementCount),
    nextFree:
      after.findRun(donor.elementCount, database.format === 'pyaci' ? after.frontier : undefined) ?? null,
  };
}

type SpanUse = ReturnType<ReturnType<typeof usedAddresses>['spans']>[number]['use'];

function useOf(use: SpanUse): AddressRun['use'] {
  if (use === 'free') return 'free';
  return use !== 'outside' && use.kind === 'node' ? 'used' : 'reserved';
}

const ownerOf = (use: SpanUse): string => (typeof use === 'object' && use.kind === 'node' ? use.name : '');
