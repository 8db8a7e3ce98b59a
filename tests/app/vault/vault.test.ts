import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { settled } from '../../../src/app/browser/idb.ts';
import type { Sealed } from '../../../src/app/browser/vault/envelope.ts';
import type { DeviceKeyRecord, KeyRecord } from '../../../src/app/browser/vault/keys.ts';
import { freshBrowser } from '../../support/browser.ts';
import { everyKeptByte, formsOf } from '../../support/kept-bytes.ts';

const NAME = 'meshpress-kept';
const deviceKey = Uint8Array.from({ length: 16 }, (_, i) => 0xa0 + i);
const table = `light_0053,0053,${Buffer.from(deviceKey).toString('hex')}`;
const run = (changes: object = {}) =>
  ({
    version: 2,
    id: 'a',
    startedAt: '2026-11-27T10:00:00.000Z',
    boards: 'virtual',
    files: [{ name: 'dump.hex', bytes: Buffer.from(table) as Uint8Array }],
    settings: { count: '1', csv: table, names: {} },
    donor: 'light',
    network: 'f3'.repeat(16),
    clones: [0x53],
    saved: false,
    plan: { version: 1, clones: [{ name: 'light_0053', deviceKey }] },
    ...changes,
  }) as never;
const project = (donor: string) =>
  ({
    version: 1,
    savedAt: '2026-11-27T10:00:00.000Z',
    dumpNames: [],
    donor,
    settings: { csv: table },
  }) as never;
const board = (chipId: string) => ({ chipId, flash: deviceKey, uicr: Uint8Array.of() }) as never;
const kept = { name: 'mesh.json', bytes: Buffer.from(table) as Uint8Array };
const pending = { database: kept, name: 'lamp', uuid: '', device: { unicast: 7, deviceKey } } as never;

/** A tab: the page's own ways in, loaded anew. */
async function openTab() {
  vi.resetModules();
  const [memory, bench, radio, database, places] = await Promise.all([
    import('../../../src/app/browser/memory.ts'),
    import('../../../src/app/browser/bench-memory.ts'),
    import('../../../src/app/browser/radio-memory.ts'),
    import('../../../src/app/browser/database.ts'),
    import('../../../src/app/browser/vault/places.ts'),
  ]);
  const vault = await database.onVault(async (kept) => kept);
  return { ...memory, ...bench, ...radio, ...places, ...database, vault };
}
type Tab = Awaited<ReturnType<typeof openTab>>;

async function keepAll(tab: Tab) {
  await tab.keepRun(run());
  await tab.remember(project('light'));
  await tab.keepBoard(0, board('b0'));
  await tab.keepBoard(3, board('b3'));
  await tab.keepDatabase(kept);
  await tab.keepPending(pending);
}
async function expectAll(tab: Tab) {
  const { files, plan } = (await tab.recallRun()) as never as {
    files: (typeof kept)[];
    plan: { clones: { deviceKey: Uint8Array }[] };
  };
  expect(Buffer.from(files[0]!.bytes).toString()).toBe(table);
  expect(plan.clones[0]!.deviceKey).toEqual(deviceKey);
  expect((await tab.recall())?.donor).toBe('light');
  expect([...(await tab.recallDesk())].map(([place, { chipId }]) => [place, chipId])).toEqual([
    [0, 'b0'],
    [3, 'b3'],
  ]);
  expect(Buffer.from((await tab.recallDatabase())!.bytes).toString()).toBe(table);
  expect((await tab.recallPending())!.device.deviceKey).toEqual(deviceKey);
}
async function expectNoKey() {
  const bytes = await everyKeptByte();
  expect(formsOf(deviceKey).filter((form) => bytes.includes(form))).toEqual([]);
}

/** Past the page, as another program would. */
async function onDisk<Result>(
  stores: readonly string[],
  act: (transaction: IDBTransaction) => IDBRequest<Result>,
): Promise<Result> {
  const database = await settled(indexedDB.open(NAME));
  const transaction = database.transaction([...stores], 'readwrite');
  const result = await settled(act(transaction));
  await new Promise((resolve) => (transaction.oncomplete = resolve));
  database.close();
  return result;
}
const rawAt = (store: string, key: IDBValidKey) =>
  onDisk([store], (transaction) => transaction.objectStore(store).get(key)) as Promise<Sealed>;
const putRaw = (store: string, key: IDBValidKey, value: unknown) =>
  onDisk([store], (transaction) => transaction.objectStore(store).put(value, key));
const keyRecord = () => rawAt('keys', 'current') as Promise<unknown> as Promise<KeyRecord>;

/** PBKDF2 as it is costs a second each; what is tried here is not its cost. */
function cheapPassphrases() {
  const derive = crypto.subtle.deriveKey.bind(crypto.subtle);
  const asked: number[] = [];
  vi.spyOn(crypto.subtle, 'deriveKey').mockImplementation((async (how: Pbkdf2Params, ...rest: never[]) => {
    asked.push(how.iterations);
    return (derive as never as (...given: unknown[]) => unknown)({ ...how, iterations: 1 }, ...rest);
  }) as never);
  return asked;
}

beforeEach(() => void freshBrowser());
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe('what holds keys', () => {
  test('comes back in the next tab, and no byte of a key is in the database', async () => {
    const tab = await openTab();
    expect(await tab.vault.protection()).toBe('none');
    await keepAll(tab);
    expect(await tab.vault.protection()).toBe('device');
    await expectNoKey();
    await expectAll(await openTab());
    expect(((await keyRecord()) as DeviceKeyRecord).key.extractable).toBe(false);
  });

  test('would be found by those who look for it', async () => {
    await openTab();
    await putRaw('run', 'run', run());
    const bytes = await everyKeptByte();
    for (const form of formsOf(deviceKey).slice(0, 2)) expect(bytes.includes(form)).toBe(true);
    await putRaw('run', 'run', Buffer.from(`x${Buffer.from(deviceKey).toString()}`));
    await putRaw('run', 'other', Buffer.from(Buffer.from(table).toString('base64')));
    const inBase64 = Buffer.from(
      Buffer.concat([Buffer.from('12'), deviceKey, Buffer.from('3')]).toString('base64'),
    );
    expect(formsOf(deviceKey).some((form) => inBase64.includes(form))).toBe(true);
  });

  test('has a fresh IV for each writing, and says which version of the envelope it is', async () => {
    const tab = await openTab();
    const ivs = new Set<string>();
    for (let i = 0; i < 20; i++) {
      await tab.keepRun(run());
      const { sealed, iv } = await rawAt('run', 'run');
      expect([sealed, iv.length]).toEqual([1, 12]);
      ivs.add(iv.join());
    }
    expect(ivs.size).toBe(20);
  });

  test('was kept in the open by the version before, and is encrypted at the first start', async () => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      for (const name of ['project', 'run', 'desk', 'radio']) request.result.createObjectStore(name);
      for (const name of ['usb', 'virtual']) request.result.createObjectStore(name, { autoIncrement: true });
    };
    const before = await settled(request);
    before.onversionchange = () => before.close();
    const transaction = before.transaction(['project', 'run', 'desk', 'radio', 'usb'], 'readwrite');
    transaction.objectStore('run').put(run(), 'run');
    transaction.objectStore('project').put(project('light'), 'project');
    transaction.objectStore('desk').put(board('b0'), 0);
    transaction.objectStore('desk').put(board('b3'), 3);
    transaction.objectStore('radio').put(kept, 'database');
    transaction.objectStore('radio').put(pending, 'pending');
    transaction.objectStore('radio').put({ networkId: 'aa', replay: [] }, 'own-node aa');
    transaction.objectStore('radio').put([{ unicast: 9 }], ['records', 0]);
    transaction.objectStore('usb').add({ run: 'x', number: 1 });
    await new Promise((resolve) => (transaction.oncomplete = resolve));
    const bytes = await everyKeptByte();
    expect(
      formsOf(deviceKey)
        .slice(0, 2)
        .map((form) => bytes.includes(form)),
    ).toEqual([true, true]);

    const tab = await openTab();
    await expectNoKey();
    await expectAll(tab);
    expect(await tab.ownNodes('real').read('aa')).toMatchObject({ networkId: 'aa' });
    expect(await tab.recallRecords('real')).toEqual([{ unicast: 9 }]);
    await expectAll(await openTab());
  });

  test('is under one key, though two tabs made one at once', async () => {
    const [one, other] = [await openTab(), await openTab()];
    await Promise.all([one.keepRun(run()), other.remember(project('light')), one.keepDatabase(kept)]);
    const ids = await Promise.all([
      rawAt('run', 'run'),
      rawAt('project', 'project'),
      rawAt('radio', 'database'),
    ]);
    expect(new Set(ids.map(({ key }) => key)).size).toBe(1);
    expect((await other.recallRun())?.donor).toBe('light');
    expect((await one.recall())?.donor).toBe('light');
  });

  test('is not kept where the browser encrypts nothing', async () => {
    const tab = await openTab();
    vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });
    await expect(tab.keepRun(run())).rejects.toMatchObject({ code: 'app/cannot-encrypt' });
    expect(await tab.recallRun()).toBeNull();
  });
});

describe('a record that does not open', () => {
  async function damage(how: (tab: Tab) => Promise<unknown>) {
    const tab = await openTab();
    await keepAll(tab);
    await how(tab);
    return openTab();
  }
  /** It is told, stays when something else is to be kept there, and goes when a person says so. */
  async function expectToStay(tab: Tab, code: string) {
    await expect(tab.recallRun()).rejects.toMatchObject({ code });
    const before = await rawAt('run', 'run');
    await expect(tab.keepRun(run({ id: 'b' }))).rejects.toMatchObject({ code });
    expect(await rawAt('run', 'run')).toEqual(before);
    expect((await tab.vault.unreadable()).map(({ report }) => report.code)).toContain(code);
    await expect((await openTab()).keepRun(run({ id: 'b' }))).rejects.toMatchObject({ code });
    await tab.forgetRun();
    await tab.keepRun(run({ id: 'b' }));
    expect((await tab.recallRun())?.id).toBe('b');
  }

  test.each(['bytes', 'iv'] as const)('as its %s were changed', async (member) => {
    const tab = await damage(async () => {
      const raw = await rawAt('run', 'run');
      const changed = raw[member].with(raw[member].length - 1, raw[member].at(-1)! ^ 1);
      await putRaw('run', 'run', { ...raw, [member]: changed });
    });
    expect((await tab.vault.unreadable()).length).toBe(1);
    expect((await tab.recall())?.donor).toBe('light');
    await expectToStay(tab, 'app/kept-damaged');
  });

  test('as another one was put in its place', async () => {
    const tab = await damage(async () => putRaw('run', 'run', await rawAt('project', 'project')));
    await expectToStay(tab, 'app/kept-damaged');
  });

  test('as two virtual boards changed places', async () => {
    const tab = await damage(async () => {
      const [first, second] = [await rawAt('desk', 0), await rawAt('desk', 3)];
      await putRaw('desk', 0, second);
      await putRaw('desk', 3, first);
    });
    await expect(tab.recallDesk()).rejects.toMatchObject({ code: 'app/kept-damaged' });
  });

  test('as the key is gone', async () => {
    const tab = await damage(() =>
      onDisk(['keys'], (transaction) => transaction.objectStore('keys').clear()),
    );
    await expectToStay(tab, 'app/key-lost');
  });

  test('as another key is there, one of another time', async () => {
    const tab = await damage(async ({ vault }) => {
      const before = await keyRecord();
      await vault.protect(null);
      await putRaw('keys', 'current', before);
    });
    await expectToStay(tab, 'app/key-lost');
  });

  test('as a later version wrote it', async () => {
    const tab = await damage(async () => putRaw('run', 'run', { ...(await rawAt('run', 'run')), sealed: 2 }));
    await expectToStay(tab, 'app/kept-by-later');
  });

  test('keeps its key: nothing goes under another one until it is forgotten', async () => {
    const tab = await damage(async () => putRaw('run', 'run', await rawAt('project', 'project')));
    const before = await keyRecord();
    await expect(tab.vault.protect(null)).rejects.toMatchObject({ code: 'app/kept-damaged' });
    expect((await keyRecord()).id).toBe(before.id);
    await tab.forgetRun();
    await tab.vault.protect(null);
    expect((await keyRecord()).id).not.toBe(before.id);
    expect((await tab.recall())?.donor).toBe('light');
  });
});

describe('a passphrase', () => {
  const WORDS = 'four words nobody guesses';
  async function protectedByWords() {
    const asked = cheapPassphrases();
    const tab = await openTab();
    await keepAll(tab);
    await tab.vault.protect(WORDS);
    return { tab, asked };
  }

  test('is asked for by the next tab; this one goes on', async () => {
    const { tab, asked } = await protectedByWords();
    expect(asked).toEqual([600_000]);
    await expectAll(tab);
    await expectNoKey();
    const record = await keyRecord();
    expect(record).toMatchObject({ kind: 'passphrase', iterations: 600_000 });
    expect(record.kind === 'passphrase' && record.salt.length).toBe(16);
    expect((await everyKeptByte()).includes(WORDS)).toBe(false);

    const next = await openTab();
    const told = vi.fn();
    next.onLocked(told);
    expect([await next.vault.isLocked(), await next.vault.unreadable()]).toEqual([true, []]);
    await expect(next.recallRun()).rejects.toMatchObject({ code: 'app/kept-locked' });
    await expect(next.keepRun(run())).rejects.toMatchObject({ code: 'app/kept-locked' });
    expect(told).toHaveBeenCalled();
    await expect(next.vault.unlock('four words nobody guessed')).rejects.toMatchObject({
      code: 'app/wrong-passphrase',
    });
    expect(await next.vault.isLocked()).toBe(true);
    await next.vault.unlock(WORDS);
    expect(await next.vault.isLocked()).toBe(false);
    await expectAll(next);
  });

  test('is the same however its letters are composed', async () => {
    cheapPassphrases();
    const tab = await openTab();
    await tab.remember(project('light'));
    await tab.vault.protect('grün und würzig'.normalize('NFD'));
    const next = await openTab();
    await next.vault.unlock('grün und würzig'.normalize('NFC'));
    expect((await next.recall())?.donor).toBe('light');
  });

  test('of seven characters is refused, and all stays as it was', async () => {
    const tab = await openTab();
    await keepAll(tab);
    await expect(tab.vault.protect('1234567')).rejects.toMatchObject({ code: 'app/weak-passphrase' });
    expect(await tab.vault.protection()).toBe('device');
    await expectAll(tab);
  });

  test('goes, and a key of this device takes its place', async () => {
    const { tab } = await protectedByWords();
    await tab.vault.protect(null);
    const next = await openTab();
    expect(await next.vault.isLocked()).toBe(false);
    await expectAll(next);
  });

  test('that was set in another tab is needed here from then on: nothing goes under the old key', async () => {
    cheapPassphrases();
    const [one, other] = [await openTab(), await openTab()];
    await keepAll(one);
    await other.vault.protect(WORDS);
    await expect(one.keepRun(run({ id: 'b' }))).rejects.toMatchObject({ code: 'app/kept-locked' });
    expect((await other.recallRun())?.id).toBe('a');
    await one.vault.unlock(WORDS);
    await one.keepRun(run({ id: 'b' }));
    expect((await other.recallRun())?.id).toBe('b');
  });

  test('is set between the encryption of a record and its writing: the record is encrypted anew', async () => {
    cheapPassphrases();
    const [one, other] = [await openTab(), await openTab()];
    await keepAll(one);
    const encrypt = crypto.subtle.encrypt.bind(crypto.subtle);
    let isFirst = true;
    vi.spyOn(crypto.subtle, 'encrypt').mockImplementation(async (...given) => {
      const bytes = await encrypt(...given);
      if (isFirst) {
        isFirst = false;
        await other.vault.protect(null);
      }
      return bytes;
    });
    await one.keepRun(run({ id: 'b' }));
    expect((await rawAt('run', 'run')).key).toBe((await keyRecord()).id);
    expect((await (await openTab()).recallRun())?.id).toBe('b');
    await (await openTab()).recall();
  });

  test('takes what another tab keeps while all goes under it', async () => {
    const [one, other] = [await openTab(), await openTab()];
    await keepAll(one);
    const encrypt = crypto.subtle.encrypt.bind(crypto.subtle);
    let isFirst = true;
    vi.spyOn(crypto.subtle, 'encrypt').mockImplementation(async (...given) => {
      if (isFirst) {
        isFirst = false;
        await other.remember(project('newer'));
        await other.keepBoard(5, board('b5'));
      }
      return encrypt(...given);
    });
    await one.vault.protect(null);
    expect((await one.recall())?.donor).toBe('newer');
    expect((await (await openTab()).recallDesk()).size).toBe(3);
  });
});

describe('a page that is closed while records go under another key', () => {
  test.each([0, 1])('at write number %i has lost nothing', async (last) => {
    cheapPassphrases();
    const tab = await openTab();
    await keepAll(tab);
    const prototype = Reflect.getPrototypeOf(await settled(indexedDB.open('any'))) as IDBDatabase;
    const { transaction } = prototype;
    let writes = 0;
    const closing = vi.spyOn(prototype, 'transaction').mockImplementation(function (
      this: IDBDatabase,
      ...of
    ) {
      const begun = transaction.apply(this, of);
      // the browser dies after some puts of it
      if (of[1] === 'readwrite' && writes++ >= last) queueMicrotask(() => setImmediate(() => begun.abort()));
      return begun;
    });
    const end = await tab.vault.protect('four words nobody guesses').then(
      () => 'done',
      () => 'closed',
    );
    closing.mockRestore();
    const next = await openTab();
    if (end === 'done') await next.vault.unlock('four words nobody guesses');
    await expectAll(next);
    await expectNoKey();
  });
});
