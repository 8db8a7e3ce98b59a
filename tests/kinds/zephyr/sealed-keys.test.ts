import { describe, expect, test } from 'vitest';
import { sha256 } from '@noble/hashes/sha2.js';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { indexOfBytes, toHex } from '../../../src/bytes.ts';
import { changesOf, type MemoryImage } from '../../../src/image/index.ts';
import { readZephyrDump } from '../../../src/kinds/zephyr/zephyr-dump.ts';
import { zephyrKind } from '../../../src/kinds/zephyr/index.ts';
import { nonceFor, objectName, openObject, sealObject, uidOf } from '../../../src/kinds/zephyr/sealing.ts';
import type { Identity } from '../../../src/mesh/index.ts';
import {
  APP_KEY,
  ascii,
  DEVICE_KEY,
  imageOf,
  key,
  le16,
  le32,
  light,
  lightArea,
  NET_KEY,
  zeros,
  type SettingsSpec,
} from './area-writer.ts';
import { fixtures } from './fixtures.ts';

const FORMATS = ['nvs', 'zms'] as const;
const NEW: Identity = { unicast: 0x1234, deviceKey: Uint8Array.from(key(0x40)) };
const [NET_ID, DEVICE_ID, APP_ID] = [0x1fff4000, 0x1fff4001, 0x1fff4002];

/** An object as the trusted storage seals it; the nonce is all that is made up. */
function sealed(
  id: number,
  bytes: readonly number[],
  { usage = 0x301, sealingKey = sha256(Uint8Array.from([...le32(id), ...zeros(4)])) } = {},
): number[] {
  const head = Uint8Array.from([...le32(0), ...le32(52)]);
  const nonce = Uint8Array.from(key(id & 0xff).slice(0, 12));
  const clear = [
    ...ascii('PSA\0KEY\0'),
    ...le32(0),
    ...le32(1),
    ...le16(0x2400),
    ...le16(128),
    ...le32(usage),
    ...le32(usage === 1 ? 0 : 0x05448100),
    ...le32(0),
    ...le32(16),
    ...bytes,
  ];
  return [...head, ...nonce, ...chacha20poly1305(sealingKey, nonce, head).encrypt(Uint8Array.from(clear))];
}

const keyStore = (objects: SettingsSpec = OBJECTS): SettingsSpec => ({
  ...objects,
  ...light(),
  'bt/mesh/Net': [...le16(0x10), ...le32(DEVICE_ID)],
  'bt/mesh/NetKey/0': [0, ...le32(NET_ID), ...le32(0)],
  'bt/mesh/AppKey/0': [0, 0, 0, ...le32(APP_ID), ...le32(0)],
});
const OBJECTS: SettingsSpec = {
  [objectName(NET_ID)]: sealed(NET_ID, NET_KEY, { usage: 1 }),
  [objectName(DEVICE_ID)]: sealed(DEVICE_ID, DEVICE_KEY),
  [objectName(APP_ID)]: sealed(APP_ID, APP_KEY),
};
/** With a key that is in the chip alone. */
const chipSealed = Object.fromEntries(
  [NET_ID, DEVICE_ID, APP_ID].map((id) => [
    objectName(id),
    sealed(id, DEVICE_KEY, { sealingKey: Uint8Array.from([...key(1), ...key(2)]) }),
  ]),
);

const settingsIn = (image: MemoryImage) =>
  Object.fromEntries(
    [...readZephyrDump(image)!.chosen!.settings.byName].map(([name, { value }]) => [name, [...value]]),
  );
const holds = (image: MemoryImage, needle: readonly number[]) =>
  image
    .stretches()
    .some(({ address, length }) => indexOfBytes(image.read(address, length), Uint8Array.from(needle)) !== -1);

describe('a key object', () => {
  test.each(fixtures.filter(({ manifest }) => manifest.psa_keys))(
    'of $name opens to the key that the storage exported',
    ({ manifest }) => {
      for (const [id, exported] of Object.entries(manifest.psa_keys!)) {
        const name = objectName(Number.parseInt(id, 16));
        const opening = openObject(uidOf(name)!, Buffer.from(manifest.settings[name]!, 'hex'));
        expect(opening.state === 'open' && toHex(opening.object.key)).toBe(exported);
      }
    },
  );

  test('tells network keys from the others', () => {
    const networkKey = (id: number) => {
      const opening = openObject(uidOf(objectName(id))!, Uint8Array.from(OBJECTS[objectName(id)]!));
      return opening.state === 'open' && opening.object.isNetworkKey;
    };
    expect([NET_ID, DEVICE_ID, APP_ID].map(networkKey)).toEqual([true, false, false]);
  });

  test('comes out the same when it is sealed again with its own nonce and key', () => {
    const uid = uidOf(objectName(DEVICE_ID))!;
    const value = Uint8Array.from(OBJECTS[objectName(DEVICE_ID)]!);
    const opening = openObject(uid, value);
    if (opening.state !== 'open') throw new Error(opening.state);
    expect(sealObject(uid, opening.object, opening.object.key, value.subarray(8, 20))).toEqual(value);
  });

  test('is sealed for the reader when a single bit of it changed, or its name', () => {
    const value = Uint8Array.from(OBJECTS[objectName(DEVICE_ID)]!);
    for (const at of [0, 8, 20, 60, 87]) {
      const changed = value.with(at, value[at]! ^ 1);
      expect(openObject(uidOf(objectName(DEVICE_ID))!, changed).state).toBe('sealed');
    }
    expect(openObject(uidOf(objectName(APP_ID))!, value).state).toBe('sealed');
  });

  test('is foreign when it is no AES-128 key', () => {
    const uid = uidOf(objectName(DEVICE_ID))!;
    expect(openObject(uid, Uint8Array.from(zeros(40))).state).toBe('foreign');
    expect(openObject(uid, new Uint8Array()).state).toBe('foreign');
  });

  test('gets a nonce of its own for every key', () => {
    const uid = uidOf(objectName(DEVICE_ID))!;
    const nonces = Array.from({ length: 64 }, (_, i) => toHex(nonceFor(uid, Uint8Array.from(key(i)))));
    expect(new Set(nonces).size).toBe(nonces.length);
  });
});

describe.each(FORMATS)('a node with a key store in %s', (format) => {
  const image = imageOf(lightArea(format, keyStore()));
  const reading = zephyrKind.read(image)!;

  test('is read with all its keys', () => {
    expect(reading.refusal).toBeNull();
    const { deviceKeys, netKeys, appKeys } = reading.nextBoot;
    expect([deviceKeys[0]!.key, netKeys[0]!.key, appKeys[0]!.key].map((one) => [...one])).toEqual([
      DEVICE_KEY,
      NET_KEY,
      APP_KEY,
    ]);
    expect(reading.findings.map(({ code }) => code)).toContain('zephyr/keys-opened');
  });

  test('gives clones whose device key is sealed under the same id, with another nonce', () => {
    const recipe = reading.prepare({});
    const clone = image.with(changesOf([...recipe.shared, ...recipe.patchesFor(NEW)]));
    recipe.check(clone, NEW);
    const name = objectName(DEVICE_ID);
    expect(settingsIn(clone)['bt/mesh/Net']).toEqual([0x34, 0x12, ...le32(DEVICE_ID)]);
    expect(settingsIn(clone)[name]!.slice(8, 20)).not.toEqual(OBJECTS[name]!.slice(8, 20));
    expect([...(zephyrKind.read(clone)!.nextBoot.deviceKeys[0]!.key as Uint8Array)]).toEqual([
      ...NEW.deviceKey,
    ]);
    expect(holds(clone, OBJECTS[name]!.slice(56, 72))).toBe(false);
  });

  test('gives clones with clear keys for firmware that imports them, the settings written afresh', () => {
    const recipe = reading.prepare({ keys: 'in-place' });
    expect(recipe.notes.map(({ code }) => code)).toContain('zephyr/area-rebuilt');
    const clone = image.with(changesOf([...recipe.shared, ...recipe.patchesFor(NEW)]));
    recipe.check(clone, NEW);
    const settings = settingsIn(clone);
    expect(settings['bt/mesh/Net']).toEqual([0x34, 0x12, ...NEW.deviceKey]);
    expect(settings['bt/mesh/NetKey/0']).toEqual([0, ...NET_KEY, ...zeros(16)]);
    expect(settings['bt/mesh/AppKey/0']).toEqual([0, 0, 0, ...APP_KEY, ...zeros(16)]);
    expect(Object.keys(settings).filter((name) => name.startsWith('its/'))).toEqual([]);
    expect(holds(clone, OBJECTS[objectName(DEVICE_ID)]!.slice(56, 72))).toBe(false);
  });

  test('is refused where its chip seals the keys, and shown as far as it can be', () => {
    const locked = zephyrKind.read(imageOf(lightArea(format, keyStore(chipSealed))))!;
    expect(locked.refusal).toMatchObject({
      code: 'zephyr/keys-sealed',
      hint: expect.stringContaining('CONFIG_BT_MESH_KEY_IMPORTER') as string,
    });
    expect(locked.nextBoot).toMatchObject({
      provisioned: true,
      unicast: { start: 0x10 },
      deviceKeys: [{ key: 'sealed' }],
    });
  });

  test('is refused where TF-M has the keys', () => {
    const elsewhere = zephyrKind.read(imageOf(lightArea(format, keyStore({}))))!;
    expect(elsewhere.refusal?.code).toBe('zephyr/keys-elsewhere');
    expect(elsewhere.nextBoot).toMatchObject({ provisioned: true, netKeys: [{ index: 0, key: 'absent' }] });
  });

  test("is refused where Zephyr's own secure storage seals the keys with the chip's id", () => {
    const upstream = {
      'its/0/1fff4001': zeros(80),
      'its/0/1fff4000': zeros(80),
      'its/0/1fff4002': zeros(80),
    };
    expect(zephyrKind.read(imageOf(lightArea(format, keyStore(upstream))))!.refusal?.code).toBe(
      'zephyr/keys-sealed',
    );
  });
});
