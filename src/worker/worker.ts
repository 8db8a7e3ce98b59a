/** The worker: messages in, one call after another, answers out. */
import './lock-down.ts';
import { reportOf } from '../errors.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import { EngineState } from './engine.ts';

const engine = new EngineState();
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

async function answer({ id, call, args }: Extract<ToWorker, { call: unknown }>): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  let told = 0;
  const context = {
    signal: controller.signal,
    progress: async (progress: Extract<FromWorker, { progress: unknown }>['progress']) => {
      const now = performance.now();
      if (now - told < PROGRESS_MS && progress.done < progress.total) return;
      told = now;
      send({ id, progress });
      await breathe();
      controller.signal.throwIfAborted();
    },
  };
  try {
    // The types of a call's arguments and answer were checked where it was made.
    const answerOf = engine[call] as (...all: unknown[]) => unknown;
    send({ id, result: await answerOf.call(engine, context, ...args) });
  } catch (error) {
    send(controller.signal.aborted ? { id, aborted: true } : { id, error: reportOf(error) });
  } finally {
    running.delete(id);
  }
}
