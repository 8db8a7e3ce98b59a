/**
 * Nothing leaves: a worker from the page's own origin does not inherit the `connect-src 'none'` of the page's `<meta>`
 * policy, so its ways out are taken away before anything else runs. Import this first.
 */
const WAYS_OUT = [
  'fetch',
  'XMLHttpRequest',
  'WebSocket',
  'WebSocketStream',
  'WebTransport',
  'EventSource',
  'BroadcastChannel',
  'importScripts',
  'Worker',
] as const;

const scope = globalThis as unknown as Record<string, unknown>;
for (const way of WAYS_OUT) {
  Object.defineProperty(scope, way, { value: undefined, writable: false, configurable: false });
}
export {};
