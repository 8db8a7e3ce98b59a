/**
 * What the page's policy does not reach is taken away before anything else runs: peer connections, which no directive forbids in the
 * browsers of today, and windows and navigations to elsewhere. docs/security.md says what that holds and what it does not.
 */
const WAYS_OUT = ['RTCPeerConnection', 'webkitRTCPeerConnection', 'RTCIceTransport', 'open'] as const;

interface NavigateEvent extends Event {
  readonly destination: { readonly url: string };
}

for (const way of WAYS_OUT)
  Object.defineProperty(globalThis, way, { value: undefined, writable: false, configurable: false });

const { navigation } = globalThis as { navigation?: EventTarget };
navigation?.addEventListener('navigate', (event) => {
  const { url } = (event as NavigateEvent).destination;
  // downloads are blobs of this origin; steps of the page are its fragments
  if (new URL(url).origin !== location.origin) event.preventDefault();
});
export {};
