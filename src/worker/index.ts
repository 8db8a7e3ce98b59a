/** The session in a Web Worker: the list of calls, and the client the page talks to. */
export { ENGINE_SCRIPT, startEngine, type StartedEngine } from './client.ts';
export type { CallOptions, Calls, Engine, PressResult, PressToFileRequest } from './calls.ts';
export type * from '../session/index.ts';
