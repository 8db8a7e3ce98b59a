import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  mergeOwnNodes,
  openOwnNode,
  type OwnNode,
  type OwnNodeRecord,
} from '../../src/mesh/own-node/own-node.ts';

const NETWORK = '3ecaff672f673370';

/** A disk on which writes may fail, before they are done or after. */
class Disk {
  record: OwnNodeRecord | undefined;
  writes = 0;
  /** The browser dies at this write, counted from 1. */
  diesAt = Infinity;
  dies: 'before' | 'after' = 'before';

  async read(): Promise<OwnNodeRecord | undefined> {
    return structuredClone(this.record);
  }
  async write(record: OwnNodeRecord): Promise<void> {
    const isLast = ++this.writes === this.diesAt;
    if (isLast && this.dies === 'before') throw new Error('power cut');
    this.record = structuredClone(record);
    if (isLast) throw new Error('power cut');
  }
}

class Locks {
  readonly #held = new Set<string>();
  readonly lock = async (name: string) => {
    if (this.#held.has(name)) return undefined;
    this.#held.add(name);
    return () => void this.#held.delete(name);
  };
}

const open = (disk: Disk, more: Partial<Parameters<typeof openOwnNode>[0]> = {}) =>
  openOwnNode({
    networkId: NETWORK,
    store: disk,
    lock: new Locks().lock,
    ivIndex: 0,
    candidates: [0x0f, 0x10, 0x11],
    randomBytes: (length) => new Uint8Array(length).fill(1, 0, 4),
    ...more,
  });

const take = async (node: OwnNode, count: number, ivIndex = 0) => {
  const numbers: number[] = [];
  for (let i = 0; i < count; i++) numbers.push(await node.next(ivIndex));
  return numbers;
};

describe('this browser as a node', () => {
  test('speaks from one of the free addresses, and from then on from that one', async () => {
    const disk = new Disk();
    const first = await open(disk);
    expect([0x0f, 0x10, 0x11]).toContain(first.unicast);
    await first.next(0);
    const again = await open(disk, { randomBytes: (length) => new Uint8Array(length).fill(7) });
    expect(again.unicast).toBe(first.unicast);
  });

  test('takes another address where the database has given its own away', async () => {
    const disk = new Disk();
    const first = await open(disk, { candidates: [0x0f] });
    await first.next(0);
    const other = await open(disk, { candidates: [0x20] });
    expect(other.unicast).toBe(0x20);
    expect(await other.next(0)).toBe(0);
  });

  test('does not speak without an address, without its record, or beside another tab', async () => {
    await expect(open(new Disk(), { candidates: [] })).rejects.toMatchObject({ code: 'mesh/no-own-address' });
    const store = { read: async () => Promise.reject(new Error('blocked')), write: async () => {} };
    await expect(open(new Disk(), { store })).rejects.toMatchObject({ code: 'mesh/own-node-not-read' });

    const { lock } = new Locks();
    const disk = new Disk();
    const first = await open(disk, { lock });
    await expect(open(disk, { lock })).rejects.toMatchObject({ code: 'mesh/own-node-elsewhere' });
    await first.close();
    await expect(open(disk, { lock })).resolves.toBeDefined();
  });

  test('lets another tab in where opening failed', async () => {
    const { lock } = new Locks();
    await expect(open(new Disk(), { lock, candidates: [] })).rejects.toThrow();
    await expect(open(new Disk(), { lock })).resolves.toBeDefined();
  });
});

describe('own sequence numbers', () => {
  test('rise one by one, and each block is on disk before its first number is given', async () => {
    const disk = new Disk();
    const node = await open(disk);
    for (let expected = 0; expected < 600; expected++) {
      expect(await node.next(0)).toBe(expected);
      expect(disk.record!.reservedUntil).toBeGreaterThan(expected);
    }
    expect(disk.writes).toBe(3);
  });

  test('asked for all at once are all different', async () => {
    const node = await open(new Disk());
    const numbers = await Promise.all(Array.from({ length: 700 }, () => node.next(0)));
    expect(new Set(numbers).size).toBe(700);
  });

  test('are never given twice, wherever the browser dies', async () => {
    const act = fc.record({
      count: fc.nat(400),
      diesAt: fc.integer({ min: 1, max: 6 }),
      dies: fc.constantFrom('before', 'after' as const),
      leap: fc.boolean(),
      heard: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 6 }), async (acts) => {
        const disk = new Disk();
        const used = new Set<string>();
        for (const { count, diesAt, dies, leap, heard } of acts) {
          Object.assign(disk, { diesAt: disk.writes + diesAt, dies });
          const node = await open(disk);
          if (leap) await node.leap();
          for (let i = 0; i < count; i++) {
            if (heard) node.noteHeard();
            // a page that lived on after the failed write would go on asking
            const number = await node.next(0).catch(() => undefined);
            if (number === undefined) continue;
            const name = `${node.unicast} ${number}`;
            expect(used.has(name)).toBe(false);
            used.add(name);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test('are not given where they could not be written down, and are when they can again', async () => {
    const disk = new Disk();
    disk.diesAt = 1;
    const node = await open(disk);
    await expect(node.next(0)).rejects.toMatchObject({ code: 'mesh/numbers-not-kept' });
    expect(await node.next(0)).toBe(0);
  });

  test('go on under another address when the storage was cleared, and elsewhere should the same one be drawn', async () => {
    const disk = new Disk();
    const before = await open(disk, { randomBytes: () => Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1) });
    await take(before, 3);
    disk.record = undefined;
    const after = await open(disk, { randomBytes: () => Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 2) });
    expect(after.unicast).not.toBe(before.unicast);
    disk.record = undefined;
    const again = await open(disk, { randomBytes: () => Uint8Array.of(0, 0, 0, 0, 0, 0, 0x12, 0x34) });
    expect(again.unicast).toBe(before.unicast);
    expect(await take(again, 2)).toEqual([0x23400, 0x23401]); // one of 4096 blocks
  });

  test('leave the numbers out that a node may have heard of us', async () => {
    const disk = new Disk();
    const node = await open(disk);
    await node.next(0);
    await node.leap();
    const number = await node.next(0);
    expect(number).toBeGreaterThan(0x10000);
    expect(disk.record!.reservedUntil).toBeGreaterThan(number);
  });

  test('end, and say so', async () => {
    const disk = new Disk();
    await (await open(disk)).next(0);
    disk.record = { ...disk.record!, reservedUntil: 0xffffff };
    const node = await open(disk);
    expect(node.isRunningOut).toBe(true);
    expect(await node.next(0)).toBe(0xffffff);
    await expect(node.next(0)).rejects.toMatchObject({ code: 'mesh/numbers-exhausted' });
  });
});

describe('the IV index', () => {
  const beacon = (ivIndex: number, ivUpdate: boolean) => ({ ivIndex, ivUpdate, keyRefresh: false });

  test('is followed and written down, and a new one to send under begins with number 0', async () => {
    const disk = new Disk();
    const node = await open(disk, { ivIndex: 4 });
    expect(await take(node, 3, 4)).toEqual([0, 1, 2]);
    expect(await node.follow(beacon(5, true))).toMatchObject({ kind: 'newer' });
    expect(disk.record!.iv).toEqual({ index: 5, isUpdating: true });
    expect(await take(node, 2, 4)).toEqual([3, 4]);
    await node.follow(beacon(5, false));
    expect(await take(node, 2, 5)).toEqual([0, 1]);
    const again = await open(disk);
    expect(again.iv).toEqual({ index: 5, isUpdating: false });
    expect(await again.next(5)).toBe(256);
  });

  test('never falls', async () => {
    const node = await open(new Disk(), { ivIndex: 4 });
    await node.follow(beacon(6, false));
    for (const old of [beacon(5, false), beacon(5, true), beacon(6, true)])
      expect(await node.follow(old)).toEqual({ kind: 'older' });
    expect(await node.follow(beacon(6, false))).toEqual({ kind: 'same' });
    expect(node.iv).toEqual({ index: 6, isUpdating: false });
  });

  test('may be far ahead, which is told', async () => {
    const node = await open(new Disk());
    expect(await node.follow(beacon(42, false))).toMatchObject({ kind: 'newer', isFarAhead: false });
    expect(await node.follow(beacon(85, false))).toMatchObject({ kind: 'newer', isFarAhead: true });
  });

  test('that cannot be written down is not used', async () => {
    const disk = new Disk();
    const node = await open(disk);
    disk.diesAt = disk.writes + 1;
    await expect(node.follow(beacon(3, false))).rejects.toMatchObject({ code: 'mesh/numbers-not-kept' });
    expect(node.iv.index).toBe(0);
  });
});

describe('what was heard', () => {
  test('is known again after a reload', async () => {
    const disk = new Disk();
    const node = await open(disk);
    node.replay.heard(0x20, { ivIndex: 0, sequence: 700 });
    node.noteHeard();
    await node.close();
    const again = await open(disk);
    expect(again.replay.accepts(0x20, { ivIndex: 0, sequence: 700 })).toBe(false);
    expect(again.replay.accepts(0x20, { ivIndex: 0, sequence: 701 })).toBe(true);
    expect(again.replay.accepts(0x20, { ivIndex: 1, sequence: 0 })).toBe(true);

    // its board was written again, with the numbers of its image
    again.replay.heard(0x1f, { ivIndex: 0, sequence: 9 });
    again.forgetHeard([{ unicast: 0x20, elementCount: 3 }]);
    expect(again.replay.accepts(0x20, { ivIndex: 0, sequence: 3 })).toBe(true);
    expect(again.replay.accepts(0x1f, { ivIndex: 0, sequence: 3 })).toBe(false);
    await again.close();
    expect(disk.record!.replay.map(([source]) => source)).toEqual([0x1f]);
  });
});

describe('a backup of the numbers', () => {
  const record = (more: Partial<OwnNodeRecord>): OwnNodeRecord => ({
    networkId: NETWORK,
    unicast: 0x0f,
    iv: { index: 1, isUpdating: false },
    numbersUnder: 1,
    reservedUntil: 512,
    replay: [],
    ...more,
  });

  test('raises them, and never lowers them', () => {
    expect(mergeOwnNodes(record({}), record({ reservedUntil: 1024 })).reservedUntil).toBe(1024);
    expect(mergeOwnNodes(record({}), record({ reservedUntil: 256 })).reservedUntil).toBe(512);
    const later = record({ iv: { index: 2, isUpdating: false }, numbersUnder: 2, reservedUntil: 0 });
    expect(mergeOwnNodes(record({}), later)).toMatchObject({
      numbersUnder: 2,
      reservedUntil: 0,
      iv: { index: 2 },
    });
    expect(mergeOwnNodes(later, record({}))).toEqual(later);
  });

  test('of another address or network changes nothing', () => {
    expect(mergeOwnNodes(record({}), record({ unicast: 0x10, reservedUntil: 9999 }))).toEqual(record({}));
    expect(mergeOwnNodes(record({}), record({ networkId: '00', reservedUntil: 9999 }))).toEqual(record({}));
  });

  test('keeps the newest number of each source', () => {
    const kept = record({ replay: [[1, { ivIndex: 1, sequence: 5 }]] });
    const backup = record({
      replay: [
        [1, { ivIndex: 0, sequence: 9 }],
        [2, { ivIndex: 1, sequence: 3 }],
      ],
    });
    expect(mergeOwnNodes(kept, backup).replay).toEqual([
      [1, { ivIndex: 1, sequence: 5 }],
      [2, { ivIndex: 1, sequence: 3 }],
    ]);
  });
});
