import { describe, expect, test } from 'vitest';
import { equalBytes, fromHex, indexOfBytes } from '../../../src/bytes.ts';
import type { OptionChoices } from '../../../src/kinds/index.ts';
import {
  flashManagerKind,
  type FlashManagerReading,
  type FirmwareState,
} from '../../../src/kinds/flashfs/index.ts';
import { changesOf, formatNodeState, MemoryImage, type Patch } from '../../../src/image/index.ts';
import { type Identity } from '../../../src/mesh/index.ts';
import {
  ACCESS,
  accessLimits,
  address,
  CORE,
  devkey,
  DEVICE_KEY,
  DSM,
  imageOf,
  invalid,
  ivB,
  key,
  le16,
  le32,
  NET_STATE,
  sequenceB,
  switchA2,
  switchA3,
  switchB,
  unicast,
  uicrWithBootloader,
  withArea,
  withEntries,
  writeArea,
  writeStack,
  type AreaSpec,
} from './area-writer.ts';
import { fixtures, readDump, triedIdentity } from './fixtures.ts';

interface Clone {
  readonly image: MemoryImage;
  readonly patches: readonly Patch[];
}

function cloneOf(reading: FlashManagerReading, identity: Identity, choices: OptionChoices = {}): Clone {
  const press = reading.prepare(choices);
  const patches = [...press.shared, ...press.patchesFor(identity)];
  const image = reading.image.with(changesOf(patches));
  press.check(image, identity);
  return { image, patches };
}

const read = (image: MemoryImage): FlashManagerReading => flashManagerKind.read(image)!;
const bytesOf = (image: MemoryImage) =>
  image.stretches().map(({ address: at, length }) => image.read(at, length));
const holds = (image: MemoryImage, needle: Uint8Array) =>
  bytesOf(image).some((bytes) => indexOfBytes(bytes, needle) !== -1);
const ownKey = ({ unicast: range, deviceKeys }: FirmwareState) =>
  deviceKeys.find(({ owner }) => owner === range?.start)!.key;

/** What a state becomes under another identity, and nothing else. */
const under = (state: FirmwareState, { unicast: start, deviceKey }: Identity): FirmwareState => ({
  ...state,
  unicast: { ...state.unicast!, start },
  deviceKeys: state.deviceKeys.map((one) =>
    one.owner === state.unicast!.start ? { ...one, owner: start, key: deviceKey } : one,
  ),
  ...(state.replayCache && { replayCache: [] }),
});

const NEW: Identity = { unicast: 0x1234, deviceKey: Uint8Array.from(key(0x40)) };

describe.each(fixtures.filter(({ manifest }) => manifest.patchCheck))(
  'a clone of $release with the history $history',
  ({ release, history, manifest }) => {
    const donor = readDump(release, history);
    const reading = read(donor);
    const identity = triedIdentity(manifest);
    const { image, patches } = cloneOf(reading, identity);

    test('boots as exactly the identity it was given, with everything else unchanged', () => {
      const print = (state: FirmwareState) => formatNodeState(state, { showKeys: true });
      expect(print(read(image).nextBoot)).toEqual(print(under(reading.settled, identity)));
      expect(read(image).refusal).toBeNull();
    });

    test('differs from its donor in its patches and nowhere else', () => {
      let end = 0;
      for (const { address: at, before, after } of patches.toSorted((a, b) => a.address - b.address)) {
        expect(at).toBeGreaterThanOrEqual(end);
        expect(after.length).toBe(before.length);
        expect(equalBytes(donor.read(at, before.length), before)).toBe(true);
        end = at + after.length;
      }
      const undone = image.with(patches.map(({ address: at, before }) => ({ address: at, bytes: before })));
      // a dump may leave erased flash out, which a patch then fills in
      expect(equalBytes(undone.read(0, 0x80000), donor.read(0, 0x80000))).toBe(true);
    });

    test('holds no key of its donor, live or stale', () => {
      expect(holds(image, ownKey(reading.settled))).toBe(false);
      const live = new Set(manifest.nextBoot.deviceKeys.map((one) => one.key));
      live.delete(
        manifest.nextBoot.deviceKeys.find(({ owner }) => owner === manifest.nextBoot.unicast!.start)!.key,
      );
      for (const { key: stale } of manifest.deviceKeyLocations) {
        if (live.has(stale) || /^f+$/.test(stale)) continue; // another node's, or cut off before it was written
        expect(holds(image, fromHex(stale)!)).toBe(false);
      }
    });
  },
);

describe('the patches of one clone', () => {
  const donor = imageOf({ recoveryPage: 0x7f000, areas: switchB() });

  test('are two addresses and a key, each marked for what it is', () => {
    const press = read(donor).prepare({});
    expect(press.shared).toEqual([]);
    expect(
      press
        .patchesFor(NEW)
        .map(({ address: at, purpose, secret, after }) => [at, purpose, secret, after.length]),
    ).toEqual([
      [0x7d01c, 'identity', false, 2],
      [0x7d04c, 'identity', false, 2],
      [0x7d050, 'identity', true, 16],
    ]);
  });

  test.each([
    ['address 0', { unicast: 0 }, 'flashfs/not-unicast'],
    ['a group address', { unicast: 0xc000 }, 'flashfs/not-unicast'],
    ['no whole number', { unicast: 1.5 }, 'flashfs/not-unicast'],
    ['a short key', { deviceKey: new Uint8Array(15).fill(1) }, 'flashfs/bad-device-key'],
    ['a key of zeros', { deviceKey: new Uint8Array(16) }, 'flashfs/bad-device-key'],
    ['a key of ones', { deviceKey: new Uint8Array(16).fill(0xff) }, 'flashfs/bad-device-key'],
    ["the donor's key", { deviceKey: Uint8Array.from(DEVICE_KEY) }, 'flashfs/bad-device-key'],
  ])('are not made for %s', (_, part, code) => {
    const press = read(donor).prepare({});
    expect(() => press.patchesFor({ ...NEW, ...part })).toThrow(expect.objectContaining({ code }));
  });

  test('are not made where the last element would leave the unicast addresses', () => {
    const press = read(imageOf({ recoveryPage: 0x7f000, areas: elements(3) })).prepare({});
    expect(() => press.patchesFor({ ...NEW, unicast: 0x7ffe })).toThrow(
      expect.objectContaining({ code: 'flashfs/not-unicast' }),
    );
    expect(press.patchesFor({ ...NEW, unicast: 0x7ffd })).toHaveLength(3);
  });

  test('are not made where a key of another node says that the address is taken', () => {
    const areas = withArea(withEntries(switchB(), DSM, devkey(1, 0x0102, key(1))), DSM, {
      entries: [...withLimits(switchB()[DSM]!.entries!, 2), devkey(1, 0x0102, key(1))],
    });
    const press = read(imageOf({ recoveryPage: 0x7f000, areas })).prepare({});
    expect(() => press.patchesFor({ ...NEW, unicast: 0x0102 })).toThrow(
      expect.objectContaining({ code: 'flashfs/address-collision' }),
    );
    expect(press.patchesFor({ ...NEW, unicast: 0x0103 })).toHaveLength(3);
  });
});

/** The light switch with this many addresses. */
const elements = (count: number): AreaSpec[] => {
  const areas = switchB();
  const dsm = areas[DSM]!.entries!.map((entry) => (entry.handle === 2 ? unicast(0x0010, count) : entry));
  const access = areas[ACCESS]!.entries!.map((entry) =>
    entry.handle === 1 ? accessLimits(3, count, 3) : entry,
  );
  return withArea(withArea(areas, DSM, { entries: dsm }), ACCESS, { entries: access });
};
/** Limits with room for more device keys. */
const withLimits = (entries: NonNullable<AreaSpec['entries']>, deviceKeys: number) =>
  entries.map((entry) =>
    entry.handle === 1 ? { ...entry, payload: [4, 8, deviceKeys, 3, 1].flatMap(le16) } : entry,
  );

describe('the check of a clone', () => {
  const reading = read(imageOf({ recoveryPage: 0x7f000, areas: switchB() }));
  const press = reading.prepare({});
  const clone = reading.image.with(changesOf([...press.shared, ...press.patchesFor(NEW)]));
  const failure = (changed: MemoryImage) => {
    try {
      press.check(changed, NEW);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };

  test('passes the clone', () => expect(failure(clone)).toBeUndefined());
  test('fails the donor itself', () => expect(failure(reading.image)).toMatch(/unicast/));
  test.each([
    ['another address', 0x7d01c, [0x35], /unicast/],
    ['another key', 0x7d050, [0x41], /deviceKeys/],
    ['another network key', 0x7d030, [0], /netKeys/],
    ['a lost model', 0x7c014 + 2, [0, 0], /models/],
    ['a sequence block that begins anew', 0x7e019, [0], /nextSequenceNumber/],
    ['a recovery page in use', 0x7f000, le32(0x7d000), /recovery/],
    ['a page that is another', 0x7d004, [2], /0x7D000/],
    ['a damaged log', 0x7d018, [0, 0], /damaged/],
  ])('notices %s', (_, at, bytes, words) => {
    expect(failure(clone.with([{ address: at, bytes: Uint8Array.from(bytes) }]))).toMatch(words);
  });
  test("notices the donor's key anywhere, across the border of two pages as well", () => {
    const donorKey = Uint8Array.from(DEVICE_KEY);
    for (const at of [0x20001, 0x77ff8, 0x7d800]) {
      expect(failure(clone.with([{ address: at, bytes: donorKey }]))).toMatch(/donor's device key/);
    }
  });
});

describe('old keys', () => {
  test('are blanked in invalidated entries, whose headers stay', () => {
    const old = devkey(0, 0x0010, DEVICE_KEY);
    const areas = withArea(switchB(), DSM, { entries: [invalid(old), ...switchB()[DSM]!.entries!] });
    const { image } = cloneOf(read(imageOf({ recoveryPage: 0x7f000, areas })), NEW);
    expect([...image.read(0x7d008, 24)]).toEqual([6, 0, 0, 0, ...new Array<number>(20).fill(0xff)]);
  });

  test('are blanked in a recovery page that is no longer in use, whose first word stays', () => {
    const stale = writeArea(switchB()[DSM]!);
    const recovery = Uint8Array.from([0, 0, 0, 0, ...stale.subarray(0, 0xffc)]);
    const { image } = cloneOf(read(imageOf({ recoveryPage: 0x7f000, areas: switchB(), recovery })), NEW);
    expect([...image.read(0x7f000, 8)]).toEqual([0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
  });

  test('are blanked behind the seal of a page', () => {
    const image = imageOf({ recoveryPage: 0x7f000, areas: switchB() });
    const soiled = image.with([{ address: 0x7d800, bytes: Uint8Array.from(DEVICE_KEY) }]);
    expect(holds(cloneOf(read(soiled), NEW).image, Uint8Array.from(DEVICE_KEY))).toBe(false);
  });

  test('are blanked in a copy of the pages that lies in a DFU bank', () => {
    const bank = { address: 0x41234, bytes: writeArea(switchB()[DSM]!) };
    const reading = read(imageOf({ recoveryPage: 0x7f000, areas: switchB() }, bank));
    expect(holds(cloneOf(reading, NEW).image, Uint8Array.from(DEVICE_KEY))).toBe(false);
    expect(reading.prepare({}).notes).toContainEqual(
      expect.objectContaining({ code: 'flashfs/key-blanked' }),
    );
  });

  test('of an earlier life are blanked wherever an entry holds them', () => {
    const old = devkey(0, 0x0077, key(0x11));
    const areas = withArea(switchB(), DSM, { entries: [invalid(old), ...switchB()[DSM]!.entries!] });
    const bank = { address: 0x41233, bytes: writeArea({ entries: [old] }) };
    const { image } = cloneOf(read(imageOf({ recoveryPage: 0x7f000, areas }, bank)), NEW);
    expect(holds(image, Uint8Array.from(key(0x11)))).toBe(false);
  });

  test('are blanked in a configuration that is no longer in use', () => {
    const earlier = writeStack({ recoveryPage: 0x50000, areas: switchB(0x0077) });
    const image = MemoryImage.of([...writeStack({ recoveryPage: 0x7f000, areas: switchB() }), ...earlier]);
    expect(holds(cloneOf(read(image), NEW).image, Uint8Array.from(DEVICE_KEY))).toBe(false);
  });

  test('stay, with a warning, where an application may need them', () => {
    const constant = { address: 0x30001, bytes: Uint8Array.from(DEVICE_KEY) };
    const reading = read(imageOf({ recoveryPage: 0x7f000, areas: switchB() }, constant));
    const { image } = cloneOf(reading, NEW);
    expect([...image.read(0x30001, 16)]).toEqual(DEVICE_KEY);
    expect(reading.prepare({}).notes).toContainEqual(
      expect.objectContaining({
        severity: 'warning',
        code: 'flashfs/key-left',
        message: expect.stringContaining('0x30001') as string,
      }),
    );
  });
});

describe('the policy', () => {
  const nextSequence = (areas: readonly AreaSpec[], choices: OptionChoices) =>
    read(cloneOf(read(imageOf({ recoveryPage: 0x7f000, areas })), NEW, choices).image).nextBoot;

  test.each([
    ['3.x', switchA3()],
    ['2.x', switchA2()],
    ['4.x', switchB()],
  ])('resets the sequence number of %s and keeps its IV index', (_, areas) => {
    expect(nextSequence(areas, { sequence: 'reset' })).toMatchObject({ nextSequenceNumber: 0, ivIndex: 5 });
  });

  test('skips ahead by whole blocks', () => {
    expect(nextSequence(switchB(), { sequence: '+1' }).nextSequenceNumber).toBe(0x4000);
    expect(nextSequence(switchB(), { sequence: `+${0x2000}` }).nextSequenceNumber).toBe(0x4000);
  });

  test('does not skip out of the 24 bits of a sequence number', () => {
    const reading = read(imageOf({ recoveryPage: 0x7f000, areas: switchB() }));
    expect(() => reading.prepare({ sequence: `+${0xffffff}` })).toThrow(
      expect.objectContaining({ code: 'flashfs/sequence-exhausted' }),
    );
  });

  test('moves publications to the donor itself with the clone, if told to', () => {
    const areas = withEntries(elements(3), DSM, address(1, 0x0012), address(2, 0x0013));
    expect(nextSequence(areas, {}).addresses).toEqual([0xc000, 0x0012, 0x0013]);
    expect(nextSequence(areas, { 'own-publications': 'map' }).addresses).toEqual([0xc000, 0x1236, 0x0013]);
  });

  test('drops a stored Bluetooth address, or keeps it', () => {
    const advertiser = { handle: 0x0104, payload: [1, ...key(1).slice(0, 6)] };
    const reading = read(imageOf({ recoveryPage: 0x7f000, areas: withEntries(switchB(), CORE, advertiser) }));
    expect([...cloneOf(reading, NEW).image.read(0x7b008, 12)]).toEqual([
      3,
      0,
      0,
      0,
      ...new Array<number>(8).fill(0xff),
    ]);
    const kept = cloneOf(reading, NEW, { 'advertiser-address': 'keep' });
    expect([...kept.image.read(0x7b008, 4)]).toEqual([3, 0, 4, 1]);
  });

  describe('for the replay cache', () => {
    const item = (index: number, source: number, sequence: number) => ({
      handle: 1 + index,
      payload: [...le32(sequence), ...le16(source), ...le16(5)],
    });
    const segmentation = (index: number, seqZero: number) => ({
      handle: 0x29 + index,
      payload: le16(seqZero),
    });
    const areas: AreaSpec[] = [
      ...switchB(),
      {
        entries: [
          item(0, 0x20, 100),
          item(1, 0x1234, 200),
          item(2, 0x30, 300),
          segmentation(0, 7),
          segmentation(1, 8),
          segmentation(2, 9),
        ],
      },
      {},
    ];

    test('begins with an empty one', () => {
      expect(nextSequence(areas, {}).replayCache).toEqual([]);
    });

    test('keeps it without what the new address itself once sent', () => {
      const { replayCache } = nextSequence(areas, { 'replay-cache': 'keep' });
      expect(replayCache?.map(({ source, sequenceNumber }) => [source, sequenceNumber])).toEqual([
        [0x20, 100],
        [0x30, 300],
      ]);
      const clone = cloneOf(read(imageOf({ recoveryPage: 0x7f000, areas })), NEW, {
        'replay-cache': 'keep',
      });
      const live = read(clone.image).areas.find(({ role }) => role === 'replay-cache')!.pages[0]!.entries;
      expect(live.filter(({ state }) => state === 'live').map(({ handle }) => handle)).toEqual([
        1, 2, 0x29, 0x2a,
      ]);
    });
  });

  test('keeps both counters that bind sequence number and IV index', () => {
    const areas = withArea(switchB(), NET_STATE, { entries: [ivB(5, 0, 7), sequenceB(0x2000, 7)] });
    expect(nextSequence(areas, { sequence: 'reset' })).toMatchObject({ ivIndex: 5, nextSequenceNumber: 0 });
  });
});

describe('a dump with its UICR', () => {
  test('gives clones with the same UICR', () => {
    const areas = switchB();
    const reading = read(imageOf({ recoveryPage: 0x76000, areas }, uicrWithBootloader(0x78000)));
    expect([...cloneOf(reading, NEW).image.read(0x10001014, 4)]).toEqual(le32(0x78000));
    expect(reading.findings.map(({ code }) => code)).not.toContain('flashfs/no-uicr');
  });
});
