import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/bytes.ts';
import { bluezImport, pyaciSetup } from '../../src/meshdb/index.ts';
import { readDatabase } from './fixtures.ts';

describe('lines for PyACI', () => {
  const database = readDatabase('pyaci-200-nodes.json.gz');
  const lines = pyaciSetup(
    database,
    Array.from({ length: 23 }, (_, i) => i),
  ).split('\n');

  test('add device key and address of every node and name the handles', () => {
    const at = lines.indexOf('device.send(cmd.AddrPublicationAdd(0x0010))');
    const key = toHex(database.node(0).deviceKey!);
    expect(lines.slice(at - 2, at + 2)).toEqual([
      `# ${database.node(0).name}`,
      `device.send(cmd.DevkeyAdd(0x0010, 0, bytearray.fromhex("${key}")))`,
      'device.send(cmd.AddrPublicationAdd(0x0010))',
      '# then, to configure it: cc.publish_set(8, 0)',
    ]);
    expect(lines.filter((line) => line.includes('DevkeyAdd'))).toHaveLength(23);
  });

  test('never hold more device keys than the serial example has room for', () => {
    let held = 0;
    for (const line of lines) {
      if (line.includes('DevkeyAdd')) held++;
      if (line.includes('DevkeyDelete')) held--;
      expect(held).toBeLessThanOrEqual(10);
    }
    expect(held).toBe(3);
    expect(lines.filter((line) => line.includes('AddrPublicationRemove'))).toHaveLength(20);
  });

  test('cannot be broken out of by a name', () => {
    const names = pyaciSetup(database, [0])
      .split('\n')
      .filter((line) => line !== '' && !/^(#|device\.send\(cmd\.)/.test(line));
    expect(names).toEqual([]);
  });
});

test('commands for BlueZ hold UUID, network key, address, element count and device key', () => {
  const database = readDatabase('cdb-android-export.json');
  const key = toHex(database.node(2).deviceKey!);
  expect(bluezImport(database, [2])).toBe(
    `node-import 994be771e9ee40ebb9879f5ecf05ffff 0000 0003 3 ${key}\n`,
  );
});

test('nodes without device key are left out', () => {
  const database = readDatabase('cdb-ios-partial-no-device-keys.json');
  expect(bluezImport(database, [0, 1, 2]).trim().split('\n')).toHaveLength(1);
  expect(pyaciSetup(database, [1])).not.toContain('DevkeyAdd');
});
