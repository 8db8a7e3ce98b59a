import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { commitOf } from '../../scripts/build-info.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const around = mkdtempSync(join(tmpdir(), 'meshpress-commit-'));
afterAll(() => rmSync(around, { recursive: true, force: true }));

function git(folder: string, ...args: string[]): string {
  const author = [
    '-c',
    'user.name=Somebody',
    '-c',
    'user.email=somebody@example.org',
    '-c',
    'commit.gpgsign=false',
  ];
  const { status, stdout, stderr } = spawnSync('git', [...author, ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

/** A folder with what tells a build its commit, and one more file. */
function sources(name: string): string {
  const folder = join(around, name);
  mkdirSync(join(folder, 'scripts'), { recursive: true });
  cpSync(join(root, '.gitattributes'), join(folder, '.gitattributes'));
  writeFileSync(join(folder, 'scripts/commit.txt'), '$Format:%H$\n');
  writeFileSync(join(folder, 'main.ts'), 'export {};\n');
  return folder;
}
function checkout(name: string): { folder: string; commit: string } {
  const folder = sources(name);
  git(folder, 'init', '--quiet');
  git(folder, 'add', '.');
  git(folder, 'commit', '--quiet', '--message', 'main: begin');
  return { folder, commit: git(folder, 'rev-parse', 'HEAD') };
}

describe('the commit that a build is of', () => {
  test('is the one that is checked out', () => {
    const { folder, commit } = checkout('clean');
    writeFileSync(join(folder, 'notes.txt'), 'not tracked');
    expect(commitOf(folder)).toBe(commit);
    expect(commit).toMatch(/^[0-9a-f]{40}$/);
  });

  test('says so where the sources were changed after it', () => {
    const { folder, commit } = checkout('changed');
    writeFileSync(join(folder, 'main.ts'), 'export const changed = true;\n');
    expect(commitOf(folder)).toBe(`${commit}+changes`);
  });

  test('is known in a tarball', () => {
    const { folder, commit } = checkout('archived');
    const unpacked = join(around, 'unpacked');
    mkdirSync(unpacked);
    git(folder, 'archive', '--format=tar', `--output=${join(around, 'it.tar')}`, 'HEAD');
    expect(spawnSync('tar', ['-xf', join(around, 'it.tar'), '-C', unpacked]).status).toBe(0);
    expect(commitOf(unpacked)).toBe(commit);
  });

  test('is unknown in a bare folder, in one inside another repository, and before the first commit', () => {
    expect(commitOf(sources('bare'))).toBe('unknown');
    checkout('another');
    expect(commitOf(sources('another/unpacked-here'))).toBe('unknown');
    git(sources('begun'), 'init', '--quiet');
    expect(commitOf(join(around, 'begun'))).toBe('unknown');
  });

  test('stands in no source: that of a checkout is left for `git archive` to fill in', () => {
    expect(readFileSync(join(root, '.gitattributes'), 'utf8')).toMatch(
      /^scripts\/commit\.txt export-subst$/m,
    );
  });
});
