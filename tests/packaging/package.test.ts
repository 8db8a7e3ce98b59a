import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'meshpress-package-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** As in a checkout that was built: a file of each kind. */
const AROUND = [
  ...['dist/cli.js', 'dist/licences.txt', 'dist/index.html', 'dist/sw.js', 'dist/assets/index-abc.js'],
  ...[
    'src/cli/main.ts',
    'tests/fixtures/node.hex',
    'docs/guide.md',
    'public/licences.txt',
    'scripts/start.mjs',
  ],
  ...[
    'CHANGELOG.md',
    'SECURITY.md',
    '.ci/run',
    '.github/workflows/ci.yml',
    'vite.config.ts',
    'package-lock.json',
  ],
];

describe('the package', () => {
  test('holds the command and nothing but what it needs', () => {
    for (const path of AROUND) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), 'x\n');
    }
    for (const path of ['package.json', 'README.md', 'LICENSE', '.gitignore'])
      cpSync(join(root, path), join(folder, path));
    const { stdout, stderr } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: folder,
      encoding: 'utf8',
      shell: process.platform === 'win32',
    });
    const said = JSON.parse(stdout || `"${stderr}"`) as Packed[] | Record<string, Packed>;
    const [packed] = Object.values(said);
    expect(packed?.files.map(({ path }) => path).sort()).toEqual([
      'LICENSE',
      'README.md',
      'dist/cli.js',
      'dist/licences.txt',
      'package.json',
    ]);
  });

  test('brings the command as one file, so that nothing has to be fetched beside it', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown>;
    expect(manifest['bin']).toEqual({ meshpress: 'dist/cli.js' });
    expect(
      Object.keys(manifest).filter((name) => /^(optional|peer|bundle.*)?dependencies$/i.test(name)),
    ).toEqual([]);
  });
});

interface Packed {
  readonly files: readonly { readonly path: string }[];
}
