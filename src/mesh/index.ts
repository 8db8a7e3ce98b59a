/**
 * The mesh: the values that every room speaks in, its cryptography, its layers from a network PDU up to an encrypted access message,
 * and provisioning. It knows no bearer and no browser; random bytes and time are handed in.
 */
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
  spanOf,
  type HasElements,
  type UnicastRun,
} from './unicast-run.ts';
export { markVersion4, newUuid, withDashes } from './uuid.ts';
export type { KeptNetwork } from './kept-network.ts';
export { isClear, type Identity, type StoredKey } from './identity.ts';
export { virtualAddressOf } from './virtual-address.ts';
export { importKeyPair, webKeyAgreement, type KeyAgreement, type KeyPair } from './key-agreement.ts';
export { unspentAddresses, type OwnAddressRecord, type OwnAddressStore } from './own-address.ts';
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
export { ALL_NODES, isGroup, isVirtual, UNASSIGNED } from './addresses.ts';
export {
  formatPrivateBeacon,
  formatSecureBeacon,
  networkIdOf,
  openBeacon,
  type BeaconState,
} from './beacons.ts';
export { MESH_SERVICES, type MeshServiceName } from './gatt-services.ts';
export { applicationKey, deviceKey, networkKey, type MessageKey, type NetworkKey } from './keys.ts';
export { Mailbox } from './mailbox.ts';
export { openNetworkPdu, sealNetworkPdu, type NetworkPdu, type OpenedNetworkPdu } from './network-pdu.ts';
export {
  openProxyConfiguration,
  sealProxyConfiguration,
  type FilterType,
  type ProxyConfiguration,
} from './proxy-configuration.ts';
export {
  MAX_PROXY_MESSAGE,
  ProxyReassembly,
  splitProxyMessage,
  type ProxyMessage,
  type ProxyMessageType,
  type SarFault,
} from './proxy-pdu.ts';
export * from './provisioning/index.ts';
export {
  formatNetworkId,
  formatNodeIdentity,
  formatUnprovisioned,
  recogniseProxy,
  type ProxyIdentity,
} from './service-data.ts';
export * from './own-node/index.ts';
export * from './transport/index.ts';
export { s1 } from './derivation.ts';
