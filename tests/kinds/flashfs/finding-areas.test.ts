import { describe, expect, test } from 'vitest';
import { flashManagerKind, type FlashManagerReading } from '../../../src/kinds/flashfs/index.ts';
import { changesOf, findChip, MemoryImage, type Segment } from '../../../src/image/index.ts';
import {
  ACCESS,
  DSM,
  imageOf,
  le32,
  NET_STATE,
  softDevice,
  switchA2,
  switchA3,
  switchB,
  uicrWithBootloader,
  withArea,
  writeArea,
  writeStack,
} from './area-writer.ts';

const read = (image: MemoryImage): FlashManagerReading => flashManagerKind.read(image)!;
const start = ({ nextBoot }: FlashManagerReading) => nextBoot.unicast?.start;
const rolesOf = ({ areas }: FlashManagerReading) =>
  areas.map(({ address, role }) => `${address.toString(16)} ${role}`);
const filled = (address: number, length: number, value: number): Segment => ({
  address,
  bytes: new Uint8Array(length).fill(value),
});

describe('the areas of a node', () => {
  test.each([
    ['nRF52810', 0x2f000],
    ['nRF52820', 0x3f000],
    ['nRF52832', 0x7f000],
    ['nRF52833', 0x7f000],
    ['nRF52840', 0xff000],
  ])('are found on the %s below %i', (name, recoveryPage) => {
    const chip = findChip(name)!;
    const image = imageOf({ recoveryPage, areas: switchA3() });
    expect(start(read(image))).toBe(0x0010);
    const told = flashManagerKind.read(image, { chip })!;
    expect(start(told)).toBe(0x0010);
    expect(told.chip).toEqual({ chip, certain: true, reasons: ['chosen by hand'] });
    expect(read(image).chip.chip.flashSize).toBe(chip.flashSize);
  });

  test('are found on the nRF51, whose pages have 1024 bytes', () => {
    for (const recoveryPage of [0x3fc00, 0x39c00]) {
      const image = imageOf({ recoveryPage, areas: switchA2(), pageSize: 0x400 });
      const reading = read(image);
      expect(reading.chip.chip.name).toBe('nRF51422');
      expect(reading.releases.likely).toEqual(['1.0.1', '1.0.0']);
      expect(reading.nextBoot).toMatchObject({ provisioned: true, unicast: { start: 0x0010, count: 1 } });
      expect(reading.areas.map(({ length }) => length)).toEqual([0x400, 0x400, 0x400, 0x400]);
    }
  });

  test('are named from the recovery page down', () => {
    expect(rolesOf(read(imageOf({ recoveryPage: 0x7f000, areas: [...switchB(), {}, {}] })))).toEqual([
      '78000 emergency-cache',
      '79000 replay-cache',
      '7a000 models',
      '7b000 core-options',
      '7c000 access',
      '7d000 dsm',
      '7e000 net-state',
      '7f000 recovery',
    ]);
  });

  test('keep their places where some await their format', () => {
    const areas = withArea(withArea(switchB(), ACCESS, { blank: true }), 3, { blank: true });
    expect(rolesOf(read(imageOf({ recoveryPage: 0x7f000, areas })))).toEqual([
      '7a000 models',
      '7b000 core-options',
      '7c000 access',
      '7d000 dsm',
      '7e000 net-state',
      '7f000 recovery',
    ]);
  });

  test('may span several pages', () => {
    const areas = withArea(switchA3(), DSM, { ...switchA3()[DSM], pages: 3 });
    const reading = read(imageOf({ recoveryPage: 0x7f000, areas }));
    expect(reading.areas.find(({ role }) => role === 'dsm')).toMatchObject({
      address: 0x7b000,
      length: 0x3000,
    });
  });

  test('are told by content where an older memory map was kept: network, device and access apart from the rest', () => {
    const image = MemoryImage.of([
      ...writeStack({ recoveryPage: 0x7f000, areas: [{ entries: [{ handle: 0x0210, payload: [1] }] }] }),
      ...writeStack({ recoveryPage: 0x7a000, areas: switchB().slice(0, 3) }),
    ]);
    expect(start(read(image))).toBe(0x0010);
  });

  test("leave an application's own area alone", () => {
    const own = { entries: [{ handle: 0x0001, payload: Array.from({ length: 60 }, (_, i) => i) }] };
    const reading = read(imageOf({ recoveryPage: 0x7f000, areas: [...switchB().slice(0, 4), own] }));
    expect(reading.areas[0]).toMatchObject({ role: 'unknown', title: 'application area' });
    expect(reading.areas[0]!.pages[0]!.entries[0]!.secrets).toEqual([{ address: 0x7a00c, length: 60 }]);
    expect(reading.refusal).toBeNull();
  });

  test('are found where pages of the Flash Data Storage lie above the recovery page', () => {
    const fds = { address: 0x7f000, bytes: Uint8Array.from([...le32(0xdeadc0de), ...le32(0xf11e01fe)]) };
    expect(start(read(imageOf({ recoveryPage: 0x7c000, areas: switchB() }, fds)))).toBe(0x0010);
  });

  test('are found where the dump leaves out erased flash', () => {
    const image = MemoryImage.of(
      writeStack({ recoveryPage: 0x7f000, areas: switchB() }).map(({ address, bytes }) => ({
        address,
        bytes: bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0xff) + 1),
      })),
    );
    expect(start(read(image))).toBe(0x0010);
    expect(read(image).refusal).toBeNull();
  });
});

describe('a dump that begins above the lowest areas', () => {
  test('says what it lacks instead of taking it for erased', () => {
    const image = imageOf({ recoveryPage: 0x7f000, areas: switchB() }).slice(0x7d000, 0x80000);
    expect(read(image).findings.map(({ code }) => code)).toContain('flashfs/cut-off');
    expect(read(image).findings.map(({ code }) => code)).not.toContain('flashfs/half-finished-reset');
  });
});

describe('a dump without the erased end of its flash', () => {
  test('is of the chip whose last page is its recovery page', () => {
    const image = imageOf({ recoveryPage: 0x2f000, areas: switchA3() }).slice(0, 0x2ee00);
    expect(read(image).chip).toMatchObject({ chip: { name: 'nRF52810' }, certain: true });
  });
});

describe('two configurations in one dump', () => {
  const two = (...more: Segment[]) =>
    MemoryImage.of([
      ...writeStack({ recoveryPage: 0x7f000, areas: switchA3(0x0010) }),
      ...writeStack({ recoveryPage: 0x76000, areas: switchA3(0x0020) }),
      ...more,
    ]);

  test('are not chosen between by guess', () => {
    expect(read(two()).refusal).toMatchObject({ code: 'flashfs/two-donors' });
  });

  test('are told apart by the bootloader that the UICR names', () => {
    expect(start(read(two(uicrWithBootloader(0x78000))))).toBe(0x0020);
    expect(start(read(two(uicrWithBootloader(0xffffffff))))).toBe(0x0010);
  });

  test('are told apart by the bootloader that the master boot record names', () => {
    expect(start(read(two({ address: 0xff8, bytes: Uint8Array.from(le32(0x78000)) })))).toBe(0x0020);
  });

  test('are told apart when one lies where no memory map puts it, such as a DFU bank', () => {
    const image = MemoryImage.of([
      ...writeStack({ recoveryPage: 0x7f000, areas: switchA3(0x0010) }),
      ...writeStack({ recoveryPage: 0x50000, areas: switchA3(0x0020) }),
    ]);
    expect(start(read(image))).toBe(0x0010);
    expect(read(image).findings).toContainEqual(
      expect.objectContaining({ code: 'flashfs/areas-not-in-use' }),
    );
  });

  test('are told apart when one of them is not provisioned', () => {
    const image = MemoryImage.of([
      ...writeStack({
        recoveryPage: 0x7c000,
        areas: withArea(switchA3(), DSM, { entries: switchA3()[DSM]!.entries!.slice(0, 1) }),
      }),
      ...writeStack({ recoveryPage: 0x60000, areas: switchA3(0x0020) }),
    ]);
    expect(start(read(image))).toBe(0x0020);
  });
});

describe('a dump without a configuration', () => {
  const code = (image: MemoryImage) => read(image).refusal?.code;

  test('is an application, or blank pages', () => {
    expect(code(MemoryImage.of([filled(0x26000, 0x8000, 0x5a)]))).toBe('flashfs/no-area');
    expect(code(MemoryImage.of([filled(0x78000, 0x8000, 0xff)]))).toBe('flashfs/no-area');
  });

  test('is what a protected chip gives: one byte all over', () => {
    expect(code(MemoryImage.of([filled(0, 0x80000, 0x00)]))).toBe('flashfs/locked-readback');
    expect(code(MemoryImage.of([filled(0, 0x80000, 0xff)]))).toBe('flashfs/locked-readback');
    expect(code(MemoryImage.of([filled(0x78000, 0x8000, 0x00)]))).toBe('flashfs/locked-readback');
  });

  test('is no image of this kind when it is empty', () => {
    expect(flashManagerKind.read(MemoryImage.empty)).toBeUndefined();
  });

  test('cut off above the page with the keys says so', () => {
    const image = imageOf({ recoveryPage: 0x7f000, areas: switchB() }).slice(0x7e000, 0x80000);
    expect(code(image)).toBe('flashfs/no-device-state');
  });

  test('is not prepared for clones', () => {
    const reading = read(MemoryImage.of([filled(0x78000, 0x8000, 0xff)]));
    expect(() => reading.prepare({})).toThrow(expect.objectContaining({ code: 'flashfs/no-area' }));
  });
});

describe('a damaged page', () => {
  const image = imageOf({ recoveryPage: 0x7f000, areas: switchB() });
  const damaged = (address: number, ...bytes: number[]) =>
    read(image.with([{ address, bytes: Uint8Array.from(bytes) }])).refusal;

  test.each([
    ['an entry of no length', 0x7d018, [0, 0], 0x018],
    ['an entry that leaves its page', 0x7d018, [0xff, 0x0f], 0x018],
    ['a handle that cannot be', 0x7d01a, [0x01, 0x80], 0x018],
    ['a length without a handle', 0x7d01a, [0xff, 0xff], 0x018],
  ])('is named with the place and the rule it breaks: %s', (_, address, bytes, offset) => {
    const refusal = damaged(address, ...bytes);
    expect(refusal).toMatchObject({ code: 'flashfs/damaged-area', facts: { page: 0x7d000, offset } });
    expect(refusal!.message).toContain('0x7D000');
  });

  test.each([
    ['DSM', 0x7d000],
    ['access', 0x7c000],
    ['network state', 0x7e000],
  ])('is noticed by its lost signature: %s', (_, page) => {
    expect(damaged(page, 0x09)).toMatchObject({ code: 'flashfs/damaged-area', facts: { page, offset: 0 } });
    expect(damaged(page + 4, 2)?.code).toBe('flashfs/damaged-area');
  });

  test('of an application does not matter, unless it may be one of the mesh', () => {
    const broken = [{ handle: 0x0777, payload: Array.from({ length: 40 }, () => 1) }];
    const whole = imageOf({ recoveryPage: 0x7f000, areas: [...switchB(), { entries: broken }] });
    const damagedApplication = whole.with([{ address: 0x79034, bytes: Uint8Array.from([0, 0, 1, 0]) }]);
    expect(read(damagedApplication).refusal).toBeNull();
    const press = read(damagedApplication).prepare({});
    const identity = { unicast: 0x1234, deviceKey: new Uint8Array(16).fill(7) };
    const clone = damagedApplication.with(changesOf([...press.shared, ...press.patchesFor(identity)]));
    expect(() => press.check(clone, identity)).not.toThrow();

    const areas = withArea(switchB(), ACCESS, { entries: broken });
    const damagedAccess = imageOf({ recoveryPage: 0x7f000, areas }).with([
      { address: 0x7c034, bytes: Uint8Array.from([0, 0, 1, 0]) },
    ]);
    expect(read(damagedAccess).refusal).toMatchObject({
      code: 'flashfs/damaged-area',
      facts: { page: 0x7c000, offset: 0x34 },
    });
  });

  test('below the stack and apart from it does not matter', () => {
    const left = { address: 0x76000, bytes: Uint8Array.from([8, 4, 16, 16, 3, 1, 255, 255]) };
    expect(read(image.with([left])).refusal).toBeNull();
  });

  test('with the signature alone, as in code, does not matter', () => {
    const code = {
      address: 0x30000,
      bytes: Uint8Array.from([8, 4, 16, 16, 1, 0, 255, 255, 1, 2, 3, 4, 5, 6]),
    };
    expect(
      read(MemoryImage.of([...writeStack({ recoveryPage: 0x7f000, areas: switchB() }), code])).refusal,
    ).toBeNull();
  });
});

describe('the memory map', () => {
  test('names SoftDevice, application, areas, bootloader and UICR', () => {
    const vectors = (address: number) => ({
      address,
      bytes: Uint8Array.from([...le32(0x20010000), ...le32(address + 0x101)]),
    });
    const image = imageOf(
      { recoveryPage: 0x76000, areas: switchB() },
      filled(0, 0x1000, 0x11),
      filled(0x1000, 0x1000, 0x22),
      softDevice(0x00cb),
      vectors(0x26000),
      vectors(0x78000),
      uicrWithBootloader(0x78000),
    );
    const { regions, releases, chip } = read(image);
    expect(
      regions
        .filter(({ kind }) => kind !== 'missing')
        .map(({ address, kind, title }) => [address, kind, title]),
    ).toEqual([
      [0x00000, 'softdevice', 'SoftDevice S132 7.0.1'],
      [0x03000, 'softdevice', 'SoftDevice S132 7.0.1'],
      [0x26000, 'application', 'application'],
      [0x71000, 'area', 'models'],
      [0x72000, 'area', 'core options'],
      [0x73000, 'area', 'access layer'],
      [0x74000, 'area', 'device state manager'],
      [0x75000, 'area', 'network state'],
      [0x76000, 'recovery', 'recovery page'],
      [0x78000, 'bootloader', 'bootloader'],
      [0x10001000, 'uicr', 'UICR'],
    ]);
    expect(releases.reasons).toContain('SoftDevice S132 7.0.1');
    expect(chip.reasons).toContain('its firmware expects 64 KB of RAM');
  });
});

describe('the landmarks of a dump', () => {
  const landmarks = (image: MemoryImage) =>
    read(image).landmarks.map(({ name, address, says }) => [name, address, says]);

  test('are the constants of older scripts, in a fresh page', () => {
    expect(landmarks(imageOf({ recoveryPage: 0x7f000, areas: switchB() }))).toEqual([
      ['START_OF_FLASH_MANAGER_OFFSET', 0x7d050, 'device key at DSM page start + 0x50'],
      ['UNICAST_ADDRESS_OFFSET_1', 0x7d01c, 'unicast address at DSM page start + 0x1C'],
      ['UNICAST_ADDRESS_OFFSET_2', 0x7d04c, 'owner of the device key at DSM page start + 0x4C'],
    ]);
    expect(landmarks(imageOf({ recoveryPage: 0x7f000, areas: switchA3() }))[0]![1]).toBe(0x7d040);
  });

  test('point into the recovery page where that stands in', () => {
    const page = writeArea({ ...switchB()[DSM], unsealed: true });
    const recovery = Uint8Array.from([...le32(0x7d000), ...page.subarray(0, 0xffc)]);
    const image = imageOf({
      recoveryPage: 0x7f000,
      areas: withArea(switchB(), DSM, { blank: true }),
      recovery,
    });
    expect(landmarks(image)[0]).toEqual([
      'START_OF_FLASH_MANAGER_OFFSET',
      0x7f054,
      'device key at recovery page start + 0x54',
    ]);
  });
});

test('the network state is found first from the recovery page, whatever it holds', () => {
  const areas = withArea(switchB(), NET_STATE, {});
  const reading = read(imageOf({ recoveryPage: 0x7f000, areas }));
  expect(rolesOf(reading)).toContain('7e000 net-state');
  expect(reading.nextBoot).toMatchObject({ provisioned: true, ivIndex: 0, nextSequenceNumber: 0 });
});
