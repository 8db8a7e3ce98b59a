import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { useCli, type Outcome } from '../support/cli.ts';
import { sampleDatabasePath, sampleDatabaseText, sampleDumpPath } from '../support/samples.ts';

const { folder, run } = useCli();
const at = (name: string) => join(folder, name);

/** Clears the screen, in both forms of the command, sets the title, turns the direction and forges a line. */
const NAME = 'light\x1b[2J\x9b2J\x1b]0;x\x07\u202e\r\nWarning: forged';
const SHOWN = String.raw`light\x1b[2J\x9b2J\x1b]0;x\x07\u202e\x0d\x0aWarning: forged`;

/** The sample's database with that name for its donor, and for the provisioner. */
function nastyDatabase(name: string): string {
  const database = JSON.parse(sampleDatabaseText()) as {
    nodes: { name: string }[];
    provisioners: { name: string }[];
  };
  for (const one of [...database.nodes, ...database.provisioners]) one.name = NAME;
  writeFileSync(at(name), JSON.stringify(database));
  return name;
}

// eslint-disable-next-line no-control-regex -- what a terminal obeys must not be there
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|^Warning: forged/mu;

function expectShown({ stdout, stderr }: Outcome) {
  for (const text of [stdout, stderr]) expect(text).not.toMatch(OBEYED);
}

describe('what is called by commands of a terminal is shown', () => {
  test('in the list of nodes, one line each', () => {
    const said = run('--list-info', nastyDatabase('list.json'));
    expectShown(said);
    expect(said.stdout).toContain(`Node name: ${SHOWN}\n`);
  });

  test('when clones are pressed', () => {
    const database = nastyDatabase('press.json');
    const said = run(
      '--hex-input-file',
      sampleDumpPath,
      '--db-input-file',
      database,
      '--zip',
      'a.zip',
      '-l',
      '4',
    );
    expectShown(said);
    expect(said.status).toBe(0);
    expect(said.stdout).toContain(SHOWN);
  });

  test('in the faults of a database, and its JSON keeps the name', () => {
    const path = nastyDatabase('faults.json');
    const text = readFileSync(at(path), 'utf8').replace(/("deviceKey": ?)"[0-9a-f]{32}"/, '$1"short"');
    writeFileSync(at(path), text);
    const said = run('check-db', path);
    expectShown(said);
    expect(said.status).toBe(1);
    const json = run('check-db', path, '--json');
    expectShown(json);
    expect((JSON.parse(json.stdout) as { findings: unknown[] }).findings.length).toBeGreaterThan(0);
  });

  test('by the other tools of a database', () => {
    const path = nastyDatabase('tools.json');
    for (const args of [
      ['convert-db', path, '--to', 'ios', '--output', 'ios.json'],
      ['renew-uuids', path, '--output', 'renewed.json'],
      ['split-range', path, '--stations', '2', '--output', 'split.json'],
      ['merge-db', path, nastyDatabase('other.json'), '--output', 'merged.json'],
      ['device-keys', path, '--for', 'pyaci'],
      ['device-keys', path, '--for', 'bluez'],
    ])
      expectShown(run(...args));
  });

  test('in the names of files, read, written or missing', () => {
    const given = 'a\x1b[2J\u202e.hex.gz';
    copyFileSync(sampleDumpPath, at(given));
    copyFileSync(sampleDatabasePath, at('b\x1b[2J.json'));
    const said = [
      run('inspect', given),
      run('inspect', 'b\x1b[2J.json'),
      run('check-db', 'b\x1b[2J.json'),
      run('check-db', 'missing\x1b[2J\nWarning: forged.json'),
      run('inspect', '--\x1b[2J'),
      run('\x1b[2J'),
    ];
    said.forEach(expectShown);
    expect(said[2]!.stdout).toContain(String.raw`b\x1b[2J.json: `);
    expect(said[3]!.stderr).toContain(String.raw`missing\x1b[2J\x0aWarning: forged.json cannot be read`);
  });
});

test('a file that is far too large is not read', () => {
  writeFileSync(at('large.hex'), new Uint8Array(64 * 2 ** 20 + 1));
  const said = run('inspect', 'large.hex');
  expect(said).toMatchObject({ status: 1 });
  expect(said.stderr).toContain('[cli/file-too-large]');
});
