/** Tools that keep a network's database in order. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex } from '../../src/bytes.ts';
import {
  addProvisioner,
  allocate,
  checkDatabase,
  databaseFromNode,
  exportPart,
  findNode,
  parseDatabase,
  removeNodes,
  reserveAddresses,
  type KnownNode,
  type MeshDatabase,
} from '../../src/meshdb/index.ts';
import { withoutRanges } from '../../src/meshdb/ranges.ts';
import { caseJson, readCase } from './cases.ts';
import { databaseText, readDatabase, seededBytes, stamp, textOf } from './fixtures.ts';

const random = seededBytes(7);
const codes = (database: MeshDatabase, donorIndex?: number) =>
  checkDatabase(textOf(database), donorIndex === undefined ? {} : { donorIndex }).map(({ code }) => code);
const thrown = (code: string) => expect.objectContaining({ code });
const first = (database: MeshDatabase, elementCount = 1) =>
  allocate(database, { elementCount, count: 1 }).addresses[0];

describe.each(['cdb-android-export.json', 'cdb-ios-export.json'])('a node that is gone from %s', (name) => {
  const database = readDatabase(name);
  const { database: without, excluded, notes } = removeNodes(database, [2], 3, stamp);

  test('leaves the list, and its addresses go into networkExclusions under the IV index of today', () => {
    expect(without.nodes.map(({ name }) => name)).toEqual(
      [0, 1, 3].map((index) => database.node(index).name),
    );
    expect(excluded).toEqual([3, 4, 5]);
    expect(without.exclusions).toEqual([
      { ivIndex: 0, addresses: [8, 9] },
      { ivIndex: 3, addresses: [3, 4, 5] },
    ]);
    expect(notes.map(({ code }) => code)).toEqual(['meshdb/removed-keeps-keys']);
    expect(codes(without)).toEqual([]);
  });

  test('leaves its addresses free again when the IV index has moved on by two', () => {
    const lowest = (currentIvIndex: number) =>
      allocate(without, { elementCount: 3, count: 1, policy: 'lowest-fit', currentIvIndex }).addresses;
    expect(lowest(4)).toEqual([0x08]);
    expect(lowest(5)).toEqual([0x03]);
  });

  test('leaves the rest of the file as it was', () => {
    const restored = { ...JSON.parse(textOf(without)), timestamp: '', networkExclusions: [], nodes: [] };
    const before = { ...JSON.parse(textOf(database)), timestamp: '', networkExclusions: [], nodes: [] };
    expect(restored).toEqual(before);
    expect(Object.keys(restored)).toEqual(Object.keys(before));
    expect(textOf(without).split('\n').length > 1).toBe(textOf(database).split('\n').length > 1);
  });

  test('leaves scenes too', () => {
    expect(database.scenes[0]!.addresses).toEqual([2]);
    const { database: changed } = removeNodes(database, [1], 0, stamp);
    expect(changed.scenes[0]!.addresses).toEqual([]);
    expect(changed.exclusions).toEqual([{ ivIndex: 0, addresses: [8, 9, 2] }]);
  });

  test('is not the provisioner itself, and needs the IV index', () => {
    expect(() => removeNodes(database, [0], 3, stamp)).toThrowError(thrown('meshdb/cannot-remove'));
    for (const ivIndex of [undefined, -1, 2 ** 32, 1.5])
      expect(() => removeNodes(database, [1], ivIndex, stamp)).toThrowError(thrown('meshdb/iv-index-needed'));
    expect(() => removeNodes(database, [9], 3, stamp)).toThrowError(thrown('meshdb/no-such-node'));
  });
});

describe('a node that is gone from PyACI', () => {
  test('leaves its addresses out of the ranges, for good', () => {
    const database = readDatabase('pyaci-3-node-types.json');
    const { database: without, notes } = removeNodes(database, [1], undefined, stamp);
    expect(without.provisioners[0]!.unicastRanges).toEqual([
      { low: 0x10, high: 0x10 },
      { low: 0x14, high: 0x7fff },
    ]);
    expect(notes.map(({ code }) => code)).toEqual(['meshdb/removed-keeps-keys']);
    expect(allocate(without, { elementCount: 3, count: 1, policy: 'lowest-fit' }).addresses).toEqual([0x16]);
    expect(codes(without)).toEqual([]);
  });

  test('warns where PyACI itself would give the address away again', () => {
    const { database, notes } = removeNodes(readDatabase('pyaci-3-node-types.json'), [2], undefined, stamp);
    expect(notes).toContainEqual(
      expect.objectContaining({
        code: 'meshdb/pyaci-gives-again',
        message: expect.stringContaining('0x0014'),
      }),
    );
    expect(first(database)).toBe(0x16);
  });

  test('is the stale one of a board that was provisioned twice', () => {
    const { database } = removeNodes(readCase('p-reprov'), [0], undefined, stamp);
    expect(codes(database)).toEqual([]);
    expect(database.nodes.map(({ unicast }) => unicast)).toEqual([0x11]);
  });

  test('leaves addresses to another record that has them too', () => {
    const database = readDatabase('malformed/e14-duplicate-address.pyaci.json');
    const twin = checkDatabase(database).find(({ code }) => code === 'E14')!;
    const index = Number(/\[(\d)\]/.exec(twin.path)![1]);
    const { excluded, database: without } = removeNodes(database, [index], undefined, stamp);
    for (const address of excluded)
      expect(without.nodes.every(({ unicast }) => unicast !== address)).toBe(true);
    expect(codes(without)).not.toContain('E24');
  });

  test('may be a target that others still publish to', () => {
    const text = databaseText('pyaci-3-node-types.json');
    const target = parseDatabase(text.replace(/"address": \d+,(\s+"credentials")/, '"address": 20,$1'));
    expect(removeNodes(target, [2], undefined, stamp).notes.map(({ code }) => code)).toContain(
      'meshdb/still-target',
    );
  });
});

describe('addresses a person reserves', () => {
  const runs = [
    { start: 0x20, count: 3 },
    { start: 0x30, count: 1 },
  ];

  test('are listed under the IV index in a CDB, and clones go behind them', () => {
    const database = reserveAddresses(
      readCase('moved-phone'),
      [{ start: 0x1500, count: 2 }],
      { ivIndex: 4 },
      stamp,
    );
    expect(database.exclusions).toEqual([{ ivIndex: 4, addresses: [0x1500, 0x1501] }]);
    expect(first(database)).toBe(0x1502);
    expect(codes(database)).toEqual([]);
  });

  test('are taken out of all ranges for good, in PyACI always', () => {
    for (const [database, reservation] of [
      [readDatabase('pyaci-example.json'), { ivIndex: 0 }],
      [readDatabase('cdb-ios-export.json'), 'for-good'],
    ] as const) {
      const changed = reserveAddresses(database, runs, reservation, stamp);
      const { low, high } = database.provisioners[0]!.unicastRanges[0]!;
      expect(changed.provisioners[0]!.unicastRanges).toEqual([
        { low, high: 0x1f },
        { low: 0x23, high: 0x2f },
        { low: 0x31, high },
      ]);
      expect(reserveAddresses(changed, runs, 'for-good', stamp)).toBe(changed);
    }
  });

  test('are refused where a node is, beyond the space, and when nothing would be left', () => {
    const database = readDatabase('pyaci-example.json');
    const reserve = (low: number, high: number) => () =>
      reserveAddresses(database, [{ start: low, count: high - low + 1 }], 'for-good', stamp);
    expect(reserve(0x0f, 0x11)).toThrowError(thrown('meshdb/address-in-use'));
    expect(reserve(0, 3)).toThrowError(thrown('meshdb/bad-reservation'));
    expect(reserve(0x7fff, 0x8000)).toThrowError(thrown('meshdb/bad-reservation'));
    expect(reserve(0x12, 0x11)).toThrowError(thrown('meshdb/bad-reservation'));
    const narrow = databaseText('pyaci-example-backup-empty.json').replace('32767', '17');
    expect(() =>
      reserveAddresses(parseDatabase(narrow), [{ start: 0x10, count: 2 }], 'for-good', stamp),
    ).toThrowError(thrown('meshdb/cannot-keep-range'));
  });

  test('leave of ranges exactly the others', () => {
    const anyRange = fc
      .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 12 }))
      .map(([low, length]) => ({ low, high: low + length }));
    const anyRanges = fc.array(anyRange, { maxLength: 5 });
    const inside = (ranges: readonly { low: number; high: number }[], at: number) =>
      ranges.some(({ low, high }) => low <= at && at <= high);
    fc.assert(
      fc.property(anyRanges, anyRanges, (ranges, cut) => {
        const left = withoutRanges(ranges, cut);
        for (let at = 0; at <= 60; at++)
          expect(inside(left, at)).toBe(inside(ranges, at) && !inside(cut, at));
      }),
    );
  });
});

describe('a provisioner for a second phone or bench', () => {
  test.each(['cdb-android-export.json', 'cdb-ios-export.json', 'cdb-android-legacy-1.0.0.json'])(
    'has ranges nobody else has, and a node of its own: %s',
    (name) => {
      const database = readDatabase(name);
      const {
        database: changed,
        range,
        unicast,
        notes,
      } = addProvisioner(database, { name: 'Tablet' }, random, stamp);
      expect(range).toEqual({ low: 0x199b, high: 0x3334 });
      expect(unicast).toBe(0x199b);
      expect(notes).toEqual([]);
      const node = changed.nodes.at(-1)!;
      expect(node).toMatchObject({ name: 'Tablet', unicast: 0x199b, elementCount: 1, isProvisioner: true });
      expect(node.netKeyIndexes).toEqual(database.netKeys.map(({ index }) => index));
      const before = new Set(codes(database));
      expect(codes(changed).filter((code) => !before.has(code))).toEqual([]);
      expect(allocate(changed, { elementCount: 1, count: 1, provisioner: 'Tablet' }).addresses).toEqual([
        0x199c,
      ]);
      expect(first(changed)).toBe(first(database));
    },
  );

  test('is told from the first in PyACI, whose file does not hold addresses of provisioners', () => {
    const database = readDatabase('pyaci-3-node-types.json');
    const { database: changed, range, notes } = addProvisioner(database, { name: 'Second' }, random, stamp);
    // the whole space was given out: the upper half of what is free changes hands
    expect(range).toEqual({ low: 0x400b, high: 0x7fff });
    expect(changed.provisioners.map(({ unicastRanges }) => unicastRanges)).toEqual([
      [{ low: 0x10, high: 0x400a }],
      [range],
    ]);
    expect(notes.map(({ code }) => code)).toEqual(['meshdb/range-taken', 'meshdb/pyaci-own-address']);
    expect(notes[1]!.hint).toContain('DEFAULT_LOCAL_UNICAST_ADDRESS_START');
    expect(codes(changed)).toEqual(codes(database));
  });

  test('stands in front where it is for the file of a second PyACI', () => {
    const database = readDatabase('pyaci-3-node-types.json');
    const { database: changed, range } = addProvisioner(
      database,
      { name: 'Second', isFirst: true },
      random,
      stamp,
    );
    expect(changed.provisioners.map(({ name }) => name)[0]).toBe('Second');
    expect(first(changed)).toBe(range.low);
    expect(codes(changed)).toEqual(codes(database));
  });

  test('never gets addresses that were taken out because they were in use', () => {
    const { database } = removeNodes(readDatabase('pyaci-3-node-types.json'), [1], undefined, stamp);
    const { range } = addProvisioner(database, { name: 'Second' }, random, stamp);
    expect(range.low).toBeGreaterThan(0x16);
  });

  test('gets the range a person names, if nobody has addresses in it', () => {
    const database = readDatabase('cdb-ios-export.json');
    const add = (low: number, high: number) =>
      addProvisioner(database, { name: 'Tablet', range: { low, high } }, random, stamp);
    const { database: changed, notes } = add(0x1000, 0x10ff);
    expect(changed.provisioners.map(({ unicastRanges }) => unicastRanges)).toEqual([
      [
        { low: 0x0001, high: 0x0fff },
        { low: 0x1100, high: 0x199a },
      ],
      [{ low: 0x1000, high: 0x10ff }],
    ]);
    expect(notes).toMatchObject([{ code: 'meshdb/range-taken', message: expect.stringContaining('iPhone') }]);
    for (const [low, high] of [
      [1, 0x10],
      [0x8, 0x8],
      [0x20, 0x1f],
      [0x7000, 0x8000],
    ] as const)
      expect(() => add(low, high)).toThrowError(thrown('meshdb/range-in-use'));
    expect(() => addProvisioner(database, { name: 'iPhone' }, random, stamp)).toThrowError(
      thrown('meshdb/provisioner-name-taken'),
    );
  });
});

describe.each(['cdb-android-export.json', 'cdb-ios-export.json'])('a part of %s for giving away', (name) => {
  const database = readDatabase(name);
  const part = exportPart(database, [3, 2], stamp);
  const text = textOf(part);

  test('holds the nodes chosen and no device key, as its app writes it', () => {
    expect(part.nodes.map(({ name }) => name)).toEqual(['Light switch', 'Dimmer']);
    expect(part.nodes.every(({ deviceKey }) => deviceKey === undefined)).toBe(true);
    expect(text.includes('deviceKey')).toBe(database.dialect === 'android');
    expect(JSON.parse(text)).toMatchObject({ partial: true });
    for (const { deviceKey } of database.nodes) {
      const digits = Buffer.from(deviceKey!).toString('hex').toUpperCase();
      expect(text).not.toContain(digits);
    }
  });

  test('says nothing of others: their scenes, their groups', () => {
    expect(part.scenes[0]!.addresses).toEqual([]);
    const one = exportPart(database, [3], stamp);
    expect(one.groups.length).toBeLessThan(database.groups.length);
    expect(codes(one, 0)).toEqual(['E12']);
  });
});

test('a part holds only the keys that its nodes have', () => {
  const root = caseJson('e30-other');
  root.appKeys.push({ boundNetKey: 1, index: 5, key: '0F0E0D0C0B0A09080706050403020105', name: 'Guest' });
  const part = exportPart(parseDatabase(JSON.stringify(root)), [1], stamp);
  expect(part.netKeys.map(({ index }) => index)).toEqual([0]);
  expect(part.appKeys.map(({ index }) => index)).toEqual([0]);
  expect(() => exportPart(readCase('p-fork'), [0], stamp)).toThrowError(thrown('meshdb/no-part-of-pyaci'));
  expect(() => exportPart(readCase('t444'), [], stamp)).toThrowError(thrown('meshdb/nothing-to-export'));
});

describe('a node as a person names it', () => {
  const database = readDatabase('cdb-ios-export.json');
  test.each([
    ['2', 2],
    ['0x0004', 2],
    ['0x6', 3],
    ['Dimmer', 3],
  ])('%s is node %i', (wanted, index) => {
    expect(findNode(database, wanted).index).toBe(index);
  });
  test('is one node, or refused', () => {
    expect(() => findNode(database, 'dimmer')).toThrowError(thrown('meshdb/no-such-node-name'));
    expect(() => findNode(database, '0x0100')).toThrowError(thrown('meshdb/no-such-node-name'));
    expect(() => findNode(readCase('p-reprov'), 'Lamp')).toThrowError(
      expect.objectContaining({
        code: 'meshdb/ambiguous-node',
        message: expect.stringContaining('node 0 at 0x0010, node 1 at 0x0011'),
      }),
    );
  });
});

describe('a database of what one node holds', () => {
  const key = (digit: string) => fromHex(digit.repeat(32))!;
  const node: KnownNode = {
    unicast: 0x0100,
    elementCount: 2,
    deviceKey: key('d'),
    netKeys: [{ index: 0, key: key('a'), newKey: undefined, phase: 0 }],
    appKeys: [{ index: 3, boundNetKey: 0, key: key('b'), newKey: undefined }],
    models: [
      {
        element: 1,
        modelId: '1000',
        bindings: [3],
        publication: { address: 0xc001, appKeyIndex: 3, ttl: 7 },
        subscriptions: [0xc001, 0xc002],
      },
      { element: 1, modelId: '00590001', bindings: [3], publication: undefined, subscriptions: [] },
    ],
    modelsKnown: true,
    ivIndex: 12,
    ivUpdateInProgress: true,
    others: [0x0001, 0x0205],
  };
  const make = (wishes: object = {}, known = node) =>
    databaseFromNode(known, { to: 'pyaci', ...wishes }, random, stamp);

  test.each(['pyaci', 'android', 'ios'] as const)('is one that the program loads: %s', (to) => {
    const { database } = make({ to });
    expect(codes(database, 0)).toEqual([]);
    expect(database.dialect).toBe(to);
    expect(database.node(0)).toMatchObject({ unicast: 0x0100, elementCount: 2, deviceKey: key('d') });
    expect(database.node(0).elements[1]!.models).toMatchObject([
      { bindings: [3], subscriptions: [0xc001, 0xc002], publication: { address: 0xc001, ttl: 7 } },
      { bindings: [3] },
    ]);
    expect(database.netKeys[0]!.key).toEqual(key('a'));
    expect(database.groups.map(({ address }) => address)).toEqual([0xc001, 0xc002]);
  });

  test('keeps the IV index where the form has a place for it', () => {
    expect(make().database.ivIndex).toBe(12);
    expect(textOf(make().database)).toContain('"ivUpdate": 1');
    expect(
      make({ to: 'ios' }).assumed.find(({ code }) => code === 'meshdb/app-needs-node')!.message,
    ).toContain('is 12');
  });

  test('gives clones addresses behind every one the node knows of, or behind what a person says', () => {
    expect(first(make().database, 2)).toBe(0x0206);
    expect(first(make({ firstFree: 0x3000 }).database, 2)).toBe(0x3000);
    for (const firstFree of [0x0205, 0x8001])
      expect(() => make({ firstFree })).toThrowError(thrown('meshdb/bad-first-free'));
    expect(make({}, { ...node, others: [0x7fff] }).database.provisioners[0]!.unicastRanges).toEqual([
      { low: 0x0100, high: 0x0101 },
    ]);
  });

  test('says what it cannot know', () => {
    const { assumed } = make({}, { ...node, models: [], modelsKnown: false });
    expect(assumed.map(({ code }) => code)).toEqual([
      'meshdb/others-unknown',
      'meshdb/names-made-up',
      'meshdb/models-unknown',
    ]);
    expect(assumed[0]!.message).toContain('0x0205');
  });

  test('has both keys while one is being replaced, and so is not for cloning', () => {
    const { database } = make(
      {
        to: 'ios',
      },
      { ...node, netKeys: [{ index: 0, key: key('a'), newKey: key('c'), phase: 1 }] },
    );
    expect(database.netKeys[0]).toMatchObject({ key: key('c'), oldKey: key('a'), phase: 1 });
    expect(codes(database, 0)).toEqual(['E30']);
  });

  test('is refused for PyACI while the node has no application key', () => {
    expect(() => make({}, { ...node, appKeys: [], models: [] })).toThrowError(thrown('meshdb/not-for-pyaci'));
  });
});
