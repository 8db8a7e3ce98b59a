import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  distinctStems,
  foldedName,
  isSafeFileName,
  plainStem,
  safeFileName,
} from '../../src/clone/file-names.ts';

/** Names that are near each other, and names of anything. */
const nearNames = fc.string({
  unit: fc.constantFrom(
    'a',
    'A',
    'ä',
    'a\u0308',
    'ß',
    'ss',
    '_',
    '/',
    ':',
    '.',
    '-',
    ' ',
    '0',
    '\u200d',
    '\ud800',
    '\u{1f4a1}',
  ),
  maxLength: 4,
});
const devices = fc.constantFrom(
  'CON',
  'nul',
  'Aux.txt',
  'com1',
  'LPT9',
  'COM¹',
  'prn.',
  'con ',
  'a_0102',
  'a_0102_2',
);
const names = fc.array(
  fc.oneof(
    nearNames,
    devices,
    fc.string({ unit: 'grapheme', maxLength: 300 }),
    fc.string({ unit: 'binary' }),
  ),
  { maxLength: 60 },
);

/** What Windows, macOS and Linux say of the name of a file. */
function expectSafe(file: string) {
  expect(file).toBe(file.normalize('NFC'));
  expect(new TextEncoder().encode(file).length).toBeLessThanOrEqual(255);
  // eslint-disable-next-line no-control-regex -- control characters are among what must not be there
  expect(file).not.toMatch(/[\u0000-\u001f\u007f-\u009f<>:"/\\|?*]|\p{Cs}|\p{Cf}/u);
  expect(file).not.toMatch(/^[\s.-]|[\s.]$/);
  expect(file).not.toMatch(/^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i);
}

describe('names of the images of a plan', () => {
  test('are safe and different on every system, whatever the nodes are called', () => {
    fc.assert(
      fc.property(names, (list) => {
        const marks = list.map((_, index) => (0x0100 + index).toString(16).padStart(4, '0'));
        const files = distinctStems(list, marks, 'clone').map((stem) => `${stem}.hex`);
        files.forEach(expectSafe);
        expect(files.filter((file) => !isSafeFileName(file))).toEqual([]);
        for (const fold of [
          (file: string) => file.toLowerCase(),
          (file: string) => file.toUpperCase(),
          (file: string) => file.normalize('NFD').toLowerCase(),
          foldedName,
        ])
          expect(new Set(files.map((file) => fold(file).normalize('NFC'))).size).toBe(list.length);
      }),
      { numRuns: 1000 },
    );
  });

  test('are told apart where a substitute is somebody’s name already', () => {
    expect(distinctStems(['a/b', 'a_b_0102', 'a:b'], ['0100', '0101', '0102'], 'clone')).toEqual([
      'a_b',
      'a_b_0102',
      'a_b_0102_2',
    ]);
  });

  test.each([
    ['light_0053', 'light_0053'],
    ['Küche 2', 'Küche_2'],
    ['CON', '_CON'],
    ['nul.txt', '_nul.txt'],
    ['console', 'console'],
    ['-rf', 'rf'],
    ['..', 'clone'],
    ['', 'clone'],
    ['a.', 'a'],
    ['a\u202eb', 'ab'],
    ['x'.repeat(300), 'x'.repeat(80)],
    ['灯'.repeat(80), '灯'.repeat(66)],
  ])('are near to the name %j', (name, stem) => {
    expect(plainStem(name, 'clone')).toBe(stem);
  });
});

describe('the name of a file that has one', () => {
  test('stays where every system takes it', () => {
    for (const name of ['mesh.json', 'my mesh (1).json', 'Netz Süd.JSON', 'mesh']) {
      expect(safeFileName(name, 'network')).toBe(name);
    }
  });

  test.each([
    ['a/b:c.json', 'a_b_c.json'],
    ['aux.json', '_aux.json'],
    ['.json', 'network.json'],
    ['a\x1b[2J.json', 'a_[2J.json'],
    ['mesh. ', 'mesh'],
  ])('is made safe: %j', (name, safe) => {
    expect(safeFileName(name, 'network')).toBe(safe);
  });

  test('is safe whatever it was', () => {
    fc.assert(
      fc.property(fc.oneof(nearNames, devices, fc.string({ unit: 'binary', maxLength: 400 })), (name) =>
        expectSafe(safeFileName(name, 'network')),
      ),
      { numRuns: 1000 },
    );
  });
});

test.each([
  '',
  '.',
  '..',
  '../a.hex',
  'a/b.hex',
  'a\\b.hex',
  'C:a.hex',
  '.a.hex',
  '-a.hex',
  'NUL.hex',
  'a.hex ',
  'a.hex.',
  'a\u202e.hex',
  'a\n.hex',
  'a'.repeat(200),
])('a name in a file that somebody else wrote is not taken: %j', (name) => {
  expect(isSafeFileName(name)).toBe(false);
});
