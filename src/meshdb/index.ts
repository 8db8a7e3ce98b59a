/** The mesh database: read it, check it, find addresses, add clones; what we do not know goes back untouched. */
export {
  MAX_FILE_BYTES,
  MeshDatabase,
  NodeRecord,
  formatDatabase,
  parseDatabase,
  uuidDigits,
  type AddressRange,
  type AppKeyRecord,
  type CompositionRecord,
  type DatabaseDialect,
  type DatabaseFormat,
  type ElementRecord,
  type ExclusionRecord,
  type GroupRecord,
  type ModelRecord,
  type NetKeyRecord,
  type ProvisionerRecord,
  type PublicationRecord,
  type SceneRecord,
} from './database.ts';
export {
  AddressMap,
  allocate,
  defaultPolicyOf,
  ownerText,
  spareAddresses,
  usedAddresses,
  type AddressOptions,
  type AddressOwner,
  type AddressSpan,
  type Allocation,
  type AllocationPolicy,
  type AllocationRequest,
} from './addresses.ts';
export { addClones, formatWithClones, type AddClonesOptions, type CloneIdentity } from './add-clones.ts';
export {
  cloneName,
  newDeviceKeys,
  newUuids,
  parseUuid,
  uuidFromFicr,
  type FicrIdentity,
  type RandomBytes,
} from './identity.ts';
export { formatNodeList } from './node-list.ts';
export { checkDatabase, type CheckOptions } from './check.ts';
export type { DatabaseFinding } from './findings.ts';
export { formatNodeValues, nodeValuesTemplate, parseNodeValues, type NodeValues } from './node-values.ts';
export { bluezImport, pyaciSetup } from './provisioner-output.ts';
export { mergeDatabases, splitRange, type Merge } from './stations.ts';
export type { Stamp } from './style.ts';
export { convertDatabase, type Conversion } from './convert.ts';
export { cloneNotes } from './clone-notes.ts';
export { renewSharedUuids, setUuids } from './repair.ts';
export { newNetwork, type NewNetworkOptions } from './new-network.ts';
export {
  addProvisionedNode,
  recordNodeChange,
  removeNode,
  type NewNode,
  type NodeChange,
} from './provisioned-nodes.ts';
