/** Pressing clones of the sample, a full 512 KB of flash, as the command line does it. */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import {
  findDonor,
  planClones,
  pressOf,
  readDump,
  readImage,
  writeBundle,
  type Bundle,
  type BundleOptions,
  type ClonePlan,
} from '../../src/clone/index.ts';
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

/** From the bytes of both files on: everything that happens after they are dropped. */
export function planOf(sample: Sample, count: number): ClonePlan {
  const dump = readDump([{ name: 'donor.hex', bytes: sample.dump }]);
  const database = parseDatabase(sample.database);
  return planClones(findDonor(dump, readImage(dump), database), database, { count }, randomBytes);
}

export function pressOne(sample: Sample): readonly Uint8Array[] {
  const plan = planOf(sample, 1);
  const { press } = pressOf(plan);
  return press.hex(press.press(plan.clones[0]!));
}

export const zipTo = (
  plan: ClonePlan,
  write: (bytes: Uint8Array) => void,
  options: Pick<BundleOptions, 'form' | 'onPressed'> = {},
): Promise<Bundle> =>
  writeBundle(
    plan,
    { write },
    {
      now: new Date(),
      timeZoneOffsetMinutes: 0,
      version: '0',
      databaseName: 'db.json',
      keysInManifest: false,
      sha256: () => createHash('sha256'),
      ...options,
    },
  );
