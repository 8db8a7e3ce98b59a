import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CODE_ROOMS, helpOf, searchCodes } from '../../src/app/help/codes/index.ts';
import { findPlace, searchTopics, TOPICS } from '../../src/app/help/places.ts';
import { HEADLINES } from '../../src/app/text/refusals.ts';
import { unpack } from '../../src/clone/index.ts';
import { checkDatabase } from '../../src/meshdb/index.ts';
import { databaseBytes, MALFORMED } from '../meshdb/fixtures.ts';

const SRC = join(import.meta.dirname, '../../src');
const filesIn = (path: string): string[] =>
  statSync(path).isDirectory() ? readdirSync(path).flatMap((name) => filesIn(join(path, name))) : [path];

const helped = CODE_ROOMS.flatMap(({ codes }) => codes);

/** Everything that the databases and dumps of the tests give reason to say. */
function codesOfFixtures(): Set<string> {
  const codes = new Set<string>();
  const databases = join(import.meta.dirname, '../fixtures/databases');
  const files = [
    ...filesIn(databases)
      .filter((one) => /\.json(\.gz)?$/.test(one))
      .map((path) => unpack({ name: path, bytes: readFileSync(path) })),
    ...MALFORMED.map(({ file }) => databaseBytes(`malformed/${file}`)),
  ];
  for (const bytes of files) for (const { code } of checkDatabase(bytes)) codes.add(code);
  return codes;
}

describe('the codes of the product', () => {
  // That each has its help, and the help no other, is an error of types: see HelpFor.
  test('are each explained once', () => {
    expect(new Set(helped.map(({ code }) => code)).size).toBe(helped.length);
    expect(helped.length).toBeGreaterThan(190);
  });

  test('that databases give reason for have their help', () => {
    const codes = codesOfFixtures();
    expect(codes.size).toBeGreaterThan(45);
    expect([...codes].filter((code) => !helpOf(code))).toEqual([]);
  });

  test.each(['flashfs/node-reset', 'E30', 'station/record-differs', 'meshdb/lost-period', 'bug/unexpected'])(
    'have help for %s',
    (code) => {
      expect(helpOf(code)?.code).toBe(code);
    },
  );
});

describe('the help of a code', () => {
  test.each(helped)('$code is short, exact and polite', ({ title, cause, steps, more }) => {
    expect(title.length).toBeLessThan(60);
    expect(title).not.toMatch(/[.!]$/);
    expect(cause).toMatch(/^\p{Lu}.*\.$/su);
    for (const step of steps) expect(step).toMatch(/^\p{Lu}/u);
    expect([title, cause, ...steps].join(' ')).not.toMatch(
      /!|oops|please|successfully|something went wrong/i,
    );
    if (more) expect(findPlace(more), more).toBeDefined();
  });

  test('has the headline of the refusal as its title', () => {
    for (const [code, headline] of Object.entries(HEADLINES))
      expect(helpOf(code)?.title, code).toBe(headline);
  });
});

describe('the places of the help', () => {
  const links = filesIn(SRC)
    .filter((path) => path.endsWith('.svelte'))
    .flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/"#help\/([\w/-]+)"/g)].map((match) => match[1]!),
    );

  test('are those that the page links to', () => {
    expect(links.length).toBeGreaterThan(10);
    expect(links.filter((link) => !findPlace(link) && !helpOf(link))).toEqual([]);
  });

  test('never have the name of a code', () => {
    const paths = TOPICS.flatMap(({ name, sections }) => [
      name,
      ...sections.map((one) => `${name}/${one.name}`),
    ]);
    expect(paths.filter((path) => helpOf(path))).toEqual([]);
  });

  test('are found by words of their titles and sections', () => {
    expect(searchTopics('linux').map(({ name }) => name)).toEqual(['probes']);
    expect(searchTopics('protected chip').map(({ name }) => name)).toEqual(['readout', 'bench']);
    expect(searchTopics('')).toEqual([]);
  });
});

describe('a search', () => {
  const found = (words: string) => searchCodes(words).map(({ code }) => code);

  test('finds a code by any part of it', () => {
    expect(found('node-reset')[0]).toBe('flashfs/node-reset');
    expect(found('E30')).toEqual(['E30']);
  });

  test('finds what is said in other words, in any order and case', () => {
    expect(found('configurator WINUSB')).toEqual(['probe/segger-driver']);
  });

  test('puts what the title says first', () => {
    const [first] = found('two nodes');
    expect(helpOf(first!)?.title).toMatch(/two nodes/i);
  });

  test('finds nothing where nothing is asked or known', () => {
    expect(found('  ')).toEqual([]);
    expect(found('zeppelin')).toEqual([]);
  });
});
