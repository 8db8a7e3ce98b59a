/** The engine in a Web Worker: the list of calls, and the client the page talks to. */
export { startEngine } from './client.ts';
export type * from './calls.ts';
