/** Files as the command line reads and replaces them: whole or not at all, one run at a time, and never without a way back. */
export { readFile } from './read-file.ts';
export { FileRun, inRun, withLocks, type PartSink, type RunDatabases } from './file-run.ts';
export type { RunWorld } from './run-world.ts';
export { diskOperations, type FileOperations } from './operations.ts';
export { basePath, numberedPath, placeToReplace } from './paths.ts';
export { discardRun, outstanding } from './record.ts';
export { finishRun, tidyLeftovers, type UnfinishedRun } from './recovery.ts';
