import { describe, expect, test } from 'vitest';
import { completeDonor, findDonor, knownNode, planClones, updateDatabase } from '../../src/clone/index.ts';
import { readImage } from '../../src/kinds/index.ts';
import { convertDatabase, formatDatabase, parseDatabase, type MeshDatabase } from '../../src/meshdb/index.ts';
import { readSampleDump, sampleDonor, seededBytes } from '../support/projects.ts';
import { sampleDatabaseText } from '../support/samples.ts';

const clock = { now: new Date('2026-01-02T03:04:05Z'), timeZoneOffsetMinutes: 0 };
const dump = readSampleDump();
const reading = readImage(dump.image);
const DONOR = 1;

/** The sample network as an app exports it. */
const exported = (to: 'android' | 'ios') =>
  convertDatabase(parseDatabase(sampleDatabaseText()), to, clock).database;
const textOf = (database: MeshDatabase) => new TextDecoder().decode(formatDatabase(database));
/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever JSON a file holds */
type AnyJson = any;
const changed = (database: MeshDatabase, change: (root: AnyJson) => unknown, indent?: number) => {
  const root: AnyJson = JSON.parse(textOf(database));
  change(root);
  return parseDatabase(JSON.stringify(root, null, indent));
};

/** How exports without device keys write that there is none. */
const WITHOUT_KEYS = {
  android: (node: AnyJson) => (node.deviceKey = ''),
  ios: (node: AnyJson) => delete node.deviceKey,
};

describe.each(['android', 'ios'] as const)('an export without device keys: %s', (form) => {
  const keyless = changed(
    exported(form),
    (root) => {
      root.partial = true;
      root.nodes.forEach(WITHOUT_KEYS[form]);
    },
    form === 'android' ? 2 : undefined,
  );

  test('is called that, and not one of a dump that is too old', () => {
    expect(() => findDonor(dump, reading, keyless)).toThrow(
      expect.objectContaining({
        code: 'clone/no-device-key',
        message: expect.stringContaining('export without device keys'),
      }),
    );
  });

  test("gives clones once the donor's own key is taken from its dump, with a warning about the others", () => {
    const database = completeDonor(reading, keyless, clock);
    const donor = findDonor(dump, reading, database);
    expect(donor.findings).toContainEqual(
      expect.objectContaining({
        code: 'clone/keys-missing',
        message: expect.stringContaining('2 other nodes'),
      }),
    );
    const plan = planClones(donor, { count: 2 }, seededBytes());
    const updated = updateDatabase([{ donor, plan }], clock);
    const keys = updated.nodes.map(({ deviceKey }) => deviceKey !== undefined);
    expect(keys).toEqual([false, true, false, true, true]);
    expect(JSON.stringify(plan.findings)).not.toContain('a63af6fb98c0841c47fe10a2122cb6f5');
  });
});

describe.each(['pyaci', 'android', 'ios'] as const)('a record that lost what the flash has: %s', (form) => {
  const full = form === 'pyaci' ? parseDatabase(sampleDatabaseText()) : exported(form);
  const poor = changed(
    full,
    (root) => {
      const { elements, ...node } = root.nodes[DONOR];
      for (const element of elements)
        for (const model of element.models ?? []) {
          delete model.publish;
          if (form === 'pyaci') {
            delete model.bind;
            delete model.subscribe;
          } else [model.bind, model.subscribe] = [[], []];
        }
      root.nodes[DONOR] = { ...node, appKeys: [], elements };
    },
    form === 'ios' ? undefined : 2,
  );

  test('is told, without a key', () => {
    const { findings } = findDonor(dump, reading, poor);
    expect(findings).toContainEqual(
      expect.objectContaining({
        code: 'clone/record-poorer',
        message: expect.stringMatching(/AppKey 0, .*bindings of models, 2 publications of models/),
      }),
    );
  });

  test('is completed to what it was, and so are the records of clones', () => {
    const database = completeDonor(reading, poor, clock);
    const bindings = (one: MeshDatabase, index: number) =>
      one.node(index).elements.map(({ models }) => models.map((model) => model.bindings));
    expect(bindings(database, DONOR)).toEqual(bindings(full, DONOR));
    const publications = (one: MeshDatabase) =>
      one
        .node(DONOR)
        .elements.flatMap(({ models }) => models.flatMap(({ publication }) => publication ?? []));
    expect(publications(database).map(({ address }) => address)).toEqual([0xc001, 0xc002]);
    expect(database.node(DONOR).appKeyIndexes).toEqual(full.node(DONOR).appKeyIndexes);
    const donor = findDonor(dump, reading, database);
    expect(donor.findings.map(({ code }) => code)).toEqual(['clone/donor-agrees']);
    const updated = updateDatabase([{ donor, plan: planClones(donor, { count: 1 }, seededBytes()) }], clock);
    expect(bindings(updated, updated.nodes.length - 1)).toEqual(bindings(full, DONOR));
  });
});

describe('a record with all that the flash has', () => {
  test('is left as it is', () => {
    const { database } = sampleDonor();
    expect(completeDonor(reading, database, clock)).toBe(database);
  });

  test('is not completed from the dump of another node', () => {
    const text = sampleDatabaseText();
    expect(() =>
      completeDonor(
        reading,
        parseDatabase(text.replace('"unicastAddress": 17', '"unicastAddress": 512')),
        clock,
      ),
    ).toThrow(expect.objectContaining({ code: 'clone/donor-not-in-database' }));
    expect(() =>
      completeDonor(
        reading,
        parseDatabase(text.replace('a63af6fb98c0841c47fe10a2122cb6f5', '0123456789abcdef0123456789abcdef')),
        clock,
      ),
    ).toThrow(expect.objectContaining({ code: 'clone/dump-stale' }));
  });
});

test('a dump tells its node in the words of databases', () => {
  expect(knownNode(reading)).toMatchObject({
    unicast: 0x11,
    elementCount: 3,
    modelsKnown: true,
    ivIndex: reading.settled.ivIndex,
  });
});
