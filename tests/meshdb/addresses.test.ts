import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  allocate,
  parseDatabase,
  usedAddresses,
  type AllocationRequest,
  type MeshDatabase,
} from '../../src/meshdb/index.ts';
import { caseJson, readCase, type CaseJson } from './cases.ts';
import { readDatabase } from './fixtures.ts';

interface Sketch {
  readonly nodes: readonly { unicast: number; elementCount: number }[];
  readonly ranges: readonly { low: number; high: number }[];
  readonly exclusions?: readonly { ivIndex: number; addresses: readonly number[] }[];
  /** Unicast addresses that models of the first node publish to. */
  readonly targets?: readonly number[];
  /** The first node is the provisioner's own. */
  readonly phoneFirst?: boolean;
}
const hex4 = (value: number) => value.toString(16).toUpperCase().padStart(4, '0');

/** The least database with these addresses. */
function sketch(
  format: 'pyaci' | 'cdb',
  { nodes, ranges, exclusions = [], targets = [], phoneFirst = false }: Sketch,
): MeshDatabase {
  const form = (address: number) => (format === 'pyaci' ? address : hex4(address));
  return parseDatabase(
    JSON.stringify({
      ...(format === 'pyaci' ? { $schema: '', ivUpdate: 0 } : { version: '1.0.1', id: '' }),
      netKeys: [],
      nodes: nodes.map(({ unicast, elementCount }, node) => ({
        UUID: hex4(node).padStart(32, '0'),
        unicastAddress: form(unicast),
        elements: Array.from({ length: elementCount }, (_, element) =>
          node + element > 0
            ? {}
            : { models: targets.map((target) => ({ publish: { address: form(target) } })) },
        ),
      })),
      provisioners: [
        {
          [format === 'pyaci' ? 'name' : 'provisionerName']: 'P',
          UUID: (phoneFirst ? '' : 'f').padStart(32, '0'),
          allocatedUnicastRange: ranges.map(({ low, high }) => ({
            lowAddress: form(low),
            highAddress: form(high),
          })),
        },
      ],
      networkExclusions: exclusions.map(({ ivIndex, addresses }) => ({
        ivIndex,
        addresses: addresses.map(hex4),
      })),
    }),
  );
}

/** The rules once more, one address at a time. */
function model(
  format: 'pyaci' | 'cdb',
  { nodes, ranges, exclusions = [], targets = [] }: Sketch,
  request: AllocationRequest,
): number[] {
  const taken = new Set<number>();
  const take = (unicast: number, count: number) => {
    for (let address = unicast; address < unicast + count; address++) taken.add(address);
  };
  for (const { unicast, elementCount } of nodes) take(unicast, Math.max(elementCount, 1));
  for (const { start, count } of request.reserved ?? []) take(start, count);
  for (const { ivIndex, addresses } of exclusions)
    if (request.currentIvIndex === undefined || ivIndex >= request.currentIvIndex - 1)
      for (const address of addresses) taken.add(address);
  if (format === 'pyaci') take(1, Math.max((ranges[0]?.low ?? 2) - 1, 1));
  const spans = ranges.length > 0 ? ranges : [{ low: 1, high: 0x7fff }];
  const fits = (unicast: number) =>
    spans.some(
      ({ low, high }) => unicast >= low && unicast + request.elementCount - 1 <= Math.min(high, 0x7fff),
    ) &&
    Array.from({ length: request.elementCount }, (_, i) => unicast + i).every(
      (address) => !taken.has(address),
    );
  const lowestFrom = (from: number) => {
    for (let unicast = Math.max(from, 1); unicast <= 0x7fff; unicast++) if (fits(unicast)) return unicast;
    return undefined;
  };
  const policy = request.policy ?? 'after-highest';
  // PyACI's own addresses were never given away, and targets count once a model names them
  const seen = new Set([...taken].filter((address) => format === 'cdb' || address >= (ranges[0]?.low ?? 2)));
  if ((nodes[0]?.elementCount ?? 0) > 0) for (const target of targets) seen.add(target);
  const inRanges = [...seen].filter((address) =>
    spans.some(({ low, high }) => address >= low && address <= high),
  );
  const frontier = Math.max(
    format === 'pyaci' ? spans[0]!.low : 1,
    ...inRanges.map((address) => address + 1),
  );
  const result: number[] = [];
  while (result.length < request.count) {
    const unicast = lowestFrom(policy === 'after-highest' ? frontier : 1);
    if (unicast === undefined) break;
    take(unicast, request.elementCount);
    result.push(unicast);
  }
  return result;
}

const smallRange = fc
  .tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 40 }))
  .map(([low, length]) => ({ low, high: low + length }));
const anySketch: fc.Arbitrary<Sketch> = fc.record({
  nodes: fc.array(
    fc.record({ unicast: fc.integer({ min: 1, max: 100 }), elementCount: fc.integer({ min: 0, max: 4 }) }),
    { maxLength: 12 },
  ),
  ranges: fc.array(smallRange, { minLength: 1, maxLength: 3 }),
  exclusions: fc.array(
    fc.record({
      ivIndex: fc.integer({ min: 0, max: 4 }),
      addresses: fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 6 }),
    }),
    { maxLength: 2 },
  ),
  targets: fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 2 }),
});
const anyRequest = fc.record(
  {
    elementCount: fc.integer({ min: 1, max: 5 }),
    count: fc.integer({ min: 1, max: 12 }),
    policy: fc.constantFrom('after-highest' as const, 'lowest-fit' as const),
    reserved: fc.array(
      fc.record({ start: fc.integer({ min: 1, max: 90 }), count: fc.integer({ min: 1, max: 5 }) }),
      { maxLength: 3 },
    ),
    currentIvIndex: fc.integer({ min: 0, max: 6 }),
  },
  { requiredKeys: ['elementCount', 'count'] },
);

describe('finding addresses for clones', () => {
  test.each(['pyaci', 'cdb'] as const)(
    'agrees with the rules applied one address at a time: %s',
    (format) => {
      fc.assert(
        fc.property(anySketch, anyRequest, (given, request) => {
          const database = sketch(format, format === 'pyaci' ? { ...given, exclusions: [] } : given);
          const expected = model(format, format === 'pyaci' ? { ...given, exclusions: [] } : given, request);
          if (expected.length === request.count) {
            expect(allocate(database, request).addresses).toEqual(expected);
          } else
            expect(() => allocate(database, request)).toThrowError(
              expect.objectContaining({
                code: 'meshdb/no-room',
                facts: expect.objectContaining({
                  catalogue: 'E23',
                  room: expected.length,
                  wanted: request.count,
                }),
              }),
            );
        }),
        { numRuns: 400 },
      );
    },
  );

  test('room is what allocation then finds', () => {
    fc.assert(
      fc.property(anySketch, fc.integer({ min: 1, max: 4 }), (given, elementCount) => {
        const database = sketch('cdb', given);
        const room = usedAddresses(database).roomFor(elementCount);
        const request = { elementCount, policy: 'lowest-fit' } as const;
        if (room > 0) expect(allocate(database, { ...request, count: room }).addresses).toHaveLength(room);
        expect(() => allocate(database, { ...request, count: room + 1 })).toThrow();
      }),
    );
  });

  test('a three-element donor in PyACI gets addresses behind the highest node', () => {
    const { addresses } = allocate(readDatabase('pyaci-3-node-types.json'), { elementCount: 3, count: 3 });
    expect(addresses).toEqual([0x16, 0x19, 0x1c]);
  });

  test.each(['pyaci', 'cdb'] as const)('fills gaps only when a person says so, and warns: %s', (format) => {
    const database = sketch(format, {
      nodes: [
        { unicast: 0x10, elementCount: 1 },
        { unicast: 0x18, elementCount: 2 },
      ],
      ranges: [{ low: 0x10, high: 0x1b }],
    });
    expect(() => allocate(database, { elementCount: 2, count: 2 })).toThrowError(
      expect.objectContaining({
        code: 'meshdb/no-room',
        message: expect.stringContaining('behind 0x0019'),
        hint: expect.stringContaining('lowest gaps (room for 4)'),
        facts: expect.objectContaining({ room: 1, gaps: 4 }),
      }),
    );
    const { addresses, notes } = allocate(database, { elementCount: 2, count: 2, policy: 'lowest-fit' });
    expect(addresses).toEqual([0x11, 0x13]);
    expect(notes).toMatchObject([{ code: 'meshdb/holes-used', severity: 'warning' }]);
  });

  test('leaves out addresses of removed nodes until the IV index has moved on by two', () => {
    const database = readDatabase('cdb-android-export.json');
    const first = (currentIvIndex?: number) =>
      allocate(database, {
        elementCount: 3,
        count: 1,
        ...(currentIvIndex !== undefined && { currentIvIndex }),
      }).addresses[0];
    expect(first()).toBe(0x0a);
    expect(first(1)).toBe(0x0a);
    expect(first(2)).toBe(0x08);
  });

  test('never lets a clone lie across two ranges, or beyond 0x7FFF', () => {
    const touching = sketch('cdb', {
      nodes: [],
      ranges: [
        { low: 1, high: 4 },
        { low: 5, high: 8 },
      ],
    });
    expect(allocate(touching, { elementCount: 3, count: 2 }).addresses).toEqual([1, 5]);
    const last = sketch('cdb', { nodes: [], ranges: [{ low: 0x7ffd, high: 0xffff }] });
    expect(allocate(last, { elementCount: 3, count: 1 }).addresses).toEqual([0x7ffd]);
    expect(() => allocate(last, { elementCount: 4, count: 1 })).toThrow();
  });

  test('uses the whole space when there is no range, with a warning', () => {
    const { addresses, notes } = allocate(sketch('cdb', { nodes: [], ranges: [] }), {
      elementCount: 1,
      count: 1,
    });
    expect(addresses).toEqual([1]);
    expect(notes).toMatchObject([{ code: 'meshdb/no-range', severity: 'warning' }]);
  });

  test('uses the ranges of the provisioner that is named', () => {
    const database = readDatabase('malformed/e25-provisioner-ranges-overlap.cdb.json');
    const first = (provisioner: string) =>
      allocate(database, { elementCount: 1, count: 1, provisioner }).addresses[0];
    expect(first('Tablet')).toBe(0x1000);
    expect(first('d3fe98c7649a439cb99753248c80510a')).toBe(0x1000);
    expect(first("Anna's phone")).toBe(0x000a);
    expect(() => first('Nobody')).toThrowError(
      expect.objectContaining({ code: 'meshdb/no-such-provisioner' }),
    );
  });

  test('uses every address of the space and not one more', () => {
    const database = sketch('pyaci', {
      nodes: [{ unicast: 0x10, elementCount: 1 }],
      ranges: [{ low: 0x10, high: 0x7fff }],
    });
    const { addresses } = allocate(database, { elementCount: 1, count: 0x7fff - 0x10 });
    expect([addresses[0], addresses.at(-1)]).toEqual([0x11, 0x7fff]);
    expect(usedAddresses(database).roomFor(1)).toBe(addresses.length);
  });
});

describe('an address a person gives', () => {
  const database = readDatabase('pyaci-3-node-types.json');
  const startingAt = (start: number, count = 1) =>
    allocate(database, { elementCount: 3, count, policy: { start } });

  test('goes to the first clone, and the others follow', () => {
    expect(startingAt(0x100, 3).addresses).toEqual([0x100, 0x103, 0x106]);
  });

  test('is refused when it hits a node, with that node and the next address that fits', () => {
    expect(() => startingAt(0x0f + 1)).toThrowError(
      expect.objectContaining({
        code: 'meshdb/address-taken',
        facts: { unicast: 0x10, last: 0x12, taken: 0x10, owner: "node 0 'Light bulb'", nextFree: 0x16 },
      }),
    );
    expect(() => startingAt(0x0f)).toThrowError(expect.objectContaining({ code: 'meshdb/address-taken' }));
    expect(() => startingAt(0x15)).toThrowError(
      expect.objectContaining({ message: expect.stringContaining('Dimmer') }),
    );
  });

  test('is refused outside the range, at the end of the space, and when it is no unicast address', () => {
    for (const start of [0x7ffe, 0x8000, 0xc000, 0, -1])
      expect(() => startingAt(start)).toThrowError(
        expect.objectContaining({ code: expect.stringMatching(/^meshdb\/address-(outside|taken)$/) }),
      );
  });

  test('can be given for any clone; what is chosen goes around it', () => {
    const wanted = [undefined, 0x16, undefined];
    expect(allocate(database, { elementCount: 3, count: 3, wanted }).addresses).toEqual([0x19, 0x16, 0x1c]);
  });

  test('is refused when two clones want the same', () => {
    expect(() => allocate(database, { elementCount: 3, count: 2, wanted: [0x20, 0x22] })).toThrowError(
      expect.objectContaining({
        code: 'meshdb/address-taken',
        message: expect.stringContaining('an earlier clone'),
      }),
    );
  });
});

describe('the address map', () => {
  test('covers the whole space, stretch by stretch, without gaps', () => {
    fc.assert(
      fc.property(anySketch, (given) => {
        const spans = usedAddresses(sketch('cdb', given)).spans();
        expect([spans[0]!.first, spans.at(-1)!.last]).toEqual([1, 0x7fff]);
        spans.slice(1).forEach((span, i) => expect(span.first).toBe(spans[i]!.last + 1));
      }),
    );
  });

  test('says what each stretch is for', () => {
    const spans = usedAddresses(readDatabase('cdb-android-export.json'), {
      reserved: [{ start: 0x20, count: 2 }],
    }).spans();
    expect(
      spans.map(({ first, last, use }) => [first, last, typeof use === 'string' ? use : use.kind]),
    ).toEqual([
      [0x01, 0x01, 'node'],
      [0x02, 0x02, 'node'],
      [0x03, 0x05, 'node'],
      [0x06, 0x07, 'node'],
      [0x08, 0x09, 'excluded'],
      [0x0a, 0x1f, 'free'],
      [0x20, 0x21, 'reserved'],
      [0x22, 0x199a, 'free'],
      [0x199b, 0x7fff, 'outside'],
    ]);
  });

  test("keeps PyACI's own addresses free of clones", () => {
    const map = usedAddresses(readDatabase('pyaci-example.json'));
    expect([1, 0x0f].map((address) => map.ownerOf(address)?.kind)).toEqual(['provisioner', 'provisioner']);
    expect(map.ownerOf(0x10)).toMatchObject({ kind: 'node', index: 0 });
    expect(map.ownerOf(0x11)).toBeUndefined();
  });
});

describe('addresses that nobody lists any more', () => {
  const clone = { elementCount: 1, count: 1 } as const;

  test('stay free of clones: a phone that was moved had a lower one', () => {
    const { addresses, notes } = allocate(readCase('moved-phone'), clone);
    expect(addresses).toEqual([0x1235]);
    expect(notes).toEqual([]);
  });

  test('are used by choice, with a warning', () => {
    const database = readCase('moved-phone');
    for (const request of [
      { ...clone, policy: 'lowest-fit' },
      { ...clone, policy: { start: 0x0001 } },
      { ...clone, wanted: [0x0001] },
    ] as const) {
      const { addresses, notes } = allocate(database, request);
      expect(addresses).toEqual([0x0001]);
      expect(notes).toMatchObject([
        {
          severity: 'warning',
          code: 'meshdb/holes-used',
          message: 'Clones from 0x0001 on fill gaps below 0x1234, the highest address the database tells of.',
        },
      ]);
    }
  });

  test('are never below a phone that was moved to the end of its range, which is said', () => {
    const { addresses, notes } = allocate(readCase('t144'), clone);
    expect(addresses).toEqual([0x0003]);
    expect(notes).toMatchObject([
      {
        severity: 'warning',
        code: 'meshdb/phone-set-aside',
        message: expect.stringContaining("node 0 'Phone' at 0x7FFF"),
      },
    ]);
  });

  test('end at phones side by side at the end of the range, and at one outside all of it', () => {
    const root = caseJson('t144');
    const [phone, lamp] = root.nodes;
    const tablet = { ...phone, UUID: '11111111-2222-4333-8444-5555555555aa', unicastAddress: '7FFE' };
    const provisioner = { ...root.provisioners[0], UUID: tablet.UUID, allocatedUnicastRange: [] };
    const two = { ...root, nodes: [phone, lamp, tablet], provisioners: [...root.provisioners, provisioner] };
    expect(allocate(parseDatabase(JSON.stringify(two)), clone).addresses).toEqual([0x0003]);
    const narrow = JSON.stringify(root).replace('"highAddress":"7FFF"', '"highAddress":"199A"');
    const { addresses, notes } = allocate(parseDatabase(narrow), clone);
    expect(addresses).toEqual([0x0003]);
    expect(notes).toMatchObject([{ code: 'meshdb/phone-set-aside' }]);
  });

  test.each(['pyaci', 'cdb'] as const)('are those that models publish to: %s', (format) => {
    const database = sketch(format, {
      nodes: [{ unicast: 0x10, elementCount: 1 }],
      ranges: [{ low: 0x10, high: 0x1000 }],
      targets: [0x0123, 0x0042, 0x7000],
    });
    expect(allocate(database, clone).addresses).toEqual([0x0124]);
  });

  test('are those of subscriptions, heartbeats, scenes and of members that forks add', () => {
    const donor = caseJson('e30-other');
    const first = (change: (root: CaseJson) => unknown) => {
      const root = structuredClone(donor);
      change(root);
      return allocate(parseDatabase(JSON.stringify(root)), clone).addresses[0];
    };
    expect(first(() => undefined)).toBe(0x0003);
    expect(first((root) => root.nodes[1].elements[0].models[0].subscribe.push('0100'))).toBe(0x0101);
    expect(first((root) => (root.nodes[1].heartbeatPub = { address: '0101' }))).toBe(0x0102);
    expect(first((root) => (root.nodes[1].heartbeatSub = { source: '0102', destination: '0001' }))).toBe(
      0x0103,
    );
    expect(first((root) => root.scenes.push({ name: 'S', number: '0001', addresses: ['0103'] }))).toBe(
      0x0104,
    );
    expect(first((root) => (root.x = [{ unicast_address: '0104' }]))).toBe(0x0105);
    expect(first((root) => root.networkExclusions.push({ ivIndex: 0, addresses: ['0105'] }))).toBe(0x0106);
  });

  test('do not hold up a provisioner whose neighbour has the higher range', () => {
    const database = readDatabase('malformed/e25-provisioner-ranges-overlap.cdb.json');
    expect(allocate(database, clone).addresses).toEqual([0x000a]);
  });

  test('of removed nodes are free again once the IV index has moved on by two, which is said', () => {
    const database = readDatabase('cdb-android-export.json');
    const { addresses, notes } = allocate(database, { ...clone, currentIvIndex: 2 });
    expect(addresses).toEqual([0x0008]);
    expect(notes).toMatchObject([{ severity: 'info', code: 'meshdb/exclusions-expired' }]);
    expect(allocate(database, clone).notes).toMatchObject([{ code: 'meshdb/exclusions-kept' }]);
  });
});

describe('a provisioner that is named', () => {
  const database = readCase('same-prov');
  const first = (provisioner: string) =>
    allocate(database, { elementCount: 1, count: 1, provisioner }).addresses[0];

  test('by a name that several have is refused with their UUIDs', () => {
    expect(() => first('Phone')).toThrowError(
      expect.objectContaining({
        code: 'meshdb/ambiguous-provisioner',
        message: expect.stringContaining('11111111-2222-4333-8444-5555555555AA'),
        hint: 'Name the one you mean by its UUID.',
      }),
    );
  });

  test('by UUID is that one', () => {
    expect(first('11111111-2222-4333-8444-5555555555aa')).toBe(0x199b);
    expect(first('11111111222243338444555555555501')).toBe(0x0003);
  });
});
