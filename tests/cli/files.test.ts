import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { spawnSync } from 'node:child_process';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { diskOperations, type FileOperations } from '../../src/cli/files/index.ts';
import { thisMachine, type Machine } from '../../src/cli/machine.ts';
import { Bench, DATABASE, DONOR, oneOfMany } from '../faults/bench.ts';
import { runHere } from '../faults/run-here.ts';
import { unzipEncrypted } from '../support/encrypted-zip.ts';

const bench = new Bench();
beforeEach(() => bench.reset());
afterAll(() => bench.remove());

interface World {
  readonly files?: FileOperations;
  readonly machine?: Machine;
  readonly lockWaitMs?: number;
}
const run = (words: readonly string[], { files, machine, lockWaitMs }: World = {}) =>
  runHere(words, files ?? diskOperations, machine ?? oneOfMany(), lockWaitMs ?? 0);
const press = (output: string, count: number, world: World = {}, ...more: string[]) =>
  run(bench.pressWords(output, count, ...more), world);
const text = (name: string) => readFileSync(bench.at(name), 'utf8');
const nodeCount = (name: string) => (JSON.parse(text(name)) as { nodes: unknown[] }).nodes.length;

/** Refused with a code, and nothing is there that was not, nor anything changed. */
async function expectRefused(code: string, act: () => ReturnType<typeof run>): Promise<string> {
  const snapshot = () =>
    readdirSync(bench.folder)
      .sort()
      .map((name) => [name, lstatSync(bench.at(name)).isFile() ? text(name) : 'no file']);
  const before = snapshot();
  const { status, text: said } = await act();
  expect(said).toContain(`[${code}]`);
  expect(status).toBe(1);
  expect(snapshot()).toEqual(before);
  return said;
}

describe('a database that is a link', () => {
  test('stays a link: the real file is updated, and its backup lies beside it', async () => {
    mkdirSync(bench.at('real'));
    renameSync(bench.at('db.json'), bench.at('real/mesh.json'));
    symlinkSync('real/mesh.json', bench.at('db.json'));
    expect((await press('o.hex', 2)).status).toBe(0);
    expect(lstatSync(bench.at('db.json')).isSymbolicLink()).toBe(true);
    expect(nodeCount('real/mesh.json')).toBe(5);
    expect(text('real/mesh.json.bak')).toBe(DATABASE);
    expect(existsSync(bench.at('db.json.bak'))).toBe(false);
  });

  test('is locked as the file it leads to', async () => {
    symlinkSync('db.json', bench.at('other.json'));
    holdLock('db.json', { pid: process.pid });
    await expectRefused('cli/database-busy', () =>
      press('o.hex', 1, {}, '--db-input-file', bench.at('other.json')),
    );
  });

  test('is refused as a hard link, since the other name would keep the old content', async () => {
    linkSync(bench.at('db.json'), bench.at('second.json'));
    await expectRefused('cli/hard-linked', () => press('o.hex', 1));
  });

  test('is refused when it leads nowhere', async () => {
    symlinkSync('nothing.json', bench.at('dangling.json'));
    const { status, text: said } = await press('o.hex', 1, {}, '--db-input-file', bench.at('dangling.json'));
    expect(said).toContain('[cli/cannot-write]');
    expect(status).toBe(1);
  });
});

describe('what is no file', () => {
  test.each(['/dev/stdin', '/dev/null', 'folder', 'pipe'])('is no database to update: %s', async (name) => {
    mkdirSync(bench.at('folder'));
    spawnSync('mkfifo', [bench.at('pipe')]);
    const path = name.startsWith('/') ? name : bench.at(name);
    const { text: said } = await press('o.hex', 1, {}, '--db-input-file', path);
    expect(said).toMatch(/\[cli\/not-a-file\]/);
    expect(existsSync(bench.at('o.hex'))).toBe(false);
  });

  test('is no output either', async () => {
    await expectRefused('cli/not-a-file', () => press('o.hex', 1, {}, '--zip', '/dev/null'));
  });
});

describe('a zip with a password', () => {
  const PASSWORD = 'seventeen lamps & a switch';
  const withPassword = (text: string, ...more: string[]) => {
    writeFileSync(bench.at('password'), text);
    return press(
      'o.hex',
      2,
      {},
      '--zip',
      bench.at('all.zip'),
      '--zip-password-file',
      bench.at('password'),
      ...more,
    );
  };

  test('holds what another program unpacks with the first line of the file alone', async () => {
    const { status, text: said } = await withPassword(`${PASSWORD}\r\nlogin: lamps\n`);
    expect(status).toBe(0);
    expect(said).not.toContain('seventeen');
    const zip = readFileSync(bench.at('all.zip'));
    const files = await unzipEncrypted(zip, PASSWORD);
    const image = Object.keys(files).find((name) => name.startsWith('clones/'))!;
    expect(Buffer.from(files[image]!).toString()).toBe(text('o.hex'));
    expect(Buffer.from(files['db.json']!).toString()).toBe(text('db.json'));
    expect(Buffer.from(files['README.txt']!).toString()).toContain('WinZip AES-256');
    await expect(unzipEncrypted(zip, `${PASSWORD}.`)).rejects.toThrow('Invalid password');
  });

  test.each<[string, string, () => ReturnType<typeof press>]>([
    ['short', 'zip/short-password', () => withPassword('lamps\n')],
    ['in other letters', 'zip/password-characters', () => withPassword('siebzehn Lämpchen')],
    [
      'in a file that is not there',
      'cli/cannot-read',
      () => press('o.hex', 1, {}, '--zip', bench.at('all.zip'), '--zip-password-file', bench.at('none')),
    ],
    [
      'in the file that the zip would be',
      'cli/output-is-input',
      () => withPassword(PASSWORD, '--zip', bench.at('password')),
    ],
  ])('is refused where it is %s', async (_, code, act) => {
    const { status, text: said } = await act();
    expect([status, said]).toEqual([1, expect.stringContaining(`[${code}]`)]);
    expect(said).not.toMatch(/lamps|Lämpchen|seventeen/);
    expect(existsSync(bench.at('o.hex'))).toBe(false);
    expect(text('db.json')).toBe(DATABASE);
  });

  test('is asked for with a zip alone', async () => {
    const { status, text: said } = await press('o.hex', 1, {}, '--zip-password-file', bench.at('db.json'));
    expect([status, said]).toEqual([2, expect.stringContaining('--zip OUT.zip')]);
  });
});

describe('everything that can be refused', () => {
  test.each<[string, string, () => string[]]>([
    [
      'an image that is a folder',
      'cli/not-a-file',
      () => (mkdirSync(bench.at('o_2.hex')), ['--clone-copies', '4']),
    ],
    [
      'a backup that is a folder',
      'cli/not-a-file',
      () => {
        writeFileSync(bench.at('o.hex'), 'old');
        mkdirSync(bench.at('o.hex.bak'));
        return [];
      },
    ],
    ['a name too long', 'cli/cannot-write', () => ['--zip', bench.at('x'.repeat(256))]],
    ['a folder that is missing', 'cli/cannot-write', () => ['--zip', bench.at('none/all.zip')]],
    ['the zip under the name of an image', 'cli/outputs-collide', () => ['--zip', bench.at('o.hex')]],
    [
      'the zip under the name of a numbered image',
      'cli/outputs-collide',
      () => ['--clone-copies', '3', '--zip', bench.at('o_2.hex')],
    ],
    [
      'the zip where the backup of an image goes',
      'cli/outputs-collide',
      () => ['--zip', bench.at('o.hex.bak')],
    ],
    [
      "the database's backup as an image",
      'cli/output-is-input',
      () => ['--hex-output-file', bench.at('db.json.bak')],
    ],
    ['the database as an image', 'cli/output-is-input', () => ['--hex-output-file', bench.at('db.json')]],
    [
      'the lock as an image',
      'cli/outputs-collide',
      () => ['--hex-output-file', bench.at('.db.json.meshpress-lock')],
    ],
    ['the dump as an image', 'cli/output-is-input', () => ['--hex-output-file', bench.at('donor.hex')]],
    [
      "the dump's backup as an image",
      'cli/output-is-input',
      () => ['--hex-output-file', bench.at('donor.hex.bak')],
    ],
    [
      'the dump by another way',
      'cli/output-is-input',
      () => {
        symlinkSync('.', bench.at('here'));
        return ['--zip', bench.at('here/donor.hex')];
      },
    ],
    [
      'a link to the dump',
      'cli/output-is-input',
      () => (symlinkSync('donor.hex', bench.at('l.zip')), ['--zip', bench.at('l.zip')]),
    ],
  ])('is refused before anything is replaced: %s', async (_, code, words) => {
    const more = words();
    await expectRefused(code, () => press('o.hex', 1, {}, ...more));
  });

  test('holds for the other commands as well', async () => {
    const convert = (output: string) =>
      run(['convert-db', bench.at('db.json'), '--to', 'ios', '--output', bench.at(output)]);
    await expectRefused('cli/output-is-input', () => convert('db.json'));
    await expectRefused('cli/output-is-input', () => convert('db.json.bak'));
    writeFileSync(bench.at('one.json'), 'old');
    linkSync(bench.at('one.json'), bench.at('two.json'));
    await expectRefused('cli/hard-linked', () => convert('one.json'));
  });
});

describe('names that differ only in case', () => {
  /** A disk that finds files whatever the case of their names. */
  const anyCase = (path: string): string => {
    const folder = dirname(path);
    const name =
      existsSync(folder) &&
      readdirSync(folder).find((one) => one.toLowerCase() === basename(path).toLowerCase());
    return name ? join(folder, name) : path;
  };
  const folding: FileOperations = {
    ...diskOperations,
    lstat: (path) => diskOperations.lstat(anyCase(path)),
    stat: (path) => diskOperations.stat(anyCase(path)),
    resolve: (path) => diskOperations.resolve(anyCase(path)),
  };

  test('are one file where the disk knows no case', async () => {
    await expectRefused('cli/outputs-collide', () =>
      press('o.hex', 1, { files: folding }, '--zip', bench.at('O.HEX')),
    );
  });

  test('are two where it does', async () => {
    expect((await press('o.hex', 1, {}, '--zip', bench.at('O.HEX'))).status).toBe(0);
  });
});

describe('permissions', () => {
  const mode = (name: string) => (statSync(bench.at(name)).mode & 0o7777).toString(8);

  test('new images, zips and databases are for their owner alone', async () => {
    await press('o.hex', 2, {}, '--zip', bench.at('all.zip'));
    await run(['convert-db', bench.at('db.json'), '--to', 'ios', '--output', bench.at('ios.json')]);
    for (const name of ['o.hex', 'o_1.hex', 'all.zip', 'ios.json'])
      expect([name, mode(name)]).toEqual([name, '600']);
  });

  test.each([0o640, 0o444, 0o600])(
    'what was there keeps its mode, and so does its backup: %i',
    async (bits) => {
      writeFileSync(bench.at('o.hex'), DONOR);
      for (const name of ['db.json', 'o.hex']) chmodSync(bench.at(name), bits);
      expect((await press('o.hex', 1)).status).toBe(0);
      for (const name of ['db.json', 'db.json.bak', 'o.hex', 'o.hex.bak'])
        expect(mode(name)).toBe(bits.toString(8));
    },
  );

  test('in a folder that a group shares, new files are for the group too, as far as the umask lets it', async () => {
    mkdirSync(bench.at('shared'));
    chmodSync(bench.at('shared'), 0o2770);
    const before = process.umask(0o027);
    try {
      await press('shared/o.hex', 1);
    } finally {
      process.umask(before);
    }
    expect(mode('shared/o.hex')).toBe('640');
  });
});

/** As if another run had locked a database of the bench. */
function holdLock(
  name: string,
  owner: Partial<{ pid: number; host: string; started: number }>,
  ageMs = 0,
): string {
  const path = bench.at(`.${name}.meshpress-lock`);
  const whole = { pid: 1, host: thisMachine.host, started: Date.now(), token: '00112233aabb', ...owner };
  writeFileSync(path, JSON.stringify(whole));
  const changed = new Date(Date.now() - ageMs);
  utimesSync(path, changed, changed);
  return path;
}

describe('the lock', () => {
  test('of a run that goes on stops another, and says whose it is', async () => {
    const path = holdLock('db.json', { pid: process.pid });
    const said = await expectRefused('cli/database-busy', () => press('o.hex', 1));
    expect(said).toContain(`process ${process.pid}`);
    expect(said).toContain(realpathSync(path));
  });

  test('is waited for', async () => {
    const path = holdLock('db.json', { pid: process.pid });
    let polls = 0;
    const machine: Machine = {
      ...oneOfMany(),
      sleep: async () => {
        if (++polls === 3) diskOperations.remove(path);
      },
    };
    const { status, text: said } = await press('o.hex', 1, { machine, lockWaitMs: 1000 });
    expect(status).toBe(0);
    expect(polls).toBe(3);
    expect(said).toContain('Waiting for another run');
  });

  test.each<[string, Parameters<typeof holdLock>[1], number]>([
    ['whose process is gone', { pid: 999_999_999 }, 0],
    ['from before the machine was started', { pid: process.pid, started: 1 }, 0],
    ['of another machine that has not touched it for eleven minutes', { host: 'elsewhere' }, 11 * 60_000],
    ['of a run that has been asleep for eleven minutes', { pid: process.pid }, 11 * 60_000],
  ])('is taken over from a run %s', async (_, owner, age) => {
    holdLock('db.json', owner, age);
    const machine = { ...oneOfMany(), booted: 1000 };
    expect((await press('o.hex', 1, { machine })).status).toBe(0);
    expect(readdirSync(bench.folder).filter((name) => name.includes('meshpress'))).toEqual([]);
  });

  test('of another machine is respected for ten minutes', async () => {
    holdLock('db.json', { host: 'elsewhere' }, 9 * 60_000);
    await expectRefused('cli/database-busy', () => press('o.hex', 1));
  });

  test('is made where the disk has no second names', async () => {
    const files = { ...diskOperations, link: failing('ENOTSUP') };
    expect((await press('o.hex', 1, { files })).status).toBe(0);
    holdLock('db.json', { pid: process.pid });
    await expectRefused('cli/database-busy', () => press('p.hex', 1, { files }));
  });

  test('that cannot be made is a reason to stop', async () => {
    const files = { ...diskOperations, create: failing('EROFS') };
    const said = await expectRefused('cli/cannot-lock', () => press('o.hex', 1, { files }));
    expect(said).toContain('may only be read');
  });

  test('that somebody took meanwhile is a reason to stop', async () => {
    const files: FileOperations = {
      ...diskOperations,
      // as late as can be: while the record of the commit is put in place
      syncFolder: () => void holdLock('db.json', { host: 'elsewhere' }),
    };
    const { status, text: said } = await press('o.hex', 1, { files });
    expect(said).toContain('[cli/lock-lost]');
    expect(status).toBe(1);
    expect(text('db.json')).toBe(DATABASE);
    expect(existsSync(bench.at('o.hex'))).toBe(false);
  });

  test('keeps nobody else from writing, so the database is compared once more at the commit', async () => {
    const changed = DATABASE.replace('light', 'Light');
    const files: FileOperations = {
      ...diskOperations,
      syncFolder: () => writeFileSync(bench.at('db.json'), changed),
    };
    const { text: said } = await press('o.hex', 1, { files });
    expect(said).toContain('[cli/database-changed]');
    expect(text('db.json')).toBe(changed);
    expect(existsSync(bench.at('o.hex'))).toBe(false);
  });
});

describe('a run that is cut off between its database and its last image', () => {
  const recover = (...words: string[]) => run(['recover', bench.at('db.json'), ...words]);

  /** The second image of three cannot take its name. */
  async function cutOff() {
    const files: FileOperations = {
      ...diskOperations,
      rename: (from, to) => (to.endsWith('o_1.hex') ? failing('EIO')() : diskOperations.rename(from, to)),
    };
    return await press('o.hex', 3, { files });
  }

  test('says what is missing and how to go on, and keeps it', async () => {
    const { status, text: said } = await cutOff();
    expect(status).toBe(1);
    expect(said).toContain('2 of 4 files');
    expect(said).toContain('[cli/run-cut-off]');
    expect(nodeCount('db.json')).toBe(6);
    expect(existsSync(bench.at('o.hex'))).toBe(true);
    const next = await press('p.hex', 1);
    expect(next.text).toContain('[cli/run-unfinished]');
    expect(next.text).toContain('o_2.hex');
    expect((await recover()).status).toBe(1);
  });

  test('is finished', async () => {
    await cutOff();
    expect((await recover('--finish')).status).toBe(0);
    bench.look('finished');
    bench.lookForLeftovers('finished');
    expect(bench.damage).toEqual({ lost: [], doubled: [], broken: [] });
    expect(existsSync(bench.at('o_2.hex'))).toBe(true);
    expect((await recover()).text).toContain('no run was cut off');
  });

  test('is given up, and its addresses stay unused', async () => {
    await cutOff();
    expect((await recover('--discard')).status).toBe(0);
    bench.lookForLeftovers('discarded');
    expect(existsSync(bench.at('o_1.hex'))).toBe(false);
    expect(nodeCount('db.json')).toBe(6);
    const { text: said } = await press('p.hex', 1);
    expect(said).toContain('0x005C');
  });

  test('is not finished when the database has lost its clones meanwhile', async () => {
    await cutOff();
    writeFileSync(bench.at('db.json'), DATABASE);
    await expectRefused('cli/clones-not-in-database', () => recover('--finish'));
  });

  test('is finished beside nodes that were added meanwhile', async () => {
    await cutOff();
    const database = JSON.parse(text('db.json')) as { nodes: unknown[]; provisioners: unknown[] };
    writeFileSync(bench.at('db.json'), JSON.stringify(database));
    expect((await recover('--finish')).status).toBe(0);
  });

  test('keeps what has come into the place of an image meanwhile', async () => {
    await cutOff();
    writeFileSync(bench.at('o_2.hex'), 'somebody else’s');
    await recover('--finish');
    expect(text('o_2.hex.bak')).toBe('somebody else’s');
  });

  test('writes no key into its record', async () => {
    await cutOff();
    const record = readdirSync(bench.folder).find((name) => name.endsWith('.run'))!;
    const { nodes } = JSON.parse(text('db.json')) as { nodes: { deviceKey: string }[] };
    for (const { deviceKey } of nodes) expect(text(record)).not.toContain(deviceKey);
  });

  test('a record that cannot be read stops other runs', async () => {
    writeFileSync(bench.at('.meshpress-00112233aabb.run'), '{"format":"meshpress-run 9"}');
    await expectRefused('cli/damaged-record', () => press('o.hex', 1));
  });
});

function failing(code: string): () => never {
  return () => {
    throw Object.assign(new Error(code), { code });
  };
}
