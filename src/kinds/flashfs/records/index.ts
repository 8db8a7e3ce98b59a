/**
 * What the payloads of entries mean: every record of every release as a declared layout with its handles.
 *
 * Below lie the layouts' bytes; above lie the releases, which pick their rows, and the boot, which puts the values together.
 */
export * from './access.ts';
export * from './caches.ts';
export * from './core-options.ts';
export * from './device-state.ts';
export * from './models.ts';
export * from './net-state.ts';
export { decodeEntry, findRow, KEY_SIZE, NO_HANDLE, type EntryRow, type EntryRows } from './row.ts';
