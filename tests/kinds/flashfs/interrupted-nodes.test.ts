import { describe, expect, test } from 'vitest';
import { flashManagerKind, type FlashManagerReading } from '../../../src/kinds/flashfs/index.ts';
import { changesOf, type MemoryImage } from '../../../src/image/index.ts';
import { type Identity } from '../../../src/mesh/index.ts';
import {
  ACCESS,
  address,
  appkeyA,
  appkeyB,
  APP_KEY,
  devkey,
  DEVICE_KEY,
  DSM,
  imageOf,
  invalid,
  key,
  le16,
  le32,
  limits,
  NET_KEY,
  NET_STATE,
  sequenceA,
  subnetA,
  subnetB,
  switchA2,
  switchA3,
  switchB,
  unicast,
  withArea,
  withEntries,
  writeArea,
  type AreaSpec,
  type EntrySpec,
} from './area-writer.ts';

const NEW: Identity = { unicast: 0x1234, deviceKey: Uint8Array.from(key(0x40)) };
const read = (image: MemoryImage, release?: string): FlashManagerReading =>
  flashManagerKind.read(image, release === undefined ? {} : { release })!;
const readAreas = (areas: readonly AreaSpec[], release?: string) =>
  read(imageOf({ recoveryPage: 0x7f000, areas }), release);
const codes = ({ findings }: FlashManagerReading) => findings.map(({ code }) => code);

/** A checked clone, read again. */
function clone(reading: FlashManagerReading): {
  readonly image: MemoryImage;
  readonly again: FlashManagerReading;
} {
  const press = reading.prepare({});
  const image = reading.image.with(changesOf([...press.shared, ...press.patchesFor(NEW)]));
  press.check(image, NEW);
  return { image, again: read(image) };
}
const hexOf = (image: MemoryImage, at: number, length: number) =>
  Buffer.from(image.read(at, length)).toString('hex');

describe('power lost while an entry was written', () => {
  const torn: EntrySpec = {
    handle: 0x4001,
    payload: [1, 0, 0, 0, 0x77, 0x66, ...new Array<number>(14).fill(0xff)],
  };
  const areas = withArea(withEntries(switchA3(), DSM, torn), DSM, {
    entries: [...switchA3()[DSM]!.entries!, torn],
    unsealed: true,
  });

  test('is used by the boot at hand and by no later one', () => {
    const reading = readAreas(areas);
    expect(reading.nextBoot.appKeys).toHaveLength(2);
    expect(reading.settled.appKeys).toHaveLength(1);
    expect(codes(reading)).toContain('flashfs/torn-entry');
    const entries = reading.areas.find(({ role }) => role === 'dsm')!.pages[0]!.entries;
    expect(entries.at(-1)).toMatchObject({ handle: 0x4001, state: 'torn' });
  });

  test('is not in a clone, which is sealed behind it', () => {
    const { image, again } = clone(readAreas(areas));
    expect(again.nextBoot.appKeys).toHaveLength(1);
    expect(hexOf(image, 0x7d070, 4)).toBe('06000000');
    expect(hexOf(image, 0x7d070 + 24, 4)).toBe('ffffff7f');
    expect(hexOf(image, 0x7d074, 20)).toBe('ff'.repeat(20));
  });

  test('refuses the node when the torn entry is its device key', () => {
    const cut = {
      ...devkey(0, 0x10, DEVICE_KEY),
      payload: [0x10, 0, 0, 0, 0xd0, ...new Array<number>(15).fill(0xff)],
    };
    const entries = [limits(4, 8, 1, 3, 1), unicast(0x10), subnetA(0, NET_KEY), cut];
    const reading = readAreas(withArea(switchA3(), DSM, { entries, unsealed: true }));
    expect(reading.nextBoot.deviceKeys).toHaveLength(1);
    expect(reading.refusal).toMatchObject({ code: 'flashfs/no-device-key' });
  });

  test('refuses the node when the torn entry is the network key that its own belongs to', () => {
    const whole = subnetA(0, NET_KEY);
    const cut = { ...whole, payload: [...whole.payload.slice(0, 12), ...new Array<number>(8).fill(0xff)] };
    const entries = [limits(4, 8, 1, 3, 1), unicast(0x10), devkey(0, 0x10, DEVICE_KEY), cut];
    const reading = readAreas(withArea(switchA3(), DSM, { entries, unsealed: true }));
    expect(reading.nextBoot.netKeys).toHaveLength(1);
    expect(reading.refusal).toMatchObject({ code: 'flashfs/no-network-key' });
  });

  test('on to a page that is yet to be formatted leaves that page to the firmware', () => {
    const filler = new Array<EntrySpec>(520).fill(invalid(address(0, 0xc000)));
    const area = { entries: [...switchA3()[DSM]!.entries!, ...filler], pages: 2 };
    const blank = { address: 0x7d000, bytes: new Uint8Array(0x1000).fill(0xff) };
    const image = imageOf({ recoveryPage: 0x7f000, areas: withArea(switchA3(), DSM, area) });
    const { image: cloned, again } = clone(read(image.with([blank])));
    expect(hexOf(cloned, 0x7d000, 16)).toBe('ff'.repeat(16));
    expect(again.refusal).toBeNull();
  });

  test('means nothing in an area that was only formatted', () => {
    expect(codes(readAreas(withArea(switchA3(), ACCESS, {})))).not.toContain('flashfs/torn-entry');
  });
});

describe('power lost between a new entry and the end of the old one', () => {
  const renewed = subnetB(0, NET_KEY, 1, key(0x50));

  test('leaves both: before 4.0.0 the last one counts at once', () => {
    const longSubnet: EntrySpec = { handle: 0x3000, payload: renewed.payload };
    const reading = readAreas(withEntries(switchA3(), DSM, longSubnet));
    expect(reading.nextBoot.netKeys).toMatchObject([{ keyRefreshPhase: 1 }]);
    expect(reading.settled).toBe(reading.nextBoot);
    expect(clone(reading).again.nextBoot.netKeys).toMatchObject([{ keyRefreshPhase: 1 }]);
  });

  test('leaves both: from 4.0.0 on the first one counts, and the last from the next boot on', () => {
    const reading = readAreas(withEntries(switchB(), DSM, renewed));
    expect(reading.nextBoot.netKeys).toMatchObject([{ keyRefreshPhase: 0 }]);
    expect(reading.settled.netKeys).toMatchObject([{ keyRefreshPhase: 1 }]);
    expect(codes(reading)).toContain('flashfs/replaced-entry');
    const { image, again } = clone(reading);
    expect(again.nextBoot.netKeys).toMatchObject([{ keyRefreshPhase: 1 }]);
    expect(hexOf(image, 0x7d020, 4)).toBe('0a000000');
    expect(codes(again)).not.toContain('flashfs/replaced-entry');
  });

  test('of identity records patches every copy that is left', () => {
    const areas = withArea(switchB(), DSM, {
      entries: [...switchB()[DSM]!.entries!, unicast(0x10), devkey(0, 0x10, DEVICE_KEY), address(1, 0xc001)],
    });
    const reading = readAreas(areas);
    expect(codes(reading).filter((code) => code === 'flashfs/equal-handles')).toHaveLength(2);
    expect(reading.prepare({}).patchesFor(NEW)).toHaveLength(6);
    expect(clone(reading).again.nextBoot.unicast).toEqual({ start: 0x1234, count: 1 });
  });
});

describe('power lost behind the padding at the end of a page', () => {
  /** Address entries that leave four words of the first page. */
  const filler = Array.from({ length: 3 }, (_, i) => ({ handle: 0x2000 + i, payload: key(i) }));
  const entries = [
    limits(4, 8, 1, 3, 3),
    unicast(0x10),
    subnetA(0, NET_KEY),
    devkey(0, 0x10, DEVICE_KEY),
    ...filler,
  ];
  const areas = withArea(switchA3(), DSM, { entries, pages: 2, unsealed: true });
  const end = 0x7c008 + 16 + 8 + 24 + 24 + 3 * 20;

  test.each([
    ['padding', [0xff, 0xff, 0x00, 0x7f]],
    ['padding that a boot took for an entry', [0xff, 0xff, 0x00, 0x00]],
  ])('goes on at the next page: %s', (_, padding) => {
    const image = imageOf({ recoveryPage: 0x7f000, areas }).with([
      { address: end, bytes: Uint8Array.from(padding) },
    ]);
    const reading = read(image);
    expect(reading.refusal).toBeNull();
    expect(reading.nextBoot.labelUuids).toHaveLength(3);
    const { image: made, again } = clone(reading);
    expect(hexOf(made, end, 4)).toBe('ffff007f');
    expect(hexOf(made, 0x7d008, 4)).toBe('ffffff7f');
    expect(again.nextBoot.labelUuids).toHaveLength(3);
    expect(codes(reading).includes('flashfs/torn-padding')).toBe(padding[3] === 0);
  });
});

describe('entries behind a seal', () => {
  const pages = withArea(switchA3(), DSM, { ...switchA3()[DSM], pages: 2 });
  const sealed = imageOf({ recoveryPage: 0x7f000, areas: pages });
  const more = writeArea({ entries: [appkeyA(1, key(1))] }).subarray(8, 0x100);
  const image = sealed.with([{ address: 0x7d008, bytes: more }]);

  test('on the next page are read from 3.0.0 on', () => {
    expect(read(image).nextBoot.appKeys).toHaveLength(2);
    expect(codes(read(image))).toContain('flashfs/entries-behind-seal');
    expect(clone(read(image)).again.nextBoot.appKeys).toHaveLength(2);
  });

  test('on the next page are not read before 3.0.0', () => {
    expect(read(image, '2.2.0').nextBoot.appKeys).toHaveLength(1);
    expect(codes(read(image, '2.2.0'))).toContain('flashfs/entries-behind-seal');
  });

  test('on the same page are read by nobody', () => {
    const same = imageOf({ recoveryPage: 0x7f000, areas: switchA3() }).with([
      { address: 0x7d074, bytes: more },
    ]);
    expect(read(same).nextBoot.appKeys).toHaveLength(1);
  });
});

describe('a defragmentation cut off', () => {
  const tidy = writeArea({ ...switchB()[DSM], unsealed: true });
  const recoveryFor = (page: number, copy = tidy) =>
    Uint8Array.from([...le32(page), ...copy.subarray(0, 0xffc)]);
  const interrupted = (areas: readonly AreaSpec[], page = 0x7d000, copy = tidy) =>
    imageOf({ recoveryPage: 0x7f000, areas, recovery: recoveryFor(page, copy) });

  test('is finished from the recovery page, also where the page itself is erased', () => {
    const reading = read(interrupted(withArea(switchB(), DSM, { blank: true })));
    expect(reading.nextBoot.unicast).toEqual({ start: 0x10, count: 1 });
    expect(reading.settled).toBe(reading.nextBoot);
    expect(codes(reading)).toContain('flashfs/defragmentation-pending');
    expect(codes(reading)).not.toContain('flashfs/torn-entry');
    const { image, again } = clone(reading);
    expect(hexOf(image, 0x7f000, 8)).toBe('00000000ffffffff');
    expect(hexOf(image, 0x7d000, 8)).toBe('080410100100ffff');
    expect(again.nextBoot.addresses).toEqual([0xc000]);
    expect(codes(again)).not.toContain('flashfs/defragmentation-pending');
    expect(Buffer.from(image.read(0x7d000, 0x100)).includes(Buffer.from('ffffff7f', 'hex'))).toBe(true);
  });

  test('replaces whatever stands on the page, newer entries too', () => {
    const reading = read(interrupted(withEntries(switchB(), DSM, address(1, 0xc001))));
    expect(reading.nextBoot.addresses).toEqual([0xc000]);
  });

  test('is found where the topmost page is the one that is gone', () => {
    const copy = writeArea({ ...switchB()[NET_STATE], unsealed: true });
    const reading = read(interrupted(withArea(switchB(), NET_STATE, { blank: true }), 0x7e000, copy));
    expect(reading.nextBoot).toMatchObject({ ivIndex: 5, nextSequenceNumber: 0x2000 });
    expect(reading.areas.at(-1)).toMatchObject({ role: 'recovery', address: 0x7f000 });
    expect(clone(reading).again.nextBoot).toMatchObject({ ivIndex: 5, nextSequenceNumber: 0x2000 });
  });

  describe('in an area of two pages', () => {
    // page 0 was copied with the first entry of page 1, which is still there
    const first = [limits(4, 8, 1, 3, 1), unicast(0x10), subnetB(0, NET_KEY), devkey(0, 0x10, DEVICE_KEY)];
    const copied = address(0, 0xc000);
    const copy = writeArea({ entries: [...first, copied], pages: 2, unsealed: true }).subarray(0, 0x1000);
    const tail = writeArea({ entries: [copied, appkeyB(0, APP_KEY), copied] });
    const areas = withArea(switchB(), DSM, { entries: first, pages: 2 });
    const image = imageOf({ recoveryPage: 0x7f000, areas, recovery: recoveryFor(0x7c000, copy) }).with([
      { address: 0x7d008, bytes: tail.subarray(8) },
    ]);

    test('drops what it copied from the pages that follow, up to the first entry it did not copy', () => {
      const dsm = read(image).areas.find(({ role }) => role === 'dsm')!;
      expect(dsm.pages[1]!.entries.map(({ state }) => state)).toEqual([
        'duplicate',
        'live',
        'duplicate',
        'seal',
      ]);
      expect(read(image).nextBoot).toMatchObject({ addresses: [0xc000], appKeys: [{ index: 0 }] });
    });

    test('is completed in a clone: entries dropped, page padded because more follows', () => {
      const { image: made, again } = clone(read(image));
      expect(hexOf(made, 0x7d008, 4)).toBe('02000000');
      const end = 0x7c008 + 16 + 8 + 40 + 24 + 8;
      expect(hexOf(made, end, 4)).toBe('ffff007f');
      expect(again.nextBoot).toMatchObject({ addresses: [0xc000], appKeys: [{ index: 0 }] });
    });

    test('warns that newer entries of the page are rolled back', () => {
      expect(
        read(image).findings.find(({ code }) => code === 'flashfs/defragmentation-pending')!.message,
      ).toMatch(/lost/);
    });
  });

  test.each(['3.0.0', '3.1.0', '3.2.0'])(
    'stops %s for ever when the page no longer says what it is',
    (release) => {
      const copy = writeArea({ ...switchA3()[DSM], unsealed: true });
      const image = interrupted(withArea(switchA3(), DSM, { blank: true }), 0x7d000, copy);
      const reading = read(image, release);
      expect(reading.refusal).toMatchObject({ code: 'flashfs/interrupted-defragmentation' });
      expect(reading.nextBoot).toMatchObject({
        provisioned: false,
        unicast: null,
        models: [{}, {}, { bindings: [0] }],
      });
      expect(read(interrupted(switchA3(), 0x7d000, copy), release).refusal).toBeNull();
    },
  );

  test('was never seen with 1.x and 2.x, which the warning says', () => {
    const copy = writeArea({ ...switchA2()[DSM], unsealed: true });
    const reading = read(interrupted(withArea(switchA2(), DSM, { blank: true }), 0x7d000, copy));
    expect(reading.refusal).toBeNull();
    expect(reading.findings.find(({ code }) => code === 'flashfs/defragmentation-pending')!.message).toMatch(
      /never seen/,
    );
  });

  test('is not one when the recovery page was finished, never marked, or names no page', () => {
    for (const pointer of [0, 0xffffffff, 0x7d004]) {
      const image = imageOf({
        recoveryPage: 0x7f000,
        areas: withEntries(switchB(), DSM, address(1, 0xc001)),
        recovery: recoveryFor(pointer),
      });
      expect(read(image).nextBoot.addresses).toEqual([0xc000, 0xc001]);
      expect(read(image).refusal).toBeNull();
    }
  });

  test('is refused when the recovery page names a page and holds none', () => {
    const image = imageOf({
      recoveryPage: 0x7f000,
      areas: switchB(),
      recovery: Uint8Array.from([...le32(0x7d000), 9, 9]),
    });
    expect(read(image).refusal).toMatchObject({ code: 'flashfs/damaged-recovery-page' });
  });
});

describe('a node reset', () => {
  test('leaves invalidated entries, or sequence blocks that begin anew', () => {
    const erased = withArea(withArea(switchB(), ACCESS, {}), DSM, { entries: [limits(4, 8, 1, 3, 1)] });
    expect(readAreas(erased).refusal).toMatchObject({ code: 'flashfs/never-provisioned' });
    const withStale = withArea(erased, DSM, {
      entries: [...switchB()[DSM]!.entries!.map(invalid), limits(4, 8, 1, 3, 1)],
    });
    expect(readAreas(withStale).refusal).toMatchObject({ code: 'flashfs/node-reset' });
    const again = withArea(erased, NET_STATE, {
      entries: [invalid(sequenceA(0x4000)), ...switchB()[NET_STATE]!.entries!],
    });
    expect(readAreas(again).refusal).toMatchObject({ code: 'flashfs/node-reset' });
    const reboots = withArea(erased, NET_STATE, {
      entries: [
        invalid(sequenceA(0x2000)),
        invalid(sequenceA(0x4000)),
        ...switchA3()[NET_STATE]!.entries!.slice(0, 1),
        sequenceA(0x6000),
      ],
    });
    expect(readAreas(reboots).refusal).toMatchObject({ code: 'flashfs/never-provisioned' });
  });

  test('cut off after the address is half a reset', () => {
    const entries = switchB()[DSM]!.entries!.map((entry) => (entry.handle < 3 ? invalid(entry) : entry));
    expect(readAreas(withArea(switchB(), DSM, { entries })).refusal).toMatchObject({
      code: 'flashfs/half-reset',
    });
  });

  test('cut off after the page with the keys is a reset', () => {
    const areas = withArea(withArea(switchB(), ACCESS, { blank: true }), DSM, { blank: true });
    expect(readAreas(areas).refusal).toMatchObject({ code: 'flashfs/node-reset' });
    expect(readAreas(switchA2().slice(0, 1)).refusal).toMatchObject({ code: 'flashfs/no-device-state' });
  });

  test('cut off after the access area is clonable with a warning', () => {
    const reading = readAreas(withArea(switchB(), ACCESS, { blank: true }));
    expect(reading.refusal).toBeNull();
    expect(reading.nextBoot).toMatchObject({ provisioned: true, models: [], modelsKnown: false });
    expect(codes(reading)).toContain('flashfs/half-finished-reset');
    const invalidated = withArea(switchB(), ACCESS, { entries: switchB()[ACCESS]!.entries!.map(invalid) });
    expect(codes(readAreas(invalidated))).toContain('flashfs/half-finished-reset');
  });
});

test('a key refresh phase that does not exist stops every boot before 4.0.0', () => {
  const broken: EntrySpec = { handle: 0x3001, payload: [...le16(1), 9, ...key(1), ...key(2), 0] };
  expect(readAreas(withEntries(switchA3(), DSM, broken)).refusal).toMatchObject({
    code: 'flashfs/bad-key-refresh-phase',
  });
  expect(readAreas(withEntries(switchB(), DSM, broken)).refusal).toBeNull();
});

test('two pages that claim to stand in for others are damage: a firmware has one recovery page', () => {
  const copyOf = (index: number) => writeArea({ ...switchB()[index], unsealed: true });
  const recoveryOf = (page: number, index: number) =>
    Uint8Array.from([...le32(page), ...copyOf(index).subarray(0, 0xffc)]);
  const image = imageOf({ recoveryPage: 0x7f000, areas: switchB(), recovery: recoveryOf(0x7d000, DSM) });
  const second = image.with([{ address: 0x7e000, bytes: recoveryOf(0x7c000, ACCESS) }]);
  expect(read(second).refusal).toMatchObject({
    code: 'flashfs/damaged-area',
    facts: { rule: 'only one page may stand in for another' },
  });
});

test('so is a second one that holds no copy, where the memory map asks for the recovery page', () => {
  const page = writeArea({ ...switchB()[DSM], unsealed: true });
  const inUse = Uint8Array.from([...le32(0x7c000), ...page.subarray(0, 0xffc)]);
  const image = imageOf({ recoveryPage: 0x7e000, areas: switchB(), recovery: inUse });
  const withFirst = (word: number) => image.with([{ address: 0x7f000, bytes: Uint8Array.from(le32(word)) }]);
  expect(read(withFirst(0x7b000)).refusal).toMatchObject({
    code: 'flashfs/damaged-area',
    facts: { page: 0x7f000, rule: 'only one page may stand in for another' },
  });
  for (const word of [0, 0xffffffff, 0x7b004, 0x7f000]) {
    const { again } = clone(read(withFirst(word)));
    expect(again.refusal).toBeNull();
    expect(again.settled.unicast?.start).toBe(NEW.unicast);
  }
});
