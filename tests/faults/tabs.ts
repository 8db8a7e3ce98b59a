/**
 * A person at the bench, whose tab is struck at one of its writes to IndexedDB: it dies before or after it, there is no room, or the
 * connection is lost. They open the page again where it died, do what the page says, and finish. Then every chip is read, and held
 * against the database that was saved and the journal.
 *
 * All of it is the page's own code but the screens: state, kept run, journal, bench, target, probe. Boards and IndexedDB are stand-ins.
 */
import { vi } from 'vitest';
import { isFilledWith, toHex } from '../../src/bytes.ts';
import type { StoredKey } from '../../src/mesh/index.ts';
import { MemoryImage } from '../../src/image/index.ts';
import { readImage } from '../../src/kinds/index.ts';
import { boardOf, openTab, type Tab } from '../support/bench-tab.ts';
import { freshBrowser } from '../support/browser.ts';
import { FaultyStorage, type StorageFault } from '../support/faulty-storage.ts';
import { smallDump } from '../support/session.ts';

export interface Strike {
  /** Which write of the tab, from 1. */
  readonly at: number;
  readonly fault: StorageFault;
}

export interface Story {
  /** Whether the first tab came that far. */
  readonly struck: boolean;
  /** How often a tab was struck, in all of them. */
  readonly strikes: number;
  /** Writes of the first tab, by the stores that they were about. */
  readonly writes: readonly string[];
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  /** What a person was told when something could not be kept: codes of errors. */
  readonly told: readonly string[];
}

const DUMP = smallDump();
/** A page that comes to no end is no page. */
const LONGEST_MS = 60_000;

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
async function until(isSo: () => boolean, what: string): Promise<void> {
  const start = performance.now();
  while (!isSo()) {
    if (performance.now() - start > LONGEST_MS) throw new Error(`It never comes to this: ${what}`);
    await turn();
  }
}

class Table {
  readonly browser = freshBrowser();
  readonly factory = indexedDB;
  readonly boards;
  readonly told: string[] = [];

  constructor(count: number) {
    this.boards = Array.from({ length: count }, (_, i) => boardOf(0x7d2f_0000_0000_91c0n + BigInt(i)));
  }

  /** A tab that dies lets go of its boards, and of its locks. They keep what is in their flash. */
  onDeath = () => {
    for (const board of this.boards) {
      board.unplug();
      board.plugIn();
    }
    this.browser.closeTabs();
  };

  /** A person opens the page and does all that is left to do. @returns false where the tab dies */
  async live(seed: string, strike?: Strike): Promise<{ isDone: boolean; storage: FaultyStorage }> {
    let died: () => void = () => {};
    const death = new Promise<false>((resolve) => (died = () => resolve(false)));
    const storage = new FaultyStorage(this.factory, strike?.at, strike?.fault, () => {
      this.onDeath();
      died();
    });
    vi.stubGlobal('indexedDB', storage.indexedDB);
    const work = this.#work(seed, storage).catch((error: unknown) => {
      if (!storage.isDead) throw error;
      return false;
    });
    const isDone = await Promise.race([work, death]);
    return { isDone, storage };
  }

  async #work(seed: string, storage: FaultyStorage): Promise<boolean> {
    const tab = await openTab(seed);
    if (tab.bench.phase === 'ready') {
      const begun = this.identities.filter((one) => one !== null).length;
      if (begun === this.boards.length) return true; // the run is over
      if (begun > 0) throw new Error('A run with boards is not kept');
      await tab.reachPlan(this.boards.length, DUMP);
    }
    tab.bench.ends = { proof: 'none', protect: false }; // it writes nothing of its own, and waits for real time
    for (let tries = 0; tab.bench.phase !== 'running'; tries++) {
      await (tab.bench.phase === 'kept' ? tab.bench.goOn() : tab.bench.begin('usb'));
      this.#hear(tab, storage);
      if (tries > 3) throw new Error(`No way in: ${tab.bench.error?.code}`);
    }
    for (const { device } of this.boards) tab.usb.plug(device);
    await until(() => storage.isDead || this.#attend(tab, storage), 'all boards are done');
    if (storage.isDead) return false;
    for (let tries = 0; tab.bench.kept && !tab.bench.kept.saved; tries++) {
      await tab.bench.files.saveDatabase('all');
      this.#hear(tab, storage);
      if (tries > 3) throw new Error(`Not saved: ${tab.bench.error?.code}`);
    }
    for (let tries = 0; tab.bench.kept; tries++) {
      await tab.bench.finish();
      this.#hear(tab, storage);
      if (tries > 3) throw new Error(`Not finished: ${tab.bench.error?.code}`);
    }
    return true;
  }

  /** What a person reads; they make room then. */
  #hear({ bench }: Tab, storage: FaultyStorage): void {
    if (bench.error && !storage.isDead) this.told.push(bench.error.code);
    storage.isFull = false;
  }

  /** Write again what failed, and allow what asks. @returns whether all are done */
  #attend(tab: Tab, storage: FaultyStorage): boolean {
    tab.bench.boards.take();
    const { view } = tab.bench;
    for (const { letter, state, error } of view?.slots ?? []) {
      if (state === 'asks') tab.bench.boards.allow(letter);
      if (state !== 'failed') continue;
      this.told.push(String(error?.facts['reason'] ?? error?.code));
      storage.isFull = false; // a person reads it and makes room
      tab.bench.boards.retry(letter);
    }
    return view !== null && !view.busy && view.counts.verified === view.jobs.length;
  }

  /** What each chip is, as its firmware would find it; `null` where there is nothing of a clone. */
  get identities(): ({ readonly unicast: number; readonly key: string } | null)[] {
    return this.boards.map(({ chip }) => {
      if (isFilledWith(chip.flash, 0xff)) return null;
      try {
        const { settled } = readImage(MemoryImage.of([{ address: 0, bytes: chip.flash }]));
        return { unicast: settled.unicast!.start, key: keyText(settled.deviceKeys[0]!.key) };
      } catch {
        return { unicast: 0, key: 'torn' };
      }
    });
  }

  /** Chips that the journal sent an identity to, from its bare records. */
  async bearers(): Promise<readonly (readonly [chip: string, unicast: number])[]> {
    const request = this.factory.open('meshpress-kept');
    const database = await new Promise<IDBDatabase>((resolve) => {
      request.onsuccess = () => resolve(request.result);
    });
    const all = database.transaction('usb').objectStore('usb').getAll();
    await new Promise((resolve) => (all.onsuccess = resolve));
    database.close();
    return (all.result as { kind: string; chipId: string; identity: { unicast: number } }[])
      .filter(({ kind }) => kind === 'writing')
      .map(({ chipId, identity }) => [chipId, identity.unicast]);
  }
}

/** Which addresses with which device keys a saved database has. */
function savedKeys(saved: ReadonlyMap<string, string>): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const [name, text] of saved) {
    if (!name.endsWith('.json')) continue;
    const { nodes } = JSON.parse(text) as { nodes: { unicastAddress: number; deviceKey: string }[] };
    for (const { unicastAddress, deviceKey } of nodes)
      keys.add(`${unicastAddress} ${deviceKey.toLowerCase()}`);
  }
  return keys;
}

/**
 * One run with one strike, to its end.
 *
 * @param again  where later tabs are struck, one after the other
 */
export async function runWith(
  strike: Strike | undefined,
  again: readonly Strike[] = [],
  boards = 2,
): Promise<Story> {
  const table = new Table(boards);
  const first = await table.live('tab 0', strike);
  let { isDone } = first;
  let strikes = Number(first.storage.isStruck);
  for (let tab = 1; !isDone; tab++) {
    if (tab > again.length + 1) throw new Error('A tab that nobody struck did not come to its end');
    const next = await table.live(`tab ${tab}`, again[tab - 1]);
    isDone = next.isDone;
    strikes += Number(next.storage.isStruck);
  }
  const found = table.identities;
  const saved = savedKeys(table.browser.saved);
  const lost = found.flatMap((one, chip) =>
    one && saved.has(`${one.unicast} ${one.key}`) ? [] : [`chip ${chip}: ${one?.unicast ?? 'blank'}`],
  );
  const bearers = await table.bearers();
  const pairs = new Set(bearers.map((pair) => pair.join()));
  const doubled = [
    ...repeats(found.map((one) => String(one?.unicast))),
    ...repeats([...pairs].map((pair) => pair.split(',')[0]!)),
    ...repeats([...pairs].map((pair) => pair.split(',')[1]!)),
  ];
  return {
    struck: first.storage.isStruck,
    strikes,
    writes: first.storage.about,
    lost,
    doubled,
    told: table.told,
  };
}

const keyText = (key: StoredKey) => (typeof key === 'string' ? key : toHex(key));
const repeats = (all: readonly string[]) => all.filter((one, i) => all.indexOf(one) !== i);
