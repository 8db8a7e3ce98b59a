import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkDatabase, convertDatabase, parseDatabase, type DatabaseForm } from '../../src/meshdb/index.ts';
import { caseJson, readCase, type CaseJson } from './cases.ts';
import { databaseText, readDatabase, stamp, textOf } from './fixtures.ts';

const DIALECTS: readonly DatabaseForm[] = ['pyaci', 'android', 'ios'];
const SOURCES = [
  'pyaci-3-node-types.json',
  'cdb-android-export.json',
  'cdb-android-legacy-1.0.0.json',
  'cdb-ios-export.json',
  'cdb-ios-internal-wrapper.json',
];
const lostCodes = (name: string, to: DatabaseForm) =>
  convertDatabase(readDatabase(name), to, stamp).lost.map(({ code }) => code);

describe('a database in another form', () => {
  test.each(SOURCES.flatMap((name) => DIALECTS.map((to) => [name, to] as const)))(
    '%s for %s can be loaded there',
    (name, to) => {
      const { database } = convertDatabase(readDatabase(name), to, stamp);
      expect(database.dialect).toBe(to);
      expect(
        checkDatabase(textOf(database))
          .map(({ code }) => code)
          .filter((code) => code !== 'E48'),
      ).toEqual([]);
    },
  );

  test('says the same of every node', () => {
    const facts = (name: string, to: DatabaseForm) =>
      convertDatabase(readDatabase(name), to, stamp).database.nodes.map(
        ({ name, unicast, elementCount, deviceKey, netKeyIndexes, appKeyIndexes, replayListLength }) => ({
          name,
          unicast,
          elementCount,
          deviceKey,
          netKeyIndexes,
          appKeyIndexes,
          replayListLength,
        }),
      );
    expect(facts('pyaci-3-node-types.json', 'ios')).toEqual(facts('pyaci-3-node-types.json', 'pyaci'));
    expect(facts('cdb-ios-export.json', 'android')).toEqual(facts('cdb-ios-export.json', 'ios'));
    expect(facts('cdb-ios-export.json', 'pyaci')).toEqual(facts('cdb-ios-export.json', 'ios'));
  });

  test.each(['android', 'ios'] as const)('comes back from %s as PyACI wrote it', (through) => {
    const text = databaseText('pyaci-3-node-types-reloaded.json');
    const there = convertDatabase(parseDatabase(text), through, stamp).database;
    const back = convertDatabase(there, 'pyaci', { ...stamp, timestamp: '2020-03-24 14:50:45.861204' });
    expect(textOf(back.database)).toBe(text);
    // the times of key refreshes were made up on the way there
    expect(back.lost.map(({ code }) => code)).toEqual(['meshdb/lost-timestamp']);
  });

  test('comes back from Android as iOS wrote it', () => {
    const text = databaseText('cdb-ios-export.json');
    const there = convertDatabase(parseDatabase(text), 'android', stamp).database;
    const back = convertDatabase(there, 'ios', { ...stamp, timestamp: '2022-09-26T11:20:31Z' }).database;
    expect(textOf(back)).toBe(text);
  });

  test('of version 1.0.0 is brought to 1.0.1', () => {
    const { database } = convertDatabase(readDatabase('cdb-android-legacy-1.0.0.json'), 'android', stamp);
    const text = textOf(database);
    for (const old of ['"low"', 'blacklisted', '"scene"', '"period": 0']) expect(text).not.toContain(old);
    expect(text).toContain('"resolution": 100');
    expect(text).toContain(
      '"id": "https://www.bluetooth.com/specifications/specs/mesh-cdb-1-0-1-schema.json#"',
    );
  });

  test('counts transmissions as its readers do', () => {
    const counts = (name: string, to: DatabaseForm) => {
      const text = textOf(convertDatabase(readDatabase(name), to, stamp).database);
      return ['networkTransmit', 'relayRetransmit'].map((key) =>
        Number(new RegExp(`"${key}":\\s*\\{\\s*"count":\\s*(\\d)`).exec(text)![1]),
      );
    };
    expect(counts('pyaci-3-node-types.json', 'pyaci')).toEqual([2, 2]);
    expect(counts('pyaci-3-node-types.json', 'ios')).toEqual([3, 3]);
    expect(counts('pyaci-3-node-types.json', 'android')).toEqual([3, 2]);
    expect(counts('cdb-ios-export.json', 'pyaci')).toEqual([2, 2]);
    expect(counts('cdb-android-export.json', 'pyaci')).toEqual([2, 3]);
  });
});

test('what Android writes as null is left out elsewhere', () => {
  const text = databaseText('cdb-android-export.json').replace(
    '"defaultTTL": 5',
    '"defaultTTL": null, "networkTransmit": null, "relayRetransmit": null',
  );
  for (const to of ['ios', 'pyaci'] as const) {
    const { database } = convertDatabase(parseDatabase(text), to, stamp);
    expect(textOf(database)).not.toContain('null');
    expect(
      checkDatabase(database)
        .map(({ code }) => code)
        .filter((code) => code !== 'E48'),
    ).toEqual([]);
  }
});

describe('what another form cannot hold is listed', () => {
  test('for PyACI', () => {
    expect(lostCodes('cdb-android-export.json', 'pyaci').sort()).toEqual([
      'meshdb/lost-address-of-pyaci',
      'meshdb/lost-label',
      'meshdb/lost-networkExclusions',
      'meshdb/lost-publication',
      'meshdb/lost-scene-range',
      'meshdb/lost-scenes',
      'meshdb/lost-timestamp',
    ]);
  });

  test('for the phone apps', () => {
    expect(lostCodes('pyaci-3-node-types.json', 'ios')).toEqual([
      'meshdb/lost-provisioner-node',
      'meshdb/lost-iv-index',
    ]);
    expect(lostCodes('cdb-ios-export.json', 'android')).toEqual([]);
  });

  test('nodes without device key are left out for PyACI', () => {
    const { database, lost } = convertDatabase(
      readDatabase('cdb-ios-partial-no-device-keys.json'),
      'pyaci',
      stamp,
    );
    expect(database.nodes).toHaveLength(1);
    expect(lost).toContainEqual(
      expect.objectContaining({
        code: 'meshdb/lost-device-key',
        severity: 'error',
        message: expect.stringContaining('2 more'),
      }),
    );
  });

  test('a publication period that no step fits is rounded', () => {
    const text = databaseText('pyaci-3-node-types.json').replace('"period": 10000', '"period": 12345');
    const { database, lost } = convertDatabase(parseDatabase(text), 'ios', stamp);
    expect(lost.map(({ code }) => code)).toContain('meshdb/lost-period');
    expect(database.node(1).elements[1]!.models[0]!.publication!.periodMs).toBe(12_000);
  });
});

test('a database in the form asked for is left as it is', () => {
  const database = readDatabase('pyaci-example.json');
  expect(convertDatabase(database, 'pyaci', stamp)).toEqual({ database, lost: [] });
});

describe('a CDB for PyACI', () => {
  const convert = (root: CaseJson) => convertDatabase(parseDatabase(JSON.stringify(root)), 'pyaci', stamp);
  const lost = (name: string) =>
    new Map(
      convert(caseJson(name)).lost.map(({ code, message }) => [code.slice('meshdb/lost-'.length), message]),
    );

  test.each(['x-netkey', 'unknown'])(
    'has no member PyACI does not know, and lists those left out: %s',
    (name) => {
      const { database, lost } = convert(caseJson(name));
      expect(textOf(database)).not.toMatch(/"x/);
      expect(checkDatabase(textOf(database)).map(({ code }) => code)).toEqual([]);
      const names = name === 'unknown' ? ['x_top', 'x_key', 'x_el', 'x_mod', 'x_node'] : ['x'];
      const { message } = lost.find(({ code }) => code === 'meshdb/lost-member')!;
      for (const member of names) expect(message).toContain(member);
    },
  );

  test('can be loaded wherever another program has put members of its own', () => {
    /** Every object of a value, deep down. */
    const objectsIn = (value: CaseJson): CaseJson[] =>
      typeof value !== 'object' || value === null
        ? []
        : [...(Array.isArray(value) ? [] : [value]), ...Object.values(value).flatMap(objectsIn)];
    const count = objectsIn(JSON.parse(databaseText('cdb-ios-export.json'))).length;
    fc.assert(
      fc.property(fc.nat({ max: count - 1 }), fc.jsonValue(), (at, value) => {
        const root: CaseJson = JSON.parse(databaseText('cdb-ios-export.json'));
        objectsIn(root)[at].zz_maker = value;
        const { database, lost } = convert(root);
        expect(textOf(database)).not.toContain('zz_maker');
        expect(checkDatabase(textOf(database)).filter(({ code }) => code === 'E43')).toEqual([]);
        // what PyACI has no place for is not named member by member
        const isElsewhere = lost.some(({ code }) => /-(heartbeat|scenes|label|publication)$/.test(code));
        expect(isElsewhere || lost.some(({ message }) => message.includes('zz_maker'))).toBe(true);
      }),
    );
  });

  test.each([
    ['no-appkeys', 'no application key'],
    ['no-range', 'no provisioner with a range of unicast and one of group addresses'],
  ])('is refused where PyACI could load it only once: %s', (name, missing) => {
    expect(() => convert(caseJson(name))).toThrowError(
      expect.objectContaining({
        code: 'meshdb/not-for-pyaci',
        message: expect.stringContaining(missing),
      }),
    );
  });

  test('leaves out a provisioner it could not keep, if another one is left', () => {
    expect(lost('same-prov').get('provisioner')).toContain("'Phone' has no range of group addresses");
    expect(convert(caseJson('same-prov')).database.provisioners).toHaveLength(1);
  });

  test('leaves out a vendor model of company 0, which would become one of the SIG', () => {
    expect(lost('vendor-0000').get('vendor-model')).toContain('00000001');
    const { database } = convert(caseJson('vendor-0000'));
    expect(database.node(1).elements[0]!.models.map(({ modelId }) => modelId)).toEqual(['1000']);
  });

  test('lists what is small: ranges of scenes, times of keys, a part of a network, half-known features', () => {
    const root = caseJson('e30-other');
    root.partial = true;
    root.nodes[1].features = { relay: 1 };
    root.nodes[1].netKeys[0].updated = true;
    const codes = convert(root).lost.map(({ code }) => code);
    for (const kind of ['scene-range', 'timestamp', 'partial', 'features', 'key-refresh'])
      expect(codes).toContain(`meshdb/lost-${kind}`);
    expect(convert(root).database.node(1).netKeyIndexes).toEqual([0]);
  });

  test('leaves out a node without network keys, and warns of one without elements', () => {
    const root = caseJson('e30-other');
    root.nodes[1].netKeys = [];
    root.nodes[0].elements = [];
    const { database, lost } = convert(root);
    expect(database.nodes.map(({ name }) => name)).toEqual(['Phone']);
    expect(lost.filter(({ severity }) => severity === 'error')).toMatchObject([
      { code: 'meshdb/lost-net-key' },
    ]);
    expect(lost).toContainEqual(
      expect.objectContaining({ code: 'meshdb/lost-elements', severity: 'warning' }),
    );
  });
});

describe('a PyACI database for the apps', () => {
  test.each(['p-snake', 'p-fork'])('lists members of a fork that are left out: %s', (name) => {
    const { database, lost } = convertDatabase(readCase(name), 'ios', stamp);
    const member = name === 'p-snake' ? 'addressHandles' : 'addressHandle';
    expect(lost).toContainEqual(
      expect.objectContaining({ code: 'meshdb/lost-member', message: expect.stringContaining(member) }),
    );
    expect(textOf(database)).not.toContain(member);
  });
});

describe('who wrote a CDB', () => {
  /** Relay count in PyACI's form, which is that of the air. */
  const relayOnAir = (root: CaseJson) =>
    /"relayRetransmit": \{\s*"count": (\d)/.exec(
      textOf(convertDatabase(parseDatabase(JSON.stringify(root)), 'pyaci', stamp).database),
    )?.[1];

  test.each([
    ['ios-wrap', 'ios'],
    ['kotlin', 'kotlin'],
    ['ios-relay1', 'ios'],
    ['moved-phone', 'ios'],
    ['e30-other', 'android'],
    ['t144', 'android'],
  ] as const)('is told by more than the order of members: %s by %s', (name, dialect) => {
    expect(readCase(name).dialect).toBe(dialect);
  });

  test.each(['ios-wrap', 'kotlin'])('decides what a relay count means: %s', (name) => {
    expect(relayOnAir(caseJson(name))).toBe('2');
  });

  test('is iOS for an unsorted file from before it sorted, and Android for one with nulls or a count of 0', () => {
    const { meshNetwork } = caseJson('ios-wrap');
    const dialect = (root: CaseJson) => parseDatabase(JSON.stringify(root)).dialect;
    expect(dialect(meshNetwork)).toBe('ios');
    expect(relayOnAir(meshNetwork)).toBe('2');
    const changed = (change: (lamp: CaseJson) => void) => {
      const root = structuredClone(meshNetwork);
      change(root.nodes[1]);
      return root;
    };
    expect(dialect(changed((lamp) => (lamp.defaultTTL = null)))).toBe('android');
    const counted = changed((lamp) => (lamp.relayRetransmit.count = 0));
    expect(dialect(counted)).toBe('android');
    expect(relayOnAir(counted)).toBe('0');
  });

  test('keeps a file of the Kotlin library as it is when clones are added', () => {
    const text = JSON.stringify(caseJson('kotlin'));
    expect(textOf(parseDatabase(text))).toBe(text);
  });
});

describe('repeat settings', () => {
  const repeatsOf = (root: CaseJson, to: DatabaseForm): CaseJson => {
    const { database, lost } = convertDatabase(parseDatabase(JSON.stringify(root)), to, stamp);
    return { ...JSON.parse(textOf(database)).nodes.at(-1), lost: lost.map(({ code }) => code) };
  };

  test('of a node that relays once have a count that Android takes, which is listed', () => {
    const { relayRetransmit, lost } = repeatsOf(caseJson('ios-relay1'), 'android');
    expect(relayRetransmit).toEqual({ count: 1, interval: 20 });
    expect(lost).toEqual(['meshdb/lost-relay-count']);
    expect(repeatsOf(caseJson('ios-relay1'), 'pyaci').relayRetransmit).toEqual({ count: 0, interval: 20 });
  });

  test('in steps, as old Android versions wrote them, become milliseconds', () => {
    expect(repeatsOf(caseJson('nt-steps'), 'ios').networkTransmit).toEqual({ count: 3, interval: 40 });
    expect(repeatsOf(caseJson('nt-steps'), 'pyaci').networkTransmit).toEqual({ count: 2, interval: 40 });
    const root = caseJson('nt-steps');
    root.nodes[1].elements[0].models[0].publish = {
      ...{ address: 'C000', index: 0, ttl: 5, credentials: 0 },
      ...{ period: { numberOfSteps: 0, resolution: 100 }, retransmit: { count: 1, interval: 2 } },
    };
    expect(repeatsOf(root, 'ios').elements[0].models[0].publish.retransmit).toEqual({
      count: 1,
      interval: 150,
    });
  });

  test('of 0, which the apps take for not set, are left out and never counted below 0', () => {
    for (const setting of [
      { count: 0, interval: 20 },
      { count: 2, interval: 0 },
    ]) {
      const root = caseJson('ios-relay1');
      root.nodes[1].networkTransmit = setting;
      root.nodes[1].relayRetransmit = setting;
      for (const to of ['pyaci', 'android'] as const) {
        const node = repeatsOf(root, to);
        expect(node.networkTransmit).toBeUndefined();
        if (setting.interval === 0) expect(node.relayRetransmit).toBeUndefined();
      }
    }
  });
});
