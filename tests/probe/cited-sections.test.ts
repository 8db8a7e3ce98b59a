import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const sources = (folder: string) =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|svelte)$/.test(name))
    .map((name) => `${folder}${name}`);

describe('a comment that points to a section of the protocols', () => {
  const sections = new Set(
    [...read('docs/probe-protocols.md').matchAll(/^##+ (\d[\d.]*?)\.? /gm)].map(([, n]) => n),
  );
  const cited = ['src/', 'tests/']
    .flatMap(sources)
    .flatMap((path) =>
      [...read(path).matchAll(/probe-protocols\.md(?:\s*\*)?\s+((?:[^\n§]{0,40}§[\d.]*\d)+)/g)].flatMap(
        ([, list]) => [...list!.matchAll(/§([\d.]*\d)/g)].map(([, section]) => ({ path, section })),
      ),
    );

  test('finds it there', () => {
    expect(cited.length).toBeGreaterThan(15);
    expect(cited.filter(({ section }) => !sections.has(section))).toEqual([]);
  });
});
