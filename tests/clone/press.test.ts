import { createHash } from 'node:crypto';
import { unzipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { fromHex, indexOfBytes, toHex } from '../../src/bytes.ts';
import {
  Press,
  findDonor,
  patchesOf,
  planClones,
  pressOf,
  readDump,
  readImage,
  updateDatabase,
  writeBundle,
  type BundleOptions,
  type ClonePlan,
} from '../../src/clone/index.ts';
import { formatHex, parseHex } from '../../src/hex/index.ts';
import { MemoryImage, changesOf, defaultPolicy } from '../../src/image/index.ts';
import { formatDatabase, parseDatabase } from '../../src/meshdb/index.ts';
import { fixture } from '../support/fixtures.ts';
import { samplePlan, seededBytes } from '../support/projects.ts';

const clock = { now: new Date('2026-05-04T10:00:00Z'), timeZoneOffsetMinutes: 0 };

async function bundle(
  plan: ClonePlan,
  options: Partial<Pick<BundleOptions, 'keysInManifest' | 'form' | 'signal' | 'databaseName'>> = {},
) {
  const chunks: Uint8Array[] = [];
  const sink = { write: (bytes: Uint8Array) => void chunks.push(bytes.slice()) };
  const made = await writeBundle(plan, sink, {
    ...clock,
    version: '0.0.0',
    databaseName: 'mesh.json',
    keysInManifest: false,
    ...options,
  });
  const zip = Buffer.concat(chunks);
  return { made, zip, files: unzipSync(zip) };
}
const textOf = (bytes: Uint8Array | undefined) => Buffer.from(bytes!).toString('utf8');

describe('a pressed clone', () => {
  test('is the donor with exactly its patches', () => {
    const plan = samplePlan({ count: 3 });
    const donor = plan.donor.dump.image;
    for (const clone of plan.clones) {
      const { image } = pressOf(plan).press.press(clone);
      expect(image.runs).toEqual(donor.with(changesOf(patchesOf(plan, clone))).runs);
      for (const { address, before } of patchesOf(plan, clone)) {
        expect(donor.read(address, before.length)).toEqual(before);
      }
    }
  });

  test('differs from a fresh donor in 20 bytes: address twice, and device key', () => {
    const plan = samplePlan({ count: 1 });
    const { image } = pressOf(plan).press.press(plan.clones[0]!);
    const [donor, clone] = [plan.donor.dump.image, image].map((one) => one.read(0, 0x80000));
    const changed = [...donor!.keys()].filter((address) => donor![address] !== clone![address]);
    expect(changed.every((address) => address >= 0x7d01c && address < 0x7d060)).toBe(true);
    expect(changed.length).toBeLessThanOrEqual(20);
    expect(patchesOf(plan, plan.clones[0]!).map((patch) => [patch.address, patch.after.length])).toEqual([
      [0x7d01c, 2],
      [0x7d04c, 2],
      [0x7d050, 16],
    ]);
  });

  test.each([
    ['that runs everywhere', {}],
    ['of the platform', { sha256: () => createHash('sha256') }],
  ])('has the text and hashes it would have if it had been made alone, with the SHA-256 %s', (_, options) => {
    const plan = samplePlan({ count: 3 });
    const { press } = pressOf(plan, 'full', options);
    for (const clone of plan.clones) {
      const pressed = press.press(clone);
      const text = Buffer.concat(press.hex(pressed));
      expect(text.toString('latin1')).toBe(formatHex(pressed.image));
      const bytes = Buffer.concat(pressed.image.runs.map((run) => run.bytes));
      expect(pressed.imageSha256).toBe(createHash('sha256').update(bytes).digest('hex'));
      expect(press.hexForZip(pressed).sha256).toBe(createHash('sha256').update(text).digest('hex'));
    }
  });
});

describe('the zip', () => {
  test('holds what another zip reader reads back: images, database, manifest, README', async () => {
    const plan = samplePlan({ count: 4 });
    const { files, made, zip } = await bundle(plan);
    expect(Object.keys(files)).toEqual([
      ...plan.clones.map((clone) => `clones/${clone.fileName}`),
      'mesh.json',
      'manifest.csv',
      'manifest.json',
      'README.txt',
    ]);
    expect(made.zipBytes).toBe(zip.length);
    const { press } = pressOf(plan);
    for (const clone of plan.clones) {
      const image = parseHex(textOf(files[`clones/${clone.fileName}`])).image;
      expect(image.runs).toEqual(press.press(clone).image.runs);
    }
    const manifest = JSON.parse(textOf(files['manifest.json'])) as {
      clones: { file: string; fileSha256: string }[];
    };
    for (const { file, fileSha256 } of manifest.clones) {
      expect(createHash('sha256').update(files[file]!).digest('hex')).toBe(fileSha256);
    }
    expect(textOf(files['README.txt'])).toContain('nrfjprog -f nrf52 --program clones/light_0053.hex');
  });

  test('holds each thing under a name of its own, whatever nodes and database are called', async () => {
    const values = [{ name: 'a/b' }, { name: 'a_b_0059' }, { name: 'a:b' }];
    const plan = samplePlan({ count: 3, values });
    const { files, zip } = await bundle(plan, { databaseName: 'Manifest.json.gz', form: 'pages' });
    expect(Object.keys(files)).toEqual([
      'base.hex',
      'clones/a_b.hex',
      'clones/a_b_0059.hex',
      'clones/a_b_0059_2.hex',
      'network-Manifest.json',
      'manifest.csv',
      'manifest.json',
      'README.txt',
    ]);
    expect(zip.readUInt16LE(zip.length - 12)).toBe(8); // entries of the directory, doubles included
    expect(textOf(files['README.txt'])).toContain('network-Manifest.json the network database');
  });

  test('may hold the shared part once, and of each clone the pages it changes', async () => {
    const plan = samplePlan({ count: 3 });
    const { files } = await bundle(plan, { form: 'pages' });
    const base = parseHex(textOf(files['base.hex'])).image;
    const { press } = pressOf(plan);
    const manifest = JSON.parse(textOf(files['manifest.json'])) as {
      base: string;
      clones: { imageSha256: string }[];
    };
    expect(manifest.base).toBe('base.hex');
    for (const [index, clone] of plan.clones.entries()) {
      const pages = parseHex(textOf(files[`clones/${clone.fileName}`])).image;
      expect(pages.stretches()).toEqual([{ address: 0x7d000, length: 0x1000 }]);
      const whole = press.press(clone);
      expect(MemoryImage.of([...base.runs, ...pages.runs]).runs).toEqual(whole.image.runs);
      expect(manifest.clones[index]!.imageSha256).toBe(whole.imageSha256);
    }
    expect(indexOfBytes(base.read(0, 0x80000), plan.donor.deviceKey)).toBe(-1);
    expect(textOf(files['README.txt'])).toContain('nrfjprog -f nrf52 --program base.hex --chiperase');
  });

  test('names keys in the manifest only when asked', async () => {
    const plan = samplePlan({ count: 2 });
    const keys = plan.clones.map((clone) => toHex(clone.deviceKey));
    for (const keysInManifest of [false, true]) {
      const { files } = await bundle(plan, { keysInManifest });
      for (const name of ['manifest.csv', 'manifest.json']) {
        for (const key of keys) expect(textOf(files[name]).includes(key)).toBe(keysInManifest);
      }
      for (const key of keys) expect(textOf(files['README.txt'])).not.toContain(key);
    }
  });

  test('is left off in the middle when nobody wants it any more', async () => {
    const controller = new AbortController();
    controller.abort();
    await expect(bundle(samplePlan({ count: 2 }), { signal: controller.signal })).rejects.toThrow();
  });
});

describe('the example of the guide', () => {
  /** A light bulb of one element as the guide has it: a fixture's node under the address and key of the guide's database. */
  function lightBulb() {
    const database = parseDatabase(fixture('databases/pyaci-example.json'));
    const node = database.nodes[0]!;
    const dump = readDump([{ name: 'fresh.hex.gz', bytes: fixture('nodes/3.2.0/fresh.hex.gz') }]);
    const press = new Press(dump.image, readImage(dump).prepare(defaultPolicy));
    const { image } = press.press({ unicast: node.unicast, deviceKey: node.deviceKey! });
    const bulb = { names: ['light_bulb.hex'], image };
    return { donor: findDonor(bulb, readImage(bulb), database), database };
  }

  test('donor "Light bulb" at 0x10 gives three clones at 0x11 to 0x13, named as printed there', () => {
    const { donor, database } = lightBulb();
    const plan = planClones(donor, database, { count: 3 }, seededBytes());
    expect(plan.clones.map((clone) => [clone.name, clone.unicast])).toEqual([
      ['Light bulb_0011', 0x11],
      ['Light bulb_0012', 0x12],
      ['Light bulb_0013', 0x13],
    ]);
  });

  test('gives the database that PyACI itself would have stored, to the byte', () => {
    const { donor, database } = lightBulb();
    const given = JSON.parse(fixture('databases/clone-inputs.json').toString()) as {
      deviceKey: string;
      UUID: string;
    }[];
    const values = given.map(({ deviceKey, UUID }) => ({ deviceKey: fromHex(deviceKey)!, uuid: UUID }));
    const plan = planClones(donor, database, { count: 3, values }, seededBytes());
    const expected = fixture('databases/pyaci-example-plus-3-clones.json').toString();
    const updated = Buffer.from(formatDatabase(updateDatabase(plan, clock))).toString();
    const withoutTime = (text: string) => text.replace(/"timestamp": ".*"/, '"timestamp": ""');
    expect(withoutTime(updated)).toBe(withoutTime(expected));
  });
});
