/** What a zip holds, for spreadsheets, for programs and for people. No keys, unless a person asked for them. */
import { hex, toHex } from '../bytes.ts';
import { formatCsvRow } from '../csv.ts';
import type { Finding } from '../errors.ts';
import { lastUnicast } from '../mesh/index.ts';
import type { PlannedClone } from './plan.ts';

/** One line of the manifest: a clone and its file. */
export interface ManifestEntry {
  readonly clone: PlannedClone;
  /** Place of its donor in `ManifestHead.groups`. */
  readonly group: number;
  /** Path in the zip. */
  readonly file: string;
  readonly imageSha256: string;
  readonly fileSha256: string;
}

/** What the clones of one donor have in common. */
export interface ManifestGroup {
  readonly donor: {
    readonly name: string;
    readonly unicast: number;
    readonly elementCount: number;
    readonly files: readonly string[];
  };
  readonly chip: string;
  readonly releases: readonly string[];
  /** Where they lie in the zip: `clones/`, or `clones/light/` beside others. */
  readonly folder: string;
  /** What the choices did to every clone. */
  readonly notes: readonly Finding[];
  /** The file they all share, where each clone's own file holds only the pages it changes. */
  readonly baseFile?: string;
}

export interface ManifestHead {
  readonly version: string;
  /** That Meshpress was built from: 40 hex digits, with `+changes` where its sources differed, or `unknown`. */
  readonly commit: string;
  readonly created: Date;
  /** One for each donor. */
  readonly groups: readonly ManifestGroup[];
  readonly database: string;
  readonly withKeys: boolean;
  /** The zip around it. */
  readonly encrypted: boolean;
}

/**
 * As JSON, clone by clone: one text would lie in memory several times. With one donor what is said of it stands at the top; with
 * several each has an entry of `donors`.
 */
export function* formatManifestJson(
  head: ManifestHead,
  entries: readonly ManifestEntry[],
): Generator<string, void, undefined> {
  const [only, ...others] = head.groups;
  const { donor, ...common } = said(only!);
  const manifest = {
    generator: `Meshpress ${head.version}`,
    commit: head.commit,
    created: head.created.toISOString(),
    ...(others.length === 0
      ? { donor, chip: common.chip, meshSdk: common.meshSdk }
      : { donors: head.groups.map((group) => ({ folder: group.folder, ...flat(said(group)) })) }),
    database: head.database,
    ...(others.length === 0 && {
      ...(common.base !== undefined && { base: common.base }),
      changes: common.changes,
    }),
    hashes: {
      imageSha256: 'SHA-256 of the bytes of the complete image by rising address, gaps left out',
      fileSha256: 'SHA-256 of the .hex file as it stands',
    },
    clones: [],
  };
  const frame = JSON.stringify(manifest, null, 2);
  const place = frame.lastIndexOf(']');
  yield frame.slice(0, place);
  for (const [index, { clone, group, file, imageSha256, fileSha256 }] of entries.entries()) {
    const entry = {
      name: clone.name,
      ...(others.length > 0 && { donor: head.groups[group]!.donor.name }),
      unicastAddress: hex(clone.unicast, 4),
      lastUnicastAddress: hex(lastUnicast(clone), 4),
      elementCount: clone.elementCount,
      UUID: clone.uuid,
      ...(clone.label !== undefined && { label: clone.label }),
      ...(head.withKeys && { deviceKey: toHex(clone.deviceKey) }),
      file,
      imageSha256,
      fileSha256,
    };
    const text = JSON.stringify(entry, null, 2).replaceAll('\n', '\n    ');
    yield `${index === 0 ? '' : ','}\n    ${text}`;
  }
  yield `\n  ${frame.slice(place)}\n`;
}

const said = ({ donor, chip, releases, notes, baseFile }: ManifestGroup) => ({
  donor: {
    name: donor.name,
    unicastAddress: hex(donor.unicast, 4),
    lastUnicastAddress: hex(lastUnicast(donor), 4),
    elementCount: donor.elementCount,
    dump: donor.files,
  },
  chip,
  meshSdk: releases,
  ...(baseFile !== undefined && { base: baseFile }),
  changes: notes.map((note) => note.message),
});
const flat = ({ donor, ...common }: ReturnType<typeof said>) => ({ ...donor, ...common });

/** As CSV, row by row. */
export function* formatManifestCsv(
  head: ManifestHead,
  entries: readonly ManifestEntry[],
): Generator<string, void, undefined> {
  const several = head.groups.length > 1;
  yield formatCsvRow([
    'name',
    'unicastAddress',
    'lastUnicastAddress',
    'elementCount',
    'UUID',
    'label',
    'file',
    'imageSha256',
    'fileSha256',
    ...(head.withKeys ? ['deviceKey'] : []),
    ...(several ? ['donor'] : []),
  ]);
  for (const { clone, group, file, imageSha256, fileSha256 } of entries) {
    yield formatCsvRow([
      clone.name,
      hex(clone.unicast, 4),
      hex(lastUnicast(clone), 4),
      String(clone.elementCount),
      clone.uuid,
      clone.label ?? '',
      file,
      imageSha256,
      fileSha256,
      ...(head.withKeys ? [toHex(clone.deviceKey)] : []),
      ...(several ? [head.groups[group]!.donor.name] : []),
    ]);
  }
}
