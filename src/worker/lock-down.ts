/**
 * Nothing leaves: a worker from the page's own origin does not inherit the `connect-src 'none'` of the page's `<meta>`
 * policy, so its ways out are taken away before anything else runs. Import this first.
 *
 * They are taken from the prototypes as well: what hides a name on the scope alone leaves it to anybody who asks
 * `WorkerGlobalScope.prototype`. What is left, `import()`, is syntax: docs/security.md says what holds it.
 */
const WAYS_OUT = [
  'fetch',
  'fetchLater',
  'XMLHttpRequest',
  'WebSocket',
  'WebSocketStream',
  'WebTransport',
  'EventSource',
  'BroadcastChannel',
  'FontFace',
  'FontFaceSet',
  'fonts',
  'Cache',
  'CacheStorage',
  'caches',
  'BackgroundFetchManager',
  'PushManager',
  'Notification',
  'RTCPeerConnection',
  'importScripts',
  'Worker',
  'SharedWorker',
] as const;

for (
  let holder: object | null = globalThis;
  holder;
  holder = Object.getPrototypeOf(holder) as object | null
) {
  for (const way of WAYS_OUT) {
    if (holder !== globalThis && !Object.hasOwn(holder, way)) continue;
    Object.defineProperty(holder, way, { value: undefined, writable: false, configurable: false });
  }
}
export {};
