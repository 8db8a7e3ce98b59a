/**
 * The service worker: holds one version of the page, whole, and answers for it where there is no network.
 *
 * It fetches the files of that version from its own server, each against the SHA-256 that the build found, so that what it holds
 * is what was built, and never half of one version and half of another. All other requests go their way as if it were not
 * there. It sends nothing, and what a person gives to the page never comes here. The page's policy does not reach it, so these
 * few lines are all that may fetch.
 */
import { cachesOf, type Answers, type OfflineQuestion } from './messages.ts';
import { scope } from './scope.ts';

/** Put in by the build (`scripts/service-worker.ts`): path to `sha256-…` of each file; the page itself has the empty path. */
declare const __FILES__: Readonly<Record<string, string>>;
/** One for each list of files. */
declare const __BUILD__: string;

const files = __FILES__;
const base = scope.registration.scope;
const ours = cachesOf(base);
const held = ours + __BUILD__;

scope.addEventListener('install', (event) => event.waitUntil(fetchAll()));
scope.addEventListener('activate', (event) => event.waitUntil(forgetOthers()));

async function fetchAll(): Promise<void> {
  const cache = await caches.open(held);
  await cache.addAll(
    Object.entries(files).map(
      ([path, integrity]) => new Request(new URL(path, base), { integrity, cache: 'no-cache' }),
    ),
  );
}

/** No page of an earlier version is open now: the browser waits for that, and so does the answer to `takeOver`. */
async function forgetOthers(): Promise<void> {
  const past = (await caches.keys()).filter((name) => name.startsWith(ours) && name !== held);
  await Promise.all(past.map((name) => caches.delete(name)));
  await scope.clients.claim(); // the page of the first visit is offline from here on, without a reload
}

scope.addEventListener('fetch', (event) => {
  const { method, url } = event.request;
  const file = fileAt(url);
  if (method === 'GET' && file !== undefined) event.respondWith(answer(file, event.request));
});

/** Which of the files is meant; `undefined` for all that is not ours. */
function fileAt(url: string): string | undefined {
  const { origin, pathname } = new URL(url);
  if (!(origin + pathname).startsWith(base)) return undefined;
  const path = (origin + pathname).slice(base.length).replace(/^index\.html$/, '');
  return Object.hasOwn(files, path) ? path : undefined;
}

/** From the network only what the browser has thrown away meanwhile, as it may when its disk is full. */
const answer = async (file: string, request: Request): Promise<Response> =>
  (await caches.match(new URL(file, base), { cacheName: held, ignoreVary: true })) ?? fetch(request);

scope.addEventListener('message', (event) => {
  const reply = async () => {
    const question = event.data as OfflineQuestion;
    event.ports[0]?.postMessage(await answers[question](event.source?.id));
  };
  event.waitUntil(reply());
});

const answers: { [Name in OfflineQuestion]: (asking: string | undefined) => Promise<Answers[Name]> } = {
  version: async () => __VERSION__,
  isServed: async () => {
    const soon = AbortSignal.timeout(3000);
    const found = await fetch(location.href, { cache: 'no-store', signal: soon }).catch(() => null);
    const isScript = /(java|ecma)script/.test(found?.headers.get('Content-Type') ?? '');
    return !found || (found.ok ? isScript : found.status !== 404);
  },
  takeOver: async (asking) => {
    const pages = await scope.clients.matchAll({ type: 'window', includeUncontrolled: true });
    const others = pages.filter(({ id, url }) => id !== asking && url.startsWith(base));
    if (others.length === 0) void scope.skipWaiting();
    return others.length;
  },
};
