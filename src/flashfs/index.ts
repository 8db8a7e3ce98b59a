/** The nRF5 SDK for Mesh's flash file system: what its dumps hold, and clones of them. */
export { flashManagerKind } from './flash-manager-kind.ts';
