import { createHash } from 'node:crypto';
import { unzipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { fromHex, indexOfBytes, toHex } from '../../src/bytes.ts';
import {
  CloneRenderer,
  findDonor,
  patchesOf,
  planClones,
  readDump,
  rendererOf,
  updateDatabase,
  writeBundle,
  type BundleOptions,
  type ClonePlan,
  type Donor,
} from '../../src/clone/index.ts';
import { formatHex, parseHex } from '../../src/hex/index.ts';
import { MemoryImage, changesOf } from '../../src/image/index.ts';
import { readImage } from '../../src/kinds/index.ts';
import { formatDatabase, formatNodeValues, parseDatabase } from '../../src/meshdb/index.ts';
import { fixture } from '../support/fixtures.ts';
import { sampleProject, seededBytes } from '../support/projects.ts';

interface Planned {
  readonly donor: Donor;
  readonly plan: ClonePlan;
}

const clock = { now: new Date('2026-05-04T10:00:00Z'), timeZoneOffsetMinutes: 0 };

async function bundle(
  { donor, plan }: Planned,
  options: Partial<Pick<BundleOptions, 'keysInManifest' | 'form' | 'signal' | 'databaseName'>> = {},
) {
  const chunks: Uint8Array[] = [];
  const sink = { write: (bytes: Uint8Array) => void chunks.push(bytes.slice()) };
  const made = await writeBundle([{ donor, plan }], sink, {
    ...clock,
    version: '0.0.0',
    commit: 'c0ffee0123456789c0ffee0123456789c0ffee01',
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
    const { donor, plan } = sampleProject({ count: 3 });
    const { image: donorImage } = donor.dump;
    for (const clone of plan.clones) {
      const { image } = rendererOf(donor, plan).renderer.render(clone);
      expect(image.runs).toEqual(donorImage.with(changesOf(patchesOf(donor, plan, clone))).runs);
      for (const { address, before } of patchesOf(donor, plan, clone)) {
        expect(donorImage.read(address, before.length)).toEqual(before);
      }
    }
  });

  test('differs from a fresh donor in 20 bytes: address twice, and device key', () => {
    const { donor, plan } = sampleProject({ count: 1 });
    const { image } = rendererOf(donor, plan).renderer.render(plan.clones[0]!);
    const [before, clone] = [donor.dump.image, image].map((one) => one.read(0, 0x80000));
    const changed = [...before!.keys()].filter((address) => before![address] !== clone![address]);
    expect(changed.every((address) => address >= 0x7d01c && address < 0x7d060)).toBe(true);
    expect(changed.length).toBeLessThanOrEqual(20);
    expect(
      patchesOf(donor, plan, plan.clones[0]!).map((patch) => [patch.address, patch.after.length]),
    ).toEqual([
      [0x7d01c, 2],
      [0x7d04c, 2],
      [0x7d050, 16],
    ]);
  });

  test.each([
    ['that runs everywhere', {}],
    ['of the platform', { sha256: () => createHash('sha256') }],
  ])(
    'has the text and hashes it would have if it had been made alone, with the SHA-256 %s',
    async (_, options) => {
      const { donor, plan } = sampleProject({ count: 3 });
      const { renderer } = rendererOf(donor, plan, 'full', options);
      for (const clone of plan.clones) {
        const rendered = renderer.render(clone);
        const text = Buffer.concat(renderer.hex(rendered));
        expect(text.toString('latin1')).toBe(formatHex(rendered.image));
        const bytes = Buffer.concat(rendered.image.runs.map((run) => run.bytes));
        expect(rendered.imageSha256).toBe(createHash('sha256').update(bytes).digest('hex'));
        const { sha256 } = await renderer.hexForZip(rendered);
        expect(sha256).toBe(createHash('sha256').update(text).digest('hex'));
      }
    },
  );
});

describe('the zip', () => {
  test('holds what another zip reader reads back: images, database, manifest, README', async () => {
    const project = sampleProject({ count: 4 });
    const { donor, plan } = project;
    const { files, made, zip } = await bundle(project);
    expect(Object.keys(files)).toEqual([
      ...plan.clones.map((clone) => `clones/${clone.fileName}`),
      'mesh.json',
      'manifest.csv',
      'manifest.json',
      'README.txt',
    ]);
    expect(made.zipBytes).toBe(zip.length);
    const { renderer } = rendererOf(donor, plan);
    for (const clone of plan.clones) {
      const image = parseHex(textOf(files[`clones/${clone.fileName}`])).image;
      expect(image.runs).toEqual(renderer.render(clone).image.runs);
    }
    expect(textOf(files['manifest.json'])).toBe(
      `${JSON.stringify(JSON.parse(textOf(files['manifest.json'])), null, 2)}\n`,
    );
    const manifest = JSON.parse(textOf(files['manifest.json'])) as {
      generator: string;
      commit: string;
      clones: { file: string; fileSha256: string }[];
    };
    expect(manifest).toMatchObject({
      generator: 'Meshpress 0.0.0',
      commit: 'c0ffee0123456789c0ffee0123456789c0ffee01',
    });
    for (const { file, fileSha256 } of manifest.clones) {
      expect(createHash('sha256').update(files[file]!).digest('hex')).toBe(fileSha256);
    }
    expect(textOf(files['README.txt'])).toContain('nrfjprog -f nrf52 --program clones/light_0053.hex');
  });

  test('holds each thing under a name of its own, whatever nodes and database are called', async () => {
    const project = sampleProject({ count: 3, table: 'name\na/b\na_b_0059\na:b' });
    const { files, zip } = await bundle(project, { databaseName: 'Manifest.json.gz', form: 'pages' });
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
    const project = sampleProject({ count: 3 });
    const { donor, plan } = project;
    const { files } = await bundle(project, { form: 'pages' });
    const base = parseHex(textOf(files['base.hex'])).image;
    const { renderer } = rendererOf(donor, plan);
    const manifest = JSON.parse(textOf(files['manifest.json'])) as {
      base: string;
      clones: { imageSha256: string }[];
    };
    expect(manifest.base).toBe('base.hex');
    for (const [index, clone] of plan.clones.entries()) {
      const pages = parseHex(textOf(files[`clones/${clone.fileName}`])).image;
      expect(pages.stretches()).toEqual([{ address: 0x7d000, length: 0x1000 }]);
      const whole = renderer.render(clone);
      expect(MemoryImage.of([...base.runs, ...pages.runs]).runs).toEqual(whole.image.runs);
      expect(manifest.clones[index]!.imageSha256).toBe(whole.imageSha256);
    }
    expect(indexOfBytes(base.read(0, 0x80000), donor.deviceKey)).toBe(-1);
    expect(textOf(files['README.txt'])).toContain('nrfjprog -f nrf52 --program base.hex --chiperase');
  });

  test('names keys in the manifest only when asked', async () => {
    const project = sampleProject({ count: 2 });
    const keys = project.plan.clones.map((clone) => toHex(clone.deviceKey));
    for (const keysInManifest of [false, true]) {
      const { files } = await bundle(project, { keysInManifest });
      for (const name of ['manifest.csv', 'manifest.json']) {
        for (const key of keys) expect(textOf(files[name]).includes(key)).toBe(keysInManifest);
      }
      for (const key of keys) expect(textOf(files['README.txt'])).not.toContain(key);
    }
  });

  test('is left off in the middle when nobody wants it any more', async () => {
    const controller = new AbortController();
    controller.abort();
    await expect(bundle(sampleProject({ count: 2 }), { signal: controller.signal })).rejects.toThrow();
  });
});

describe('the example of the guide', () => {
  /** A light bulb of one element as the guide has it: a fixture's node under the address and key of the guide's database. */
  function lightBulb() {
    const database = parseDatabase(fixture('databases/pyaci-example.json'));
    const node = database.nodes[0]!;
    const dump = readDump([{ name: 'fresh.hex.gz', bytes: fixture('nodes/3.2.0/fresh.hex.gz') }]);
    const renderer = new CloneRenderer(dump.image, readImage(dump.image).prepare({}));
    const { image } = renderer.render({ unicast: node.unicast, deviceKey: node.deviceKey! });
    const bulb = { names: ['light_bulb.hex'], image };
    return findDonor(bulb, readImage(image), database);
  }

  test('donor "Light bulb" at 0x10 gives three clones at 0x11 to 0x13, named as printed there', () => {
    const donor = lightBulb();
    const plan = planClones(donor, { count: 3 }, seededBytes());
    expect(plan.clones.map((clone) => [clone.name, clone.unicast])).toEqual([
      ['Light bulb_0011', 0x11],
      ['Light bulb_0012', 0x12],
      ['Light bulb_0013', 0x13],
    ]);
  });

  test('gives the database that PyACI itself would have stored, to the byte', () => {
    const donor = lightBulb();
    const given = JSON.parse(fixture('databases/clone-inputs.json').toString()) as {
      deviceKey: string;
      UUID: string;
    }[];
    const values = given.map(({ deviceKey, UUID }) => ({ deviceKey: fromHex(deviceKey)!, uuid: UUID }));
    const plan = planClones(donor, { count: 3, table: formatNodeValues(values) }, seededBytes());
    const expected = fixture('databases/pyaci-example-plus-3-clones.json').toString();
    const updated = Buffer.from(formatDatabase(updateDatabase([{ donor, plan }], clock))).toString();
    const withoutTime = (text: string) => text.replace(/"timestamp": ".*"/, '"timestamp": ""');
    expect(withoutTime(updated)).toBe(withoutTime(expected));
  });
});
