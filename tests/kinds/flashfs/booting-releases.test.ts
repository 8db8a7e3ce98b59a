import { describe, expect, test } from 'vitest';
import { flashManagerKind, type FlashManagerReading } from '../../../src/kinds/flashfs/index.ts';
import { changesOf, type MemoryImage } from '../../../src/image/index.ts';
import { type Identity } from '../../../src/mesh/index.ts';
import {
  ACCESS,
  accessLimits,
  address,
  appkeyA,
  APP_KEY,
  CORE,
  devkey,
  DEVICE_KEY,
  DSM,
  imageOf,
  ivA,
  ivB,
  key,
  label,
  le16,
  limits,
  model,
  NET_KEY,
  NET_STATE,
  sequenceA,
  sequenceB,
  softDevice,
  subnetA,
  subnetB,
  subscriptionList,
  switchA2,
  switchA3,
  switchB,
  TAIL_3,
  unicast,
  withArea,
  withEntries,
  type AreaSpec,
  type EntrySpec,
} from './area-writer.ts';

const read = (image: MemoryImage, release?: string): FlashManagerReading =>
  flashManagerKind.read(image, release === undefined ? {} : { release })!;
const readAreas = (areas: readonly AreaSpec[], release?: string) =>
  read(imageOf({ recoveryPage: 0x7f000, areas }), release);
const codes = ({ findings }: FlashManagerReading) => findings.map(({ code }) => code);

describe('release 1.0.x', () => {
  const justProvisioned = withArea(switchA2(), ACCESS, {});

  test('boots unprovisioned until a model was configured', () => {
    const image = imageOf({ recoveryPage: 0x7f000, areas: justProvisioned }, softDevice(0x009d));
    const reading = read(image);
    expect(reading.releases.likely[0]).toBe('1.0.1');
    expect(reading.nextBoot).toMatchObject({ provisioned: false, unicast: { start: 0x10, count: 1 } });
    expect(reading.refusal).toMatchObject({ code: 'flashfs/starts-unprovisioned' });
    expect(readAreas(switchA2(), '1.0.0').nextBoot.provisioned).toBe(true);
  });

  test('is told by a device key without any model, where no SoftDevice speaks of 2.x', () => {
    expect(readAreas(justProvisioned).releases.likely[0]).toBe('1.0.1');
    expect(readAreas(switchA2()).releases.likely[0]).toBe('2.1.1');
    const image = imageOf({ recoveryPage: 0x7f000, areas: justProvisioned }, softDevice(0x00a8));
    expect(read(image).releases.likely[0]).toBe('2.1.1');
  });

  test('differs in that from 2.x', () => {
    expect(readAreas(justProvisioned, '2.0.0').nextBoot.provisioned).toBe(true);
    expect(readAreas(justProvisioned, '2.0.0').refusal).toBeNull();
  });

  test('says its TTL in the first byte of the last word of a model, as 2.x', () => {
    const published = model(1, {
      modelId: 7,
      companyId: 0x59,
      publishKey: 0,
      publishAddress: 0,
      tail: [9, 0, 0xaa, 0xbb],
    });
    const areas = withArea(switchA2(), ACCESS, { entries: [accessLimits(1, 1, 2), published] });
    expect(readAreas(areas, '1.0.1').nextBoot.models).toMatchObject([
      { companyId: 0x59, modelId: 7, publish: { address: 0xc000, appKeyIndex: 0, ttl: 9 } },
    ]);
  });
});

describe('models', () => {
  test('are bound to application keys by index, without the device key', () => {
    const areas = withEntries(switchA3(), DSM, {
      handle: 0x4003,
      payload: [...le16(0x123), 0, 0, ...key(3)],
    });
    const bound = withEntries(
      areas,
      ACCESS,
      model(2, { modelId: 0x1000, bound: 0x109, list: 3, tail: TAIL_3 }),
    );
    expect(readAreas(bound).nextBoot.models.at(-1)!.bindings).toEqual([0, 0x123]);
  });

  test('subscribe to addresses in the order of handles, labels behind the others', () => {
    const areas = withEntries(
      withEntries(switchB(), DSM, label(0, key(0x70)), address(2, 0xc002)),
      ACCESS,
      subscriptionList(0, [3, 2, 0]),
    );
    expect(readAreas(areas).nextBoot.models.at(-1)!.subscriptions).toEqual([
      0xc000,
      0xc002,
      Uint8Array.from(key(0x70)),
    ]);
  });

  test('may need several words for their bindings', () => {
    const wide: EntrySpec = {
      handle: 0x2002,
      payload: [
        ...le16(0xffff),
        ...le16(0x1000),
        0xff,
        0xff,
        0xff,
        0xff,
        ...[0, 0, 0, 0, 1, 0, 0, 0],
        0,
        0,
        3,
        0,
        ...TAIL_3,
      ],
    };
    const entries = switchA3()[DSM]!.entries!.map((entry) =>
      entry.handle === 1 ? limits(4, 40, 20, 3, 1) : entry,
    );
    const areas = withArea(switchA3(), DSM, { entries: [...entries, { ...appkeyA(32, APP_KEY) }] });
    expect(readAreas(withEntries(areas, ACCESS, wide)).nextBoot.models.at(-1)!.bindings).toEqual([32]);
  });

  test('of which none is stored are not known', () => {
    expect(readAreas(withArea(switchA2(), ACCESS, {})).nextBoot).toMatchObject({
      models: [],
      modelsKnown: false,
    });
  });
});

describe('the sequence number', () => {
  const next = (entries: readonly EntrySpec[], areas: readonly AreaSpec[]) =>
    readAreas(withArea(areas, NET_STATE, { entries })).nextBoot;

  test('before 4.0.0 counts only behind its IV index, unless an update is in progress', () => {
    expect(next([ivA(5), sequenceA(0x6000)], switchA3())).toMatchObject({
      ivIndex: 5,
      nextSequenceNumber: 0x6000,
    });
    expect(next([sequenceA(0x6000), ivA(5)], switchA3())).toMatchObject({
      ivIndex: 5,
      nextSequenceNumber: 0,
    });
    expect(next([sequenceA(0x6000), ivA(5, 1)], switchA3())).toMatchObject({
      ivIndex: 5,
      ivUpdateInProgress: true,
      nextSequenceNumber: 0x6000,
    });
  });

  test('from 4.0.0 on counts only with the counter of its IV index, unless an update is in progress', () => {
    expect(next([sequenceB(0x6000, 2), ivB(5, 0, 2)], switchB())).toMatchObject({
      ivIndex: 5,
      nextSequenceNumber: 0x6000,
    });
    expect(next([ivB(5, 0, 3), sequenceB(0x6000, 2)], switchB())).toMatchObject({
      ivIndex: 5,
      nextSequenceNumber: 0,
    });
    expect(next([ivB(5, 1, 3), sequenceB(0x6000, 2)], switchB())).toMatchObject({
      nextSequenceNumber: 0x6000,
    });
  });

  test.each([
    ['3.x', switchA3(), [sequenceA(0x6000)], [ivA(5)]],
    ['4.x', switchB(), [sequenceB(0x6000)], [ivB(5)]],
  ])('and the IV index of %s are zero without each other', (_, areas, sequence, iv) => {
    expect(next(sequence, areas)).toMatchObject({ ivIndex: 0, nextSequenceNumber: 0 });
    expect(next(iv, areas)).toMatchObject({ ivIndex: 0, nextSequenceNumber: 0 });
  });
});

describe('a configuration of 3.x under a later firmware', () => {
  const legacy = withArea(withArea(switchB(), DSM, switchA3()[DSM]!), NET_STATE, {
    entries: [ivA(7), sequenceA(0x4000)],
  });

  test('is used as it is', () => {
    const reading = readAreas(legacy, '5.0.0');
    expect(reading.refusal).toBeNull();
    expect(reading.nextBoot).toMatchObject({
      provisioned: true,
      netKeys: [{ index: 0, keyRefreshPhase: 0 }],
      appKeys: [{ index: 0 }],
      ivIndex: 7,
      nextSequenceNumber: 0x4000,
    });
    expect(codes(reading)).toContain('flashfs/legacy-records');
  });

  test('reads a long application key as one with a new key waiting', () => {
    const updated: EntrySpec = { handle: 0x4000, payload: [0, 0, 0, 0, ...APP_KEY, ...key(0xc0)] };
    const entries = switchA3()[DSM]!.entries!.map((entry) => (entry.handle === 0x4000 ? updated : entry));
    expect(readAreas(withArea(legacy, DSM, { entries }), '4.2.0').nextBoot.appKeys).toMatchObject([
      { updatedKey: Uint8Array.from(key(0xc0)) },
    ]);
  });

  test('with the subnet written anew behind it counts as it stands in the log', () => {
    const entries = switchA3()[DSM]!.entries!.map((entry) =>
      entry.handle === 0x3000 ? { ...entry, handle: 0 } : entry,
    );
    const migrated = withArea(switchB(), DSM, { entries: [...entries, subnetB(0, NET_KEY)] });
    const reading = readAreas(migrated);
    expect(reading.nextBoot.netKeys).toHaveLength(1);
    expect(reading.landmarks[0]!.says).toBe('device key at DSM page start + 0x40');
  });

  test('takes the sequence number only where the IV index was met before it', () => {
    const swapped = withArea(legacy, NET_STATE, { entries: [sequenceA(0x4000), ivA(7)] });
    expect(readAreas(swapped, '5.0.0').nextBoot).toMatchObject({ ivIndex: 0, nextSequenceNumber: 0 });
  });
});

describe('records that cannot be loaded', () => {
  test.each([
    ['more subnets than there is room for', DSM, subnetB(4, key(1)), /room for 4/],
    ['a record nobody knows', DSM, { handle: 0x6000, payload: [1, 2, 3, 4] }, /knows no such record/],
    ['a record that is too short', DSM, { handle: 0x5000, payload: [1, 2, 3, 4] }, /too short/],
    [
      'a publication to no address',
      ACCESS,
      model(2, { modelId: 0x1000, publishAddress: 2, list: 3, tail: TAIL_3 }),
      /DSM handle 2/,
    ],
    ['a subscription to no address', ACCESS, subscriptionList(0, [1]), /DSM handle 1/],
  ])('make 4.x discard everything: %s', (_, area, entry, words) => {
    const reading = readAreas(withEntries(switchB(), area, entry));
    expect(reading.nextBoot).toMatchObject({ provisioned: false, unicast: null, netKeys: [], ivIndex: 0 });
    expect(reading.refusal).toMatchObject({
      code: 'flashfs/load-failure',
      message: expect.stringMatching(words) as string,
    });
  });

  test('make 2.x to 3.1 forget the models alone, and 3.2.0 the keys too', () => {
    const broken = withEntries(switchA3(), ACCESS, { handle: 0x2001, payload: [1, 2, 3, 4] });
    expect(readAreas(broken, '3.1.0').nextBoot).toMatchObject({ provisioned: true, models: [] });
    expect(readAreas(broken, '3.1.0').refusal).toBeNull();
    expect(codes(readAreas(broken, '3.1.0'))).toContain('flashfs/access-discarded');
    expect(readAreas(broken, '3.2.0').nextBoot).toMatchObject({ provisioned: false, netKeys: [] });
    expect(readAreas(broken, '3.2.0').refusal).toMatchObject({ code: 'flashfs/load-failure' });
  });

  test('before 4.0.0 include limits that are missing', () => {
    const entries = switchA3()[DSM]!.entries!.slice(1);
    expect(readAreas(withArea(switchA3(), DSM, { entries })).refusal).toMatchObject({
      code: 'flashfs/load-failure',
    });
    const later = switchB()[DSM]!.entries!.slice(1);
    expect(readAreas(withArea(switchB(), DSM, { entries: later })).refusal).toBeNull();
  });

  test('of 5.0.0 include an address that is not unicast', () => {
    const entries = switchB(0x8001)[DSM]!.entries!;
    const areas = [...withArea(switchB(), DSM, { entries }), {}, {}];
    expect(readAreas(areas).nextBoot).toMatchObject({ provisioned: false, unicast: null });
    expect(readAreas(areas).refusal).toMatchObject({ code: 'flashfs/load-failure' });
    expect(readAreas(areas, '4.2.0').refusal).toMatchObject({ code: 'flashfs/not-unicast' });
  });
});

describe('the device key of the node itself', () => {
  const withKeys = (...keys: EntrySpec[]) =>
    readAreas(
      withArea(switchB(), DSM, {
        entries: [limits(4, 8, 3, 3, 1), unicast(0x10), subnetB(0, NET_KEY), address(0, 0xc000), ...keys],
      }),
    );

  test('is the one whose owner is the node, wherever it stands', () => {
    const reading = withKeys(devkey(0, 0x20, key(1)), devkey(2, 0x10, DEVICE_KEY));
    expect(reading.refusal).toBeNull();
    expect(codes(reading)).toContain('flashfs/several-device-keys');
    const press = reading.prepare({});
    expect(press.patchesFor(NEW).map(({ address: at }) => at)).toEqual([0x7d01c, 0x7d06c, 0x7d070]);
  });

  test('may be missing, double, blank, or of no network', () => {
    expect(withKeys(devkey(0, 0x10, new Array<number>(16).fill(0))).refusal).toMatchObject({
      code: 'flashfs/blank-device-key',
    });
    expect(withKeys(devkey(0, 0x20, key(1))).refusal).toMatchObject({ code: 'flashfs/no-device-key' });
    expect(withKeys(devkey(0, 0x10, key(1)), devkey(1, 0x10, key(2))).refusal).toMatchObject({
      code: 'flashfs/several-own-keys',
    });
    const astray: EntrySpec = { handle: 0x5000, payload: [0x10, 0, 3, 0, ...DEVICE_KEY] };
    expect(withKeys(astray).refusal).toMatchObject({ code: 'flashfs/no-network-key' });
  });
});

const NEW: Identity = { unicast: 0x1234, deviceKey: Uint8Array.from(key(0x40)) };

describe('the emergency cache of 5.0.0', () => {
  const saved = (index: number, file: number, { handle, payload }: EntrySpec): EntrySpec => ({
    handle: 1 + index,
    payload: [...le16(file), ...le16(handle), ...payload],
  });
  const areas = (...items: EntrySpec[]) => [...switchB(), {}, { entries: items }];

  test('holds records that the boot at hand applies', () => {
    const reading = readAreas(areas(saved(0, 1, address(1, 0xc005)), saved(1, 0, sequenceB(0x8000))));
    expect(reading.nextBoot).toMatchObject({ addresses: [0xc000, 0xc005], nextSequenceNumber: 0x8000 });
    expect(codes(reading)).toContain('flashfs/emergency-cache');
    const entries = reading.areas.find(({ role }) => role === 'emergency-cache')!.pages[0]!.entries;
    expect(entries[0]).toMatchObject({ record: 'saved address', says: 'handle 1: 0xC005' });
  });

  test('holds identity too, which a clone has in both places', () => {
    const image = imageOf({
      recoveryPage: 0x7f000,
      areas: areas(saved(0, 1, unicast(0x10)), saved(1, 1, devkey(0, 0x10, DEVICE_KEY))),
    });
    const press = read(image).prepare({});
    expect(press.patchesFor(NEW)).toHaveLength(6);
    const clone = image.with(changesOf([...press.shared, ...press.patchesFor(NEW)]));
    expect(() => press.check(clone, NEW)).not.toThrow();
    expect([...clone.read(0x78010, 2), ...clone.read(0x7801c, 2)]).toEqual([0x34, 0x12, 0x34, 0x12]);
    expect([...clone.read(0x78020, 16)]).toEqual(key(0x40));
  });

  test('shows where the keys in it are', () => {
    const reading = readAreas(areas(saved(0, 1, devkey(0, 0x10, DEVICE_KEY))));
    const [entry] = reading.areas.find(({ role }) => role === 'emergency-cache')!.pages[0]!.entries;
    expect(entry!.secrets).toEqual([{ address: 0x78014, length: 16 }]);
  });
});

describe('core options', () => {
  const entriesOf = (...entries: EntrySpec[]) =>
    readAreas(withEntries(switchB(), CORE, ...entries)).areas.find(({ role }) => role === 'core-options')!
      .pages[0]!.entries;

  test('are numbered by the roles a device transmits in', () => {
    const heartbeat = [...le16(0xc000), 0, 0, 0xff, 0xff, 0, 0, 60, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0];
    const advertiser = [1, 6, 5, 4, 3, 2, 1];
    expect(
      entriesOf({ handle: 0x0107, payload: heartbeat }, { handle: 0x0105, payload: advertiser }).map(
        ({ record, says }) => [record, says],
      ),
    ).toEqual([
      ['heartbeat publication', 'to 0xC000 every 60 s'],
      ['advertiser address', '01:02:03:04:05:06'],
      ['seal', 'end of the log'],
    ]);
    expect(
      entriesOf({ handle: 0x0104, payload: heartbeat }, { handle: 0x0102, payload: advertiser }).map(
        ({ record }) => record,
      ),
    ).toEqual(['heartbeat publication', 'advertiser address', 'seal']);
  });

  test('may send heartbeats to the node itself, which is said', () => {
    const heartbeat = [...le16(0x10), 0, 0, 0xff, 0xff, 0, 0, 60, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0];
    expect(codes(readAreas(withEntries(switchB(), CORE, { handle: 0x0107, payload: heartbeat })))).toContain(
      'flashfs/heartbeat-to-itself',
    );
  });
});

describe('features that are stored as off', () => {
  const found = (handle: number, payload: number[]) =>
    codes(readAreas(withEntries(switchB(), CORE, { handle, payload })));

  test('are told of relay and proxy, since clones have them too', () => {
    expect(found(0x0101, [0, 1, 20, 0])).toContain('flashfs/relay-off');
    expect(found(0x0210, [0, 0, 0, 0])).toContain('flashfs/proxy-off');
  });

  test('are not those that are on, nor the node’s own transmission', () => {
    expect(found(0x0101, [1, 1, 20, 0])).not.toContain('flashfs/relay-off');
    expect(found(0x0100, [0, 1, 20, 0])).not.toContain('flashfs/relay-off');
    expect(found(0x0210, [1, 0, 0, 0])).not.toContain('flashfs/proxy-off');
  });
});

describe('what is said of a donor', () => {
  const found = (areas: readonly AreaSpec[]) => codes(readAreas(areas));

  test('that it is not configured', () => {
    const bare = withArea(switchB(), DSM, { entries: switchB()[DSM]!.entries!.slice(0, 4) });
    const unbound = withArea(bare, ACCESS, {
      entries: [accessLimits(3, 1, 1), model(0, { modelId: 0, bound: 0x100, list: 3, tail: TAIL_3 })],
    });
    expect(found(unbound)).toContain('flashfs/not-configured');
    expect(found(switchB())).not.toContain('flashfs/not-configured');
  });

  test('that its configuration server is not bound to the device key', () => {
    expect(found(withEntries(switchB(), ACCESS, model(0, { modelId: 0, list: 3, tail: TAIL_3 })))).toContain(
      'flashfs/server-unbound',
    );
    expect(found(switchB())).not.toContain('flashfs/server-unbound');
    expect(found(switchA2())).not.toContain('flashfs/server-unbound');
  });

  test('that it has other elements than addresses', () => {
    expect(
      found(
        withArea(switchB(), ACCESS, {
          entries: [accessLimits(3, 2, 3), ...switchB()[ACCESS]!.entries!.slice(1)],
        }),
      ),
    ).toContain('flashfs/element-count-differs');
  });

  test('that it publishes to itself', () => {
    expect(found(withEntries(switchB(), DSM, address(1, 0x10)))).toContain('flashfs/own-publication');
  });

  test('that an update of keys or IV index is running', () => {
    expect(found(withEntries(switchB(), DSM, subnetB(1, key(1), 2, key(2))))).toContain(
      'flashfs/key-refresh-running',
    );
    expect(found(withArea(switchB(), NET_STATE, { entries: [ivB(5, 1), sequenceB(0x2000)] }))).toContain(
      'flashfs/iv-update-running',
    );
  });

  test('that firmware and UICR are not in the dump', () => {
    expect(found(switchB())).toEqual(expect.arrayContaining(['flashfs/no-firmware', 'flashfs/no-uicr']));
  });

  test('of a clone, that it would publish to itself where its donor publishes to another', () => {
    const press = readAreas(withEntries(switchB(), DSM, address(1, 0x0200))).prepare({});
    expect(press.findingsFor!({ ...NEW, unicast: 0x0200 })).toMatchObject([
      { code: 'flashfs/publishes-to-itself' },
    ]);
    expect(press.findingsFor!(NEW)).toEqual([]);
  });

  test('without a key in it, ever', () => {
    const reading = readAreas(withEntries(switchB(), DSM, subnetA(1, key(1))));
    const text = JSON.stringify([
      reading.findings,
      reading.landmarks,
      reading.regions,
      reading.areas,
      reading.refusal,
    ]);
    for (const secret of [DEVICE_KEY, NET_KEY, APP_KEY])
      expect(text).not.toContain(Buffer.from(secret).toString('hex'));
  });
});

test('the TTL a model publishes with is read from where its release keeps it', () => {
  const published = (tail: readonly [number, number, number, number]) =>
    model(1, { modelId: 7, publishKey: 0, publishAddress: 0, tail });
  expect(
    readAreas(withEntries(switchA2(), ACCESS, published([5, 0, 0, 0]))).nextBoot.models[1]!.publish!.ttl,
  ).toBe(5);
  expect(
    readAreas(withEntries(switchA3(), ACCESS, published([0, 5, 0, 0]))).nextBoot.models[1]!.publish!.ttl,
  ).toBe(5);
});
