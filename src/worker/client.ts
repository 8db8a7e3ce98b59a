/** The page's end of the worker. */
import { errorFrom } from '../errors.ts';
import type { Progress } from '../session/index.ts';
import type { CallOptions, Engine } from './calls.ts';
import type { FromWorker, ToWorker } from './messages.ts';

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

/** Where the worker's script lies. */
export { default as ENGINE_SCRIPT } from './worker.ts?worker&url';

/**
 * Start the worker. It lives as long as the page.
 *
 * @param script  `ENGINE_SCRIPT`, as the page's policy lets it pass
 */
export function startEngine(script: string): Engine {
  const worker = new Worker(script, { type: 'module', name: 'engine' });
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  const send = (message: ToWorker) => worker.postMessage(message);

  worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
    const call = waiting.get(data.id);
    if (!call) return;
    if ('progress' in data) {
      call.onProgress?.(data.progress);
      return;
    }
    waiting.delete(data.id);
    if ('result' in data) call.resolve(data.result);
    else if ('error' in data) call.reject(errorFrom(data.error));
    else call.reject(cancelled());
  });
  worker.addEventListener('error', (event) => {
    for (const call of waiting.values())
      call.reject(new Error(event.message || 'The engine could not be started.'));
    waiting.clear();
  });

  const call = (
    group: string,
    name: string,
    request: unknown,
    options: CallOptions = {},
  ): Promise<unknown> => {
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      options.signal?.throwIfAborted();
      // answered here at once: the worker comes to it when it next breathes
      options.signal?.addEventListener('abort', () => {
        send({ cancel: id });
        waiting.delete(id);
        reject(cancelled());
      });
      waiting.set(id, { resolve, reject, onProgress: options.onProgress });
      send({ id, group, name, request });
    });
  };
  const members = <Member>(memberOf: (name: string) => Member) =>
    new Proxy({} as Record<string, Member>, { get: (_, name) => memberOf(String(name)) });
  return members((group) =>
    members((name) => (request: unknown, options?: CallOptions) => call(group, name, request, options)),
  ) as unknown as Engine;
}

const cancelled = () => new DOMException('Cancelled', 'AbortError');
