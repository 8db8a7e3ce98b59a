/** The page's end of the worker. */
import { errorFrom } from '../errors.ts';
import type { Progress } from '../session/index.ts';
import type { CallOptions, Engine } from './calls.ts';
import { engineGone } from './errors.ts';
import type { FromWorker, ToWorker } from './messages.ts';

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

export interface StartedEngine {
  readonly engine: Engine;
  /** A worker that knows of no files in the place of the one that has stopped. */
  readonly restart: () => void;
}

/** Where the worker's script lies. */
export { default as ENGINE_SCRIPT } from './worker.ts?worker&url';

/**
 * Start the worker. It lives as long as the page, but for errors that nobody foresaw, want of memory, and people with developer tools.
 *
 * @param script  `ENGINE_SCRIPT`, as the page's policy lets it pass
 * @param onGone  told when it has stopped. Whatever waited for it was refused by then (`worker/engine-gone`), and whatever is asked
 *                until `restart` is refused too
 */
export function startEngine(
  script: string,
  onGone: (error: ReturnType<typeof engineGone>) => void,
): StartedEngine {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let worker: Worker | null = null;

  const received = ({ data }: MessageEvent<FromWorker>) => {
    if ('holds' in data) return;
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
  };

  const restart = () => {
    worker?.terminate();
    const started = (worker = new Worker(script, {
      type: 'module',
      name: 'engine',
    }));
    const stopped = (cause?: unknown) => {
      if (worker !== started) return;
      worker = null;
      started.terminate();
      const error = engineGone(cause);
      for (const call of waiting.values()) call.reject(error);
      waiting.clear();
      onGone(error);
    };
    started.addEventListener('message', (event: MessageEvent<FromWorker>) => {
      // nothing tells of a worker that just ends, but for what it held
      if ('holds' in event.data) void navigator.locks.request(event.data.holds, () => stopped());
      else if (worker === started) received(event);
    });
    started.addEventListener('error', (event) => stopped(new Error(event.message || 'It did not start.')));
    started.addEventListener('messageerror', () => stopped(new Error('Its answer could not be read.')));
  };
  restart();

  const call = (
    group: string,
    name: string,
    request: unknown,
    options: CallOptions = {},
  ): Promise<unknown> => {
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      options.signal?.throwIfAborted();
      const asked = worker;
      if (!asked) throw engineGone();
      // answered here at once: the worker comes to it when it next breathes
      options.signal?.addEventListener('abort', () => {
        if (worker === asked) send(asked, { cancel: id });
        waiting.delete(id);
        reject(cancelled());
      });
      waiting.set(id, { resolve, reject, onProgress: options.onProgress });
      send(asked, { id, group, name, request });
    });
  };
  const members = <Member>(memberOf: (name: string) => Member) =>
    new Proxy({} as Record<string, Member>, { get: (_, name) => memberOf(String(name)) });
  const engine = members((group) =>
    members((name) => (request: unknown, options?: CallOptions) => call(group, name, request, options)),
  ) as unknown as Engine;
  return { engine, restart };
}

const send = (worker: Worker, message: ToWorker) => worker.postMessage(message);

const cancelled = () => new DOMException('Cancelled', 'AbortError');
