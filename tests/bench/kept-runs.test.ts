import { describe, expect, test } from 'vitest';
import {
  KeptRuns,
  MemoryStore,
  type JournalRecord,
  type NewRun,
  type RunMark,
} from '../../src/bench/index.ts';
import { jobsFrom, NETWORK, verifiedRecord } from './workshop.ts';

const JOBS = jobsFrom(0x53, 3);
const X = '00000000000000aa';

/** One browser: what its pages share. */
class Browser {
  run: RunMark | null = null;
  isHeld = false;
  readonly usb = new MemoryStore();
  readonly virtual = new MemoryStore();

  /** Another page, which has seen nothing yet. */
  page(): KeptRuns<RunMark> {
    return new KeptRuns<RunMark>({
      runs: {
        load: async () => this.run,
        keep: async (run) => void (this.run = run),
        forget: async () => void (this.run = null),
      },
      journals: { usb: this.usb, virtual: this.virtual },
      lock: {
        acquire: async () => {
          if (this.isHeld) return undefined;
          this.isHeld = true;
          return () => void (this.isHeld = false);
        },
      },
    });
  }

  /** The board with this chip has a clone, as the journal says. */
  async verify(place: number, chipId: string, changes: Partial<JournalRecord> = {}): Promise<void> {
    await this.usb.append([{ ...verifiedRecord(JOBS[place]!, chipId), ...changes }]);
  }
}

const plan =
  (id: string, { clones = JOBS, saved = false } = {}) =>
  async (): Promise<NewRun<RunMark>> => ({
    run: {
      id,
      boards: 'usb',
      network: NETWORK,
      clones: clones.map(({ unicast }) => unicast),
      saved,
    },
    clones,
  });
const code = (what: string) => expect.objectContaining({ code: `station/${what}` });

describe('a page that has seen no run, while another began one and closed', () => {
  async function meet() {
    const browser = new Browser();
    const [a, b] = [browser.page(), browser.page()];
    expect(await b.look()).toBeNull();
    const held = await a.begin(plan('a'));
    await browser.verify(0, X);
    held.release();
    return { browser, a, b };
  }

  test('does not begin its own over it', async () => {
    const { browser, b } = await meet();
    await expect(b.begin(plan('b'))).rejects.toThrow(code('run-kept'));
    expect(browser.run?.id).toBe('a');
    expect(browser.isHeld).toBe(false);
  });

  test('sees then what is kept, and can go on with it', async () => {
    const { b } = await meet();
    const seen = await b.look();
    expect(seen).toMatchObject({ run: { id: 'a', saved: false }, verified: 1, maybe: 0, records: 1 });
    expect((await b.goOn(seen!)).run.id).toBe('a');
  });

  test('can begin its own once that is put away', async () => {
    const { browser, b } = await meet();
    await b.putAway(await b.look(), { exported: true });
    await expect(b.begin(plan('b', { clones: jobsFrom(0x73, 2) }))).resolves.toBeDefined();
    expect(browser.run?.id).toBe('b');
  });

  test('does not forget it by a word that was about nothing', async () => {
    const { browser, b } = await meet();
    await expect(b.putAway(null)).rejects.toThrow(code('run-changed'));
    expect(browser.run?.id).toBe('a');
  });
});

describe('a word about a run', () => {
  async function shown() {
    const browser = new Browser();
    const [a, b] = [browser.page(), browser.page()];
    (await a.begin(plan('a'))).release();
    return { browser, a, b, seen: (await b.look())! };
  }

  test('is not taken when boards were written since', async () => {
    const { browser, a, b, seen } = await shown();
    const held = await a.goOn(seen);
    await browser.verify(0, X);
    held.release();
    await expect(b.putAway(seen)).rejects.toThrow(code('run-changed'));
    expect(browser.run?.id).toBe('a');
    await b.putAway(await b.look());
    expect(browser.run).toBeNull();
  });

  test('is taken then if all of it is in a file', async () => {
    const { browser, b, seen } = await shown();
    await browser.verify(0, X);
    await b.putAway(seen, { exported: true });
    expect(browser.run).toBeNull();
  });

  test('is not taken when another run is kept by now', async () => {
    const { browser, a, b, seen } = await shown();
    await a.putAway(seen);
    (await a.begin(plan('another'))).release();
    await expect(b.putAway(seen, { exported: true })).rejects.toThrow(code('run-changed'));
    await expect(b.goOn(seen)).rejects.toThrow(code('run-changed'));
    expect(browser.run?.id).toBe('another');
  });

  test('says that nothing is kept when it was finished meanwhile', async () => {
    const { a, b, seen } = await shown();
    await (await a.goOn(seen)).end();
    await expect(b.goOn(seen)).rejects.toThrow(code('run-gone'));
    await expect(b.putAway(seen)).rejects.toThrow(code('run-gone'));
    await expect(b.look()).resolves.toBeNull();
  });

  test('waits while another page is at work with it', async () => {
    const { browser, a, b, seen } = await shown();
    const held = await a.goOn(seen);
    await expect(b.putAway(seen)).rejects.toThrow(code('other-tab'));
    await expect(b.goOn(seen)).rejects.toThrow(code('other-tab'));
    await expect(b.begin(plan('b'))).rejects.toThrow(code('other-tab'));
    await held.markSaved();
    expect(browser.run).toMatchObject({ id: 'a', saved: true });
  });
});

describe('a plan that was made before another run put its addresses onto boards', () => {
  async function afterAnotherRun(changes: Partial<JournalRecord> = {}) {
    const browser = new Browser();
    await browser.verify(1, X, { imageSha256: 'cd'.repeat(32), ...changes });
    return browser;
  }

  test('is not begun, and says which addresses are taken', async () => {
    const browser = await afterAnotherRun();
    await expect(browser.page().begin(plan('b'))).rejects.toMatchObject({
      code: 'station/plan-outdated',
      message: expect.stringContaining('0x0055–0x0056'),
      facts: { clones: 1, unicast: 0x55 },
    });
    expect([browser.run, browser.isHeld]).toEqual([null, false]);
  });

  test('is not begun where it shares a single address with a board either', async () => {
    const browser = await afterAnotherRun({
      identity: { network: NETWORK, clone: 'other', unicast: 0x58, elementCount: 4 },
    });
    await expect(browser.page().begin(plan('b'))).rejects.toThrow(code('plan-outdated'));
  });

  test.each<[string, Partial<JournalRecord>]>([
    ['they are the very same clones', { imageSha256: JOBS[1]!.imageSha256 }],
    ['the board was given back', { kind: 'released' }],
    ['the identity was discarded, which nobody gets', { kind: 'discarded' }],
    [
      'that was in another network',
      { identity: { network: '0'.repeat(32), clone: 'x', unicast: 0x55, elementCount: 2 } },
    ],
  ])('is begun where %s', async (_, changes) => {
    const browser = await afterAnotherRun(changes);
    await browser.page().begin(plan('b'));
    expect(browser.run?.id).toBe('b');
  });
});

describe('a store that fails', () => {
  test('leaves the bench to others', async () => {
    const browser = new Browser();
    const page = browser.page();
    await expect(page.begin(() => Promise.reject(new Error('no images')))).rejects.toThrow('no images');
    browser.usb.load = () => Promise.reject(new Error('broken'));
    await expect(page.begin(plan('a'))).rejects.toThrow('broken');
    expect([browser.run, browser.isHeld]).toEqual([null, false]);
  });
});
