/** The mesh database: read it, check it, find addresses, add clones; what we do not know goes back untouched. */
export {
  MAX_FILE_BYTES,
  MeshDatabase,
  formatDatabase,
  parseDatabase,
  type DatabaseDialect,
  type DatabaseFormat,
} from './database.ts';
export { uuidDigits } from './values.ts';
export { NodeRecord } from './node-record.ts';
export type {
  AddressRange,
  AppKeyRecord,
  CompositionRecord,
  ElementRecord,
  ExclusionRecord,
  GroupRecord,
  ModelRecord,
  NetKeyRecord,
  ProvisionerRecord,
  PublicationRecord,
  SceneRecord,
} from './records.ts';
export {
  AddressMap,
  ownerText,
  usedAddresses,
  type AddressOptions,
  type AddressOwner,
  type AddressSpan,
} from './addresses.ts';
export { radioAccessOf, type RadioAccess } from './radio-access.ts';
export { allocate, type Allocation, type AllocationPolicy, type AllocationRequest } from './allocate.ts';
export { addClones, formatWithClones, type AddClonesOptions, type CloneIdentity } from './add-clones.ts';
export { cloneName, newDeviceKeys, newUuids, parseUuid, type RandomBytes } from './identity.ts';
export { formatNodeList } from './node-list.ts';
export { checkDatabase, type CheckOptions } from './check.ts';
export type { DatabaseFinding } from './findings.ts';
export { formatNodeValues, nodeValuesTemplate, parseNodeValues, type NodeValues } from './node-values.ts';
export { bluezImport, pyaciSetup } from './provisioner-output.ts';
export { mergeDatabases, notesOnShares, splitRange, type Merge } from './shares.ts';
export type { Stamp } from './style.ts';
export { convertDatabase, type Conversion, type DatabaseForm } from './convert.ts';
export { databaseOf } from './from-network.ts';
export { cloneNotes } from './clone-notes.ts';
export { renewSharedUuids, setUuids } from './repair.ts';
export type { KnownAppKey, KnownModel, KnownNetKey, KnownNode, KnownPublication } from './known-node.ts';
export { completeNode, isComplete, missingParts, type MissingParts } from './complete-node.ts';
export { databaseFromNode, type FromNode, type FromNodeWishes } from './from-node.ts';
export { removeNodes, type Removal } from './remove-nodes.ts';
export { rangeOf, runOf } from './ranges.ts';
export { reserveAddresses, type Reservation } from './reserve.ts';
export { addProvisioner, type AddedProvisioner, type NewProvisioner } from './add-provisioner.ts';
export { exportPart } from './partial-export.ts';
export { findNode } from './find-node.ts';
export { sharedUuids, staleOf, type SharedUuid } from './shared-uuids.ts';
export { newNetwork, type NewNetworkOptions } from './new-network.ts';
export { addProvisionedNode, recordNodeChange, type NewNode, type NodeChange } from './provisioned-nodes.ts';
