/**
 * What a host of the page should send with every file: what `<meta>` cannot say, and a policy for workers, which do not inherit the
 * page's. `npm start` sends it; docs/security.md has it for other hosts. The service worker fetches the page's own files, and the engine
 * compiles its SHA-256: the page's own policy allows neither.
 */
export const HEADERS = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types svelte-trusted-html meshpress',
  ].join('; '),
  // Without Bluetooth, which a browser leaves to the page's own origin where it is not named: one that has none of it complains of the name.
  'Permissions-Policy':
    'usb=(self), serial=(self), screen-wake-lock=(self), camera=(), microphone=(), geolocation=()',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};
