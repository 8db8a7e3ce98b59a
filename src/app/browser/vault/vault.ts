/**
 * Records with keys in the database of this page: encrypted before they are written, opened after they are read.
 *
 * A transaction of IndexedDB ends where something else is waited for, so cryptography never happens inside of one. What was
 * true when a value was encrypted is asked again in the transaction that writes it: the key is still the one that counts, and what
 * is replaced is what was looked at. Otherwise nothing is written, and it begins anew. So no tab writes under a key that another
 * one has changed, and no record is replaced that could not be opened: it stays until a person forgets it.
 */
import { toHex } from '../../../bytes.ts';
import { reportOf, type ErrorReport } from '../../../errors.ts';
import { keptLocked, keyLost, protectionChanged } from '../../errors.ts';
import { settled, strictly } from '../idb.ts';
import { isSealed, seal, unseal, type NamedKey, type Sealed } from './envelope.ts';
import { KEY, keyOf, newDeviceKey, newPassphraseKey, type KeyRecord } from './keys.ts';
import { isPlace, nameOf, SEALED_STORES, titleOf, type Place } from './places.ts';

/** Where keys lie, beside what is encrypted with them. */
export const KEY_STORE = 'keys';
/** There while records of an earlier version lie in the open. */
export const PLAIN_MARK = 'plain';

/** `none` until the first record with keys is kept: `device` then. */
export type Protection = 'none' | 'device' | 'passphrase';

export interface Entry {
  readonly place: Place;
  readonly value: unknown;
}

/** What else is done in the transaction that writes entries. */
export interface Also {
  readonly stores: readonly string[];
  readonly change: (transaction: IDBTransaction) => void;
}

export interface Unreadable {
  readonly place: Place;
  readonly report: ErrorReport;
}

/** What lies at a place: nothing, something in the open, or the IV of what is encrypted there, which no other has. */
type Mark = string;

interface Found {
  readonly place: Place;
  readonly raw: unknown;
}

export class Vault {
  readonly #database: () => Promise<IDBDatabase>;
  readonly #onLocked: () => void;
  /** The passphrase's key, once a person gave it. */
  #unlocked: NamedKey | null = null;
  /** By place: what was opened or written here, so that it need not be opened to be replaced. */
  readonly #known = new Map<string, Mark>();

  /** @param onLocked  told when something is needed that lies behind a passphrase */
  constructor(database: () => Promise<IDBDatabase>, onLocked: () => void = () => {}) {
    this.#database = database;
    this.#onLocked = onLocked;
  }

  async protection(): Promise<Protection> {
    return (await this.#keyRecord())?.kind ?? 'none';
  }

  /** Whether a passphrase is set that this page was not given. */
  async isLocked(): Promise<boolean> {
    const record = await this.#keyRecord();
    return record?.kind === 'passphrase' && this.#unlocked?.id !== record.id;
  }

  /** @throws `app/wrong-passphrase` */
  async unlock(passphrase: string): Promise<void> {
    const record = await this.#keyRecord();
    if (record?.kind === 'passphrase') this.#unlocked = await keyOf(record, passphrase);
  }

  /** @throws `app/kept-locked`, `app/key-lost`, `app/kept-damaged`, `app/kept-by-later` */
  async read(place: Place): Promise<unknown> {
    const { found, record } = await this.#look([place]);
    return this.#open(found[0]!, record);
  }

  /** All values of a store, by their keys. @throws as `read` does, for the first that does not open */
  async readStore(store: (typeof SEALED_STORES)[number]): Promise<ReadonlyMap<string | number, unknown>> {
    const { found, record } = await this.#look(await this.#placesIn([store]));
    const values = found.map(async (one) => [one.place.key, await this.#open(one, record)] as const);
    return new Map(await Promise.all(values));
  }

  /**
   * Keep these values, all of them or none, each encrypted under the key of now; there is one from then on.
   *
   * @param also  is done with them; where there are no entries, by itself
   * @throws      `app/kept-locked`; and as `read` does, where that lies in a place that does not open. Nothing is written then.
   */
  async write(entries: readonly Entry[], also: Also = NOTHING_ELSE): Promise<void> {
    if (entries.length === 0) return strictly(await this.#database(), also.stores, also.change);
    while (!(await this.#tryToWrite(entries, also)));
  }

  /** What lies in the open, as an earlier version kept it, is encrypted. Another tab may do the same: it is done once. */
  async sealPlain(): Promise<void> {
    const database = await this.#database();
    const marked = await settled(database.transaction(KEY_STORE).objectStore(KEY_STORE).get(PLAIN_MARK));
    if (!marked) return;
    const { found } = await this.#look(await this.#placesIn(SEALED_STORES));
    for (const { place, raw } of found)
      if (raw !== undefined && !isSealed(raw))
        await this.#tryToWrite([{ place, value: raw }], NOTHING_ELSE, true);
    await strictly(database, [KEY_STORE], (transaction) => {
      transaction.objectStore(KEY_STORE).delete(PLAIN_MARK);
    });
  }

  /** Records that do not open, and why. @returns none where a passphrase is to be given first */
  async unreadable(): Promise<readonly Unreadable[]> {
    const { found, record } = await this.#look(await this.#placesIn(SEALED_STORES));
    if (record?.kind === 'passphrase' && this.#unlocked?.id !== record.id) return [];
    const looked = found.map(async (one): Promise<Unreadable | null> => {
      try {
        await this.#open(one, record);
        return null;
      } catch (error) {
        return { place: one.place, report: reportOf(error) };
      }
    });
    return (await Promise.all(looked)).filter((one) => one !== null);
  }

  /**
   * All records go under another key, in one transaction: one that is cut off has changed nothing. The old key is gone then.
   *
   * @param passphrase  `null` for a key of this device
   * @throws            `app/weak-passphrase`; `app/kept-locked`; as `read` does where a record does not open: under another key it
   *                    never would again; `app/protection-changed` when something else was kept meanwhile, again and again
   */
  async protect(passphrase: string | null): Promise<void> {
    const next = passphrase === null ? null : await newPassphraseKey(passphrase);
    const device = next ? null : await newDeviceKey();
    const record: KeyRecord = next ? next.record : device!;
    const key: NamedKey = next ? next.key : device!;
    for (let tries = 0; tries < MOST_TRIES; tries++) if (await this.#tryToRekey(record, key)) return;
    throw protectionChanged();
  }

  async #tryToRekey(record: KeyRecord, key: NamedKey): Promise<boolean> {
    const places = await this.#placesIn(SEALED_STORES);
    const { found, record: before } = await this.#look(places);
    const sealed: Sealed[] = [];
    for (const one of found) sealed.push(await seal(one.place, await this.#open(one, before), key));
    const done = await this.#inOne(SEALED_STORES, async (transaction) => {
      if (!(await isAsLookedAt(transaction, found, before?.id))) return false;
      if ((await placesIn(transaction, SEALED_STORES)).length !== places.length) return false;
      for (const [i, place] of places.entries())
        transaction.objectStore(place.store).put(sealed[i], place.key);
      transaction.objectStore(KEY_STORE).put(record, KEY.key);
      return true;
    });
    if (!done) return false;
    this.#unlocked = record.kind === 'passphrase' ? key : null;
    for (const [i, place] of places.entries()) this.#known.set(nameOf(place), markOf(sealed[i]));
    return true;
  }

  /** @param onlyPlain  what lies at the places has to be in the open */
  async #tryToWrite(
    entries: readonly Entry[],
    { stores, change }: Also,
    onlyPlain = false,
  ): Promise<boolean> {
    const key = await this.#currentKey();
    const places = entries.map(({ place }) => place);
    const { found, record } = await this.#look(places);
    if (onlyPlain && found.some(({ raw }) => markOf(raw) !== PLAIN)) return false;
    for (const one of found)
      if (this.#known.get(nameOf(one.place)) !== markOf(one.raw)) await this.#open(one, record);
    const sealed = await Promise.all(entries.map(({ place, value }) => seal(place, value, key)));
    const done = await this.#inOne([...places.map(({ store }) => store), ...stores], async (transaction) => {
      if (!(await isAsLookedAt(transaction, found, key.id))) return false;
      for (const [i, place] of places.entries())
        transaction.objectStore(place.store).put(sealed[i], place.key);
      change(transaction);
      return true;
    });
    if (done) for (const [i, place] of places.entries()) this.#known.set(nameOf(place), markOf(sealed[i]));
    return done;
  }

  /**
   * One transaction that looks first, and then writes or does not.
   *
   * @param act  waits for nothing but requests of this transaction, which would end otherwise
   * @returns    whether it was written, once it would survive a power loss
   */
  async #inOne(
    stores: readonly string[],
    act: (transaction: IDBTransaction) => Promise<boolean>,
  ): Promise<boolean> {
    let [written, refused] = [false, false];
    const failures: unknown[] = [];
    try {
      await strictly(await this.#database(), [...new Set([...stores, KEY_STORE])], (transaction) => {
        act(transaction)
          .catch((error: unknown) => {
            failures.push(error);
            return false;
          })
          .then((ok) => {
            written = ok;
            refused = !ok && failures.length === 0;
            if (!ok) end(transaction);
          });
      });
    } catch (error) {
      const [failure = error] = failures;
      if (!refused) throw isAbort(failure) ? error : failure;
    }
    return written;
  }

  /** What lies at these places, and the key that counts, at one moment. */
  async #look(
    places: readonly Place[],
  ): Promise<{ readonly found: readonly Found[]; readonly record: KeyRecord | undefined }> {
    const stores = [...new Set([...places.map(({ store }) => store), KEY_STORE])];
    const transaction = (await this.#database()).transaction(stores);
    const [record, ...raws] = await Promise.all([
      keyRecordIn(transaction),
      ...places.map(({ store, key }) => settled<unknown>(transaction.objectStore(store).get(key))),
    ]);
    return { found: places.map((place, i) => ({ place, raw: raws[i] })), record };
  }

  async #placesIn(stores: readonly (typeof SEALED_STORES)[number][]): Promise<readonly Place[]> {
    return placesIn((await this.#database()).transaction(stores), stores);
  }

  async #open({ place, raw }: Found, record: KeyRecord | undefined): Promise<unknown> {
    if (!isSealed(raw)) return raw;
    if (record?.id !== raw.key) throw keyLost(titleOf(place));
    const value = await unseal(place, raw, this.#keyOf(record));
    this.#known.set(nameOf(place), markOf(raw));
    return value;
  }

  #keyOf(record: KeyRecord): NamedKey {
    if (record.kind === 'device') return record;
    if (this.#unlocked?.id === record.id) return this.#unlocked;
    this.#onLocked();
    throw keptLocked();
  }

  async #keyRecord(): Promise<KeyRecord | undefined> {
    return (await this.#look([])).record;
  }

  /** The key of now. Where there is none, one is made for this device: of two tabs that do so at once, the first one's counts. */
  async #currentKey(): Promise<NamedKey> {
    const record = await this.#keyRecord();
    if (record) return this.#keyOf(record);
    const made = await newDeviceKey();
    await this.#inOne([], async (transaction) => {
      const isFirst = (await keyRecordIn(transaction)) === undefined;
      if (isFirst) transaction.objectStore(KEY_STORE).put(made, KEY.key);
      return isFirst;
    });
    return this.#currentKey();
  }
}

const PLAIN: Mark = 'in the open';
const NOTHING: Mark = 'nothing';
const NOTHING_ELSE: Also = { stores: [], change: () => {} };
/** Each begins anew because somebody else kept something in between. */
const MOST_TRIES = 20;

/** One that the browser has ended already needs no end. */
function end(transaction: IDBTransaction): void {
  try {
    transaction.abort();
  } catch {
    // what it says is told by the transaction itself
  }
}
const isAbort = (error: unknown) => error instanceof DOMException && error.name === 'AbortError';

const markOf = (raw: unknown): Mark =>
  raw === undefined ? NOTHING : isSealed(raw) ? `${raw.key} ${toHex(raw.iv)}` : PLAIN;

const keyRecordIn = (transaction: IDBTransaction): Promise<KeyRecord | undefined> =>
  settled<KeyRecord | undefined>(transaction.objectStore(KEY_STORE).get(KEY.key));

/** Whether at each of these places lies what was looked at, and the key is the same. */
async function isAsLookedAt(
  transaction: IDBTransaction,
  found: readonly Found[],
  keyId: string | undefined,
): Promise<boolean> {
  const [record, ...raws] = await Promise.all([
    keyRecordIn(transaction),
    ...found.map(({ place }) => settled<unknown>(transaction.objectStore(place.store).get(place.key))),
  ]);
  return record?.id === keyId && found.every(({ raw }, i) => markOf(raw) === markOf(raws[i]));
}

async function placesIn(
  transaction: IDBTransaction,
  stores: readonly (typeof SEALED_STORES)[number][],
): Promise<readonly Place[]> {
  const keys = await Promise.all(stores.map((store) => settled(transaction.objectStore(store).getAllKeys())));
  return stores.flatMap((store, i) =>
    keys[i]!.filter((key) => isPlace({ store, key })).map((key) => ({ store, key: key as string | number })),
  );
}
