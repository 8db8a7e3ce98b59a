import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CODE_ROOMS, helpOf, searchCodes } from '../../src/app/help/codes/index.ts';
import { findPlace, searchTopics, TOPICS } from '../../src/app/help/places.ts';
import { HEADLINES } from '../../src/app/text/refusals.ts';

const SRC = join(import.meta.dirname, '../../src');
/** What codes begin with: rooms, and two that have had other names since. */
const ROOMS = [
  ...readdirSync(SRC, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name),
  'flashfs',
  'station',
];

const filesIn = (path: string): string[] =>
  statSync(path).isDirectory() ? readdirSync(path).flatMap((name) => filesIn(join(path, name))) : [path];

/** The texts of the source, without comments, which name codes too, and without the help itself. */
const sources = filesIn(SRC)
  .filter((path) => /\.(ts|svelte)$/.test(path) && !path.includes('/app/help/'))
  .map((path) => ({
    path: relative(SRC, path),
    text: readFileSync(path, 'utf8')
      .replace(/\/\*[\s\S]*?\*\//g, '')
      .replace(/(^|\s)\/\/.*$/gm, ''),
  }));

const matches = (pattern: RegExp, within = /./) =>
  sources
    .filter(({ path }) => within.test(path))
    .flatMap(({ text }) => [...text.matchAll(pattern)].map((match) => match[1]!));

/** Every code that the product can throw or report. */
const codes = new Set([
  ...matches(new RegExp(`['"\`]((?:bug|${ROOMS.join('|')})/[a-z0-9]+(?:-[a-z0-9]+)*)['"\`]`, 'g')),
  ...matches(/'(E\d\d)'/g, /^meshdb\//),
  ...matches(/conflict\(\s*'([a-z-]+)'/g, /^bench\/errors/).map((what) => `station/${what}`),
  ...matches(/losses\.add\(\s*'([\w-]+)'/g, /^meshdb\/convert/).map((kind) => `meshdb/lost-${kind}`),
  // kinds of losses that are named by the member that is lost
  ...['scenes', 'networkExclusions'].map((kind) => `meshdb/lost-${kind}`),
]);
const helped = CODE_ROOMS.flatMap(({ codes }) => codes);

describe('the codes of the product', () => {
  test('are found in its source', () => {
    expect(codes.size).toBeGreaterThan(180);
    for (const code of [
      'flashfs/node-reset',
      'E30',
      'station/record-differs',
      'meshdb/lost-period',
      'bug/unexpected',
    ])
      expect(codes).toContain(code);
  });

  test('have their help, each of them', () => {
    expect([...codes].filter((code) => !helpOf(code)).sort()).toEqual([]);
  });

  test('are all that the help knows', () => {
    expect(helped.map(({ code }) => code).filter((code) => !codes.has(code))).toEqual([]);
  });

  test('are each explained once', () => {
    expect(new Set(helped.map(({ code }) => code)).size).toBe(helped.length);
  });
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

  test('says what to do wherever something stops', () => {
    const errors = new Set(
      matches(/new KnownError\(\s*'([a-z]+\/[a-z-]+)'/g).filter((code) => code !== 'clone/donor-agrees'),
    );
    expect(helped.filter(({ code, steps }) => errors.has(code) && steps.length === 0)).toEqual([]);
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
