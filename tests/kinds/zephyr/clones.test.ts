import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { equalBytes, fromHex, indexOfBytes, toHex } from '../../../src/bytes.ts';
import { changesOf, type MemoryImage, type Patch } from '../../../src/image/index.ts';
import type { OptionChoices } from '../../../src/kinds/image-kind.ts';
import { readZephyrDump } from '../../../src/kinds/zephyr/zephyr-dump.ts';
import { zephyrKind } from '../../../src/kinds/zephyr/index.ts';
import { policyOf } from '../../../src/kinds/zephyr/options.ts';
import { makeRecipe } from '../../../src/kinds/zephyr/recipe.ts';
import { KEY_OFFSET, KEY_SIZE } from '../../../src/kinds/zephyr/sealing.ts';
import type { Identity } from '../../../src/mesh/index.ts';
import {
  DEVICE_KEY,
  idsOf,
  imageOf,
  key,
  le16,
  le32,
  light,
  lightArea,
  store,
  type AreaSpec,
} from './area-writer.ts';
import { fixtures, type Manifest } from './fixtures.ts';

const FORMATS = ['nvs', 'zms'] as const;
const NEW: Identity = { unicast: 0x1234, deviceKey: Uint8Array.from(key(0x40)) };

const settingsIn = (image: MemoryImage): Record<string, string> =>
  Object.fromEntries(
    [...readZephyrDump(image)!.chosen!.settings.byName].map(([name, { value }]) => [name, toHex(value)]),
  );
const holds = (image: MemoryImage, needle: ArrayLike<number>): boolean =>
  image
    .stretches()
    .some(({ address, length }) => indexOfBytes(image.read(address, length), Uint8Array.from(needle)) !== -1);

interface Clone {
  readonly image: MemoryImage;
  readonly patches: readonly Patch[];
}
function cloneOf(image: MemoryImage, identity: Identity = NEW, choices: OptionChoices = {}): Clone {
  const recipe = zephyrKind.read(image)!.prepare(choices);
  const patches = [...recipe.shared, ...recipe.patchesFor(identity)];
  const clone = image.with(changesOf(patches));
  recipe.check(clone, identity);
  return { image: clone, patches };
}

describe.each(fixtures.filter(({ manifest }) => manifest.clone_example))(
  'the clone that the manifest of $name tells of',
  ({ manifest, readDump }) => {
    const example = manifest.clone_example!;
    const identity = { unicast: example.primary_addr, deviceKey: fromHex(example.dev_key)! };
    const donor = readDump();
    const recipe = makeRecipe(
      readZephyrDump(donor)!,
      policyOf({ sequence: 'reset' }),
      {},
      example.nonce === undefined ? undefined : () => fromHex(example.nonce!)!,
    );
    const patches = [...recipe.shared, ...recipe.patchesFor(identity)];
    const clone = donor.with(changesOf(patches));
    const partition = (some: readonly Patch[]) =>
      donor.with(changesOf(some)).read(manifest.partition.address, manifest.partition.size);

    test('loads as stated, and everything else as in the donor', () => {
      expect(settingsIn(clone)).toEqual({ ...manifest.settings, ...example.settings_after });
      expect(() => recipe.check(clone, identity)).not.toThrow();
    });

    test('is that clone byte for byte, but for old keys that are blanked', () => {
      const kept = patches.filter(({ purpose }) => purpose !== 'hygiene');
      expect(createHash('sha256').update(partition(kept)).digest('hex')).toBe(example.sha256_of_partition);
      for (const { after } of patches.filter(({ purpose }) => purpose === 'hygiene'))
        expect(after.every((byte) => byte === 0xff)).toBe(true);
    });

    test('differs from its donor in its patches and nowhere else', () => {
      let end = 0;
      for (const { address, before, after } of patches.toSorted((a, b) => a.address - b.address)) {
        expect(address).toBeGreaterThanOrEqual(end);
        expect(after.length).toBe(before.length);
        expect(equalBytes(donor.read(address, before.length), before)).toBe(true);
        end = address + after.length;
      }
    });

    test('holds no device key of its donor, clear or sealed', () => {
      for (const secret of deviceKeysOf(manifest)) expect(holds(clone, secret)).toBe(false);
    });
  },
);

/** The donor's device key, and what stands for it where it is sealed. */
function deviceKeysOf({ node, settings, key_storage }: Manifest): Uint8Array[] {
  const net = fromHex(settings['bt/mesh/Net']!)!;
  if (key_storage === 'raw') return [net.subarray(2)];
  const id = new DataView(net.buffer).getUint32(2, true);
  const sealed = fromHex(settings[`its/${id.toString(16).padStart(16, '0')}`]!)!;
  return [fromHex(node!.dev_key)!, sealed.subarray(KEY_OFFSET, KEY_OFFSET + KEY_SIZE)];
}

describe.each(fixtures.filter(({ manifest }) => !manifest.provisioned))('the dump $name', (fixture) => {
  test('is refused for its reason', () => {
    const reading = zephyrKind.read(fixture.readDump())!;
    const code = fixture.history.startsWith('reset') ? 'zephyr/node-reset' : 'zephyr/never-provisioned';
    expect(reading.refusal?.code).toBe(code);
    expect(reading.nextBoot.provisioned).toBe(false);
    expect(() => reading.prepare({})).toThrow(expect.objectContaining({ code }) as Error);
  });
});

describe.each(FORMATS)('the patches of one clone in %s', (format) => {
  const donor = imageOf(lightArea(format));

  test('are address and key, each marked for what it is', () => {
    const recipe = zephyrKind.read(donor)!.prepare({});
    expect(recipe.shared).toEqual([]);
    expect(
      recipe.patchesFor(NEW).map(({ purpose, what, secret, after }) => [purpose, what, secret, after.length]),
    ).toEqual([
      ['identity', 'first unicast address', false, 2],
      ['identity', 'device key', true, 16],
    ]);
  });

  test('lie in the same places for every identity', () => {
    const recipe = zephyrKind.read(donor)!.prepare({ sequence: 'reset', 'own-publications': 'map' });
    const places = (identity: Identity) =>
      recipe.patchesFor(identity).map(({ address, after }) => [address, after.length]);
    expect(places({ unicast: 0x0010, deviceKey: Uint8Array.from(key(0xd1)) })).toEqual(places(NEW));
  });

  test.each([
    ['address 0', { unicast: 0 }, 'zephyr/not-unicast'],
    ['a group address', { unicast: 0xc000 }, 'zephyr/not-unicast'],
    ['a last element beyond the unicast addresses', { unicast: 0x7fff }, 'zephyr/not-unicast'],
    ['no whole number', { unicast: 1.5 }, 'zephyr/not-unicast'],
    ['a short key', { deviceKey: new Uint8Array(15).fill(1) }, 'zephyr/bad-device-key'],
    ['a key of zeros', { deviceKey: new Uint8Array(16) }, 'zephyr/bad-device-key'],
    ['a key of ones', { deviceKey: new Uint8Array(16).fill(0xff) }, 'zephyr/bad-device-key'],
    ["the donor's key", { deviceKey: Uint8Array.from(DEVICE_KEY) }, 'zephyr/bad-device-key'],
  ])('are not made for %s', (_, part, code) => {
    const recipe = zephyrKind.read(donor)!.prepare({});
    expect(() => recipe.patchesFor({ ...NEW, ...part })).toThrow(expect.objectContaining({ code }) as Error);
  });
});

describe.each(FORMATS)('the options of clones in %s', (format) => {
  const settingsAfter = (choices: OptionChoices, settings = light(), identity = NEW) =>
    settingsIn(cloneOf(imageOf(lightArea(format, settings)), identity, choices).image);

  test('keep the sequence number unless they are told otherwise', () => {
    expect(settingsAfter({})['bt/mesh/Seq']).toBe('800100');
    expect(settingsAfter({ sequence: 'reset' })['bt/mesh/Seq']).toBe('000000');
    expect(settingsAfter({ sequence: '+8192' })['bt/mesh/Seq']).toBe('802100');
  });

  test('refuse a sequence number beyond 24 bits, and to be ahead of none', () => {
    expect(() => settingsAfter({ sequence: '+16777000' })).toThrow(
      expect.objectContaining({ code: 'zephyr/sequence-exhausted' }) as Error,
    );
    const { 'bt/mesh/Seq': _, ...silent } = light();
    expect(() => settingsAfter({ sequence: '+128' }, silent)).toThrow(
      expect.objectContaining({ code: 'zephyr/no-sequence-record' }) as Error,
    );
    expect(settingsAfter({ sequence: 'reset' }, silent)).not.toHaveProperty('bt/mesh/Seq');
  });

  test('keep the replay list but for the clone itself, or empty it', () => {
    const settings = { ...light(), 'bt/mesh/RPL/1235': [9, 0, 0, 0], 'bt/mesh/SRPL/2': [9, 0, 0, 0] };
    expect(settingsAfter({}, settings)).toHaveProperty('bt/mesh/RPL/1');
    expect(settingsAfter({}, settings)).toHaveProperty('bt/mesh/SRPL/2');
    expect(settingsAfter({}, settings)).not.toHaveProperty('bt/mesh/RPL/1235');
    const emptied = Object.keys(settingsAfter({ 'replay-cache': 'empty' }, settings));
    expect(emptied.filter((name) => name.includes('RPL'))).toEqual([]);
  });

  test('drop what two devices must not share', () => {
    const settings = {
      ...light(),
      'bt/id': [1, ...key(0x60).slice(0, 6)],
      'bt/irk': key(0x70),
      'bt/keys/c0aabbccddee1': key(0x80),
      'bt/mesh/DevKeyC': key(0x90),
      'bt/mesh/SSeq': [1, 2, 3, 0],
    };
    const dropped = ['bt/id', 'bt/irk', 'bt/keys/c0aabbccddee1', 'bt/mesh/DevKeyC', 'bt/mesh/SSeq'];
    const { image } = cloneOf(imageOf(lightArea(format, settings)));
    for (const name of dropped) expect(settingsIn(image)).not.toHaveProperty([name]);
    for (const first of [0x70, 0x80, 0x90]) expect(holds(image, key(first))).toBe(false);
    expect(settingsAfter({ 'advertiser-address': 'keep' }, settings)).toHaveProperty(['bt/irk']);
  });

  test('leave publications to the donor itself, or move them with the clone', () => {
    const settings = {
      ...light(),
      'bt/mesh/s/2/pub': [0x11, 0, 0, 0, 0xff, 0, 0, 0],
      'bt/mesh/s/102/pub': [0x00, 0xc0, 0, 0, 0xff, 0, 0, 0, 0, 0],
      'bt/mesh/HBPub': [0x10, 0, 1, 1, 0, 0, 0, 0],
    };
    expect(settingsAfter({}, settings)['bt/mesh/s/2/pub']).toBe('11000000ff000000');
    const moved = settingsAfter({ 'own-publications': 'map' }, settings);
    expect(moved['bt/mesh/s/2/pub']).toBe('35120000ff000000');
    expect(moved['bt/mesh/HBPub']).toBe('3412010100000000');
    expect(moved['bt/mesh/s/102/pub']).toBe('00c00000ff0000000000');
  });

  test('say of a clone that it would publish to itself', () => {
    const settings = { ...light(), 'bt/mesh/s/2/pub': [0x35, 0x12, 0, 0, 0xff, 0, 0, 0] };
    const recipe = zephyrKind.read(imageOf(lightArea(format, settings)))!.prepare({});
    expect(recipe.findingsFor!(NEW)).toEqual([
      expect.objectContaining({ severity: 'warning', code: 'zephyr/publishes-to-itself' }),
    ]);
    expect(recipe.findingsFor!({ ...NEW, unicast: 0x2000 })).toEqual([]);
  });

  test('take the database of a provisioner away, with the keys in it', () => {
    const other = key(0x21);
    const settings = {
      ...light(),
      'bt/mesh/cdb/Net': [...le32(5), 0, ...le16(0x20)],
      'bt/mesh/cdb/Node/10': [0, 0, 2, 1, ...key(0x50), ...DEVICE_KEY],
      'bt/mesh/cdb/Node/20': [0, 0, 1, 1, ...key(0x51), ...other],
    };
    const recipe = zephyrKind.read(imageOf(lightArea(format, settings)))!.prepare({});
    expect(recipe.notes).toContainEqual(
      expect.objectContaining({ severity: 'warning', code: 'zephyr/provisioner-database-dropped' }),
    );
    const { image } = cloneOf(imageOf(lightArea(format, settings)));
    expect(Object.keys(settingsIn(image)).filter((name) => name.includes('cdb'))).toEqual([]);
    expect(holds(image, other)).toBe(false);
    expect(holds(image, DEVICE_KEY)).toBe(false);
  });

  test('read that database, which a node that provisions nobody has not', () => {
    const settings = {
      ...light(),
      'bt/mesh/cdb/Net': [...le32(5), 0, ...le16(0x20)],
      'bt/mesh/cdb/Subnet/0': [0, ...key(0xa0), ...new Array<number>(16).fill(0)],
      'bt/mesh/cdb/AppKey/1': [0, 0, 0, ...key(0xb0), ...new Array<number>(16).fill(0)],
      'bt/mesh/cdb/Node/10': [0, 0, 2, 1, ...key(0x50), ...DEVICE_KEY],
      'bt/mesh/cdb/Node/20': [0, 0, 1, 0, ...key(0x51), ...key(0x21)],
    };
    const reading = zephyrKind.read(imageOf(lightArea(format, settings)))!;
    expect(reading.network).toMatchObject({
      ivIndex: 5,
      netKeys: [{ index: 0, keyRefreshPhase: 0 }],
      appKeys: [{ index: 1, netKeyIndex: 0 }],
      nodes: [
        { unicast: 0x10, elementCount: 2, isProvisioner: true, isConfigured: true },
        { unicast: 0x20, elementCount: 1, isProvisioner: false, isConfigured: false },
      ],
    });
    // its own record says how many elements the node has
    expect(reading.nextBoot).toMatchObject({ elementCount: 2, unicast: { start: 0x10, count: 2 } });
    expect(reading.nextBoot.mayHaveMoreElements).toBeUndefined();
    expect(zephyrKind.read(imageOf(lightArea(format)))!.network).toBeUndefined();
  });

  test('warn of a bridging table, which names addresses', () => {
    const settings = { ...light(), 'bt/mesh/brg_tbl': [2, 0, 0, 0, ...le16(0x10), ...le16(0x99)] };
    expect(zephyrKind.read(imageOf(lightArea(format, settings)))!.prepare({}).notes).toContainEqual(
      expect.objectContaining({
        code: 'zephyr/bridge-table',
        message: expect.stringContaining('0x0099') as string,
      }),
    );
  });
});

describe.each(FORMATS)('old keys in %s', (format) => {
  const FORMER = key(0x11);
  const netIds = idsOf(format, Object.keys(light()).indexOf('bt/mesh/Net'));
  const before = store(format, light());
  /** A life with another device key before the present one. */
  const history = (more: Partial<AreaSpec['sectors'][number]> = {}): AreaSpec => ({
    ...lightArea(format),
    sectors: [
      {
        entries: [
          ...before.map((entry) =>
            entry.id === netIds.value ? { ...entry, data: [...le16(9), ...FORMER] } : entry,
          ),
          { id: netIds.value, data: [] },
          { id: netIds.value, data: [...le16(0x10), ...DEVICE_KEY] },
        ],
        ...more,
      },
      { blank: true },
      { blank: true },
    ],
  });

  test('are blanked where a newer value overrides them, and told as former ones', () => {
    const image = imageOf(history());
    expect(
      zephyrKind
        .read(image)!
        .formerKeys()
        .map((one) => [...one]),
    ).toEqual([FORMER]);
    expect(holds(image, FORMER)).toBe(true);
    expect(holds(cloneOf(image).image, FORMER)).toBe(false);
  });

  test('are blanked where no entry speaks of them, at any alignment', () => {
    for (const at of [0x401, 0x7fe, 0x803]) {
      const image = imageOf(history({ soiled: { [at]: DEVICE_KEY } }));
      expect(holds(cloneOf(image).image, DEVICE_KEY)).toBe(false);
    }
  });

  test('of an interrupted write are blanked as well', () => {
    const torn = DEVICE_KEY.slice(0, 8);
    const image = imageOf(history({ soiled: { 0x600: torn } }));
    expect([...cloneOf(image).image.read(0xf8600, 8)]).toEqual(new Array<number>(8).fill(0xff));
  });

  test('stay, with a warning, where an application may need them', () => {
    const constant = { address: 0x30001, bytes: Uint8Array.from(DEVICE_KEY) };
    const image = imageOf(lightArea(format), constant);
    expect([...cloneOf(image).image.read(0x30001, 16)]).toEqual(DEVICE_KEY);
    expect(zephyrKind.read(image)!.prepare({}).notes).toContainEqual(
      expect.objectContaining({
        severity: 'warning',
        code: 'zephyr/key-left',
        message: expect.stringContaining('0x30001') as string,
      }),
    );
  });

  test('stay, with a warning, in a setting of the application', () => {
    const image = imageOf(lightArea(format, { ...light(), 'app/secret': DEVICE_KEY }));
    expect(settingsIn(cloneOf(image).image)['app/secret']).toBe(toHex(Uint8Array.from(DEVICE_KEY)));
    expect(
      zephyrKind
        .read(image)!
        .prepare({})
        .notes.map(({ code }) => code),
    ).toContain('zephyr/key-left');
  });
});

describe.each(FORMATS)('the check of a clone in %s', (format) => {
  const donor = imageOf(lightArea(format));
  const recipe = zephyrKind.read(donor)!.prepare({});
  const clone = donor.with(changesOf([...recipe.shared, ...recipe.patchesFor(NEW)]));
  const failure = (changed: MemoryImage) => {
    try {
      recipe.check(changed, NEW);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };
  const { settings } = readZephyrDump(donor)!.chosen!;
  const placeOf = (name: string) => settings.byName.get(name)!.valueEntry.dataAddress;
  const write = (address: number, ...bytes: number[]) =>
    clone.with([{ address, bytes: Uint8Array.from(bytes) }]);

  test('passes the clone', () => expect(failure(clone)).toBeUndefined());
  test('fails the donor itself', () => expect(failure(donor)).toMatch(/bt\/mesh\/Net/));
  test('notices another address', () => expect(failure(write(placeOf('bt/mesh/Net'), 0x35))).toMatch(/Net/));
  test('notices another device key', () =>
    expect(failure(write(placeOf('bt/mesh/Net') + 2, 0x41))).toMatch(/Net/));
  test('notices another network key', () => {
    expect(failure(write(placeOf('bt/mesh/NetKey/0') + 1, 0))).toMatch(/NetKey/);
  });
  test('notices a lost setting', () => {
    const { address } = settings.byName.get('bt/mesh/IV')!.nameEntry;
    expect(failure(write(address, 0, 0))).toMatch(/bt\/mesh\/IV is not loaded/);
  });
  test("notices the donor's key anywhere, across the border of two sectors as well", () => {
    for (const at of [0x20001, 0x27ff8, 0xfa800])
      expect(failure(write(at, ...DEVICE_KEY))).toMatch(/device key of the donor/);
  });
});
