import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { useCli } from '../support/cli.ts';
import { sampleDatabasePath, sampleDatabaseText, sampleDumpPath } from '../support/samples.ts';

const { folder, run } = useCli();
const at = (name: string) => join(folder, name);
const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const textOf = (path: string) => readFileSync(path, 'utf8');

let copies = 0;
function copyOf(path: string): string {
  const copy = at(`${++copies}.json`);
  copyFileSync(path, copy);
  return copy;
}
const json = (path: string) =>
  JSON.parse(textOf(path)) as { nodes: { name: string; unicastAddress: unknown }[] };
const press = (database: string, ...more: string[]) =>
  run(
    '--hex-input-file',
    sampleDumpPath,
    '--db-input-file',
    database,
    '--hex-output-file',
    at('o.hex'),
    ...more,
  );

describe('a database that is lost', () => {
  test.each(['pyaci', 'android', 'ios'])('is made from the dump, and pressed from: %s', (to) => {
    const output = at(`lost-${to}.json`);
    const { status, stdout, stderr } = run('db-from-dump', sampleDumpPath, '--to', to, '--output', output);
    expect(stderr).toContain('[meshdb/others-unknown]');
    expect(stdout).toContain('0x0011–0x0013, 1 network and 2 application keys');
    expect(status).toBe(0);
    expect(run('check-db', output, '--start-node', '0').status).toBe(0);
    expect(press(output, '--clone-copies', '2').stdout).toContain('Donor_0014  0x0014–0x0016');
  });

  test('is never written over the dump', () => {
    const dump = at('d.hex.gz');
    copyFileSync(sampleDumpPath, dump);
    const { status, stderr } = run('db-from-dump', dump, '--to', 'ios', '--output', dump);
    expect(status).toBe(1);
    expect(stderr).toContain('[cli/output-is-input]');
    expect(readFileSync(dump).equals(readFileSync(sampleDumpPath))).toBe(true);
  });
});

describe('a node that is gone', () => {
  test('is taken out of the database, which stays as .bak', () => {
    const path = copyOf(fixture('databases/cdb-ios-export.json'));
    const before = textOf(path);
    expect(run('remove-node', path, '--node', 'Dimmer').stderr).toContain('[meshdb/iv-index-needed]');
    expect(textOf(path)).toBe(before);
    const { status, stdout, stderr } = run('remove-node', path, '--node', 'Dimmer,2', '--iv-index', '5');
    expect([status, stdout]).toEqual([
      0,
      `${path}: 2 removed, 2 nodes left; not given away any more: 0x0003, 0x0004, 0x0005, 0x0006, 0x0007\n`,
    ]);
    expect(stderr).toContain(`${path}.bak`);
    expect(json(path).nodes).toHaveLength(2);
    expect(textOf(`${path}.bak`)).toBe(before);
  });

  test('is named by an address too, into a file of another name, or packed as it was', () => {
    const path = copyOf(sampleDatabasePath);
    const output = at('without.json');
    expect(run('remove-node', path, '--node', '0x0051', '--output', output).status).toBe(0);
    expect(textOf(path)).toBe(sampleDatabaseText());
    expect(json(output).nodes.map(({ unicastAddress }) => unicastAddress)).not.toContain(0x51);
    const packed = at('packed.json.gz');
    writeFileSync(packed, gzipSync(sampleDatabaseText()));
    expect(run('remove-node', packed, '--node', '0x0051').status).toBe(0);
    expect(gunzipSync(readFileSync(packed)).toString()).toContain('"unicastAddress": 17');
  });
});

describe('addresses and provisioners', () => {
  test('reserved addresses get no clones', () => {
    const path = copyOf(sampleDatabasePath);
    const { stdout, status } = run('reserve', path, '--addresses', '0x0053-0x0060,0x0070');
    expect([status, stdout]).toEqual([0, `${path}: reserved for good: 0x0053–0x0060, 0x0070\n`]);
    expect(press(path).stdout).toContain('0x0061–0x0063');
    expect(run('reserve', path, '--addresses', '0x0053-0x0060').stdout).toBe(`${path}: nothing to change\n`);
  });

  test('in a CDB they need the IV index, or are for good', () => {
    const path = copyOf(fixture('databases/cdb-ios-export.json'));
    expect(run('reserve', path, '--addresses', '0x0020').status).toBe(2);
    expect(run('reserve', path, '--addresses', '0x0020-0x0022-1', '--for-good').status).toBe(2);
    expect(run('reserve', path, '--addresses', '0x0020', '--iv-index', '1').stdout).toContain(
      'until the IV index is 3: 0x0020',
    );
  });

  test('a second provisioner has its own address and range', () => {
    const path = copyOf(fixture('databases/cdb-android-export.json'));
    const { stdout } = run('add-provisioner', path, '--name', 'Tablet');
    expect(stdout).toBe(`${path}: provisioner Tablet has 0x199B–0x3334, itself at 0x199B\n`);
    expect(run('check-db', path, '--start-node', '2').status).toBe(0);
    expect(run('add-provisioner', path, '--name', 'Tablet').stderr).toContain(
      '[meshdb/provisioner-name-taken]',
    );
    expect(run('add-provisioner', copyOf(sampleDatabasePath), '--name', 'B', '--first').stderr).toContain(
      '[meshdb/pyaci-own-address]',
    );
  });

  test('split-range says that all shares have one provisioner, by its older flag too', () => {
    for (const flag of ['--shares', '--stations']) {
      const { stderr, status } = run(
        'split-range',
        sampleDatabasePath,
        flag,
        '2',
        '--output',
        at('share.json'),
      );
      expect(status).toBe(0);
      expect(stderr).toContain('[meshdb/same-provisioner]');
    }
  });

  test('one of several of a name is meant by its UUID', () => {
    const path = copyOf(fixture('cases/databases/same-prov.json'));
    const split = (provisioner: string) =>
      run('split-range', path, '--shares', '2', '--provisioner', provisioner, '--output', at('p.json'));
    const { status, stderr } = split('Phone');
    expect(status).toBe(1);
    expect(stderr).toContain('11111111-2222-4333-8444-5555555555AA');
    expect(split('11111111-2222-4333-8444-5555555555AA').stdout).toContain('0x199B–');
  });
});

describe('a part for giving away', () => {
  test('has the nodes named, without device keys', () => {
    const output = at('part.json');
    const database = fixture('databases/cdb-android-export.json');
    const { stdout } = run('export-partial', database, '--nodes', 'Light switch,3', '--output', output);
    expect(stdout).toBe(`${output}: 2 of 4 nodes, without device keys; 1 network and 2 application keys\n`);
    expect(textOf(output)).not.toMatch(/"deviceKey": "[0-9A-F]/);
    expect(run('export-partial', sampleDatabasePath, '--nodes', '0', '--output', output).stderr).toContain(
      '[meshdb/no-part-of-pyaci]',
    );
  });

  test('is pressed from with the key of the donor from its dump', () => {
    const android = at('android.json');
    const part = at('keyless.json');
    run('convert-db', sampleDatabasePath, '--to', 'android', '--output', android);
    run('export-partial', android, '--nodes', '0,1', '--output', part);
    const refused = press(part);
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('[clone/no-device-key]')]);
    const { status, stderr } = press(part, '--complete-donor');
    expect(stderr).toContain('[clone/keys-missing]');
    expect(status).toBe(0);
    expect(json(part).nodes).toHaveLength(3);
  });

  test('is completed by a command of its own', () => {
    const android = at('android2.json');
    const part = at('keyless2.json');
    run('convert-db', sampleDatabasePath, '--to', 'android', '--output', android);
    run('export-partial', android, '--nodes', '0,1', '--output', part);
    const complete = () => run('complete-donor', part, '--hex-input-file', sampleDumpPath).stdout;
    expect(complete()).toBe(`${part}: the record of 0x0011 is complete\n`);
    expect(complete()).toBe(`${part}: nothing to change\n`);
    expect(press(part).status).toBe(0);
  });
});

describe('where clones go', () => {
  test('is behind all addresses; gaps and what a removed node had only by choice', () => {
    const path = copyOf(sampleDatabasePath);
    const text = textOf(path).replace('"unicastAddress": 81', '"unicastAddress": 4660');
    writeFileSync(path, text);
    const first = (...more: string[]) => {
      writeFileSync(path, text);
      const { stdout, stderr } = press(path, ...more);
      return [stdout.split('  ')[1], stderr.includes('[meshdb/holes-used]')];
    };
    expect(first()).toEqual(['0x1235–0x1237', false]);
    expect(first('--allocate', 'highest')).toEqual(['0x1235–0x1237', false]);
    expect(first('--allocate', 'lowest')).toEqual(['0x0014–0x0016', true]);
    expect(first('--unicast-addr', '0x0100')).toEqual(['0x0100–0x0102', true]);
    expect(existsSync(`${path}.bak`)).toBe(true);
  });

  test('follows the IV index a person gives', () => {
    const ios = at('ios.json');
    run('convert-db', sampleDatabasePath, '--to', 'ios', '--output', ios);
    const excluded = textOf(ios).replace(
      '"networkExclusions":[]',
      '"networkExclusions":[{"addresses":["0060"],"ivIndex":3}]',
    );
    const first = (...more: string[]) => {
      writeFileSync(ios, excluded);
      return press(ios, ...more).stdout.split('  ')[1];
    };
    expect(first()).toBe('0x0061–0x0063');
    expect(first('--iv-index', '4')).toBe('0x0061–0x0063');
    expect(first('--iv-index', '5')).toBe('0x0053–0x0055');
  });
});
