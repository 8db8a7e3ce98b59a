/** What this browser keeps, when the browser refuses it, has no room, does not answer, or loses it. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { JournalRecord } from '../../src/bench/index.ts';
import { freshBrowser } from '../support/browser.ts';
import { FaultyStorage } from '../support/faulty-storage.ts';

beforeEach(() => void freshBrowser());
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** The page's own ways in, as at its next start. */
async function page() {
  vi.resetModules();
  const [database, memory, bench, { IndexedDbJournal }] = await Promise.all([
    import('../../src/app/browser/database.ts'),
    import('../../src/app/browser/memory.ts'),
    import('../../src/app/browser/bench-memory.ts'),
    import('../../src/app/browser/journal-store.ts'),
  ]);
  return { ...database, ...memory, ...bench, journal: new IndexedDbJournal('usb', true) };
}

const record = (number: number) => ({ run: 'x', number }) as JournalRecord;
const RUN = { version: 2, id: 'one', settings: {} } as never;
const settled = <Result>(request: IDBRequest<Result>) =>
  new Promise<Result>((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('no answer'));
  });
const connection = () => settled(indexedDB.open('meshpress-kept'));

/** The browser opens no database, and says why. */
const refuse = (name: string) =>
  vi.spyOn(indexedDB, 'open').mockImplementation(() => {
    throw new DOMException('no', name);
  });

describe('a browser that keeps nothing', () => {
  test.each(['SecurityError', 'InvalidStateError', 'NotAllowedError'])(
    'by %s says so, and keeps again as soon as it may',
    async (name) => {
      const { recallRun, keepRun, journal } = await page();
      const refusing = refuse(name);
      for (const ask of [recallRun, () => keepRun(RUN), () => journal.load()])
        await expect(ask()).rejects.toMatchObject({ code: 'app/storage-refused' });
      refusing.mockRestore();
      await keepRun(RUN);
      expect(await recallRun()).toMatchObject({ id: 'one' });
    },
  );

  test('as a later version of the page has been here says that', async () => {
    const later = await settled(indexedDB.open('meshpress-kept', 99));
    later.close();
    const { recallRun } = await page();
    await expect(recallRun()).rejects.toMatchObject({ code: 'app/storage-newer' });
  });
});

test('a browser that does not answer is waited for ten seconds at a time, and heard when it does', async () => {
  const { recallRun, keepRun } = await page();
  const open = indexedDB.open.bind(indexedDB);
  let answer: () => void = () => {};
  const asked = vi.spyOn(indexedDB, 'open').mockImplementation((...of) => {
    const request = { onsuccess: null, onerror: null } as unknown as IDBOpenDBRequest;
    answer = () => {
      const real = open(...of);
      real.onupgradeneeded = (event) => {
        Object.assign(request, { result: real.result });
        request.onupgradeneeded?.(event);
      };
      real.onsuccess = (event) => {
        Object.assign(request, { result: real.result });
        request.onsuccess?.(event);
      };
    };
    return request;
  });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const looked = expect(recallRun()).rejects.toMatchObject({
    code: 'app/storage-silent',
    facts: { seconds: 10 },
  });
  await vi.advanceTimersByTimeAsync(10_000);
  await looked;
  vi.useRealTimers();
  const keeping = keepRun(RUN);
  answer();
  await keeping;
  expect(await recallRun()).toMatchObject({ id: 'one' });
  expect(asked.mock.calls.filter(([name]) => name === 'meshpress-kept')).toHaveLength(1);
});

describe('a database that is lost while it is open', () => {
  test('unnoticed, is opened again', async () => {
    const { keepRun, recallRun } = await page();
    const opened: IDBDatabase[] = [];
    const open = indexedDB.open.bind(indexedDB);
    vi.spyOn(indexedDB, 'open').mockImplementation((...of) => {
      const request = open(...of);
      request.addEventListener('success', () => opened.push(request.result));
      return request;
    });
    await keepRun(RUN);
    for (const one of opened) one.close(); // as a browser does whose storage has come to grief
    expect(await recallRun()).toMatchObject({ id: 'one' });
    opened[1]!.onclose!(new Event('close')); // and as one that tells of it
    opened[1]!.close();
    await keepRun({ ...(RUN as object), id: 'two' } as never);
    expect(await recallRun()).toMatchObject({ id: 'two' });
  });

  test('by a person who deletes it in the middle of a run, takes no further record, and says what to do', async () => {
    const { keepRun, journal } = await page();
    await keepRun(RUN);
    await journal.append([record(1)]);
    await settled(indexedDB.deleteDatabase('meshpress-kept'));
    await expect(journal.append([record(2)])).rejects.toMatchObject({ code: 'app/storage-emptied' });
    expect(await journal.load()).toEqual([]);
    await keepRun(RUN); // the run is there again, but the records before are not
    await expect(journal.append([record(2)])).rejects.toMatchObject({ code: 'app/storage-emptied' });
  });

  test.each(['run', 'usb'])('in part, the store %s alone, does the same', async (store) => {
    const { keepRun, journal } = await page();
    await keepRun(RUN);
    await journal.append([record(1), record(2)]);
    const other = await connection();
    const cleared = other.transaction(store, 'readwrite');
    cleared.objectStore(store).clear();
    await new Promise((resolve) => (cleared.oncomplete = resolve));
    other.close();
    await expect(journal.append([record(3)])).rejects.toMatchObject({ code: 'app/storage-emptied' });
  });
});

describe('a disk that is full', () => {
  test('keeps nothing of what it was given, all that was there, and goes on when there is room', async () => {
    const storage = new FaultyStorage(indexedDB);
    vi.stubGlobal('indexedDB', storage.indexedDB);
    const { keepRun, recallRun, journal } = await page();
    await keepRun(RUN);
    await journal.append([record(1)]);
    storage.isFull = true;
    await expect(keepRun({ ...(RUN as object), id: 'two' } as never)).rejects.toMatchObject({
      code: 'app/storage-full',
    });
    await expect(journal.append([record(2)])).rejects.toMatchObject({ code: 'app/storage-full' });
    storage.isFull = false;
    expect(await recallRun()).toMatchObject({ id: 'one' });
    await journal.append([record(2)]);
    expect(await journal.load()).toEqual([record(1), record(2)]);
  });
});
