/**
 * `npm run reproduce`: the same sources give the same bytes, wherever they lie. Builds page and command line a second time, from a copy of the
 * sources in another folder and without Git, as one has them from a tarball, and compares every file with `dist/`. Ends with code 1 where one differs.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { root, run } from './install.mjs';

/** What a build is made of. */
const SOURCES = [
  'src',
  'public',
  'scripts',
  'index.html',
  'package.json',
  'svelte.config.js',
  'tsconfig.json',
  'vite.config.ts',
  'vite.cli.config.ts',
  'LICENSE',
];

/** Path to SHA-256. */
function hashesOf(folder) {
  return new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [relative(folder, path), createHash('sha256').update(readFileSync(path)).digest('hex')])
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}

const built = join(root, 'dist');
const commit = execFileSync(process.execPath, [join(built, 'cli.js'), '-V'], { encoding: 'utf8' })
  .split('\n')[1]
  .replace('commit ', '');
const around = mkdtempSync(join(tmpdir(), 'meshpress-again-'));
try {
  const folder = join(around, 'in/another folder');
  for (const path of SOURCES) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(root, path), join(folder, path), { recursive: true });
  }
  writeFileSync(join(folder, 'scripts/commit.txt'), `${commit}\n`);
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  run('npm', ['run', '--silent', 'build', '--', '--logLevel', 'warn'], { cwd: folder });

  const here = hashesOf(built);
  const there = hashesOf(join(folder, 'dist'));
  const differing = [...new Set([...here.keys(), ...there.keys()])].filter(
    (path) => here.get(path) !== there.get(path),
  );
  for (const path of differing)
    console.error(`${path}: ${here.get(path) ?? 'missing'} here, ${there.get(path) ?? 'missing'} there`);
  if (differing.length > 0) process.exitCode = 1;
  else
    console.log(
      `${here.size} files, the same bytes from both folders. dist/cli.js: SHA-256 ${here.get('cli.js')}`,
    );
} finally {
  rmSync(around, { recursive: true, force: true });
}
