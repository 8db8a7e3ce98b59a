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
