/**
 * IndexedDB as one tab sees it, struck at one of its writes. A write is a transaction that may change something: it is done whole or
 * not at all, so before it and after it are all the moments there are.
 */

/** `dies`: the tab is gone, before the write is durable or right after. `full`: there is no room. `lost`: the connection breaks. */
export type StorageFault = 'dies-before' | 'dies-after' | 'full' | 'full-from-here' | 'lost';

export class FaultyStorage {
  /** Begun so far. */
  writes = 0;
  /** What each was about: `run`, `usb run`. */
  readonly about: string[] = [];
  isDead = false;
  /** Every write fails for want of room until this is false. */
  isFull = false;
  readonly #connections: IDBDatabase[] = [];

  /**
   * @param at      which write is struck, from 1
   * @param onDeath told at once when the tab dies
   */
  constructor(
    readonly factory: IDBFactory,
    readonly at = 0,
    readonly fault: StorageFault = 'dies-before',
    readonly onDeath: () => void = () => {},
  ) {}

  get isStruck(): boolean {
    return this.at > 0 && this.writes >= this.at;
  }

  /** To stand for `indexedDB` in the tab. */
  get indexedDB(): IDBFactory {
    const open: IDBFactory['open'] = (name, version) => {
      if (this.isDead) throw new Error('The tab is gone');
      const request = this.factory.open(name, version);
      request.addEventListener('success', () => this.#watch(request.result));
      return request;
    };
    return new Proxy(this.factory, {
      get: (factory, name) => {
        if (name === 'open') return open;
        const value = Reflect.get(factory, name) as unknown;
        return typeof value === 'function' ? (value.bind(factory) as unknown) : value;
      },
    });
  }

  /** Whatever the tab still wants never happens. */
  die(): void {
    if (this.isDead) return;
    this.isDead = true;
    for (const connection of this.#connections) connection.close();
    this.onDeath();
  }

  #watch(connection: IDBDatabase): void {
    this.#connections.push(connection);
    const transaction = connection.transaction.bind(connection);
    connection.transaction = (stores, mode, options) => {
      if (this.isDead) throw new Error('The tab is gone');
      if (mode !== 'readwrite') return transaction(stores, mode, options);
      this.about.push([stores].flat().join(' '));
      const strikes = ++this.writes === this.at;
      if (strikes && this.fault === 'dies-before') {
        this.die();
        throw new Error('The tab is gone');
      }
      if (strikes && this.fault === 'lost') connection.close();
      const begun = transaction(stores, mode, options);
      if (strikes && this.fault === 'dies-after') begun.addEventListener('complete', () => this.die());
      if (strikes && this.fault === 'full-from-here') this.isFull = true;
      if (this.isFull || (strikes && this.fault === 'full')) noRoomFor(begun);
      return begun;
    };
  }
}

/** As a browser does it: a change is taken, and then all of its transaction undone. */
function noRoomFor(transaction: IDBTransaction): void {
  const objectStore = transaction.objectStore.bind(transaction);
  const refuse = () => {
    const error = new DOMException('The quota is used up.', 'QuotaExceededError');
    Object.defineProperty(transaction, 'error', { value: error });
    transaction.abort();
  };
  transaction.objectStore = (name) => {
    const store = objectStore(name);
    for (const change of ['add', 'put', 'clear', 'delete'] as const) {
      const real = store[change].bind(store) as (...given: unknown[]) => IDBRequest;
      Object.assign(store, {
        [change]: (...given: unknown[]) => {
          const request = real(...given);
          request.addEventListener('success', () => !transaction.error && refuse());
          return request;
        },
      });
    }
    return store;
  };
}
