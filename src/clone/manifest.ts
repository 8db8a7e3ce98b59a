/** What a zip holds, for spreadsheets, for programs and for people. No keys, unless a person asked for them. */
import { hex, toHex } from '../bytes.ts';
import { formatCsvRow } from '../csv.ts';
import type { Finding } from '../errors.ts';
import { lastUnicast } from '../mesh/index.ts';
import type { PlannedClone } from './plan.ts';

/** One line of the manifest: a clone and its file. */
export interface ManifestEntry {
  readonly clone: PlannedClone;
  /** Path in the zip. */
  readonly file: string;
  readonly imageSha256: string;
  readonly fileSha256: string;
}

export interface ManifestHead {
  readonly version: string;
  readonly created: Date;
  readonly donor: {
    readonly name: string;
    readonly unicast: number;
    readonly elementCount: number;
    readonly files: readonly string[];
  };
  readonly chip: string;
  readonly releases: readonly string[];
  readonly database: string;
  /** What the choices did to every clone. */
  readonly notes: readonly Finding[];
  readonly withKeys: boolean;
  /** The file all clones share, where each clone's own file holds only the pages it changes. */
  readonly baseFile?: string;
}

export function formatManifestJson(head: ManifestHead, entries: readonly ManifestEntry[]): string {
  const manifest = {
    generator: `Meshpress ${head.version}`,
    created: head.created.toISOString(),
    donor: {
      name: head.donor.name,
      unicastAddress: hex(head.donor.unicast, 4),
      lastUnicastAddress: hex(lastUnicast(head.donor), 4),
      elementCount: head.donor.elementCount,
      dump: head.donor.files,
    },
    chip: head.chip,
    meshSdk: head.releases,
    database: head.database,
    ...(head.baseFile !== undefined && { base: head.baseFile }),
    changes: head.notes.map((note) => note.message),
    hashes: {
      imageSha256: 'SHA-256 of the bytes of the complete image by rising address, gaps left out',
      fileSha256: 'SHA-256 of the .hex file as it stands',
    },
    clones: entries.map(({ clone, file, imageSha256, fileSha256 }) => ({
      name: clone.name,
      unicastAddress: hex(clone.unicast, 4),
      lastUnicastAddress: hex(lastUnicast(clone), 4),
      elementCount: clone.elementCount,
      UUID: clone.uuid,
      ...(clone.label !== undefined && { label: clone.label }),
      ...(head.withKeys && { deviceKey: toHex(clone.deviceKey) }),
      file,
      imageSha256,
      fileSha256,
    })),
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** As CSV, row by row. */
export function* formatManifestCsv(
  head: ManifestHead,
  entries: readonly ManifestEntry[],
): Generator<string, void, undefined> {
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
  ]);
  for (const { clone, file, imageSha256, fileSha256 } of entries) {
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
    ]);
  }
}
