/** The heart: a dump and a database become a donor, a plan, and finished clones. */
export { besideOf, contentOf, readDump, unpack, unpackedName, type Dump, type DumpFile } from './dump.ts';
export { updateFirmware, type FirmwareUpdate } from './update-firmware.ts';
export { checkRelease } from './release-check.ts';
export { boardUuid } from './board-uuid.ts';
export { changesSince } from './changes-since.ts';
export { findStartFault } from './start-fault.ts';
export { checkDump, type DumpCheck } from './check-dump.ts';
export { completeDonor, knownNode } from './complete-donor.ts';
export { findDonor, imageHash, recordOf, type Donor, type DonorReference } from './donor.ts';
export {
  checkForCloning,
  parseDeviceKey,
  patchesOf,
  planClones,
  type ClonePlan,
  type PlanWishes,
  type PlannedClone,
} from './plan.ts';
export { recipeOf } from './recipe.ts';
export { CloneRenderer, type PlatformOptions, type RenderedClone } from './render.ts';
export {
  baseFileIn,
  databaseFileName,
  packedPagesOf,
  rendererOf,
  writeBundle,
  type Bundle,
  type BundleOptions,
  type ImageFiles,
  type OutputForm,
} from './bundle.ts';
export {
  adoptGroups,
  clonesOf,
  findingsOf,
  foldersOf,
  formatUpdatedDatabase,
  planGroups,
  refuseDonorTwice,
  runPlanOf,
  updateDatabase,
  withUuids,
  type CloneGroup,
  type RunPlan,
} from './groups.ts';
export { clockAt, type RunClock } from './run-clock.ts';
export { plainStem } from './file-names.ts';
export { portableSha256, type Sha256 } from './sha256.ts';
export { DISCLAIMER, flashCommands } from './readme-text.ts';
