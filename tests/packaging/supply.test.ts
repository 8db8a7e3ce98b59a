/** What ships, and what it is made of. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { SHIPPED, licencesPage, licencesText } from '../../scripts/licences.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

interface Locked {
  readonly version: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly inBundle?: boolean;
  readonly hasInstallScript?: boolean;
}
const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> };
const locked = Object.entries(packages).filter(([path]) => path !== '');

describe('the licences of all that ships', () => {
  test('are those of the packages that are installed (else: npm run licences)', () => {
    expect(read('public/licences.txt')).toBe(licencesText());
    expect(read('docs/licences.md')).toBe(licencesPage());
  });

  test('let anybody pass it on', () => {
    const licences = SHIPPED.map((name) => {
      const { license } = JSON.parse(read(`node_modules/${name}/package.json`)) as { license: string };
      return license;
    });
    expect([...new Set(licences)].sort()).toEqual(['(MIT AND Zlib)', 'Apache-2.0', 'BSD', 'MIT']);
  });

  test('come with their text, the one of Apache in full', () => {
    const text = read('public/licences.txt');
    for (const name of SHIPPED) expect(text).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, 'm'));
    expect(text).toContain('END OF TERMS AND CONDITIONS');
  });
});

describe('the lock file', () => {
  test('knows every package by the hash of its content', () => {
    expect(locked.length).toBeGreaterThan(100);
    const without = locked.filter(
      ([, { integrity, inBundle }]) => !inBundle && !/^sha512-/.test(integrity ?? ''),
    );
    expect(without.map(([path]) => path)).toEqual([]);
  });

  test('takes packages from the public registry alone', () => {
    const elsewhere = locked.filter(
      ([, { resolved, link }]) => link || (resolved && !resolved.startsWith('https://registry.npmjs.org/')),
    );
    expect(elsewhere.map(([path]) => path)).toEqual([]);
    for (const path of ['.npmrc', '.yarnrc.yml', 'npm-shrinkwrap.json'])
      expect(existsSync(join(root, path)), path).toBe(false);
  });

  test('has what the package asks for, each by a range of versions', () => {
    const { devDependencies } = JSON.parse(read('package.json')) as {
      devDependencies: Record<string, string>;
    };
    for (const [name, range] of Object.entries(devDependencies)) {
      expect(range, name).toMatch(/^\^\d+\.\d+\.\d+$/);
      expect(packages[`node_modules/${name}`]?.version, name).toMatch(/^\d/);
    }
    for (const name of SHIPPED) expect(packages[`node_modules/${name}`], name).toBeDefined();
  });

  test('lets nothing that ships run a program when it is installed', () => {
    expect(SHIPPED.filter((name) => packages[`node_modules/${name}`]?.hasInstallScript)).toEqual([]);
  });
});
