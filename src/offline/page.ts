/** The page's end of the service worker. */
import { cachesOf, type Answers, type OfflineQuestion } from './messages.ts';

/** Another version of the page, whole in this browser and waiting. */
export interface NewVersion {
  /** `0.2.0` */
  readonly version: string;
  /**
   * Let it take over and load the page anew. It does so only where no other page of Meshpress is open: one of them may be
   * at work, and all would be left without the rest of their version.
   *
   * @returns how many others are open
   */
  readonly takeOver: () => Promise<number>;
}

/** Where the service worker's script lies, beside the page. */
export const SERVICE_WORKER_SCRIPT = './sw.js';

/**
 * Have this browser keep the page for offline use.
 *
 * @param script        `SERVICE_WORKER_SCRIPT`, as the page's policy lets it pass
 * @param onNewVersion  told when another version is ready, and `null` when it no longer waits
 * @returns             once the page would open without its server
 * @throws              where the browser keeps nothing (no secure origin, private window), not all files came, or the host has
 *                      given the page up
 */
export async function keepOffline(
  script: string,
  onNewVersion: (waiting: NewVersion | null) => void,
): Promise<void> {
  const registration = await navigator.serviceWorker.register(script);
  let latest: ServiceWorker | null = null;
  const offer = async (worker: ServiceWorker) => {
    latest = worker;
    worker.addEventListener('statechange', () => {
      if (latest === worker) onNewVersion(null);
    });
    const version = await ask(worker, 'version');
    if (latest === worker && worker.state === 'installed')
      onNewVersion({ version, takeOver: () => takeOver(worker) });
  };

  const watch = (worker: ServiceWorker) =>
    worker.addEventListener('statechange', () => {
      if (worker.state === 'installed' && registration.active) void offer(worker);
    });
  if (registration.waiting) void offer(registration.waiting);
  if (registration.installing) watch(registration.installing);
  registration.addEventListener('updatefound', () => watch(registration.installing!));
  if (!registration.active) await activated((registration.installing ?? registration.waiting)!);
  else if (!(await ask(registration.active, 'isServed'))) {
    // at the next visit the host's pages are its own again: on `localhost`, those of the next project on the same port
    await registration.unregister();
    throw new Error('This host has no Meshpress any more.');
  }
}

/** The page is not kept any more: it needs its server the next time. */
export async function forgetOffline(): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration('./');
  await registration?.unregister();
  if (!globalThis.caches) return; // no secure origin
  const ours = cachesOf(new URL('./', location.href).href);
  const names = (await caches.keys()).filter((name) => name.startsWith(ours));
  await Promise.all(names.map((name) => caches.delete(name)));
}

async function takeOver(worker: ServiceWorker): Promise<number> {
  const reload = () => location.reload();
  navigator.serviceWorker.addEventListener('controllerchange', reload, { once: true });
  const others = await ask(worker, 'takeOver');
  if (others > 0) navigator.serviceWorker.removeEventListener('controllerchange', reload);
  return others;
}

const activated = (worker: ServiceWorker): Promise<void> =>
  new Promise((resolve, reject) => {
    const look = () => {
      if (worker.state === 'activated') resolve();
      if (worker.state === 'redundant') reject(new Error('Not all files of the page could be kept.'));
    };
    worker.addEventListener('statechange', look);
    look();
  });

const ask = <Name extends OfflineQuestion>(worker: ServiceWorker, question: Name): Promise<Answers[Name]> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }: MessageEvent<Answers[Name]>) => resolve(data);
    worker.postMessage(question, [port2]);
  });
