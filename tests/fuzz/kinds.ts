/** All kinds of input that Meshpress reads. */
import { DATABASES } from './kinds/databases.ts';
import { FILES } from './kinds/files.ts';
import { IMAGES } from './kinds/images.ts';
import { MESH } from './kinds/mesh.ts';
import { PROBES } from './kinds/probes.ts';
import { RUNS } from './kinds/runs.ts';
import { SERIAL } from './kinds/serial.ts';
import { TABLES } from './kinds/tables.ts';
import type { FuzzKind } from './run.ts';

export const KINDS: readonly FuzzKind[] = [
  ...FILES,
  ...IMAGES,
  ...DATABASES,
  ...TABLES,
  ...RUNS,
  ...SERIAL,
  ...PROBES,
  ...MESH,
];
