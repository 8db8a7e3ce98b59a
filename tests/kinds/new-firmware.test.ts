import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { equalBytes } from '../../src/bytes.ts';
import { KnownError, type Finding } from '../../src/errors.ts';
import { MemoryImage, findOverlap, type Segment } from '../../src/image/index.ts';
import { joinFirmware, readImage, type ImageReading } from '../../src/kinds/index.ts';
import { APPLICATION, application, at, below, code, vectors } from '../support/builds.ts';
import * as nvs from './zephyr/area-writer.ts';
import {
  accessLimits,
  imageOf,
  le32,
  limits,
  model,
  switchA2,
  switchA3,
  switchB,
  TAIL_3,
  uicrWithBootloader,
  withArea,
  withEntries,
  writeStack,
  type AreaSpec,
} from './flashfs/area-writer.ts';
import { fixtures, readDump, releases } from './flashfs/fixtures.ts';
import { fixtures as zephyrFixtures } from './zephyr/fixtures.ts';

const R = 0x7f000;
const S132 = { '3.2.0': 0x00b7, '4.2.0': 0x00cb, '5.0.0': 0x0101 } as const;

const firmware = (...segments: Segment[][]) => ({ image: MemoryImage.of(segments.flat()) });
/** A whole board: its SoftDevice, an application and the areas of a node. */
const board = (areas: readonly AreaSpec[], release: keyof typeof S132 = '4.2.0', ...more: Segment[]) =>
  readImage(
    imageOf({ recoveryPage: R, areas }, ...below(S132[release]), ...application(0x6000, 0x11), ...more),
  );
const codesOf = (findings: readonly Finding[]) => findings.map(({ code: one }) => one);
const refusalOf = (join: () => unknown): KnownError => {
  try {
    join();
  } catch (error) {
    if (error instanceof KnownError) return error;
    throw error;
  }
  throw new Error('It was not refused.');
};

describe('an application alone for the node of a dump', () => {
  const node = board(switchB());
  const { image, reading, findings } = joinFirmware(node, firmware(application()));

  test('is the same node, with the new code and without the old', () => {
    expect(reading.settled).toEqual(node.settled);
    expect(image.read(APPLICATION + 0x200, 0x8000).every((byte) => byte === 0x5a)).toBe(true);
    for (let page = R - 0x5000; page <= R; page += 0x1000)
      expect(equalBytes(image.read(page, 0x1000), node.image.read(page, 0x1000))).toBe(true);
  });

  test('keeps the SoftDevice that it needs, and says so', () => {
    expect(equalBytes(image.read(0, APPLICATION), node.image.read(0, APPLICATION))).toBe(true);
    expect(findings.find(({ code: one }) => one === 'kinds/parts-kept')!.message).toContain(
      'SoftDevice S132 7.0.1',
    );
  });

  test('warns of all that its HEX does not say', () => {
    expect(codesOf(findings.filter(({ severity }) => severity === 'warning'))).toEqual([
      'kinds/firmware-release-assumed',
      'kinds/layout-unseen',
    ]);
    expect(codesOf(findings)).toContain('kinds/write-to-its-board');
  });

  test('has nothing to assume where a person names the release', () => {
    const named = joinFirmware(node, { ...firmware(application()), release: '4.1.0' });
    expect(codesOf(named.findings)).not.toContain('kinds/firmware-release-assumed');
    expect(codesOf(named.findings)).toContain('kinds/records-move-on');
  });
});

describe('what stays of the dump, and what the new firmware brings', () => {
  test('a SoftDevice of its own replaces that of the dump', () => {
    const { image } = joinFirmware(board(switchB()), firmware(below(S132['5.0.0']), application()));
    expect(image.read(0x300c, 2)).toEqual(Uint8Array.of(0x01, 0x01));
    expect(image.definedBytes(0x5000, 0x1000)).toBe(0);
  });

  test('bootloader and UICR stay, and are still found', () => {
    const top = 0x76000;
    const node = readImage(
      imageOf(
        { recoveryPage: top, areas: switchB() },
        ...below(S132['4.2.0']),
        ...application(),
        vectors(0x78000),
        code(0x78200, 0x300, 7),
        uicrWithBootloader(0x78000),
      ),
    );
    const { image, findings } = joinFirmware(node, firmware(below(S132['4.2.0']), application()));
    expect(image.read(0x78200, 0x300).every((byte) => byte === 7)).toBe(true);
    expect(image.read(0x10001014, 4)).toEqual(Uint8Array.from(le32(0x78000)));
    expect(findings.find(({ code: one }) => one === 'kinds/parts-kept')!.message).toContain('bootloader');
  });

  test('settings that come with the application stand in the bootloader’s pages, and the bootloader stays', () => {
    const node = readImage(
      imageOf(
        { recoveryPage: 0x76000, areas: switchB() },
        ...below(S132['4.2.0']),
        ...application(),
        vectors(0x78000),
        code(0x78200, 0x300, 7),
        code(0x7f000, 0x100, 1),
        uicrWithBootloader(0x78000),
      ),
    );
    const alone = joinFirmware(node, firmware(application()));
    expect(alone.image.read(0x7f000, 1)).toEqual(Uint8Array.of(1));
    expect(codesOf(alone.findings)).toContain('kinds/bootloader-checks');
    const both = joinFirmware(node, firmware(application(), [code(0x7f000, 0x80, 2)]));
    expect(both.image.read(0x7f000, 1)).toEqual(Uint8Array.of(2));
    expect(both.image.read(0x78200, 1)).toEqual(Uint8Array.of(7));
    expect(codesOf(both.findings)).not.toContain('kinds/bootloader-checks');
    // a bootloader of its own comes whole, without the old one's settings
    const own = joinFirmware(node, firmware(application(), [vectors(0x78000), code(0x78200, 0x100, 3)]));
    expect(own.image.read(0x78200, 1)).toEqual(Uint8Array.of(3));
    expect(own.image.definedBytes(0x7f000, 0x1000)).toBe(0);
  });

  test('words of the UICR that the new firmware sets stand over those of the board, and are told', () => {
    const node = board(switchB(), '4.2.0', at(0x10001080, 1, 0, 0, 0));
    const { image, findings } = joinFirmware(
      node,
      firmware(application(), [at(0x10001200, 18, 0, 0, 0, 18, 0, 0, 0)]),
    );
    expect(image.read(0x10001080, 4)).toEqual(Uint8Array.of(1, 0, 0, 0));
    expect(image.read(0x10001200, 4)).toEqual(Uint8Array.of(18, 0, 0, 0));
    expect(findings.find(({ code: one }) => one === 'kinds/uicr-changed')!.message).toContain('reset pin');
  });

  test('areas that an earlier firmware left are not taken over', () => {
    const old = writeStack({ recoveryPage: 0x76000, areas: switchB(0x0100) });
    const node = readImage(
      imageOf(
        { recoveryPage: R, areas: switchB() },
        ...below(S132['4.2.0']),
        ...application(),
        ...old,
        at(0x10001014, 0xff, 0xff, 0xff, 0xff),
      ),
    );
    const { image, reading } = joinFirmware(node, firmware(application()));
    expect(reading.settled.unicast).toEqual({ start: 0x0010, count: 1 });
    expect(image.definedBytes(0x70000, 0x7000)).toBe(0);
  });

  test('what power loss tore is repaired as the old firmware would', () => {
    const torn = withArea(switchB(), 1, {
      ...withEntries(switchB(), 1, { handle: 0x1001, payload: [0x01, 0xc0] })[1],
      unsealed: true,
    });
    const node = board(torn);
    const { reading } = joinFirmware(node, firmware(application()));
    expect(reading.nextBoot).toEqual(node.settled);
  });
});

describe('a node of 3.2.0 under 4.2.0', () => {
  const node = board(switchA3(), '3.2.0');

  test('goes on: its records are read and written anew', () => {
    const { reading, findings } = joinFirmware(node, firmware(below(S132['4.2.0']), application()));
    expect(reading.releases.likely).toEqual(['4.2.0']);
    expect(reading.settled).toEqual(node.settled);
    const moved = findings.find(({ code: one }) => one === 'kinds/records-move-on')!;
    expect(moved.message).toContain('3.2.0 and goes on under 4.2.0');
    expect(moved.hint).toContain('no way back');
  });

  test('not the other way round', () => {
    const error = refusalOf(() =>
      joinFirmware(board(switchB()), { ...firmware(application()), release: '3.2.0' }),
    );
    expect(error).toMatchObject({ code: 'kinds/records-not-read', facts: { release: '3.2.0' } });
  });

  test('nor from 2.x, whose records of models have another form', () => {
    const error = refusalOf(() =>
      joinFirmware(board(switchA2(), '3.2.0'), { ...firmware(application()), release: '4.2.0' }),
    );
    expect(error.message).toContain('models have another form');
  });

  test('nor where code lies on the pages of areas that 5.0.0 has besides', () => {
    const large = firmware(below(S132['5.0.0']), application(), [code(R - 0x5800, 0x100)]);
    expect(refusalOf(() => joinFirmware(node, large))).toMatchObject({
      code: 'kinds/firmware-over-state',
      facts: { address: R - 0x5800 },
    });
  });

  test('nor from 4.2.0 to 5.0.0 with states of models, whose records have another form', () => {
    const lit = withArea(switchB(), 4, { entries: [{ handle: 0x1000, payload: [1, 0, 0, 0] }] });
    const error = refusalOf(() => joinFirmware(board(lit), firmware(below(S132['5.0.0']), application())));
    expect(error.message).toContain('states of models');
  });
});

describe('a new firmware that would not find the node', () => {
  const node = board(switchB());
  const refused = (...segments: Segment[][]) => refusalOf(() => joinFirmware(node, firmware(...segments)));

  test.each<[string, string, Segment[]]>([
    ['its code lies over an area', 'kinds/firmware-over-state', [...application(), code(R - 0x2f00, 0x100)]],
    ['its code lies over the recovery page', 'kinds/firmware-over-state', [...application(), code(R + 4, 8)]],
    [
      'its application stands where another SoftDevice ends',
      'kinds/firmware-begins-elsewhere',
      [vectors(0x27000), code(0x27200, 0x1000)],
    ],
    ['it is a SoftDevice alone', 'kinds/no-application', below(S132['4.2.0'])],
    ['it is a UICR alone', 'kinds/no-application', [at(0x10001200, 18, 0, 0, 0)]],
    [
      'it has no master boot record',
      'kinds/firmware-of-another-kind',
      [vectors(0, 0x8001), code(0x200, 0x8000)],
    ],
    [
      'it is for a chip with more flash',
      'kinds/firmware-of-another-chip',
      [...application(), code(0x80000, 0x100)],
    ],
    [
      'it is for another family',
      'kinds/firmware-of-another-chip',
      [...application(), at(0x00ff8000, 0x5a, 0, 0, 0)],
    ],
    [
      'it brings a bootloader, below which the areas would be',
      'kinds/layout-differs',
      [...application(), vectors(0x78000), uicrWithBootloader(0x78000)],
    ],
    [
      'it is a dump of a node of another SDK',
      'kinds/firmware-of-another-kind',
      nvs.writeArea(nvs.lightArea('nvs', nvs.light(), { address: 0x7a000 })),
    ],
  ])('%s', (_, expected, segments) => {
    const error = refused(segments);
    expect([error.code, error.hint === '']).toEqual([expected, false]);
  });

  test('a dump that cannot be cloned is refused for its own reason', () => {
    const reset = board(withArea(switchB(), 1, { entries: [limits(4, 8, 1, 3, 1)] }));
    expect(refusalOf(() => joinFirmware(reset, firmware(application()))).code).toMatch(/^flashfs\//);
  });
});

describe('a dump of a board that ran the new firmware', () => {
  const node = board(switchB(0x0010), '4.2.0');
  const ran = (areas: readonly AreaSpec[], recoveryPage = R) => ({
    image: imageOf({ recoveryPage, areas }, ...below(S132['4.2.0']), ...application()),
  });
  const fresh: AreaSpec[] = withArea(withArea(switchB(), 1, { entries: [limits(4, 8, 1, 3, 1)] }), 0, {});

  test('is compared in all of its layout, and its own state is left out', () => {
    const { reading, findings } = joinFirmware(node, ran(switchB(0x0200)));
    expect(reading.settled).toEqual(node.settled);
    expect(codesOf(findings)).toContain('kinds/layout-seen');
    expect(codesOf(findings)).not.toContain('kinds/layout-unseen');
  });

  test('need not be provisioned', () => {
    const { reading, findings } = joinFirmware(node, ran(fresh));
    expect(reading.settled).toEqual(node.settled);
    expect(codesOf(findings)).toContain('kinds/layout-seen');
  });

  test('tells less where it wrote no records yet', () => {
    const { findings } = joinFirmware(node, ran([{}, {}, {}, {}, {}]));
    expect(codesOf(findings)).toContain('kinds/firmware-unseen');
  });

  const lists = [{ ...switchB()[2]!.entries![0]! }];
  test.each<[string, string, ReturnType<typeof ran>]>([
    ['its recovery page lies elsewhere', 'recovery page', ran(switchB(), 0x76000)],
    ['an area has more pages', '2 pages', ran(withArea(switchB(), 1, { ...switchB()[1], pages: 2 }))],
    [
      'it has room for fewer keys',
      '4 instead of 8 application keys',
      ran(withArea(fresh, 1, { entries: [limits(4, 4, 1, 3, 1)] })),
    ],
    [
      'it has more elements',
      '2 instead of 1 elements',
      ran(withArea(fresh, 2, { entries: [accessLimits(3, 2, 3)] })),
    ],
    [
      'it has other models',
      'other models',
      ran(
        withArea(switchB(), 2, {
          entries: [
            ...lists,
            model(0, { modelId: 0, bound: 0x100, list: 3, tail: TAIL_3 }),
            model(1, { modelId: 2, list: 3, tail: TAIL_3 }),
            model(2, { modelId: 0x1001, list: 0, tail: TAIL_3 }),
          ],
        }),
      ),
    ],
  ])('is refused where %s', (_, said, other) => {
    const error = refusalOf(() => joinFirmware(node, other));
    expect(error.code).toBe('kinds/layout-differs');
    expect(error.message).toContain(said);
  });

  test('is refused where it is another chip’s', () => {
    const factory = MemoryImage.of([at(0x10000100, ...le32(0x52840))]);
    const none = MemoryImage.empty;
    const other = {
      ...ran(switchB()),
      beside: { firmware: none, factory, ram: none, external: none, unknown: none },
    };
    expect(refusalOf(() => joinFirmware(node, other)).message).toContain('a dump of an nRF52840');
  });
});

describe('every node of the fixtures that can be cloned', () => {
  const nodes = fixtures.filter(({ manifest }) => manifest.refuse === null);
  const sd = { '2.0.1': 0x00a8, '2.1.1': 0x00a8, '2.2.0': 0x00a8, '3.0.0': 0x00af, '3.1.0': 0x00af } as const;
  const build = (release: string) =>
    firmware(
      below({ ...sd, ...S132, '4.0.0': 0x00cb, '4.1.0': 0x00cb }[release as keyof typeof S132]),
      application(0x2000),
    );
  const identity = ({ settled }: ImageReading) => ({ ...settled, replayCache: undefined });

  test.each(releases.map((release) => [release]))('is the same node under another build of %s', (release) => {
    for (const { history } of nodes.filter((one) => one.release === release)) {
      const node = readImage(readDump(release, history), { release });
      if (node.refusal) continue;
      const { reading, image } = joinFirmware(node, { ...build(release), release });
      expect(identity(reading), history).toEqual(identity(node));
      // and once more with the outcome as the dump
      expect(identity(joinFirmware(reading, { ...build(release), release }).reading), history).toEqual(
        identity(node),
      );
      expect(
        image.read(APPLICATION + 0x200, 0x2000).every((byte) => byte === 0x5a),
        history,
      ).toBe(true);
    }
  });

  test('is the same node under any release, or is refused with the reason', () => {
    fc.assert(
      fc.property(fc.constantFrom(...nodes), fc.constantFrom(...releases), (fixture, release) => {
        const node = readImage(readDump(fixture.release, fixture.history), { release: fixture.release });
        fc.pre(node.refusal === null);
        try {
          const { reading } = joinFirmware(node, { ...build(release), release });
          expect(identity(reading)).toEqual(identity(node));
          expect(fixture.release >= '4' && release < '4').toBe(false);
        } catch (error) {
          if (!(error instanceof KnownError)) throw error;
          expect(['kinds/records-not-read', 'kinds/firmware-loses-node', 'kinds/layout-differs']).toContain(
            error.code,
          );
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('whatever is given as new firmware', () => {
  const node = board(switchB(), '4.2.0', vectors(0x7f000 - 0x8000), at(0x10001080, 1, 2, 3, 4));
  const piece = fc
    .record({
      address: fc.oneof(
        fc.constantFrom(0, 0xff8, 0x1000, 0x3000, APPLICATION, R - 0x5000, R, R + 4, 0x10001014),
        fc.integer({ min: 0, max: 0x80fff }),
        fc.integer({ min: 0x10001000, max: 0x10001ff0 }),
      ),
      length: fc.integer({ min: 1, max: 0x2000 }),
      value: fc.constantFrom(0xff, 0x00, 0x5a),
    })
    .map(({ address, length, value }) => code(address, length, value));

  test('the outcome is the same node, or there is none and a reason', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 4 }), fc.boolean(), (pieces, hasApplication) => {
        const whole = [...(hasApplication ? application(0x400) : []), ...pieces];
        // as files are joined: none may define an address twice
        fc.pre(findOverlap(whole) === undefined);
        try {
          const { image, reading } = joinFirmware(node, firmware(whole));
          expect(reading.settled).toEqual(node.settled);
          expect(readImage(image).settled.deviceKeys).toEqual(node.settled.deviceKeys);
        } catch (error) {
          if (!(error instanceof KnownError)) throw error;
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('every node of the nRF Connect SDK that can be cloned', () => {
  test('is the same node under another build', () => {
    const build = firmware([vectors(0, 0x201), code(0x200, 0x3000)]);
    let nodes = 0;
    for (const { name, history, readDump: dumpOf } of zephyrFixtures) {
      // a whole dump brings decoys of code over which no build may come
      const image = dumpOf();
      const node = readImage(image);
      if (node.refusal || history === 'full-dump') continue;
      nodes++;
      expect(joinFirmware(node, build).reading.settled, name).toEqual(node.settled);
    }
    expect(nodes).toBeGreaterThan(40);
  });
});

describe('a node of the nRF Connect SDK', () => {
  const partition = (address: number, size: number) =>
    at(0x4000, 3, 0, 0, 0, ...le32(address), ...le32(size), ...le32(0x1234));
  const build = (...more: Segment[]) => firmware([vectors(0, 0x201), code(0x200, 0x3000), ...more]);
  const dump = (area = nvs.lightArea(), ...more: Segment[]) =>
    readImage(MemoryImage.of([...nvs.writeArea(area), vectors(0, 0x201), code(0x200, 0x2000, 1), ...more]));
  const node = dump();

  test('goes on with its settings under a build', () => {
    const { reading, image, findings } = joinFirmware(node, build());
    expect(reading.kind.id).toBe('zephyr');
    expect(reading.settled).toEqual(node.settled);
    expect(image.read(0x200, 0x3000).every((byte) => byte === 0x5a)).toBe(true);
    expect(codesOf(findings)).toContain('kinds/layout-unseen');
  });

  test('is told by the flash maps of both that its partition is where it was', () => {
    const known = dump(nvs.lightArea(), partition(0xf8000, 0x8000));
    const { findings } = joinFirmware(known, build(partition(0xf8000, 0x8000)));
    expect(findings.find(({ code: one }) => one === 'kinds/layout-seen')!.message).toContain('32 KB');
  });

  const known = dump(nvs.lightArea(), partition(0xf8000, 0x8000));
  test.each<[string, string, ImageReading, ReturnType<typeof build>]>([
    [
      'the partition is not in the new flash map',
      'kinds/layout-differs',
      known,
      build(partition(0xf0000, 0x8000)),
    ],
    ['the partition has another size', 'kinds/layout-differs', known, build(partition(0xf8000, 0x6000))],
    ['code lies over the settings', 'kinds/firmware-over-state', node, build(code(0xf8800, 16))],
    [
      'a dump has its settings elsewhere',
      'kinds/layout-differs',
      node,
      build(...nvs.writeArea(nvs.lightArea('nvs', nvs.light(0x20), { address: 0xf0000 }))),
    ],
    [
      'a dump has them in another format',
      'kinds/layout-differs',
      node,
      build(...nvs.writeArea(nvs.lightArea('zms', nvs.light(0x20)))),
    ],
    [
      'it has a SoftDevice',
      'kinds/firmware-of-another-kind',
      node,
      firmware(below(S132['4.2.0']), application()),
    ],
    [
      'it is an image for MCUboot, and the dump has none',
      'kinds/no-application',
      node,
      firmware([at(0xc000, 0x3d, 0xb8, 0xf3, 0x96), code(0xc200, 0x100)]),
    ],
  ])('is refused where %s', (_, expected, from, to) => {
    expect(refusalOf(() => joinFirmware(from, to)).code).toBe(expected);
  });

  test('keeps MCUboot below an image that was signed for it', () => {
    const signed = [at(0xc000, 0x3d, 0xb8, 0xf3, 0x96), code(0xc200, 0x100)];
    const booted = readImage(
      MemoryImage.of([
        ...nvs.writeArea(nvs.lightArea()),
        vectors(0, 0x201),
        code(0x200, 0x2000, 1),
        ...signed,
      ]),
    );
    const { image, reading } = joinFirmware(booted, firmware([signed[0]!, code(0xc200, 0x400, 9)]));
    expect(image.read(0x200, 0x2000).every((byte) => byte === 1)).toBe(true);
    expect(image.read(0xc200, 0x400).every((byte) => byte === 9)).toBe(true);
    expect(reading.settled).toEqual(booted.settled);
  });
});
