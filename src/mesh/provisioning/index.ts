/** How a node joins a network, whatever carries the PDUs. */
export {
  INPUT_ACTIONS,
  NRF5_EXAMPLE_STATIC_OOB,
  OUTPUT_ACTIONS,
  oobOfferOf,
  parseOobInput,
  staticAuthValue,
  typedAuthValue,
  noAuthValue,
  drawOobInput,
  type Authentication,
  type InputAction,
  type OobInput,
  type OobOffer,
  type OutputAction,
} from './oob.ts';
export * as provisioningPdus from './pdus.ts';
export type { FailureCode, OobMethod, ProvisioningAlgorithm } from './pdus.ts';
export {
  provision,
  PROVISIONING_TIMEOUT_MS,
  type Membership,
  type NodeOffer,
  type ProvisionedNode,
  type Provisioner,
  type ProvisioningLink,
} from './provisioner.ts';
export {
  confirmationKeys,
  confirmationOf,
  openProvisioningData,
  sealProvisioningData,
  sessionKeys,
} from './session.ts';
