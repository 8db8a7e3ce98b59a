/** Pressing clones of the sample, a full 512 KB of flash, as the command line does it. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import {
  findDonor,
  planClones,
  readDump,
  rendererOf,
  writeBundle,
  type Bundle,
  type BundleOptions,
  type ClonePlan,
  type Donor,
} from '../../src/clone/index.ts';
import { nodePlatform } from '../../src/cli/platform.ts';
import { readImage } from '../../src/kinds/index.ts';
import { parseDatabase } from '../../src/meshdb/index.ts';

export interface Sample {
  /** Intel HEX text. */
  readonly dump: Uint8Array;
  readonly database: Uint8Array;
}

export const readSample = (dumpPath: string, databasePath: string): Sample => ({
  dump: gunzipSync(readFileSync(dumpPath)),
  database: readFileSync(databasePath),
});

export interface Planned {
  readonly donor: Donor;
  readonly plan: ClonePlan;
}

/** From the bytes of both files on: everything that happens after they are dropped. */
export function planOf(sample: Sample, count: number): Planned {
  const dump = readDump([{ name: 'donor.hex', bytes: sample.dump }]);
  const database = parseDatabase(sample.database);
  const donor = findDonor(dump, readImage(dump.image), database);
  return { donor, plan: planClones(donor, { count }, randomBytes) };
}

export function pressOne(sample: Sample): readonly Uint8Array[] {
  const { donor, plan } = planOf(sample, 1);
  const { renderer } = rendererOf(donor, plan);
  return renderer.hex(renderer.render(plan.clones[0]!));
}

export const zipTo = (
  { donor, plan }: Planned,
  write: (bytes: Uint8Array) => void,
  options: Pick<BundleOptions, 'form' | 'onRendered'> = {},
): Promise<Bundle> =>
  writeBundle(
    [{ donor, plan }],
    { write },
    {
      now: new Date(),
      timeZoneOffsetMinutes: 0,
      version: '0',
      commit: 'unknown',
      databaseName: 'db.json',
      keysInManifest: false,
      ...nodePlatform,
      ...options,
    },
  );
