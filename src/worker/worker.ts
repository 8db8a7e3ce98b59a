/** The worker: messages in, one call after another, answers out. */
import './lock-down.ts';
import { reportOf } from '../errors.ts';
import { clockAt } from '../clone/index.ts';
import { testedSource } from '../random/index.ts';
import { Session, type CallContext, type Progress } from '../session/index.ts';
import type { Calls, PressToFileRequest } from './calls.ts';
import { fastSha256 } from './fast-sha256.ts';
import type { CallMessage, FromWorker, ToWorker } from './messages.ts';
import { webDeflater } from './web-deflater.ts';
import { webEntryCrypto } from './web-entry-crypto.ts';
import { sinkFor } from './zip-sink.ts';

const session = new Session({
  clock: () => clockAt(new Date()),
  randomBytes: testedSource((count) => crypto.getRandomValues(new Uint8Array(count))),
  sha256: fastSha256,
  deflater: webDeflater,
  entryCrypto: webEntryCrypto(crypto.subtle as SubtleCrypto | undefined),
  version: __VERSION__,
  commit: __COMMIT__,
});

const calls = {
  project: session.project,
  plan: {
    ...session.plan,
    press: async ({ saveTo, ...request }: PressToFileRequest, context: CallContext) => {
      const sink = await sinkFor(saveTo);
      try {
        const bundle = await session.plan.press({ ...request, sink }, context);
        const zip = await sink.finish();
        return { ...bundle, ...(saveTo && { fileName: saveTo.name }), ...(zip && { zip }) };
      } catch (error) {
        await sink.discard();
        throw error;
      }
    },
  },
  tools: session.tools,
  bytes: session.bytes,
} satisfies { readonly [Group in keyof Calls]: unknown };

const running = new Map<number, AbortController>();
const send = (message: FromWorker) => postMessage(message);

const toSelf = new MessageChannel();
toSelf.port1.start();
/** Let waiting messages in: a cancel is one. Not by a timer, since browsers stretch a chain of those to 4 ms each. */
const breathe = () =>
  new Promise<void>((resolve) => {
    toSelf.port1.addEventListener('message', () => resolve(), { once: true });
    toSelf.port2.postMessage(null);
  });
/** Progress is worth a message this often, and a breath. */
const PROGRESS_MS = 40;

addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  if ('cancel' in data) running.get(data.cancel)?.abort();
  else void answer(data);
});

/** Held until the worker ends, however it does: the page that waits for it hears of that. */
if (navigator.locks) {
  // no two workers began at one moment; if they did, one would hold it after the other
  const holds = `meshpress-engine-${performance.timeOrigin}-${performance.now()}`;
  void navigator.locks.request(holds, () => {
    send({ holds });
    return new Promise(() => {});
  });
}

type AnyCall = (request: unknown, context: CallContext) => unknown;

async function answer({ id, group, name, request }: CallMessage): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  let told = 0;
  const context = {
    signal: controller.signal,
    progress: async (progress: Progress) => {
      const now = performance.now();
      if (now - told < PROGRESS_MS && progress.done < progress.total) return;
      told = now;
      send({ id, progress });
      await breathe();
      controller.signal.throwIfAborted();
    },
  };
  try {
    // The types of a request and its answer were checked where the call was made.
    const call = (calls as unknown as Record<string, Record<string, AnyCall>>)[group]![name]!;
    send({ id, result: await call(request, context) });
  } catch (error) {
    send(controller.signal.aborted ? { id, aborted: true } : { id, error: reportOf(error) });
  } finally {
    running.delete(id);
  }
}
