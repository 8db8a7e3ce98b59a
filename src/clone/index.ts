/** The heart: a dump and a database become a donor, a plan, and finished clones. */
export { contentOf, readDump, unpack, unpackedName, type Dump, type DumpFile } from './dump.ts';
export { kindOf, readImage, stillToRead } from './read-image.ts';
export { checkRelease } from './release-check.ts';
export { findDonor, formatRange, type Donor } from './donor.ts';
export {
  checkForCloning,
  parseDeviceKey,
  patchesOf,
  planClones,
  type ClonePlan,
  type PlanWishes,
  type PlannedClone,
} from './plan.ts';
export { Press, type PressedImage } from './press.ts';
export {
  BASE_FILE,
  clockAt,
  databaseFileName,
  formatUpdatedDatabase,
  pressOf,
  updateDatabase,
  writeBundle,
  type Bundle,
  type BundleOptions,
  type ImageFiles,
  type OutputForm,
  type RunClock,
} from './bundle.ts';
export { plainStem } from './file-names.ts';
export type { ByteSink } from './zip-stream.ts';
export { portableSha256, type Sha256 } from './sha256.ts';
export { DISCLAIMER, flashCommands } from './readme-text.ts';
