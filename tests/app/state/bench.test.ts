import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { fromHex } from '../../../src/bytes.ts';
import { readImage } from '../../../src/kinds/index.ts';
import { MemoryImage } from '../../../src/image/index.ts';
import { boardOf, openTab, type Tab } from '../../support/bench-tab.ts';
import { freshBrowser, type FreshBrowser } from '../../support/browser.ts';
import { onlyPlan } from '../../support/plans.ts';
import { smallDump } from '../../support/session.ts';

let browser: FreshBrowser;
beforeEach(() => void (browser = freshBrowser()));
afterEach(() => void vi.unstubAllGlobals());

const slotIs = (tab: Tab, state: string) =>
  vi.waitFor(() => expect(tab.bench.view?.slots[0]?.state).toBe(state), { timeout: 30_000 });
const answer = (tab: Tab, yes: boolean) =>
  vi.waitFor(() => {
    expect(tab.questions.open).not.toBeNull();
    tab.questions.open!.answer(yes);
  });

describe('a run of the bench', () => {
  test('has the pages that its clones share packed once, and again only where that failed', async () => {
    const tab = await openTab();
    await tab.reachPlan(3);
    const packing = vi.spyOn(tab.session.plan, 'packedPages');
    packing.mockImplementationOnce(() => {
      throw new Error('the worker is gone');
    });
    await tab.bench.begin('usb');
    const slots = () => tab.bench.view!.slots.map(({ state }) => state);
    const plugged = async (deviceId: bigint, state: string) => {
      tab.usb.plug(boardOf(deviceId).device);
      await vi.waitFor(() => expect(slots().at(-1)).toBe(state), { timeout: 30_000 });
    };
    await plugged(1n, 'failed');
    await plugged(2n, 'verified');
    await plugged(3n, 'verified');
    expect(packing).toHaveBeenCalledTimes(2);
  });

  test('puts a clone onto a board, and is kept with its plan until it is finished', async () => {
    const tab = await openTab();
    await tab.reachPlan(1);
    expect(tab.bench.phase).toBe('ready');
    await tab.bench.begin('usb');
    expect(tab.bench.phase).toBe('running');
    expect(tab.announcements.said).toBe('The bench is open, 1 clone wait for boards.');

    const board = boardOf(1n);
    tab.usb.plug(board.device);
    await slotIs(tab, 'verified');
    const plan = onlyPlan((tab.bench.kept as Extract<typeof tab.bench.kept, { version: 2 }>).plan);
    const { settled } = readImage(MemoryImage.of([{ address: 0, bytes: board.chip.flash }]));
    expect(settled.unicast?.start).toBe(plan.clones[0]!.unicast);
    expect(settled.deviceKeys.map(({ key }) => key)).toContainEqual(plan.clones[0]!.deviceKey);
    expect(tab.bench.boards.visits.map(({ outcome }) => outcome)).toEqual(['verified']);

    const finished = tab.bench.finish(); // neither zip nor database is saved
    await answer(tab, true);
    await finished;
    expect([tab.bench.phase, tab.bench.kept, tab.bench.view]).toEqual(['ready', null, null]);
    expect(tab.plan.reserved).toEqual([{ start: plan.clones[0]!.unicast, count: 3 }]);
  });

  test('is gone on with after a reload by the very same keys', async () => {
    const before = await openTab('one');
    await before.reachPlan(2);
    await before.bench.begin('usb');
    const keys = before.session.project.reveal().cloneKeys;
    const pulled = before.bench.kept!.id;
    browser.closeTabs();

    const tab = await openTab('two');
    expect(tab.bench.phase).toBe('kept');
    expect(tab.bench.kept!.id).toBe(pulled);
    await tab.bench.goOn();
    expect(tab.bench.phase).toBe('running');
    expect(tab.session.project.reveal().cloneKeys).toEqual(keys);
  });

  test('is not begun over one that is kept, which is shown then', async () => {
    const stale = await openTab('stale');
    await stale.reachPlan(3);
    const other = await openTab('other');
    await other.reachPlan(2);
    await other.bench.begin('usb');
    browser.closeTabs();
    await stale.bench.begin('usb');
    expect(stale.bench.error?.code).toBe('station/run-kept');
    expect([stale.bench.phase, stale.bench.kept?.clones.length]).toEqual(['kept', 2]);
  });

  test('is a file that brings the very same clones back where it was forgotten', async () => {
    const tab = await openTab();
    await tab.reachPlan(2);
    await tab.bench.begin('usb');
    const plan = onlyPlan((tab.bench.kept as Extract<typeof tab.bench.kept, { version: 2 }>).plan);
    await tab.bench.saveAndPutAway();
    expect(tab.bench.phase).toBe('ready');
    const [name, text] = [...browser.saved].find(([file]) => file.startsWith('meshpress-run-'))!;
    const given = JSON.parse(text) as { plan: { clones: { deviceKey: string }[] } };
    expect(given.plan.clones.map(({ deviceKey }) => fromHex(deviceKey))).toEqual(
      plan.clones.map(({ deviceKey }) => deviceKey),
    );
    await tab.bench.openRun(new File([text], name));
    await vi.waitFor(() => expect(tab.bench.phase).toBe('kept'));
    expect(tab.bench.kept).toMatchObject({ version: 2, plan, saved: true });
  });

  test('knows that its keys are safe once the database is saved, or the zip', async () => {
    const tab = await openTab();
    await tab.reachPlan(2);
    await tab.bench.begin('usb');
    expect(tab.bench.kept?.saved).toBe(false);
    await tab.bench.files.saveDatabase('confirmed');
    expect(tab.bench.kept?.saved).toBe(false);
    await tab.bench.files.saveDatabase('all');
    expect(tab.bench.kept?.saved).toBe(true);
    expect([...browser.saved.keys()]).toEqual(['mesh.json']);
  });
});

describe('boards that are locked at their end', () => {
  test('are told of before the run, by the run itself, and after a reload; of other runs nothing is', async () => {
    const tab = await openTab();
    await tab.reachPlan(2);
    expect(tab.bench.locking).toBeNull();
    tab.bench.ends = { proof: 'quick', protect: true };
    expect(tab.bench.locking).toMatchObject({
      severity: 'warning',
      message: 'All 2 clones are locked at the end of writing, and a locked clone can only be erased.',
    });
    expect(tab.bench.locking!.hint).not.toContain('cannot be proved');
    tab.bench.ends = { proof: 'full', protect: true };
    expect(tab.bench.locking!.hint).toContain('cannot be proved');
    await tab.bench.begin('usb');
    tab.bench.ends = { proof: 'quick', protect: false }; // of the next run
    expect(tab.bench.locking?.code).toBe('station/boards-get-locked');

    browser.closeTabs();
    vi.resetModules();
    const again = await openTab();
    expect(again.bench.locking).toBeNull();
    await again.bench.goOn();
    expect(again.bench.locking?.code).toBe('station/boards-get-locked');
  });
});

describe('an engine that has stopped', () => {
  test('gets the open files once more, and plans for them', async () => {
    const tab = await openTab();
    await tab.reachPlan(2);
    const before = tab.plan.view!.clones;
    tab.session.project.close();
    await tab.page.opening.beginAgain(null);
    expect(tab.project.view.donor).not.toBeNull();
    expect(tab.plan.view!.clones.map(({ unicast }) => unicast)).toEqual(before.map(({ unicast }) => unicast));
  });

  test('goes on with the very clones of the run that is on', async () => {
    const tab = await openTab();
    await tab.reachPlan(2, smallDump());
    tab.bench.ends = { proof: 'none', protect: false };
    await tab.bench.begin('usb');
    const keys = tab.session.project.reveal().cloneKeys;
    tab.session.project.close();
    tab.usb.plug(boardOf(1n).device);
    await slotIs(tab, 'failed');
    await tab.page.opening.beginAgain(tab.bench.kept);
    expect(tab.session.project.reveal().cloneKeys).toEqual(keys);
    tab.bench.boards.retry('A');
    await slotIs(tab, 'verified');
    expect(tab.bench.phase).toBe('running');
  });
});

describe('identities', () => {
  test('go to nobody once a person discards them, and only then', async () => {
    const tab = await openTab();
    await tab.reachPlan(2);
    await tab.bench.begin('usb');
    await vi.waitFor(() => expect(tab.bench.view).not.toBeNull());
    const job = tab.bench.view!.jobs[0]!;
    for (const yes of [false, true]) {
      const done = tab.bench.identities.discard(job);
      await answer(tab, yes);
      await done;
      tab.bench.boards.take();
      expect(tab.bench.view!.jobs[0]!.state === 'discarded').toBe(yes);
    }
  });
});

describe('the journal', () => {
  test('goes into a file, and comes back without a doublet', async () => {
    const tab = await openTab();
    await tab.reachPlan(1);
    await tab.bench.begin('usb');
    tab.usb.plug(boardOf(7n).device);
    await slotIs(tab, 'verified');
    await tab.bench.files.saveJournal('json');
    const text = browser.saved.get('meshpress-journal.json')!;
    await tab.bench.files.importJournal(new File([text], 'journal.json'));
    expect(tab.bench.notice).toMatch(/^0 records of journal.json are new, [1-9]\d* were known\.$/);
    expect(tab.bench.conflicts).toEqual([]);
    await tab.bench.files.importJournal(new File(['{'], 'broken.json'));
    expect(tab.bench.error?.code).toMatch(/^station\//);
  });
});
