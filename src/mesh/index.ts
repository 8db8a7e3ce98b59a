/** The values of Bluetooth mesh that every room speaks in. */
export {
  elementsOf,
  formatRun,
  HIGHEST_UNICAST,
  isInRun,
  isUnicast,
  isUnicastRun,
  lastOf,
  lastUnicast,
  LOWEST_UNICAST,
  parseRuns,
  type HasElements,
  type UnicastRun,
} from './unicast-run.ts';
export type { KeptNetwork } from './kept-network.ts';
export { isClear, type Identity, type StoredKey } from './identity.ts';
export { virtualAddressOf } from './virtual-address.ts';
export { importKeyPair, webKeyAgreement, type KeyAgreement, type KeyPair } from './key-agreement.ts';
export type { OwnAddressRecord, OwnAddressStore } from './own-address.ts';
export type {
  AskOptions,
  Exchange,
  Heard,
  MeshBearer,
  NodeAccess,
  NodeChannel,
  OobChoice,
  ProvisionedDevice,
  ProvisioningBearer,
  ProvisioningCapabilities,
  ProvisioningData,
  ProvisioningSteps,
  UnprovisionedBeacon,
} from './bearer.ts';
export { GENERIC_ON_OFF_SERVER, genericOnOff, type Composition, type ModelId } from './access/index.ts';
