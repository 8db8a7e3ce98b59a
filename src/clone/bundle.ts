/** Everything a run makes, in one zip: images, the updated database, manifest and README. */
import { addClones, formatDatabase, type MeshDatabase } from '../meshdb/index.ts';
import { formatManifestCsv, formatManifestJson, type ManifestEntry, type ManifestHead } from './manifest.ts';
import type { ClonePlan, PlannedClone } from './plan.ts';
import { Press, pagesTouched } from './press.ts';
import { formatReadme } from './readme-text.ts';
import { ZipStream, deflated, type ByteSink } from './zip-stream.ts';

export interface RunClock {
  readonly now: Date;
  /** As `Date.prototype.getTimezoneOffset` gives it; PyACI stamps local time. */
  readonly timeZoneOffsetMinutes: number;
}

export const clockAt = (now: Date): RunClock => ({ now, timeZoneOffsetMinutes: now.getTimezoneOffset() });

/** The database with the plan's clones at its end, stamped with the time of the run. */
export const updateDatabase = (plan: ClonePlan, clock: RunClock, clones = plan.clones): MeshDatabase =>
  addClones(plan.database, plan.donor.node.index, clones, {
    ...clock,
    mapOwnPublications: plan.policy.ownPublications === 'map',
  });

/**
 * How images are handed out. `full`: each clone is one complete file. `pages`: what all share is one file, and each clone a
 * small one with the pages it changes; both go onto its board.
 */
export type OutputForm = 'full' | 'pages';

/** The press for a plan's clones, and in the form `pages` the text of the one file they share. */
export function pressOf(
  plan: ClonePlan,
  form: OutputForm = 'full',
): { readonly press: Press; readonly base?: string } {
  const { donor, press: clonePress, clones } = plan;
  const { image, start } = donor.dump;
  if (form === 'full') return { press: new Press(image, clonePress, { start }) };
  const pages = pagesTouched(clonePress, clones, donor.reading.chip.chip.pageSize);
  const press = new Press(image, clonePress, { start, pages });
  return { press, base: press.baseHex(pages) };
}

export interface BundleOptions extends RunClock {
  /** Of Meshpress. */
  readonly version: string;
  /** File name of the database, as it was given. */
  readonly databaseName: string;
  readonly keysInManifest: boolean;
  readonly form?: OutputForm;
  readonly signal?: AbortSignal;
  /** Told, and waited for, after each clone. */
  readonly onPressed?: (clone: PlannedClone, done: number, total: number) => void | Promise<void>;
}

/** In the form `pages`: what all clones share. */
export const BASE_FILE = 'base.hex';

export interface Bundle {
  readonly zipBytes: number;
  /** Of all images together, as .hex. */
  readonly imageBytes: number;
  readonly entries: readonly ManifestEntry[];
  readonly database: MeshDatabase;
  /** What lies in the zip beside the images: path and bytes. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
}

/**
 * Press every clone of a plan and write the zip.
 *
 * @throws what pressing throws, and the reason of an aborted signal; the sink then holds a part of a zip, to be thrown away
 */
export async function writeBundle(plan: ClonePlan, sink: ByteSink, options: BundleOptions): Promise<Bundle> {
  const zip = new ZipStream(sink, options.now);
  const { press, base } = pressOf(plan, options.form);
  const entries: ManifestEntry[] = [];
  let imageBytes = 0;
  const text = new TextEncoder();
  if (base !== undefined) await zip.add(BASE_FILE, deflated(text.encode(base)));
  for (const clone of plan.clones) {
    options.signal?.throwIfAborted();
    const pressed = press.press(clone);
    const { file, sha256 } = press.hexForZip(pressed);
    const path = `clones/${clone.fileName}`;
    await zip.add(path, file);
    imageBytes += file.uncompressedSize;
    entries.push({ clone, file: path, imageSha256: pressed.imageSha256, fileSha256: sha256 });
    await options.onPressed?.(clone, entries.length, plan.clones.length);
  }
  const database = updateDatabase(plan, options);
  const head = headOf(plan, options);
  const files = [
    { path: options.databaseName, content: formatDatabase(database) },
    { path: 'manifest.csv', content: text.encode(formatManifestCsv(head, entries)) },
    { path: 'manifest.json', content: text.encode(formatManifestJson(head, entries)) },
    { path: 'README.txt', content: text.encode(formatReadme(head, entries)) },
  ];
  for (const { path, content } of files) await zip.add(path, deflated(content));
  await zip.finish();
  return {
    zipBytes: zip.size,
    imageBytes,
    entries,
    database,
    files: files.map(({ path, content }) => ({ path, bytes: content.length })),
  };
}

const headOf = ({ donor, press }: ClonePlan, options: BundleOptions): ManifestHead => ({
  version: options.version,
  created: options.now,
  donor: {
    name: donor.name,
    unicast: donor.unicast,
    elementCount: donor.elementCount,
    files: donor.dump.names,
  },
  chip: donor.reading.chip.chip.name,
  releases: donor.reading.releases.likely,
  database: options.databaseName,
  notes: press.notes,
  withKeys: options.keysInManifest,
  ...(options.form === 'pages' && { baseFile: BASE_FILE }),
});
