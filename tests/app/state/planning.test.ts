import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { JournalRecord } from '../../../src/bench/index.ts';
import { toHex } from '../../../src/bytes.ts';
import { freshBrowser, type FreshBrowser } from '../../support/browser.ts';
import { FaultyStorage } from '../../support/faulty-storage.ts';
import { newPage, type TestPage } from '../../support/page-parts.ts';
import { asFile, sampleDatabase, sampleDump } from '../../support/session.ts';
import { onlyPlan } from '../../support/plans.ts';
import { twoKinds } from '../../support/two-kinds.ts';

let browser: FreshBrowser;
beforeEach(() => void (browser = freshBrowser()));
afterEach(() => void vi.unstubAllGlobals());

/** A clone of another plan is on a real board, as another tab put it there. */
async function putOnBoard(page: TestPage, unicast: number): Promise<void> {
  const { IndexedDbJournal } = await import('../../../src/app/browser/journal-store.ts');
  const network = page.project.view.database!.meshUuid;
  const record: JournalRecord = {
    run: 'r',
    number: 1,
    at: '2026-01-01T00:00:00.000Z',
    kind: 'verified',
    identity: { network, clone: 'x', unicast, elementCount: 3 },
    chipId: '00112233445566ff',
    probe: '',
    imageSha256: '',
    result: '',
  };
  await new IndexedDbJournal('usb').append([record]);
}
const addresses = ({ plan }: TestPage) => plan.view!.clones.map(({ unicast }) => unicast);

describe('files that come and go', () => {
  test('are opened one by one, and the plan follows once both are there', async () => {
    const page = await newPage();
    await page.opening.open([asFile(sampleDump())]);
    expect(page.announcements.said).toBe('Dump read. The database is missing.');
    expect(page.plan.view).toBeNull();
    await page.opening.open([asFile(sampleDatabase())]);
    expect(page.announcements.said).toBe('light can be cloned.');
    expect(page.plan.view!.clones).toHaveLength(20);
  });

  test('that are removed come back by the note', async () => {
    const page = await newPage();
    await page.reachPlan(2);
    await page.opening.remove(['mesh.json']);
    expect(page.announcements.note?.text).toBe('mesh.json is removed.');
    expect([page.project.view.donor, page.plan.view]).toEqual([null, null]);
    await page.announcements.note!.undo!();
    expect(page.plan.view!.clones).toHaveLength(2);
  });

  test('are not touched where a person keeps what they pressed', async () => {
    const page = await newPage();
    await page.reachPlan(2);
    Object.assign(page, { mayDiscard: async () => false });
    const { Opening } = await import('../../../src/app/state/opening.ts');
    await new Opening({ ...page }, page.planning).remove(['mesh.json']);
    expect(page.project.view.donor).not.toBeNull();
  });
});

describe('a plan', () => {
  test('goes round what is on boards', async () => {
    const page = await newPage();
    await page.reachPlan(2);
    const [first] = addresses(page);
    await putOnBoard(page, first!);
    await page.events.emit('planOutdated', null);
    expect(addresses(page)).toEqual([first! + 3, first! + 6]);
  });

  test('that was pressed is put aside where its addresses came onto boards meanwhile', async () => {
    const page = await newPage();
    await page.reachPlan(2);
    const [first] = addresses(page);
    await putOnBoard(page, first!);
    await page.planning.press({ name: 'x.zip', bytes: 1000 });
    expect(page.press.phase).toBe('ready');
    expect(page.press.error?.code).toBe('station/plan-outdated');
    expect(addresses(page)[0]).toBe(first! + 3);
  });

  test('that was pressed and saved is remembered by its addresses, and others learn that its keys are safe', async () => {
    const page = await newPage();
    const told = vi.fn();
    page.events.on('keysSaved', told);
    await page.reachPlan(2);
    const [first, last] = addresses(page);
    await page.planning.press({ name: 'x.zip', bytes: 1000 });
    expect(page.announcements.said).toBe('2 clones are ready.');
    expect([page.press.unsaved, told.mock.calls.length]).toEqual([true, 0]);
    await page.planning.saveZip();
    expect([...browser.saved.keys()]).toEqual(['light-2-clones.zip']);
    expect(told).toHaveBeenCalledTimes(1);
    expect((await page.remembered())?.pressed).toMatchObject({ count: 2, first, last: last! + 2 });
  });

  test('goes on from the updated database behind the pressed clones', async () => {
    const page = await newPage();
    await page.reachPlan(2);
    const last = addresses(page).at(-1)!;
    await page.opening.continueFromUpdated();
    expect(addresses(page)[0]).toBe(last + 3);
    expect(page.went.at(-1)).toBe('plan');
    await page.opening.nextDonor();
    expect([page.project.view.dump, page.plan.view, page.went.at(-1)]).toEqual([null, null, 'donor']);
  });

  test('keeps a name that can be, and says what is wrong with one that cannot', async () => {
    const page = await newPage();
    await page.reachPlan(2);
    expect(await page.planning.rename(0, 'hall')).toBeNull();
    expect(await page.planning.rename(1, 'hall')).toMatchObject({ code: 'clone/name-twice' });
    expect(page.plan.view!.clones[0]!.name).toBe('hall');
    expect(page.plan.error).toBeNull();
  });
});

describe('a kept run', () => {
  async function kept(version: 1 | 2) {
    const page = await newPage('one');
    await page.reachPlan(2);
    const plan = onlyPlan(structuredClone(await page.engine.plan.kept()));
    const table = new TextDecoder().decode((await page.engine.plan.table()).bytes);
    const base = {
      id: 'a',
      boards: 'usb',
      network: page.project.view.database!.meshUuid,
      clones: addresses(page),
      saved: false,
      startedAt: '2026-11-26T10:00:00.000Z',
      files: [sampleDump(), sampleDatabase()],
      donor: 'light',
    } as const;
    const run =
      version === 2
        ? { ...base, version, settings: page.plan.settings, plan }
        : { ...base, version, settings: { ...page.plan.settings, csv: table } };
    return { run, plan, hashes: await page.engine.plan.imageHashes() };
  }

  test.each([1, 2] as const)(
    'of version %i is gone on with by its very clones, keys and images',
    async (version) => {
      const { run, plan, hashes } = await kept(version);
      const page = await newPage('two');
      expect(await page.opening.reopenRun(run)).toBe(true);
      expect(page.session.project.reveal().cloneKeys).toEqual(
        plan.clones.map(({ deviceKey }) => toHex(deviceKey)),
      );
      expect(await page.engine.plan.imageHashes()).toEqual(hashes);
      expect(page.went.at(-1)).toBe('bench');
    },
  );

  test('stays as it was planned, whatever the planner would decide today', async () => {
    const { run, plan } = await kept(2);
    if (run.version !== 2) throw new Error('not of this version');
    const clones = plan.clones.map((clone) => ({
      ...clone,
      name: `kept ${clone.name}`,
      unicast: clone.unicast + 0x300,
    }));
    const page = await newPage('two');
    const other = { ...run, plan: { ...plan, clones }, clones: clones.map(({ unicast }) => unicast) };
    expect(await page.opening.reopenRun(other)).toBe(true);
    expect(page.plan.view!.clones.map(({ name }) => name)).toEqual(clones.map(({ name }) => name));
    expect(addresses(page)).toEqual(other.clones);
  });

  test('of another donor than its files have is refused', async () => {
    const { run, plan } = await kept(2);
    const page = await newPage('two');
    const donor = { ...plan.donor, imageSha256: '00'.repeat(32) };
    expect(await page.opening.reopenRun({ ...run, version: 2, plan: { ...plan, donor } })).toBe(false);
    expect(page.plan.error?.code).toBe('clone/plan-of-another-donor');
  });
});

describe('what this browser remembers', () => {
  test('is not what there was no room for, which is told where a person wished it to be kept', async () => {
    const storage = new FaultyStorage(indexedDB);
    vi.stubGlobal('indexedDB', storage.indexedDB);
    const page = await newPage();
    await page.reachPlan(2);
    storage.isFull = true;
    await page.memory.save();
    expect(page.memory.failure).toBeNull(); // only settings, which nobody asked for
    await page.memory.setKeepFiles(true);
    expect(page.memory.failure?.code).toBe('app/storage-full');
    storage.isFull = false;
    await page.memory.save();
    expect(page.memory.failure).toBeNull();
    expect((await page.remembered())?.files).toHaveLength(2);
  });

  test('is settings and names, and files on a person’s word alone', async () => {
    const page = await newPage();
    await page.reachPlan(2);
    await page.memory.save();
    expect(await page.remembered()).toMatchObject({ donor: 'light', settings: { count: '2', csv: '' } });
    expect((await page.remembered())?.files).toBeUndefined();
    await page.memory.setKeepFiles(true);
    expect((await page.remembered())?.files?.map(({ name }) => name)).toEqual(['client.hex.gz', 'mesh.json']);
    await page.memory.setKeepFiles(false);
    expect((await page.remembered())?.files).toBeUndefined();
  });

  test('brings files and settings back at the next visit', async () => {
    const before = await newPage();
    await before.reachPlan(2);
    await before.memory.setKeepFiles(true);
    const page = await newPage();
    await page.memory.recall();
    expect(page.memory.keepFiles).toBe(true);
    await page.opening.resume();
    expect(page.plan.view!.clones).toHaveLength(2);
    expect(page.memory.remembered).toBeNull();
  });

  test('is nothing any more once it is forgotten, until further files are given', async () => {
    const page = await newPage();
    await page.reachPlan(2);
    await page.memory.forget(false);
    await page.memory.save();
    expect(await page.remembered()).toBeNull();
    await page.opening.open([asFile(sampleDatabase())]);
    expect(await page.remembered()).not.toBeNull();
  });

  test('in a browser that keeps nothing is nothing, and no failure', async () => {
    vi.stubGlobal('indexedDB', {
      open: () => {
        throw new Error('not allowed');
      },
    });
    const page = await newPage();
    await page.memory.recall();
    await page.reachPlan(2);
    expect(page.plan.view!.clones).toHaveLength(2);
    await page.planning.press({ name: 'x.zip', bytes: 1000 });
    await page.planning.saveZip();
    expect(page.press.savedAs).toBe('light-2-clones.zip');
  });
});

describe('two kinds of node', () => {
  const files = twoKinds();

  async function withBoth(seed?: string) {
    const page = await newPage(seed);
    await page.opening.open([asFile(files.light), asFile(files.database)]);
    page.planning.change({ count: '2' });
    await page.opening.addKind();
    await page.opening.open([asFile(files.switch)]);
    page.plan.settings = { ...page.plan.settings, count: '3' };
    await page.plan.refresh();
    return page;
  }
  const counts = (page: TestPage) => page.plan.view!.groups.map(({ name, count }) => [name, count]);

  test('have settings of their own, and names stay with their kind', async () => {
    const page = await withBoth();
    expect(counts(page)).toEqual([
      ['light', 2],
      ['switch', 3],
    ]);
    expect(page.plan.settings.count).toBe('3');
    await page.opening.showKind(0);
    expect(page.plan.settings.count).toBe('2');
    expect(await page.planning.rename(3, 'stairs')).toBeNull();
    expect(page.plan.allSettings.map(({ names }) => names)).toEqual([{}, { 1: 'stairs' }]);
    expect(page.plan.view!.clones[3]!.name).toBe('stairs');
  });

  test('say whose setting is wrong where another one is looked at', async () => {
    const page = await withBoth();
    page.plan.settings = { ...page.plan.settings, count: 'many' };
    await page.opening.showKind(0);
    await page.plan.refresh();
    expect(page.plan.error).toMatchObject({
      code: 'app/bad-count',
      message: expect.stringContaining('switch'),
    });
    expect(page.plan.errorIsHere).toBe(false);
  });

  test('come back after a reload with all files and settings', async () => {
    const page = await withBoth();
    await page.memory.setKeepFiles(true);
    const later = await newPage();
    await later.memory.recall();
    await later.opening.resume();
    expect(counts(later)).toEqual(counts(page));
    expect(later.project.view.kinds.map(({ donor }) => donor?.name)).toEqual(['light', 'switch']);
    expect(later.project.files.map(({ name }) => name)).toEqual(['light.hex', 'switch.hex', 'mesh.json']);
  });

  test('are gone on with by the very same clones of both, from a run that was saved as a file', async () => {
    const page = await withBoth('one');
    const plan = await page.engine.plan.kept();
    const hashes = await page.engine.plan.imageHashes();
    const run = {
      version: 2,
      id: 'a',
      boards: 'usb',
      network: page.project.view.database!.meshUuid,
      clones: addresses(page),
      saved: true,
      startedAt: '2026-11-26T10:00:00.000Z',
      files: [files.light, { ...files.switch, kind: 1 }, files.database],
      donor: 'light, switch',
      settings: page.plan.allSettings[0]!,
      furtherSettings: page.plan.allSettings.slice(1),
      plan,
    } as const;
    const { formatRun, parseRun } = await import('../../../src/app/state/run-file.ts');
    const read = parseRun(formatRun(run));
    expect(read.files.map(({ name, kind = 0 }) => [name, kind])).toEqual([
      ['light.hex', 0],
      ['switch.hex', 1],
      ['mesh.json', 0],
    ]);
    expect({ ...read, files: null }).toEqual({ ...run, files: null });
    const later = await newPage('two');
    expect(await later.opening.reopenRun(read)).toBe(true);
    expect(await later.engine.plan.imageHashes()).toEqual(hashes);
  });

  test('become one again when the dump of one is taken away', async () => {
    const page = await withBoth();
    await page.opening.remove(['switch.hex']);
    expect(counts(page)).toEqual([['light', 2]]);
  });
});
