import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { freshBrowser } from '../support/browser.ts';

interface Stores {
  readonly [store: string]: readonly (readonly [key: IDBValidKey | null, value: unknown])[];
}

const settled = <Result>(request: IDBRequest<Result>) =>
  new Promise<Result>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('no answer'));
  });

/** A database as 0.1.0 makes it. It stays open, as in a tab, until it is closed. */
async function make(name: string, stores: Stores): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    for (const store of Object.keys(stores))
      request.result.createObjectStore(store, {
        autoIncrement: stores[store]!.every(([key]) => key === null),
      });
  };
  const database = await settled(request);
  await write(database, stores);
  return database;
}

async function write(database: IDBDatabase, stores: Stores): Promise<void> {
  const transaction = database.transaction(Object.keys(stores), 'readwrite');
  for (const [store, values] of Object.entries(stores))
    for (const [key, value] of values)
      if (key === null) transaction.objectStore(store).add(value);
      else transaction.objectStore(store).put(value, key);
  await new Promise((resolve) => (transaction.oncomplete = resolve));
}

const record = (run: string, number: number) => ({ run, number, kind: 'verified', chipId: '00aa' });
const table = 'name,unicastAddress,deviceKey\nlight_0053,0053,00112233445566778899aabbccddeeff';
const run = (startedAt: string, changes: object = {}) => ({
  version: 1,
  startedAt,
  boards: 'virtual',
  files: [{ name: 'dump.hex', bytes: Uint8Array.of(1, 2, 3) }],
  settings: { count: '1', csv: table, sequence: 'reset', ownPublications: 'map', names: {} },
  donor: 'light',
  network: 'f3'.repeat(16),
  clones: [0x53],
  saved: false,
  ...changes,
});
const project = (savedAt: string) => ({
  version: 1,
  savedAt,
  dumpNames: ['dump.hex'],
  databaseName: 'mesh.json',
  donor: 'light',
  settings: { count: '7', sequence: 'skip', skipAhead: '100' },
});
const board = (chipId: string) => ({ probe: 'daplink', chipId, flash: Uint8Array.of(9) });

/** What 0.1.0 leaves behind, its tabs closed. */
async function leaveOld(startedAt = '2026-11-01T10:00:00.000Z'): Promise<void> {
  const made = [
    await make('meshpress', { memory: [['project', project('2026-11-01T09:00:00.000Z')]] }),
    await make('meshpress-bench', {
      memory: [
        ['run', run(startedAt)],
        ['desk 0', board('a')],
        ['desk 2', board('b')],
      ],
    }),
    await make('meshpress-journal', {
      usb: [
        [null, record('x', 1)],
        [null, record('x', 2)],
      ],
      virtual: [[null, record('v', 1)]],
    }),
  ];
  for (const database of made) database.close();
}

/** The page's own ways in, as at its next start. */
async function page() {
  vi.resetModules();
  const [memory, bench, journal, locks] = await Promise.all([
    import('../../src/app/browser/memory.ts'),
    import('../../src/app/browser/bench-memory.ts'),
    import('../../src/app/browser/journal-store.ts'),
    import('../../src/app/browser/one-tab.ts'),
  ]);
  const Journal = journal.IndexedDbJournal;
  return { ...memory, ...bench, ...locks, usb: new Journal('usb'), virtual: new Journal('virtual') };
}

/** Names of the databases, once what is to be deleted is gone. */
const databases = async () => {
  await new Promise((resolve) => setTimeout(resolve, 0));
  return (await indexedDB.databases()).map(({ name }) => name!).sort();
};

beforeEach(() => void freshBrowser());
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe('what version 0.1.0 kept in three databases', () => {
  test('is here at the first start, and there no more', async () => {
    await leaveOld();
    const { recall, recallRun, recallDesk, usb, virtual } = await page();
    expect(await recall()).toMatchObject({
      donor: 'light',
      settings: { count: '7', choices: { sequence: '+100' } },
    });
    expect(await recallRun()).toMatchObject({
      version: 1,
      id: '2026-11-01T10:00:00.000Z',
      files: [{ name: 'dump.hex', bytes: Uint8Array.of(1, 2, 3) }],
      settings: { csv: table, choices: { sequence: 'reset', 'own-publications': 'map' } },
    });
    expect([...(await recallDesk())]).toEqual([
      [0, board('a')],
      [2, board('b')],
    ]);
    expect(await usb.load()).toEqual([record('x', 1), record('x', 2)]);
    expect(await virtual.load()).toEqual([record('v', 1)]);
    await vi.waitFor(async () => expect(await databases()).toEqual(['meshpress-kept']));
  });

  test('is asked for by several at once, and comes once', async () => {
    await leaveOld();
    const [one, other] = [await page(), await page()];
    const loaded = await Promise.all([one.usb.load(), one.recallRun(), other.usb.load(), other.recall()]);
    expect(loaded[0]).toEqual(loaded[2]);
    expect(await one.usb.load()).toHaveLength(2);
    expect(await other.virtual.load()).toHaveLength(1);
  });

  test.each([0, 1, 2, 3, 4])('survives a page that is closed at its write number %i', async (last) => {
    await leaveOld();
    const prototype = Reflect.getPrototypeOf(await settled(indexedDB.open('any'))) as IDBDatabase;
    const { transaction } = prototype;
    let writes = 0;
    const closing = vi.spyOn(prototype, 'transaction').mockImplementation(function (
      this: IDBDatabase,
      ...of
    ) {
      if (of[1] === 'readwrite' && writes++ >= last) throw new Error('the page is closed');
      return transaction.apply(this, of);
    });
    const first = await page();
    await first.recall().catch(() => null);
    closing.mockRestore();
    expect(writes).toBeGreaterThan(last);

    const { recall, recallRun, recallDesk, usb, virtual } = await page();
    expect((await recall())?.donor).toBe('light');
    expect((await recallRun())?.clones).toEqual([0x53]);
    expect((await recallDesk()).size).toBe(2);
    expect(await usb.load()).toEqual([record('x', 1), record('x', 2)]);
    expect(await virtual.load()).toEqual([record('v', 1)]);
  });

  test('is not made where it was not', async () => {
    const { recall, usb } = await page();
    expect(await recall()).toBeNull();
    expect(await usb.load()).toEqual([]);
    expect(await databases()).toEqual(['meshpress-kept']);
  });
});

describe('an older page that is used again afterwards', () => {
  test('leaves a run that waits until this one is put away, and records that count at once', async () => {
    await leaveOld();
    const first = await page();
    await first.recallRun();
    await vi.waitFor(async () => expect(await databases()).toEqual(['meshpress-kept']));

    await leaveOld('2026-11-02T10:00:00.000Z');
    const journal = await settled(indexedDB.open('meshpress-journal'));
    await write(journal, { usb: [[null, record('y', 1)]] });
    journal.close();
    const { recallRun, forgetRun, usb } = await page();
    expect((await recallRun())?.id).toBe('2026-11-01T10:00:00.000Z');
    expect(await usb.load()).toEqual([record('x', 1), record('x', 2), record('y', 1)]);
    expect(await databases()).toContain('meshpress-bench');

    await forgetRun();
    expect((await recallRun())?.id).toBe('2026-11-02T10:00:00.000Z');
    expect(await usb.load()).toHaveLength(3);
    await vi.waitFor(async () => expect(await databases()).toEqual(['meshpress-kept']));
  });

  test('is remembered by its later project', async () => {
    const first = await page();
    await first.remember({ ...project('2026-11-03T00:00:00.000Z'), donor: 'newer' } as never);
    (await make('meshpress', { memory: [['project', project('2026-11-01T00:00:00.000Z')]] })).close();
    expect((await (await page()).recall())?.donor).toBe('newer');
    await vi.waitFor(async () => expect(await databases()).toEqual(['meshpress-kept']));
    (await make('meshpress', { memory: [['project', project('2026-11-04T00:00:00.000Z')]] })).close();
    expect((await (await page()).recall())?.donor).toBe('light');
  });

  test('keeps the run it is at, and this page knows which addresses are on boards', async () => {
    await leaveOld();
    const { takeBench, recallRun, usb } = await page();
    const release = await takeBench(); // as the tab with the older page
    expect(await recallRun()).toBeNull();
    expect(await usb.load()).toHaveLength(2);
    expect(await databases()).toContain('meshpress-bench');
    release!();
    expect((await recallRun())?.clones).toEqual([0x53]);
    expect(await usb.load()).toHaveLength(2);
  });

  test('with its tab open loses no run that it begins later', async () => {
    const tab = await make('meshpress-bench', { memory: [['run', run('2026-11-01T10:00:00.000Z')]] });
    const first = await page();
    expect((await first.recallRun())?.startedAt).toBe('2026-11-01T10:00:00.000Z');
    await first.forgetRun();
    await write(tab, { memory: [['run', run('2026-11-05T10:00:00.000Z')]] });
    tab.close();
    await databases();
    expect((await (await page()).recallRun())?.startedAt).toBe('2026-11-05T10:00:00.000Z');
  });
});

describe('a run', () => {
  test('goes with its virtual boards and their journal, and nothing else does', async () => {
    const { keepRun, keepBoard, forgetRun, recallRun, recallDesk, remember, recall, usb, virtual } =
      await page();
    await keepRun(run('2026-11-06T10:00:00.000Z') as never);
    await keepBoard(1, board('c') as never);
    await virtual.append([record('v', 1) as never]);
    await usb.append([record('x', 1) as never]);
    await remember(project('2026-11-06T10:00:00.000Z') as never);
    await forgetRun();
    expect([await recallRun(), (await recallDesk()).size, await virtual.load()]).toEqual([null, 0, []]);
    expect(await usb.load()).toHaveLength(1);
    expect(await recall()).not.toBeNull();
  });
});
