/**
 * The service worker: holds one version of the page, whole, and answers for it where there is no network.
 *
 * It fetches the files of that version from its own server, each against the SHA-256 that the build found, so that what it holds
 * is what was built, and never half of one version and half of another. What a browser has thrown away or damaged since is fetched
 * again as it was built, or the whole page is the host's, or a few words say what to do. All other requests go their way as if it
 * were not there. It sends nothing, and what a person gives to the page never comes here. The page's policy does not reach it, so these
 * few lines are all that may fetch.
 */
import { cachesOf, type Answers, type OfflineQuestion } from './messages.ts';
import { scope, type Fetching } from './scope.ts';

/** Put in by the build (`scripts/service-worker.ts`): path to `sha256-…` of each file; the page itself has the empty path. */
declare const __FILES__: Readonly<Record<string, string>>;
/** Those of the files without which the page says nothing at all: itself, and what it asks for at once. */
declare const __FIRST__: readonly string[];
/** One for each list of files. */
declare const __BUILD__: string;

const files = __FILES__;
const base = scope.registration.scope;
const ours = cachesOf(base);
const held = ours + __BUILD__;

scope.addEventListener('install', (event) => event.waitUntil(fetchAll()));
scope.addEventListener('activate', (event) => event.waitUntil(forgetOthers()));

async function fetchAll(): Promise<void> {
  const wasThere = await caches.has(held);
  const cache = await caches.open(held);
  try {
    await cache.addAll(Object.keys(files).map(asBuilt));
  } catch (error) {
    if (!wasThere) await caches.delete(held); // where there is no room, a part only takes more of it
    throw error;
  }
}

const urlOf = (file: string): string => new URL(file, base).href;
/** A request that fails where the host has other bytes. */
const asBuilt = (file: string): Request =>
  new Request(urlOf(file), { integrity: files[file]!, cache: 'no-cache' });

/** No page of an earlier version is open now: the browser waits for that, and so does the answer to `takeOver`. */
async function forgetOthers(): Promise<void> {
  const past = (await caches.keys()).filter((name) => name.startsWith(ours) && name !== held);
  await Promise.all(past.map((name) => caches.delete(name)));
  await scope.clients.claim(); // the page of the first visit is offline from here on, without a reload
}

/** Pages that are the host's, and their workers. */
const givenUp = new Set<string>();

scope.addEventListener('fetch', (event) => {
  const { clientId, resultingClientId } = event;
  const { method, url } = event.request;
  const file = fileAt(url);
  if (method !== 'GET' || file === undefined) return;
  if (clientId !== '' && givenUp.has(clientId)) givenUp.add(resultingClientId);
  else event.respondWith(file === '' ? page(event) : answer(file));
});

/** Which of the files is meant; `undefined` for all that is not ours. */
function fileAt(url: string): string | undefined {
  const { origin, pathname } = new URL(url);
  if (!(origin + pathname).startsWith(base)) return undefined;
  const path = (origin + pathname).slice(base.length).replace(/^index\.html$/, '');
  return Object.hasOwn(files, path) ? path : undefined;
}

/** A browser throws files away when its disk is full. What the host does not have as it was built is not answered. */
const answer = async (file: string): Promise<Response> => (await heldFile(file)) ?? fetchAgain(file);

/** The page, where all of its files are here or can be had again: begun without them it would stop in the middle. */
async function page({ request, resultingClientId }: Fetching): Promise<Response> {
  try {
    await Promise.all((await lacking()).map(fetchAgain));
    return await answer('');
  } catch {
    const fromHost = await fetch(request.url, { cache: 'no-cache' }).catch(() => null);
    if (!fromHost?.ok) return new Response(WORDS, { status: 503, headers: { 'Content-Type': 'text/html' } });
    givenUp.add(resultingClientId);
    await scope.registration.unregister();
    return fromHost;
  }
}

const WORDS = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Meshpress</title><h1>Meshpress is not whole</h1><p>This browser has thrown away or damaged a part of the page, and its server
cannot be reached for it. Open the page again once it can. Runs, journals and projects that this browser keeps are not touched.</p>`;

/** Files that are not here. Of the first ones the bytes are looked at, of the others when they are asked for. */
async function lacking(): Promise<readonly string[]> {
  const there = new Set((await (await caches.open(held)).keys()).map(({ url }) => url));
  const first = await Promise.all(__FIRST__.map(async (file) => ((await heldFile(file)) ? [] : [file])));
  return [...new Set([...first.flat(), ...Object.keys(files).filter((file) => !there.has(urlOf(file)))])];
}

/** A file as it was built; one with other bytes is as good as none. */
async function heldFile(file: string): Promise<Response | undefined> {
  const cache = await caches.open(held);
  const found = await cache.match(urlOf(file), { ignoreVary: true });
  if (!found) return undefined;
  const bytes = await found.clone().arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return files[file] === `sha256-${btoa(String.fromCharCode(...digest))}` ? found : undefined;
}

async function fetchAgain(file: string): Promise<Response> {
  const response = await fetch(asBuilt(file));
  const copy = response.clone();
  const kept = caches.open(held).then((cache) => cache.put(urlOf(file), copy));
  await kept.catch(() => undefined); // no room: at the next visit again
  return response;
}

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
