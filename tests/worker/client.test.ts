/** The page's end of a worker that ends in the middle of its work. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startEngine } from '../../src/worker/client.ts';

class FakeWorker extends EventTarget {
  static readonly started: FakeWorker[] = [];
  readonly got: { readonly id: number }[] = [];
  isTerminated = false;

  constructor() {
    super();
    FakeWorker.started.push(this);
  }
  postMessage(message: { readonly id: number }) {
    this.got.push(message);
  }
  terminate() {
    this.isTerminated = true;
  }
  say(data: unknown) {
    this.dispatchEvent(new MessageEvent('message', { data }));
  }
}

/** Ends what holds a lock of this name. */
const holders = new Map<string, () => void>();

beforeEach(() => {
  FakeWorker.started.length = 0;
  vi.stubGlobal('Worker', FakeWorker);
  vi.stubGlobal('navigator', {
    locks: {
      request: (name: string, then: () => unknown) =>
        new Promise<void>((resolve) => holders.set(name, resolve)).then(then),
    },
  });
});
afterEach(() => void vi.unstubAllGlobals());

const worker = () => FakeWorker.started.at(-1)!;
const ENDS: readonly (readonly [how: string, end: () => void])[] = [
  ['throws what nobody catches', () => worker().dispatchEvent(new Event('error'))],
  ['says what cannot be read', () => worker().dispatchEvent(new Event('messageerror'))],
  [
    'just ends, for want of memory or by a person',
    () => {
      worker().say({ holds: 'it lives' });
      holders.get('it lives')!();
    },
  ],
];

describe.each(ENDS)('a worker that %s', (_, end) => {
  test('refuses all that waits, once, and whatever is asked until there is another', async () => {
    const gone = vi.fn();
    const { engine, restart } = startEngine('worker.js', gone);
    const waiting = [engine.plan.look(), engine.plan.table()];
    end();
    for (const one of waiting) await expect(one).rejects.toMatchObject({ code: 'worker/engine-gone' });
    await expect(engine.plan.look()).rejects.toMatchObject({ code: 'worker/engine-gone' });
    expect(gone).toHaveBeenCalledTimes(1);
    expect(worker().isTerminated).toBe(true);

    restart();
    const asked = engine.plan.look();
    FakeWorker.started[0]!.say({ id: worker().got[0]!.id, result: 'of the one before' }); // heard by nobody
    worker().say({ id: worker().got[0]!.id, result: 'a plan' });
    expect(await asked).toBe('a plan');
    expect(FakeWorker.started).toHaveLength(2);
    expect(gone).toHaveBeenCalledTimes(1);
  });
});

test('a call that is cancelled after its worker ended is not sent to the next', async () => {
  const { engine, restart } = startEngine('worker.js', () => {});
  const controller = new AbortController();
  const asked = engine.plan.look(undefined, { signal: controller.signal });
  worker().dispatchEvent(new Event('error'));
  await expect(asked).rejects.toMatchObject({ code: 'worker/engine-gone' });
  restart();
  controller.abort();
  expect(worker().got).toEqual([]);
});
