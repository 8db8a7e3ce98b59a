/** The nRF5 SDK for Mesh's flash file system: what its dumps hold, and clones of them. */
export { flashManagerKind, type FlashManagerReading } from './flash-manager-kind.ts';
export type { FirmwareState } from './boot.ts';
