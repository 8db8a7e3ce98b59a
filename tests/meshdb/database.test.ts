import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/bytes.ts';
import { MAX_FILE_BYTES, formatDatabase, formatNodeList, parseDatabase } from '../../src/meshdb/index.ts';
import { WELL_FORMED, databaseBytes, databaseText, readDatabase, textOf } from './fixtures.ts';

describe('reading and writing a database without a change', () => {
  test.each(WELL_FORMED)('gives the same bytes: %s', (name) => {
    const bytes = databaseBytes(name);
    expect(formatDatabase(parseDatabase(bytes))).toEqual(bytes);
  });

  test('drops a byte order mark and nothing else', () => {
    const bytes = databaseBytes('malformed/e03-utf8-bom.pyaci.json');
    expect(formatDatabase(parseDatabase(bytes))).toEqual(bytes.subarray(3));
  });

  test('keeps what it does not know, the order of members, blanks, escapes and forms of numbers', () => {
    const text =
      '{ "version":"1.0.1",  "x-maker": [1.0, 1e2, "\\u0041\\/"],\n\t"nodes": [ ] , "netKeys":[] }\n';
    expect(textOf(parseDatabase(text))).toBe(text);
  });
});

describe('telling the formats apart', () => {
  test.each(WELL_FORMED)('goes by content: %s', (name) => {
    const [, format, hand] = /^(pyaci|cdb)-(android|ios)?/.exec(name)!;
    const database = readDatabase(name);
    expect(database.format).toBe(format);
    expect(database.dialect).toBe(hand ?? 'pyaci');
  });

  test('recognises an empty PyACI network by the name of its provisioner', () => {
    const text = '{"provisioners": [{"name": "BT Mesh Provisioner"}], "netKeys": []}';
    expect(parseDatabase(text).format).toBe('pyaci');
  });

  test('refuses a BlueZ database, which holds no keys', () => {
    const text = '{"token": "0123456789abcdef", "nodes": [{"uuid": "00112233445566778899aabbccddeeff"}]}';
    expect(() => parseDatabase(text)).toThrowError(expect.objectContaining({ code: 'meshdb/bluez' }));
  });

  test.each([
    ['', 'meshdb/empty'],
    [' \r\n\t', 'meshdb/empty'],
    ['\ufeff', 'meshdb/empty'],
    ['[]', 'meshdb/not-an-object'],
    ['"nodes"', 'meshdb/not-an-object'],
    ['{"type": "FeatureCollection"}', 'meshdb/not-a-database'],
    ['{"nodes": []}', 'meshdb/not-a-database'],
    ['{"nodes": [}', 'meshdb/not-json'],
    ['{"nodes": [', 'meshdb/cut-off'],
  ])('refuses %j', (text, code) => {
    expect(() => parseDatabase(text)).toThrowError(expect.objectContaining({ code }));
  });

  test('names the reason when a file is in another encoding', () => {
    for (const bytes of [Uint8Array.of(0xff, 0xfe, 0x7b, 0), Uint8Array.of(0x7b, 0x22, 0xe4, 0x22)])
      expect(() => parseDatabase(bytes)).toThrowError(expect.objectContaining({ code: 'meshdb/not-utf8' }));
  });

  test('does not even decode a file beyond the limit', () => {
    const bytes = { length: MAX_FILE_BYTES + 1 } as Uint8Array;
    expect(() => parseDatabase(bytes)).toThrowError(expect.objectContaining({ code: 'meshdb/too-large' }));
  });
});

describe('what a database says', () => {
  test('reads PyACI', () => {
    const database = readDatabase('pyaci-3-node-types.json');
    expect(database).toMatchObject({
      meshName: 'BT Mesh',
      ivIndex: 0,
      timestamp: '2020-03-24 14:50:45.861204',
    });
    expect(database.netKeys).toMatchObject([{ index: 0, name: 'root', phase: 0 }]);
    expect(database.appKeys.map(({ index, boundNetKey, name }) => [index, boundNetKey, name])).toEqual([
      [0, 0, 'lights'],
      [1, 0, 'locks'],
    ]);
    expect(database.provisioners).toMatchObject([
      { name: 'BT Mesh Provisioner', unicastRanges: [{ low: 0x10, high: 0x7fff }] },
    ]);
    const node = database.node(1);
    expect(node).toMatchObject({
      name: 'Light switch',
      unicast: 0x11,
      elementCount: 3,
      isProvisioner: false,
    });
    expect(toHex(node.deviceKey!)).toBe('a88ef01d6495be001079f351732ed627');
    expect(node.netKeyIndexes).toEqual([0]);
    expect(node.replayListLength).toBe(40);
    expect(node.elements[1]).toMatchObject({
      location: '0106',
      models: [
        {
          modelId: '1001',
          bindings: [0],
          subscriptions: [0xc001, 0xc002],
          publication: {
            address: 0xc001,
            ttl: 1,
            periodMs: 10_000,
            retransmitCount: 2,
            retransmitIntervalMs: 200,
          },
        },
      ],
    });
  });

  test.each(['cdb-android-export.json', 'cdb-ios-export.json', 'cdb-ios-internal-wrapper.json'])(
    'reads %s',
    (name) => {
      const database = readDatabase(name);
      expect(database.ivIndex).toBeUndefined();
      expect(
        database.nodes.map(({ unicast, elementCount, isProvisioner }) => [
          unicast,
          elementCount,
          isProvisioner,
        ]),
      ).toEqual([
        [1, 1, true],
        [2, 1, false],
        [3, 3, false],
        [6, 2, false],
      ]);
      expect(database.exclusions).toEqual([{ ivIndex: 0, addresses: [8, 9] }]);
      expect(database.scenes).toEqual([{ name: 'Evening', number: 1, addresses: [2] }]);
      expect(database.groups.at(-1)).toEqual({
        name: 'Label group',
        address: '0920f98839bf7511c9c907d45e111f83',
      });
      expect(database.node(2).elements[2]!.models[0]).toMatchObject({
        subscriptions: ['0920f98839bf7511c9c907d45e111f83'],
        publication: { address: 4, ttl: 255, periodMs: 0 },
      });
      expect(database.node(2).replayListLength).toBe(40);
    },
  );

  test('reads the words of version 1.0.0', () => {
    const database = parseDatabase(
      databaseText('cdb-android-legacy-1.0.0.json').replace('"blacklisted": false', '"blacklisted": true'),
    );
    expect(database.nodes.map(({ excluded }) => excluded)).toEqual([true, false, false, false]);
    expect(database.nodes[0]!.isProvisioner).toBe(true);
    expect(database.scenes).toMatchObject([{ number: 1 }]);
    expect(database.node(2).elements[1]!.models[0]!.publication!.periodMs).toBe(10_000);
  });

  test('has no device key where a partial export leaves it out', () => {
    for (const name of ['cdb-android-partial-no-device-keys.json', 'cdb-ios-partial-no-device-keys.json']) {
      const [phone, ...others] = readDatabase(name).nodes;
      expect(phone!.deviceKey).toHaveLength(16);
      expect(others.map(({ deviceKey }) => deviceKey)).toEqual([undefined, undefined, undefined]);
    }
  });

  test('does not believe a number for an address in a CDB', () => {
    expect(readDatabase('malformed/e36-address-as-number.cdb.json').node(1).unicast).toBe(0);
  });

  test('names the nodes there are when another is asked for', () => {
    expect(() => readDatabase('pyaci-example.json').node(7)).toThrowError(
      expect.objectContaining({ code: 'meshdb/no-such-node', facts: { index: 7, count: 1 } }),
    );
  });
});

test('lists nodes as the older cloning script does', () => {
  expect(formatNodeList(readDatabase('pyaci-example.json'))).toBe(
    'Index: 0\nNode name: Light bulb\nDevice key: fb2d10a44d5a2fab010332389fe1762e\nUnicast address: 0x10\n\n',
  );
});
