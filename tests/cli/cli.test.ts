import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { unzipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { fromHex } from '../../src/bytes.ts';
import { formatHex, parseHex } from '../../src/hex/index.ts';
import {
  imageOf,
  key as bytes,
  light as provisioner,
  lightArea,
  zeros,
} from '../kinds/zephyr/area-writer.ts';
import { useCli } from '../support/cli.ts';
import { twoKinds } from '../support/two-kinds.ts';
import {
  sampleDatabasePath,
  sampleDatabaseText,
  sampleDumpPath,
  sampleDumpText,
} from '../support/samples.ts';

const { folder, run } = useCli();
const at = (...names: string[]) => join(folder, ...names);

/** A folder with a fresh copy of the sample's database. */
let folders = 0;
function fresh(): string {
  const path = at(`run-${++folders}`);
  mkdirSync(path);
  copyFileSync(sampleDatabasePath, join(path, 'db.json'));
  return path;
}
const press = (path: string, ...more: string[]) =>
  run(
    '--hex-input-file',
    sampleDumpPath,
    '--db-input-file',
    join(path, 'db.json'),
    '--hex-output-file',
    join(path, 'OUT.hex'),
    ...more,
  );
const nodes = (path: string, file = 'db.json') =>
  (JSON.parse(readFileSync(join(path, file), 'utf8')) as { nodes: PyaciNode[] }).nodes;
const inspect = (file: string, ...more: string[]) =>
  JSON.parse(run('inspect', file, '--json', ...more).stdout) as Inspected;

interface PyaciNode {
  name: string;
  unicastAddress: number;
  deviceKey: string;
  UUID: string;
  elements: unknown[];
}
interface Inspected {
  provisioned: boolean;
  unicast: { start: string; count: number };
  deviceKeys: { owner: string; key: string }[];
  netKeys: { key: string }[];
  refuse: { code: string } | null;
  [member: string]: unknown;
}

describe('an nRF Connect SDK node', () => {
  test('is pressed from files as any other', () => {
    const path = at(`run-${++folders}`);
    mkdirSync(path);
    for (const name of ['ncs-light.hex.gz', 'ncs-light.cdb.json'])
      copyFileSync(new URL(`../../public/samples/${name}`, import.meta.url), join(path, name));
    const { status, stdout } = run(
      '--hex-input-file',
      join(path, 'ncs-light.hex.gz'),
      '--db-input-file',
      join(path, 'ncs-light.cdb.json'),
      '--hex-output-file',
      join(path, 'OUT.hex'),
      '--clone-copies',
      '2',
      '--sequence',
      'reset',
      '--keys',
      'in-place',
    );
    expect([status, stdout]).toEqual([0, expect.stringContaining('ncs-light_1f04')]);
    const clone = inspect(join(path, 'OUT_1.hex'), '--show-keys');
    expect(clone).toMatchObject({
      kind: 'zephyr',
      provisioned: true,
      refuse: null,
      unicast: { start: '0x1F05', count: 1 },
      keyForm: 'in-place',
      storedSequenceNumber: 0,
    });
    const { nodes } = JSON.parse(readFileSync(join(path, 'ncs-light.cdb.json'), 'utf8')) as {
      nodes: { name: string; deviceKey: string }[];
    };
    expect(clone.deviceKeys[0]!.key.toUpperCase()).toBe(nodes.at(-1)!.deviceKey);
  });
});

describe('pressing from files', () => {
  test('makes numbered images that boot as the nodes the database gets', () => {
    const path = fresh();
    const { status, stdout } = press(path, '--clone-copies', '3');
    expect(status).toBe(0);
    expect(readdirSync(path).sort()).toEqual(['OUT.hex', 'OUT_1.hex', 'OUT_2.hex', 'db.json', 'db.json.bak']);
    expect(stdout.trim().split('\n')).toHaveLength(3);

    const added = nodes(path).slice(-3);
    expect(added.map((node) => node.unicastAddress)).toEqual([0x53, 0x56, 0x59]);
    expect(added.map((node) => node.name)).toEqual(['light_0053', 'light_0056', 'light_0059']);
    const donor = inspect(sampleDumpPath, '--show-keys');
    for (const [index, node] of added.entries()) {
      const clone = inspect(join(path, index === 0 ? 'OUT.hex' : `OUT_${index}.hex`), '--show-keys');
      const unicast = `0x${node.unicastAddress.toString(16).toUpperCase().padStart(4, '0')}`;
      expect(clone.unicast).toEqual({ start: unicast, count: 3 });
      expect(clone.deviceKeys).toEqual([{ owner: unicast, key: node.deviceKey, netKeyHandle: 0 }]);
      expect(clone.refuse).toBeNull();
      for (const same of ['netKeys', 'appKeys', 'addresses', 'models', 'ivIndex', 'nextSequenceNumber']) {
        expect(clone[same]).toEqual(donor[same]);
      }
    }
  });

  test('keeps the database that was there as a backup, byte for byte', () => {
    const path = fresh();
    press(path);
    expect(readFileSync(join(path, 'db.json.bak'), 'utf8')).toBe(sampleDatabaseText());
  });

  test('never gives an address, a key or a UUID twice, run after run', () => {
    const path = fresh();
    for (let i = 0; i < 3; i++)
      expect(press(path, '--clone-copies', '4', '--start-node', '1').status).toBe(0);
    const all = nodes(path);
    expect(all).toHaveLength(3 + 12);
    const addresses = all.flatMap((node) =>
      Array.from({ length: Math.max(1, node.elements?.length ?? 1) }, (_, i) => node.unicastAddress + i),
    );
    expect(new Set(addresses).size).toBe(addresses.length);
    expect(new Set(all.map((node) => node.deviceKey)).size).toBe(all.length);
    expect(new Set(all.map((node) => node.UUID)).size).toBe(all.length);
  });

  test('takes name, address and device key for the first clone', () => {
    const path = fresh();
    const key = '00112233445566778899aabbccddeeff';
    press(
      path,
      '--clone-copies',
      '2',
      '--node-name',
      'Hall',
      '--unicast-addr',
      '0x0300',
      '--device-key',
      key,
    );
    const [first, second] = nodes(path).slice(-2);
    expect(first).toMatchObject({ name: 'Hall', unicastAddress: 0x300, deviceKey: key });
    expect(second).toMatchObject({ name: 'light_0303', unicastAddress: 0x303 });
    expect(second!.deviceKey).not.toBe(key);
    expect(inspect(join(path, 'OUT.hex')).unicast.start).toBe('0x0300');
  });

  test('puts the number before the ending of the file, whatever dots and dashes its path has', () => {
    const path = fresh();
    mkdirSync(join(path, 'v1.2-a'));
    press(path, '--clone-copies', '2', '--hex-output-file', join(path, 'v1.2-a', 'my-node.v2.hex'));
    expect(readdirSync(join(path, 'v1.2-a')).sort()).toEqual(['my-node.v2.hex', 'my-node.v2_1.hex']);
  });

  test('makes one zip with everything and no key beside those in images and database', () => {
    const path = fresh();
    press(path, '--clone-copies', '2', '--zip', join(path, 'all.zip'));
    const zip = unzipSync(readFileSync(join(path, 'all.zip')));
    expect(Object.keys(zip).sort()).toEqual([
      'README.txt',
      'clones/light_0053.hex',
      'clones/light_0056.hex',
      'db.json',
      'manifest.csv',
      'manifest.json',
    ]);
    expect(Buffer.from(zip['clones/light_0056.hex']!)).toEqual(readFileSync(join(path, 'OUT_1.hex')));
    expect(Buffer.from(zip['db.json']!)).toEqual(readFileSync(join(path, 'db.json')));
    const texts = ['README.txt', 'manifest.csv', 'manifest.json'].map((name) =>
      Buffer.from(zip[name]!).toString(),
    );
    for (const { deviceKey } of nodes(path)) for (const text of texts) expect(text).not.toContain(deviceKey);
  });

  test('reads and writes a packed database packed', () => {
    const path = fresh();
    writeFileSync(join(path, 'db.json.gz'), gzipSync(sampleDatabaseText()));
    expect(press(path, '--db-input-file', join(path, 'db.json.gz')).status).toBe(0);
    const unpacked = JSON.parse(gunzipSync(readFileSync(join(path, 'db.json.gz'))).toString()) as {
      nodes: unknown[];
    };
    expect(unpacked.nodes).toHaveLength(4);
  });

  test('accepts the release the dump is of, in either form', () => {
    for (const release of ['400', '4.0.0'])
      expect(press(fresh(), '--mesh-sdk-version', release).status).toBe(0);
  });
});

describe('a dump with external flash', () => {
  const DEVICE_KEY = 'a63af6fb98c0841c47fe10a2122cb6f5';
  const EXTERNAL = 0x12000000;
  function withExternal(name: string, bytes: Uint8Array): string {
    const { image } = parseHex(sampleDumpText());
    writeFileSync(at(name), formatHex(image.with([{ address: EXTERNAL, bytes }])));
    return at(name);
  }
  const pressed = (dump: string, ...more: string[]) => {
    const path = fresh();
    const outcome = run(
      ...['--hex-input-file', dump, '--db-input-file', join(path, 'db.json')],
      ...['--hex-output-file', join(path, 'OUT.hex'), '--clone-copies', '2', ...more],
    );
    const clones = ['OUT.hex', 'OUT_1.hex'].map(
      (name) => parseHex(readFileSync(join(path, name), 'utf8')).image,
    );
    return { ...outcome, clones };
  };
  const content = Uint8Array.from({ length: 5000 }, (_, i) => (i * 7) & 0xff);

  test('gives clones without it unless that is chosen', () => {
    const { status, stderr, clones } = pressed(withExternal('qspi.hex', content));
    expect([status, stderr]).toEqual([0, expect.stringContaining('[kinds/left-out]')]);
    for (const clone of clones) expect(clone.definedBytes(EXTERNAL, content.length)).toBe(0);
  });

  test('gives every clone all of it by choice, and the clones are whole besides', () => {
    const { status, clones } = pressed(withExternal('qspi.hex', content), '--external-flash', 'keep');
    expect(status).toBe(0);
    const plain = pressed(sampleDumpPath).clones;
    for (const [index, clone] of clones.entries()) {
      expect(Buffer.from(clone.read(EXTERNAL, content.length)).equals(content)).toBe(true);
      expect(clone.slice(0, EXTERNAL).size).toBe(plain[index]!.size);
    }
  });

  test('warns where the donor’s key would go with it', () => {
    const dump = withExternal('qspi-key.hex', Uint8Array.from([0, ...fromHex(DEVICE_KEY)!, 0]));
    const { stderr } = pressed(dump, '--external-flash', 'keep');
    expect(stderr).toContain('[clone/key-in-external-flash]');
    expect(stderr).not.toContain(DEVICE_KEY);
  });
});

describe('a request that is refused', () => {
  /** Run it, and see that nothing was written. */
  function refused(path: string, ...more: string[]) {
    const { status, stderr } = press(path, ...more);
    expect(readdirSync(path).filter((name) => /\.(hex|bak|new|zip)$/.test(name))).toEqual([]);
    expect(readFileSync(join(path, 'db.json'), 'utf8')).toBe(sampleDatabaseText());
    return { status, stderr };
  }

  test.each([
    ['none', ['--clone-copies', '0'], 'clone/bad-count'],
    ['more than there are addresses', ['--clone-copies', '32767'], 'clone/bad-count'],
    ['more than fit', ['--clone-copies', '20000'], 'meshdb/no-room'],
    ["an address of another node's", ['--unicast-addr', '0x0051'], 'meshdb/address-taken'],
    ["an address that runs into another node's", ['--unicast-addr', '0x004F'], 'meshdb/address-taken'],
    ["the donor's own address", ['--unicast-addr', '0x0012'], 'meshdb/address-taken'],
    ['a group address', ['--unicast-addr', '0xC001'], 'meshdb/address-outside'],
    ['a short device key', ['--device-key', 'a63af6fb'], 'clone/bad-device-key'],
    ['a device key with a wrong letter', ['--device-key', 'x'.repeat(32)], 'clone/bad-device-key'],
    [
      "the donor's own device key",
      ['--device-key', 'a63af6fb98c0841c47fe10a2122cb6f5'],
      'clone/device-key-taken',
    ],
    ['another release', ['--mesh-sdk-version', '320'], 'clone/contradicting-release'],
    ['a release there is none of', ['--mesh-sdk-version', '9.9.9'], 'clone/unknown-release'],
    ['another donor', ['--start-node', '0'], 'clone/other-node-chosen'],
    ['a donor there is none of', ['--start-node', '77'], 'clone/no-such-node'],
  ])('ends with code 1 and its reason: %s', (_, args, code) => {
    const { status, stderr } = refused(fresh(), ...args);
    expect(stderr).toContain(`[${code}]`);
    expect(status).toBe(1);
  });

  test('names both releases when the one given contradicts the dump', () => {
    const { stderr } = refused(fresh(), '--mesh-sdk-version', '320');
    expect(stderr).toContain('3.2.0');
    expect(stderr).toContain('4.0.0');
  });

  test('never repeats a device key', () => {
    const key = 'a63af6fb98c0841c47fe10a2122cb6f5';
    expect(refused(fresh(), '--device-key', key).stderr).not.toContain(key);
    expect(refused(fresh(), '--device-key', `${key}00`).stderr).not.toContain(key);
  });

  test.each([
    ['no words on the clones', ['--hex-input-file', 'a.hex', '--db-input-file', 'b.json']],
    ['an unknown flag', ['--frobnicate']],
    ['a number that is none', ['--clone-copies', 'many']],
    ['inspect without a file', ['inspect']],
  ])('ends with code 2 for wrong usage: %s', (_, args) => {
    const { status, stderr } = run(...args);
    expect(status).toBe(2);
    expect(stderr).toContain('-h explains all');
  });

  test('writes nothing over a file it reads', () => {
    const path = fresh();
    const { status, stderr } = press(path, '--hex-output-file', join(path, 'db.json'));
    expect(status).toBe(1);
    expect(stderr).toContain('[cli/output-is-input]');
  });

  test('leaves nothing behind when an output cannot be written', () => {
    const { stderr } = refused(fresh(), '--hex-output-file', at('no-such-folder', 'OUT.hex'));
    expect(stderr).toContain('[cli/cannot-write]');
  });
});

describe('bad dumps and databases', () => {
  const dump = (name: string, content: string | Uint8Array) => {
    writeFileSync(at(name), content);
    return at(name);
  };
  const withoutPages = () =>
    sampleDumpText().replace(/:020000040007F3[\s\S]*(?=:00000001FF)/, ':020000040007F3\n');

  test.each<[string, () => string, string]>([
    ['another kind of file', () => dump('a.hex', 'not a hex file'), 'hex/not-hex'],
    ['an empty file', () => dump('empty.hex', ''), 'hex/empty-file'],
    ['a truncated dump', () => dump('cut.hex', sampleDumpText().slice(0, 900_000)), 'hex/truncated'],
    [
      'a damaged dump',
      () => dump('bad.hex', sampleDumpText().replace('4A4E920A', '4A4E920B')),
      'hex/bad-checksum',
    ],
    ['an application alone', () => dump('app.hex', withoutPages()), 'flashfs/no-area'],
    [
      'a damaged pack',
      () => dump('d.hex.gz', gzipSync('x'.repeat(999)).subarray(0, 20)),
      'clone/damaged-gzip',
    ],
    ['a file that is not there', () => at('nowhere.hex'), 'cli/cannot-read'],
  ])('are refused with their reason: %s', (_, make, code) => {
    const path = fresh();
    const { status, stderr } = press(path, '--hex-input-file', make());
    // the sample is given too, and must not be used in its place
    expect([1]).toContain(status);
    expect(stderr).toMatch(new RegExp(`\\[(${code}|clone/files-overlap)\\]`));
    expect(existsSync(join(path, 'OUT.hex'))).toBe(false);
  });

  test('a database of another network is told apart', () => {
    const path = fresh();
    const other = sampleDatabaseText()
      .replaceAll('a63af6fb98c0841c47fe10a2122cb6f5', '11111111111111111111111111111112')
      .replaceAll('ccb600d0b016a3afbe072760153bfd6d', '22222222222222222222222222222221');
    writeFileSync(join(path, 'db.json'), other);
    expect(press(path).stderr).toContain('[clone/other-network]');
  });

  test('a database with another key for the donor says the dump is stale', () => {
    const path = fresh();
    const other = sampleDatabaseText().replaceAll(
      'a63af6fb98c0841c47fe10a2122cb6f5',
      '1111111111111111111111111111111f',
    );
    writeFileSync(join(path, 'db.json'), other);
    expect(press(path).stderr).toContain('[clone/dump-stale]');
  });
});

describe('looking', () => {
  test('lists nodes as the guide prints them', () => {
    const path = fresh();
    const { status, stdout } = run('--list-info', join(path, 'db.json'));
    expect(status).toBe(0);
    const blocks = nodes(path).map(
      ({ name, deviceKey, unicastAddress }, index) =>
        `Index: ${index}\nNode name: ${name}\nDevice key: ${deviceKey}\nUnicast address: 0x${unicastAddress.toString(16)}\n\n`,
    );
    expect(stdout).toBe(blocks.join(''));
  });

  test('hides keys unless they are asked for', () => {
    const hidden = run('inspect', sampleDumpPath, '--json').stdout + run('inspect', sampleDumpPath).stdout;
    const shown = inspect(sampleDumpPath, '--show-keys');
    for (const { key } of [...shown.deviceKeys, ...shown.netKeys]) expect(hidden).not.toContain(key);
    expect(inspect(sampleDumpPath).deviceKeys[0]!.key).toBe('hidden');
  });

  test('describes a dump that cannot be cloned, and ends with code 0', () => {
    const path = at('app-only.hex');
    writeFileSync(
      path,
      [
        ':020000040000FA',
        ':10000000000400200102000005020000090200 00B7'.replace(' ', ''),
        ':00000001FF',
      ].join('\n'),
    );
    const { status, stdout } = run('inspect', path, '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      provisioned: false,
      unicast: null,
      refuse: { code: 'flashfs/no-area' },
    });
  });

  test.each(['-V', '--version'])('tells its version and the commit it was built from with %s', (flag) => {
    const { status, stdout } = run(flag);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\ncommit (?:[0-9a-f]{40}(?:\+changes)?|unknown)\n$/);
  });

  test('explains all with -h', () => {
    const { status, stdout } = run('-h');
    expect(status).toBe(0);
    for (const flag of [
      '--hex-input-file',
      '--clone-copies',
      '--mesh-sdk-version',
      'inspect',
      'check-db',
      '--zip',
    ]) {
      expect(stdout).toContain(flag);
    }
    expect(stdout).toContain('development and research');
  });
});

describe('working with databases', () => {
  const json = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as { nodes: PyaciNode[] };

  test('check-db lists faults with code and place, and ends with code 1 when one is an error', () => {
    const path = at('faulty.json');
    writeFileSync(path, sampleDatabaseText().replace('"unicastAddress": 17', '"unicastAddress": 81'));
    const { status, stdout } = run('check-db', path, '--json');
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      format: 'pyaci',
      nodes: 3,
      findings: expect.arrayContaining([
        expect.objectContaining({ code: 'E14', severity: 'error' }),
      ]) as unknown,
    });
    expect(run('check-db', sampleDatabasePath, '--start-node', '1').status).toBe(0);
  });

  test('a faulty database gets no clones', () => {
    const path = fresh();
    writeFileSync(join(path, 'db.json'), sampleDatabaseText().replace('"phase": 0', '"phase": 1'));
    const { status, stderr } = press(path);
    expect(status).toBe(1);
    expect(stderr).toContain('[E30]');
    expect(existsSync(join(path, 'OUT.hex'))).toBe(false);
  });

  test('two benches press from their shares of one network, and are brought together again', () => {
    const folderOfBoth = fresh();
    run(
      'split-range',
      join(folderOfBoth, 'db.json'),
      '--stations',
      '2',
      '--output',
      join(folderOfBoth, 's.json'),
    );
    for (const station of ['s.json', 's_1.json']) {
      expect(
        press(folderOfBoth, '--db-input-file', join(folderOfBoth, station), '--clone-copies', '3').status,
      ).toBe(0);
    }
    const merged = join(folderOfBoth, 'merged.json');
    const { status } = run(
      'merge-db',
      join(folderOfBoth, 's.json'),
      join(folderOfBoth, 's_1.json'),
      '--output',
      merged,
    );
    expect(status).toBe(0);
    const all = json(merged).nodes;
    expect(all).toHaveLength(3 + 6);
    expect(new Set(all.map((node) => node.unicastAddress)).size).toBe(9);
    expect(run('check-db', merged, '--start-node', '1').status).toBe(0);
  });

  test('read-network makes a database of what a provisioner keeps in its flash, and says what it lacks', () => {
    const path = fresh();
    const light = {
      'bt/mesh/cdb/Node/10': [0, 0, 1, 1, ...bytes(0x50), ...bytes(0xd0)],
      'bt/mesh/cdb/Subnet/0': [0, ...bytes(0xa0), ...zeros(16)],
      ...provisioner(),
    };
    writeFileSync(join(path, 'D.hex'), formatHex(imageOf(lightArea('nvs', light))));
    const output = join(path, 'new.json');
    const { status, stdout, stderr } = run('read-network', join(path, 'D.hex'), '--output', output);
    expect(status).toBe(0);
    expect(stdout).toContain('1 nodes, 1 network keys');
    expect(stderr).toContain('meshdb/provisioner-keeps-less');
    expect(run('--list-info', output).stdout).toContain('Provisioner');
    expect(run('read-network', sampleDumpPath, '--output', output).stderr).toContain('cli/no-network');
  });

  test('renew-uuids gives nodes that share a UUID their own, and leaves all else as it was', () => {
    const path = fresh();
    const before = nodes(path);
    const text = sampleDatabaseText().replace(before[2]!.UUID, before[0]!.UUID);
    writeFileSync(join(path, 'db.json'), text);
    const { status, stdout } = run('renew-uuids', join(path, 'db.json'), '--output', join(path, 'new.json'));
    expect(status).toBe(0);
    expect(stdout).toContain('1 of 3 nodes');
    const after = nodes(path, 'new.json');
    expect(after[0]).toEqual(before[0]);
    expect(after[1]).toEqual(before[1]);
    expect(after[2]).toEqual({ ...before[2], UUID: after[2]!.UUID });
    expect(new Set(after.map(({ UUID }) => UUID)).size).toBe(3);
    expect(readFileSync(join(path, 'db.json'), 'utf8')).toBe(text);
  });

  test('split-range shares out the range of the provisioner meant, by UUID as by name, and says so', () => {
    const database = JSON.parse(sampleDatabaseText()) as { provisioners: Record<string, unknown>[] };
    database.provisioners.push({
      ...database.provisioners[0],
      UUID: '00112233445566778899aabbccddeeff',
      name: 'second',
      allocatedUnicastRange: [{ lowAddress: 0x6000, highAddress: 0x6fff }],
    });
    database.provisioners[0]!['allocatedUnicastRange'] = [{ lowAddress: 0x10, highAddress: 0x5fff }];
    const path = at('two-provisioners.json');
    writeFileSync(path, JSON.stringify(database));
    for (const provisioner of ['second', '00112233445566778899AABBCCDDEEFF']) {
      const { stdout } = run(
        'split-range',
        path,
        '--stations',
        '2',
        '--provisioner',
        provisioner,
        '--output',
        at('share.json'),
      );
      expect(stdout).toContain(`${at('share.json')}: 0x6000–0x67FF`);
      expect(stdout).toContain(`${at('share_1.json')}: 0x6800–0x6FFF`);
    }
  });

  test('a table gives each clone its values', () => {
    const path = fresh();
    const key = '0123456789abcdef0123456789abcdef';
    writeFileSync(
      at('values.csv'),
      `label,unicastAddress,name,deviceKey\r\nshelf 1,0x0200,Desk,\r\n,,Door,${key}\r\n`,
    );
    const { status } = press(path, '--csv', at('values.csv'));
    expect(status).toBe(0);
    const [desk, door] = nodes(path).slice(-2);
    expect(desk).toMatchObject({ name: 'Desk', unicastAddress: 0x200 });
    expect(door).toMatchObject({ name: 'Door', deviceKey: key });
  });

  test('a table with a fault is refused with row and column', () => {
    const path = fresh();
    writeFileSync(at('bad.csv'), 'name,unicastAddress\nDesk,0x0200\nDoor,zebra\n');
    const { status, stderr } = press(path, '--csv', at('bad.csv'));
    expect(status).toBe(1);
    expect(stderr).toContain('[meshdb/bad-table]');
    expect(stderr).toMatch(/row 3/i);
    expect(stderr).toContain('unicastAddress');
  });

  test('convert-db writes for another program and says what is lost', () => {
    const path = at('ios.json');
    const { status, stderr } = run('convert-db', sampleDatabasePath, '--to', 'ios', '--output', path);
    expect(status).toBe(0);
    expect(stderr).toContain('meshdb/lost-');
    expect(run('check-db', path, '--start-node', '1').status).toBe(0);
  });
});

describe('several kinds of node', () => {
  const files = twoKinds();
  function project(): string {
    const path = at(`run-${++folders}`);
    mkdirSync(path);
    for (const { name, bytes } of [files.light, files.switch, files.database])
      writeFileSync(join(path, name), bytes);
    return path;
  }
  const dump = (path: string, name: string, ...more: string[]) => [
    '--hex-input-file',
    join(path, name),
    ...more,
  ];

  test('are pressed at once: each dump with the flags behind it, one zip, one database', () => {
    const path = project();
    const { status, stdout, stderr } = run(
      ...['--db-input-file', join(path, 'mesh.json'), '--zip', join(path, 'all.zip')],
      ...dump(path, 'light.hex', '--clone-copies', '2', '--sequence', 'reset'),
      ...dump(path, 'switch.hex', '--node-name', 'wall', '--clone-copies', '1'),
    );
    expect([status, stderr]).toEqual([0, expect.any(String)]);
    expect(stdout).toMatch(/clones\/light\/.*\n.*clones\/light\/.*\nwall .*clones\/switch\/wall\.hex/);
    const zip = unzipSync(readFileSync(join(path, 'all.zip')));
    expect(Object.keys(zip).filter((name) => name.startsWith('clones/'))).toHaveLength(3);
    expect(Buffer.from(zip['mesh.json']!)).toEqual(readFileSync(join(path, 'mesh.json')));
    expect(nodes(path, 'mesh.json').slice(-3).at(-1)).toMatchObject({ name: 'wall' });
  });

  test('are numbered through as single files, with what each kind shares', () => {
    const path = project();
    const { status } = run(
      ...['--db-input-file', join(path, 'mesh.json'), '--hex-output-file', join(path, 'OUT.hex'), '--pages'],
      ...dump(path, 'light.hex', '--clone-copies', '1'),
      ...dump(path, 'switch.hex', '--clone-copies=2'),
    );
    expect(status).toBe(0);
    for (const name of ['OUT.hex', 'OUT_1.hex', 'OUT_2.hex', 'OUT_base.hex', 'OUT_base_1.hex'])
      expect(existsSync(join(path, name))).toBe(true);
  });

  test.each([
    [
      ['--clone-copies', '1', '--hex-input-file', 'b', '--clone-copies', '2', '--hex-input-file', 'c'],
      'no --clone-copies',
    ],
  ])('are refused as wrong usage where flags leave it open whose they are: %j', (words, said) => {
    const { status, stderr } = run('--hex-input-file', 'a', '--db-input-file', 'd', '--zip', 'z', ...words);
    expect([status, stderr]).toEqual([2, expect.stringContaining(said)]);
  });
});
