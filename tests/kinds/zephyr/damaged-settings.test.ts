import { describe, expect, test } from 'vitest';
import { toHex } from '../../../src/bytes.ts';
import { changesOf, type MemoryImage } from '../../../src/image/index.ts';
import type { ImageReading } from '../../../src/kinds/index.ts';
import { zephyrKind } from '../../../src/kinds/zephyr/index.ts';
import type { Identity } from '../../../src/mesh/index.ts';
import {
  ascii,
  DEVICE_KEY,
  idsOf,
  imageOf,
  key,
  le16,
  light,
  lightArea,
  store,
  writeArea,
  zeros,
  type AreaSpec,
  type EntrySpec,
  type SettingsSpec,
} from './area-writer.ts';

const FORMATS = ['nvs', 'zms'] as const;
const NEW: Identity = { unicast: 0x1234, deviceKey: Uint8Array.from(key(0x40)) };

const read = (image: MemoryImage): ImageReading => zephyrKind.read(image)!;
const codesOf = ({ findings }: ImageReading) => findings.map(({ code }) => code);
const settingsOf = (reading: ImageReading) =>
  reading.details({ showKeys: true })['settings'] as Readonly<Record<string, string>>;
/** Every clone passes its own check, whatever is wrong with the donor. */
function cloneOf(image: MemoryImage): MemoryImage {
  const recipe = read(image).prepare({});
  const clone = image.with(changesOf([...recipe.shared, ...recipe.patchesFor(NEW)]));
  recipe.check(clone, NEW);
  return clone;
}

const without = (name: string): SettingsSpec => {
  const { [name]: _, ...rest } = light();
  return rest;
};

describe.each(FORMATS)('settings in %s with a fault', (format) => {
  const names = Object.keys(light());
  const ids = (name: string) => idsOf(format, names.indexOf(name));
  const good = store(format, light());
  const areaOf = (entries: readonly EntrySpec[], more: Partial<AreaSpec> = {}): AreaSpec => ({
    ...lightArea(format),
    sectors: [{ entries }, { blank: true }, { blank: true }],
    ...more,
  });

  test('that is a name without a value are loaded without it', () => {
    const { value } = ids('bt/mesh/RPL/1');
    const image = imageOf(areaOf(good.filter(({ id }) => id !== value)));
    const reading = read(image);
    expect(settingsOf(reading)).not.toHaveProperty('bt/mesh/RPL/1');
    expect(reading.findings).toContainEqual(
      expect.objectContaining({
        code: 'zephyr/half-setting',
        message: expect.stringMatching(
          /Settings at 0xF8000, sector 0xF8000, entry at offset 0x[\dA-F]{3}: a name has a value under the id 0xC/,
        ) as string,
      }),
    );
    cloneOf(image);
  });

  test('that is a value without a name are loaded without it', () => {
    const { name } = ids('bt/mesh/RPL/1');
    const image = imageOf(areaOf(good.filter(({ id }) => id !== name)));
    expect(settingsOf(read(image))).not.toHaveProperty('bt/mesh/RPL/1');
    expect(codesOf(read(image))).toContain('zephyr/half-setting');
    cloneOf(image);
  });

  test('that is a name stored under two ids keep the smaller id', () => {
    const twice = idsOf(format, names.length);
    const entries = store(format, { ...light(), 'bt/mesh/Extra': [1] }).map((entry) =>
      entry.id === twice.name
        ? { ...entry, data: ascii('bt/mesh/Seq') }
        : entry.id === twice.value
          ? { ...entry, data: [9, 9, 9] }
          : entry,
    );
    const image = imageOf(areaOf(entries));
    expect(settingsOf(read(image))['bt/mesh/Seq']).toBe('800100');
    expect(codesOf(read(image))).toContain('zephyr/name-twice');
    cloneOf(image);
  });

  test('that is a name of other bytes are loaded without it', () => {
    const { name } = ids('app/boots');
    const image = imageOf(
      areaOf(good.map((entry) => (entry.id === name ? { ...entry, data: [0, 1, 2] } : entry))),
    );
    expect(settingsOf(read(image))).not.toHaveProperty('app/boots');
    expect(codesOf(read(image))).toContain('zephyr/bad-name');
    cloneOf(image);
  });

  test('that is an entry with a wrong checksum fall back on the one before', () => {
    const { value } = ids('bt/mesh/Seq');
    const image = imageOf(areaOf([...good, { id: value, data: [0, 2, 0], torn: true }]));
    expect(settingsOf(read(image))['bt/mesh/Seq']).toBe('800100');
    expect(codesOf(read(image))).toContain('zephyr/torn-entry');
    cloneOf(image);
  });

  test('that is a value with a wrong checksum are loaded without it', () => {
    const { value } = ids('bt/hash');
    const entries = good.map((entry) => (entry.id === value ? { ...entry, wrongDataCrc: true } : entry));
    const image = imageOf(areaOf(entries, { dataCrc: true }));
    expect(settingsOf(read(image))).not.toHaveProperty('bt/hash');
    expect(codesOf(read(image))).toContain('zephyr/wrong-checksum');
    cloneOf(image);
  });

  test.each([
    ['bt/mesh/IV', [1, 0, 0]],
    ['bt/mesh/AppKey/0', zeros(34)],
    ['bt/mesh/Seq', [1, 2, 3, 4]],
    ['bt/mesh/s/2/bind', [0, 0, 1]],
  ])('that is a %s of another length are loaded without that record', (name, value) => {
    const image = imageOf(lightArea(format, { ...light(), [name]: value }));
    const reading = read(image);
    expect(codesOf(reading)).toContain('zephyr/wrong-size');
    expect(reading.refusal).toBeNull();
    cloneOf(image);
  });

  test.each(['bt/mesh/Net', 'bt/mesh/NetKey/0'])('that is a %s of another length are refused', (name) => {
    const image = imageOf(lightArea(format, { ...light(), [name]: zeros(17) }));
    expect(read(image).refusal?.code).toBe('zephyr/half-provisioned');
    expect(codesOf(read(image))).toContain('zephyr/wrong-size');
  });

  test.each([
    ['bt/mesh/Net', 'no address'],
    ['bt/mesh/NetKey/0', 'no network key'],
  ])('that is a missing %s are refused', (name, words) => {
    expect(read(imageOf(lightArea(format, without(name)))).refusal).toMatchObject({
      code: 'zephyr/half-provisioned',
      message: expect.stringContaining(words) as string,
    });
  });

  test('that is an address no node can have are refused', () => {
    for (const unicast of [0, 0x8001, 0xffff])
      expect(read(imageOf(lightArea(format, light(unicast)))).refusal?.code).toBe('zephyr/not-unicast');
  });

  test('that is a device key of one byte are refused', () => {
    const blank = { ...light(), 'bt/mesh/Net': [...le16(0x10), ...new Array<number>(16).fill(0xff)] };
    expect(read(imageOf(lightArea(format, blank))).refusal?.code).toBe('zephyr/blank-device-key');
  });

  test('that is a missing IV index are cloned, with a warning', () => {
    const image = imageOf(lightArea(format, without('bt/mesh/IV')));
    expect(codesOf(read(image))).toContain('zephyr/no-iv-index');
    cloneOf(image);
  });

  test('that is a key of a network the node is not in are cloned, with a warning', () => {
    const image = imageOf(
      lightArea(format, { ...light(), 'bt/mesh/AppKey/1': [7, 0, 0, ...key(1), ...zeros(16)] }),
    );
    expect(codesOf(read(image))).toContain('zephyr/key-without-subnet');
    cloneOf(image);
  });

  test('that is a second node in another area are refused, which says where both are', () => {
    const second = { ...lightArea(format, light(0x0020)), address: 0xe0000 };
    expect(read(imageOf(lightArea(format), ...writeArea(second))).refusal).toMatchObject({
      code: 'zephyr/two-donors',
      message: expect.stringMatching(/0xE0000 and 0xF8000/) as string,
    });
  });

  test('that is a second area that was reset leave the node in the first', () => {
    const second = { ...lightArea(format, { 'bt/hash': key(0x30) }), address: 0xe0000 };
    const reading = read(imageOf(lightArea(format), ...writeArea(second)));
    expect(reading.refusal).toBeNull();
    expect(codesOf(reading)).toContain('zephyr/other-storage');
  });

  test('that is every sector closed are refused', () => {
    const closed = { entries: good, closed: true };
    const image = imageOf({ ...lightArea(format), sectors: [closed, { ...closed }] });
    expect(read(image).refusal).toMatchObject({
      code: 'zephyr/damaged-area',
      facts: { area: 0xf8000, sectors: 2 },
    });
  });

  test('that is cut off anywhere never fail, and never give a clone that fails its check', () => {
    const whole = imageOf(lightArea(format));
    for (let at = 0xf8000; at <= 0xf9000; at += 40) {
      for (const image of [whole.slice(0, at), whole.slice(at, 0x200000)]) {
        const reading = zephyrKind.read(image);
        if (reading && !reading.refusal) cloneOf(image);
      }
    }
  });
});

describe('a sector of ZMS whose header is torn', () => {
  test('counts for nothing, and its keys are blanked in clones', () => {
    const area: AreaSpec = {
      format: 'zms',
      address: 0xf8000,
      sectors: [
        { entries: store('zms', light()), cycle: 2 },
        { blank: true },
        { entries: [{ id: 0xc0000040, data: [...le16(9), ...key(0x11)] }], cycle: 1, soiled: { 0xff0: [0] } },
      ],
    };
    const image = imageOf(area);
    expect(read(image).refusal).toBeNull();
    cloneOf(image);
  });
});

describe('a sector of NVS whose mark of its end is torn', () => {
  test('is closed all the same', () => {
    const entries = store('nvs', light());
    const area: AreaSpec = {
      format: 'nvs',
      address: 0xf8000,
      sectors: [
        { entries, soiled: { 0xff8: [0xff, 0xff, 0x10] } },
        { entries: [{ id: idsOf('nvs', 4).value, data: [0, 3, 0] }] },
        { blank: true },
      ],
    };
    expect(settingsOf(read(imageOf(area)))['bt/mesh/Seq']).toBe('000300');
  });
});

describe('a collection that power loss cut off', () => {
  const seq = idsOf('nvs', 4).value;
  const full = (entries: readonly EntrySpec[]) => ({ entries, closed: true, unmarked: true });
  /** The oldest sector is being collected into the one that is written to. */
  const ring = (written: AreaSpec['sectors'][number]): AreaSpec => ({
    format: 'nvs',
    address: 0xf8000,
    sectors: [full([{ id: seq, data: [1, 0, 0] }]), written, full(store('nvs', light()))],
  });

  test('is repeated when it did not come to its end: copies count for nothing', () => {
    const copies = store('nvs', light()).slice(0, 6);
    const image = imageOf(ring({ entries: copies, unmarked: true }));
    expect(codesOf(read(image))).toContain('zephyr/collection-interrupted');
    expect(settingsOf(read(image))['bt/mesh/Seq']).toBe('010000');
    expect(settingsOf(read(image))['bt/mesh/Net']).toBe(toHex(Uint8Array.from([0x10, 0, ...DEVICE_KEY])));
    const clone = cloneOf(image);
    expect(settingsOf(read(clone))['bt/mesh/Net']).toBe(
      toHex(Uint8Array.from([0x34, 0x12, ...NEW.deviceKey])),
    );
  });

  test('is finished when it had: what was collected counts for nothing', () => {
    const image = imageOf(ring({ entries: store('nvs', light()) }));
    expect(codesOf(read(image))).toContain('zephyr/collection-interrupted');
    const clone = cloneOf(image);
    expect([...clone.read(0xfa000, 0xa00)].join()).not.toContain(DEVICE_KEY.join());
  });
});
