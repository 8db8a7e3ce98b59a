/** What of a browser the page's state needs beside a DOM: locks, a database that forgets with the test, and a save picker. */
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { vi } from 'vitest';

type Work = (lock: { readonly name: string } | null) => unknown;

/** Web Locks, exclusive ones alone: first come, first served. */
class Locks {
  readonly #queues = new Map<string, Promise<unknown>>();
  readonly #held = new Set<string>();

  async request(
    name: string,
    ...rest: [Work] | [{ readonly ifAvailable?: boolean }, Work]
  ): Promise<unknown> {
    const work = rest.at(-1) as Work;
    const { ifAvailable = false } = rest.length === 2 ? (rest[0] as { ifAvailable?: boolean }) : {};
    if (ifAvailable && this.#held.has(name)) return work(null);
    const before = this.#queues.get(name);
    const mine = (async () => {
      await before;
      this.#held.add(name);
      try {
        return await work({ name });
      } finally {
        this.#held.delete(name);
      }
    })();
    if (ifAvailable && !before) this.#held.add(name);
    this.#queues.set(
      name,
      mine.catch(() => undefined),
    );
    return mine;
  }

  async query() {
    return { held: [...this.#held].map((name) => ({ name })) };
  }
}

export interface FreshBrowser {
  /** Texts of the files that were saved, by name. */
  readonly saved: ReadonlyMap<string, string>;
  /** No tab holds a lock any more. What was kept stays. */
  closeTabs(): void;
}

/** A browser in which nobody was before. Modules that hold a connection are to be loaded anew: `vi.resetModules()`. */
export function freshBrowser(): FreshBrowser {
  const saved = new Map<string, string>();
  const closeTabs = () => vi.stubGlobal('navigator', { locks: new Locks(), userAgent: 'test (Linux)' });
  closeTabs();
  vi.stubGlobal('indexedDB', new IDBFactory());
  vi.stubGlobal('IDBKeyRange', IDBKeyRange);
  vi.stubGlobal('window', {
    showSaveFilePicker: async ({ suggestedName }: { readonly suggestedName: string }) => ({
      name: suggestedName,
      createWritable: async () => {
        const parts: Uint8Array[] = [];
        return new WritableStream<Uint8Array>({
          write: (part) => void parts.push(part),
          close: () => void saved.set(suggestedName, Buffer.concat(parts).toString()),
        });
      },
    }),
  });
  return { saved, closeTabs };
}
