/**
 * What a service worker has in its global scope, as far as ours needs it: TypeScript's library of workers declares it, but that
 * cannot be loaded beside the library of pages.
 */
interface Lasting extends Event {
  /** The browser keeps the worker alive until then. */
  waitUntil(work: Promise<unknown>): void;
}
export interface Fetching extends Lasting {
  readonly request: Request;
  /** Of the page that asks. */
  readonly clientId: string;
  /** Of the page that comes of it, where one does. */
  readonly resultingClientId: string;
  respondWith(answer: Promise<Response>): void;
}
interface Told extends Lasting {
  readonly data: unknown;
  readonly source: Page | null;
  readonly ports: readonly MessagePort[];
}
interface Page {
  readonly id: string;
  readonly url: string;
}

interface ServiceWorkerScope {
  readonly registration: ServiceWorkerRegistration;
  readonly clients: {
    claim(): Promise<void>;
    matchAll(which: { type: 'window'; includeUncontrolled: boolean }): Promise<readonly Page[]>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(kind: 'install' | 'activate', listener: (event: Lasting) => void): void;
  addEventListener(kind: 'fetch', listener: (event: Fetching) => void): void;
  addEventListener(kind: 'message', listener: (event: Told) => void): void;
}

export const scope = globalThis as unknown as ServiceWorkerScope;
