import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { freshBrowser } from '../../support/browser.ts';
import { newPage } from '../../support/page-parts.ts';

beforeEach(() => {
  freshBrowser();
  const derive = crypto.subtle.deriveKey.bind(crypto.subtle) as (...given: unknown[]) => Promise<CryptoKey>;
  vi.spyOn(crypto.subtle, 'deriveKey').mockImplementation(((how: Pbkdf2Params, ...rest: unknown[]) =>
    derive({ ...how, iterations: 1 }, ...rest)) as never);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const WORDS = 'four words nobody guesses';

/** A tab that has looked at what is kept. */
async function openTab() {
  const page = await newPage();
  const [{ KeepingState }, { keptThings }, bench, oneTab, radio] = await Promise.all([
    import('../../../src/app/state/keeping.svelte.ts'),
    import('../../../src/app/browser/kept-things.ts'),
    import('../../../src/app/browser/bench-memory.ts'),
    import('../../../src/app/browser/one-tab.ts'),
    import('../../../src/app/browser/radio-memory.ts'),
  ]);
  const opened = vi.fn(async () => page.memory.recall());
  const keeping = new KeepingState(keptThings, opened);
  await page.memory.recall();
  await keeping.look();
  return { ...page, keeping, opened, ...bench, ...oneTab, ...radio };
}
const project = (donor: string) =>
  ({
    version: 1,
    savedAt: '2026-11-27T10:00:00.000Z',
    dumpNames: ['dump.hex'],
    donor,
    settings: {},
  }) as never;
async function keepProject(donor: string) {
  await (await import('../../../src/app/browser/memory.ts')).remember(project(donor));
}
/** One bit of the kept project is another one. */
async function damageProject() {
  const { transact, readAll } = await import('../../../src/app/browser/database.ts');
  const [raw] = await readAll<{ readonly bytes: Uint8Array }>('project');
  const bytes = raw!.bytes.with(0, raw!.bytes[0]! ^ 1);
  await transact(['project'], (transaction) => {
    transaction.objectStore('project').put({ ...raw!, bytes }, 'project');
  });
}

describe('a browser that keeps something', () => {
  test('asks nothing as long as nobody has set a passphrase', async () => {
    await openTab();
    await keepProject('light');
    const { keeping, memory } = await openTab();
    expect([keeping.protection, keeping.locked, keeping.asking]).toEqual(['device', false, false]);
    expect(memory.remembered?.donor).toBe('light');
  });

  test('asks for the passphrase at the start, and shows what is kept once it is given', async () => {
    const before = await openTab();
    await keepProject('light');
    expect(await before.keeping.protect(WORDS)).toBe(true);
    expect([before.keeping.protection, before.keeping.locked]).toEqual(['passphrase', false]);

    const { keeping, memory, opened } = await openTab();
    expect([keeping.locked, keeping.asking, memory.remembered]).toEqual([true, true, null]);
    await keeping.unlock('something else');
    expect([keeping.error?.code, keeping.asking]).toEqual(['app/wrong-passphrase', true]);
    await keeping.unlock(WORDS);
    expect([keeping.error, keeping.locked, keeping.asking]).toEqual([null, false, false]);
    expect(opened).toHaveBeenCalledTimes(1);
    expect(memory.remembered?.donor).toBe('light');
  });

  test('is gone on without, and does not ask again by itself; nothing is written over', async () => {
    const before = await openTab();
    await keepProject('light');
    await before.keeping.protect(WORDS);
    const tab = await openTab();
    tab.keeping.goWithout();
    await tab.reachPlan(2);
    await tab.memory.save();
    expect([tab.keeping.locked, tab.keeping.asking]).toEqual([true, false]);
    tab.keeping.ask();
    expect(tab.keeping.asking).toBe(true);
    await tab.keeping.unlock(WORDS);
    expect(tab.memory.remembered?.donor).toBe('light');
  });

  test('that another tab locks says so where something is to be kept', async () => {
    const [one, other] = [await openTab(), await openTab()];
    await other.keeping.protect(WORDS);
    expect(one.keeping.locked).toBe(false);
    await expect(one.keepRun({ version: 2, id: 'a' } as never)).rejects.toMatchObject({
      code: 'app/kept-locked',
    });
    expect([one.keeping.locked, one.keeping.asking]).toEqual([true, true]);
  });

  test.each(['takeBench', 'takeRadio'] as const)('changes no key while one is in use (%s)', async (take) => {
    const [one, other] = [await openTab(), await openTab()];
    await keepProject('light');
    const release = await other[take]();
    expect(await one.keeping.protect(WORDS)).toBe(false);
    expect([one.keeping.error?.code, await (await openTab()).keeping.protection]).toEqual([
      'app/kept-in-use',
      'device',
    ]);
    release!();
    await new Promise((resolve) => setImmediate(resolve));
    expect(await one.keeping.protect(WORDS)).toBe(true);
    expect(await one.takeBench()).toBeDefined();
  });

  test('tells what does not open, and forgets it on a person’s word alone', async () => {
    await openTab();
    await keepProject('light');
    await damageProject();
    const tab = await openTab();
    expect(tab.keeping.unreadable.map(({ report }) => report.code)).toEqual(['app/kept-damaged']);
    await tab.reachPlan(2);
    await tab.memory.save();
    expect((await openTab()).keeping.unreadable).toHaveLength(1);
    await tab.keeping.forget(tab.keeping.unreadable[0]!);
    expect(tab.keeping.unreadable).toEqual([]);
    await tab.memory.save();
    expect((await openTab()).memory.remembered?.donor).toBe('light');
  });

  test('that keeps nothing is no failure', async () => {
    vi.stubGlobal('indexedDB', {
      open: () => {
        throw new Error('not allowed');
      },
    });
    const { keeping } = await openTab();
    expect([keeping.locked, keeping.asking, keeping.unreadable]).toEqual([false, false, []]);
  });
});

describe('forgetting everything', () => {
  async function open() {
    const tab = await openTab();
    const [{ ForgetEverything }, { everythingKept }] = await Promise.all([
      import('../../../src/app/state/forget-everything.svelte.ts'),
      import('../../../src/app/browser/everything-kept.ts'),
    ]);
    const cleared: string[] = [];
    vi.stubGlobal('localStorage', { removeItem: (name: string) => void cleared.push(name) });
    const all = new ForgetEverything(everythingKept(), tab);
    return { ...tab, all, cleared };
  }
  const record = {
    run: 'r',
    number: 1,
    kind: 'verified',
    at: '',
    chipId: 'aa',
    probe: '',
    imageSha256: '',
    result: '',
    identity: { network: 'f3'.repeat(16), clone: 'x', unicast: 5, elementCount: 1 },
  };

  test('shows what would be lost, and takes databases, settings and permissions', async () => {
    const { all, cleared, keepRecords, keepDatabase, takeBench } = await open();
    const { IndexedDbJournal } = await import('../../../src/app/browser/journal-store.ts');
    await new IndexedDbJournal('usb').append([record as never]);
    await keepRecords([{ unicast: 9 } as never], 'real');
    await keepDatabase({ name: 'mesh.json', bytes: Uint8Array.of(1) });
    const old = indexedDB.open('meshpress-bench');
    await new Promise((resolve) => (old.onsuccess = resolve));
    old.result.close();
    const forgotten: string[] = [];
    const device = (name: string) => ({ forget: async () => void forgotten.push(name) });
    Object.assign(navigator, {
      usb: { getDevices: async () => [device('board'), {}] },
      serial: { getPorts: async () => [device('port')] },
      bluetooth: {},
    });
    await all.look();
    expect([all.run, all.database?.name, all.journal.length, all.radio.length]).toEqual([
      null,
      'mesh.json',
      1,
      1,
    ]);
    await all.save('journal');
    expect(all.saved).toEqual({ journal: 'meshpress-journal.csv' });
    await all.erase();
    expect([all.phase, all.error]).toEqual(['done', null]);
    expect(await indexedDB.databases()).toEqual([]);
    expect(forgotten).toEqual(['board', 'port']);
    expect(cleared).toEqual(['meshpress-theme']);
    await expect(keepDatabase({ name: 'x', bytes: Uint8Array.of() })).rejects.toMatchObject({
      code: 'app/storage-erased',
    });
    expect(await indexedDB.databases()).toEqual([]);
    expect(await takeBench()).toBeDefined();
  });

  test('takes nothing while another tab has the bench', async () => {
    const { all, takeBench } = await open();
    await keepProject('light');
    await takeBench();
    await all.look();
    await all.erase();
    expect([all.phase, all.error?.code]).toEqual(['asking', 'app/kept-in-use']);
    expect((await openTab()).memory.remembered?.donor).toBe('light');
  });

  test('says so where a tab keeps a database open', async () => {
    const { all } = await open();
    await keepProject('light');
    const request = indexedDB.open('meshpress-kept');
    await new Promise((resolve) => (request.onsuccess = resolve));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const erasing = all.erase();
    await vi.waitFor(async () => {
      await vi.advanceTimersByTimeAsync(1000);
      expect(all.phase).toBe('asking');
    });
    vi.useRealTimers();
    await erasing;
    expect(all.error?.code).toBe('app/not-erased');
    request.result.close();
    await all.erase();
    expect(all.phase).toBe('done');
  });
});
