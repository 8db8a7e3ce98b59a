/** What is said about databases as people really have them. */
import { describe, expect, test } from 'vitest';
import { checkDatabase, parseDatabase, renewSharedUuids, setUuids } from '../../src/meshdb/index.ts';
import { caseJson, caseText, readCase, type CaseJson } from './cases.ts';
import { databaseText, readDatabase, seededBytes, stamp, textOf } from './fixtures.ts';

const LAMP = { donorIndex: 1 };
const check = (root: CaseJson, options = {}) => checkDatabase(JSON.stringify(root), options);

describe('a key refresh', () => {
  test('of a key that the donor does not have is nothing to it', () => {
    expect(checkDatabase(readCase('e30-other'), LAMP)).toEqual([]);
    expect(checkDatabase(readCase('e30-other'))).toEqual([]);
  });

  test('of a key that the donor has stops cloning', () => {
    const root = caseJson('e30-other');
    root.nodes[1].netKeys.push({ index: 1, updated: false });
    expect(check(root, LAMP)).toMatchObject([{ code: 'E30', severity: 'error', path: 'netKeys[1].phase' }]);
  });

  test('of a key that only some nodes have is a warning while no donor is chosen', () => {
    const root = caseJson('e30-other');
    const other = { ...root.nodes[1], UUID: '11111111-2222-4333-8444-555555555503', unicastAddress: '0003' };
    other.deviceKey = '00112233445566778899AABBCCDDEE03';
    other.netKeys = [{ index: 1, updated: false }];
    root.nodes.push(other);
    expect(check(root)).toMatchObject([
      { code: 'E30', severity: 'warning', message: expect.stringContaining('1 of the 2 nodes') },
    ]);
    expect(check(root, LAMP)).toEqual([]);
    expect(check(root, { donorIndex: 2 })).toMatchObject([{ code: 'E30', severity: 'error' }]);
  });
});

describe('a repeat setting', () => {
  test('in steps is a warning that names iOS and says what Android reads', () => {
    expect(checkDatabase(readCase('nt-steps'), LAMP)).toMatchObject([
      {
        code: 'E31',
        severity: 'warning',
        message: expect.stringMatching(/iOS app refuses.*Android reads it as 40 ms/),
      },
    ]);
  });

  test.each([
    [{ count: 0, interval: 20 }, 'warning', /Android app refuses.*iOS takes it as not set/],
    [{ count: 3, interval: 45 }, 'warning', /iOS app refuses the whole file\.$/],
    [{ count: 3, interval: 330 }, 'warning', /iOS app refuses/],
    [{ count: 9, interval: 20 }, 'error', /both phone apps refuse/],
  ] as const)('of %j is judged by what each app does', (networkTransmit, severity, message) => {
    const root = caseJson('nt-steps');
    root.nodes[1].networkTransmit = networkTransmit;
    expect(check(root, LAMP)).toMatchObject([
      { code: 'E31', severity, message: expect.stringMatching(message) },
    ]);
  });

  test('with an interval of 0 is one that is not set', () => {
    const root = caseJson('nt-steps');
    root.nodes[1].networkTransmit = { count: 3, interval: 0 };
    expect(check(root, LAMP)).toEqual([]);
  });
});

describe('one board that was provisioned twice', () => {
  test('has an older record that should go, and is not taken for a copy', () => {
    expect(checkDatabase(readCase('p-reprov'))).toMatchObject([
      {
        code: 'E16',
        severity: 'warning',
        path: 'nodes[0].UUID',
        message: expect.stringMatching(/provisioned twice\. The record of node 0 'Lamp' is the older one/),
        hint: expect.stringContaining('Remove the record of node 0 at 0x0010'),
      },
    ]);
  });

  test('is the one that the dump tells', () => {
    const [finding] = checkDatabase(readCase('p-reprov'), { donorIndex: 0 });
    expect(finding).toMatchObject({
      path: 'nodes[1].UUID',
      message: expect.stringContaining("The donor is node 0 'Lamp', so the record of node 1 'Lamp'"),
    });
  });

  test('keeps its UUID when copies get their own', () => {
    const database = readCase('p-reprov');
    expect(renewSharedUuids(database, seededBytes(1), stamp)).toBe(database);
  });

  test('is an error in a CDB, where an app would lose one of the two', () => {
    const root = caseJson('e30-other');
    root.netKeys.pop();
    root.nodes.push({
      ...root.nodes[1],
      unicastAddress: '0003',
      deviceKey: '00112233445566778899AABBCCDDEE03',
    });
    expect(check(root)).toMatchObject([
      { code: 'E16', severity: 'error', path: 'nodes[1].UUID', hint: expect.stringContaining('node 1') },
    ]);
  });

  test('differs from a copy, which an older script gave a name of its own', () => {
    const [finding] = checkDatabase(readDatabase('malformed/e16-duplicate-uuid.pyaci.json'));
    expect(finding!.message).toContain('older cloning scripts left it so');
    expect(finding!.hint).toMatch(/UUID of its own; .*provisioned twice, remove the older/);
  });
});

describe('members of a forked PyACI', () => {
  test('are kept, with one warning', () => {
    const root = caseJson('p-fork');
    const [lamp] = root.nodes;
    root.nodes = Array.from({ length: 45 }, (_, i) => ({
      ...lamp,
      UUID: `11111111222243338444${String(i).padStart(12, '0')}`,
      deviceKey: `00112233445566778899${String(i).padStart(12, '0')}`,
      unicastAddress: 16 + i,
    }));
    expect(check(root)).toMatchObject([
      {
        code: 'E43',
        severity: 'warning',
        message: expect.stringContaining("'addressHandle', in 45 places"),
        hint: expect.stringContaining('They are kept'),
      },
    ]);
  });

  test('still upset nobody by names that programs trip over', () => {
    expect(checkDatabase(readDatabase('malformed/e43-proto-key.pyaci.json'))).toContainEqual(
      expect.objectContaining({ code: 'E43', severity: 'error' }),
    );
  });

  test('go back byte for byte, names and all', () => {
    const text = caseText('p-snake');
    expect(textOf(parseDatabase(text))).toBe(text);
    // a change rewrites what PyACI knows, and nothing inside what it does not
    const compact = text.replace(/\s+/g, '').replace('"unicastAddress"', '"unicast_address"');
    for (const given of [text, compact]) {
      const [member] = /\[\s*\{\s*"address":\s*16,\s*"address_handle":\s*0\s*\}\s*\]/.exec(given)!;
      const changed = setUuids(parseDatabase(given), new Map([[0, '0'.repeat(31) + '1']]), stamp);
      expect(textOf(changed)).toContain(`"addressHandles": ${member}`);
      expect(textOf(changed)).toContain('"unicastAddress": 16');
    }
  });
});

describe('an export of a part of the network', () => {
  test('has one warning for all the nodes outside the ranges it has', () => {
    const root = caseJson('e30-other');
    root.netKeys.pop();
    root.partial = true;
    for (let i = 0; i < 34; i++)
      root.nodes.push({
        ...root.nodes[1],
        name: `Lamp ${i}`,
        UUID: `11111111-2222-4333-8444-${String(i).padStart(12, '0')}`,
        deviceKey: `00112233445566778899${String(i).padStart(12, '0')}`,
        unicastAddress: (0x2000 + i).toString(16),
      });
    const outside = check(root, LAMP);
    expect(outside).toMatchObject([
      { code: 'E24', severity: 'warning', message: expect.stringContaining('The same in 33 more places') },
    ]);
    expect(outside[0]!.hint).toContain('ranges of others are left out');
  });
});

describe('a database of BlueZ meshctl', () => {
  const meshctl = {
    $schema: 'file:///BlueZ/Mesh/schema/mesh.jsonschema',
    meshName: 'BT Mesh',
    IVindex: 5,
    IVupdate: 0,
    netKeys: [{ index: 0, keyRefresh: 0, key: '000102030405060708090a0b0c0d0e0f' }],
    appKeys: [{ index: 0, boundNetKey: 0, key: '0f0e0d0c0b0a09080706050403020100' }],
    provisioners: [
      {
        provisionerName: 'BT Mesh Provisioner',
        unicastAddress: '0077',
        allocatedUnicastRange: [{ highAddress: '7fff', lowAddress: '0100' }],
      },
    ],
    nodes: [],
  };

  test('is named for what it is, and not blamed as a broken one', () => {
    const { $schema, ...unnamed } = meshctl;
    for (const root of [meshctl, unnamed, { $schema, netKeys: [], node: {} }])
      expect(check(root)).toMatchObject([
        { code: 'meshdb/bluez-meshctl', message: expect.stringContaining('prov_db.json') },
      ]);
  });
});

test('a node that publishes to itself counts once, and the donor first', () => {
  const database = readDatabase('pyaci-3-node-types.json');
  const twice = parseDatabase(databaseText('pyaci-3-node-types.json'));
  expect(checkDatabase(database, { donorIndex: 1 })).toMatchObject([
    { code: 'E48', path: expect.stringContaining('nodes[1]') },
  ]);
  expect(checkDatabase(twice)).toHaveLength(1);
});
