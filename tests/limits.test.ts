import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import MemoryMap from 'nrf-intel-hex';
import { describe, expect, test, vi } from 'vitest';
import { readDump, unpack } from '../src/clone/index.ts';
import { parseCsv } from '../src/csv.ts';
import { formatHex, parseHex } from '../src/hex/index.ts';
import { MemoryImage } from '../src/image/index.ts';
import { LIMITS, MEGABYTE, megabytes } from '../src/limits.ts';
import { checkDatabase, parseDatabase, parseNodeValues } from '../src/meshdb/index.ts';
import { fixture } from './support/fixtures.ts';
import { stepsOf } from './support/steps.ts';

const END = ':00000001FF\n';
const ONE_BYTE = ':0100000001FE\n';
const fault = () => new Error('fault');

describe('the work of reading grows with the input and no faster', () => {
  const growing: [string, (size: number) => unknown][] = [
    ['a HEX file', (n) => parseHex(formatHex(MemoryImage.of([{ address: 0, bytes: new Uint8Array(n) }])))],
    ['a HEX line of blanks', (n) => parseHex(`${ONE_BYTE}${' '.repeat(n)}x\n${END}`)],
    ['a HEX file of empty lines', (n) => parseHex(`${ONE_BYTE}${'\n'.repeat(n)}${END}`)],
    ['a HEX file cut in a line of blanks', (n) => parseHex(`${ONE_BYTE}:0${' '.repeat(n)}`)],
    ['a HEX record without an end', (n) => parseHex(`${ONE_BYTE}:${'0'.repeat(n)}`)],
    ['a database of lists', (n) => parseDatabase(`{"nodes":[${'[],'.repeat(n)}[]]}`)],
    ['a database of one key', (n) => parseDatabase(`{${'"k":1,'.repeat(n)}"k":1}`)],
    ['a database of keys twice', (n) => parseDatabase(`{"nodes":[${'{"k":1,\n"k":2},'.repeat(n)}1]}`)],
    ['a text of escapes', (n) => parseDatabase(`{"meshName":"${'\\u0041'.repeat(n)}"}`)],
    ['a database of empty lines', (n) => parseDatabase(`{${'\n'.repeat(n)}1}`)],
    ['a table', (n) => parseNodeValues(`name\n${'a\n'.repeat(n)}`)],
    ['a row of commas', (n) => [...parseCsv(','.repeat(n), fault)]],
    ['a cell of blanks', (n) => [...parseCsv(`a\n${' '.repeat(n)}"`, fault)]],
    ['a cell of quotes', (n) => [...parseCsv(`a\n"${'""'.repeat(n)}`, fault)]],
  ];

  test.each(growing)('%s', (_, read) => {
    const [one, two, four] = [2000, 4000, 8000].map((size) => stepsOf(() => read(size)));
    expect(two! - one!).toBeLessThanOrEqual(2.1 * one!);
    expect(four! - two!).toBeLessThanOrEqual(2.1 * (two! - one!) + 100);
  });

  test('what the HEX library is given is the records, once, whatever stands between them', () => {
    const given = vi.spyOn(MemoryMap, 'fromHex');
    const record = ':10000000000102030405060708090A0B0C0D0E0F78';
    parseHex(
      `${record}${' '.repeat(1000)}\r\n\n\n  ${ONE_BYTE.replace('0000', '0100').replace('FE', 'FD')}${END}`,
    );
    expect(given.mock.calls.map(([text]) => text.length)).toEqual([record.length + 1 + 13 + 1 + 11]);
    given.mockRestore();
  });
});

describe('a file beyond its limit is refused before it costs', () => {
  const ofLength = (length: number) => ({ length }) as Uint8Array;

  test('HEX', () => {
    expect(() => parseHex(':'.repeat(LIMITS.hexCharacters + 1))).toThrow(
      expect.objectContaining({
        code: 'hex/too-large',
        facts: { characters: LIMITS.hexCharacters + 1, limit: LIMITS.hexCharacters },
      }),
    );
  });

  test('HEX with a gap behind every byte', () => {
    const record = (type: number, offset: number, data: readonly number[]) => {
      const bytes = [data.length, offset >> 8, offset & 0xff, type, ...data];
      const checksum = -bytes.reduce((a, b) => a + b, 0) & 0xff;
      return `:${Buffer.from([...bytes, checksum]).toString('hex')}\n`;
    };
    const block = Array.from({ length: 0x8000 }, (_, index) => record(0, 2 * index, [0])).join('');
    const text = [0, 1, 2, 3].map((upper) => record(4, 0, [0, upper]) + block);
    expect(() => parseHex(`${text.join('')}${END}`)).toThrow(
      expect.objectContaining({ code: 'hex/too-scattered' }),
    );
    expect(parseHex(`${text[0]!}${END}`).image.size).toBe(0x8000);
  });

  test('a packed file, by what it unpacks to and as soon as it does', () => {
    const packed = gzipSync(new Uint8Array(LIMITS.unpackedBytes + 1));
    expect(() => unpack({ name: 'a.gz', bytes: packed })).toThrow(
      expect.objectContaining({ code: 'clone/file-too-large' }),
    );
    // its second half is missing, which nobody comes to know
    const half = packed.subarray(0, packed.length / 2);
    expect(() => unpack({ name: 'a.gz', bytes: half }, MEGABYTE)).toThrow(
      expect.objectContaining({ code: 'clone/file-too-large', facts: { name: 'a.gz', limit: MEGABYTE } }),
    );
    expect(() => unpack({ name: 'a.gz', bytes: half })).toThrow(
      expect.objectContaining({ code: 'clone/damaged-gzip' }),
    );
    const whole = gzipSync(new Uint8Array(MEGABYTE));
    expect(unpack({ name: 'a.gz', bytes: whole }, MEGABYTE).length).toBe(MEGABYTE);
  });

  test('any file, packed or not', () => {
    expect(() => unpack({ name: 'a', bytes: ofLength(LIMITS.fileBytes + 1) })).toThrow(
      expect.objectContaining({ code: 'clone/file-too-large' }),
    );
  });

  test('a raw binary, parts that are too many, and parts that are too much', () => {
    const part = (length: number) => ({ name: 'a.bin', bytes: new Uint8Array(length), baseAddress: 0 });
    expect(() => readDump([part(LIMITS.binaryBytes + 1)])).toThrow(
      expect.objectContaining({ code: 'clone/file-too-large' }),
    );
    expect(() => readDump(Array.from({ length: LIMITS.files + 1 }, () => part(1)))).toThrow(
      expect.objectContaining({ code: 'clone/too-many-files' }),
    );
    const parts = Array.from({ length: 5 }, (_, i) => ({
      ...part(LIMITS.binaryBytes),
      baseAddress: i << 24,
    }));
    expect(() => readDump(parts)).toThrow(expect.objectContaining({ code: 'clone/dump-too-large' }));
  });

  test('a database with more values than so much text has, or more members, or more nodes', () => {
    const codeOf = (text: string) => {
      try {
        parseDatabase(text);
        return 'read';
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    const list = (item: string, count: number) => `{"nodes":[],"list":[${`${item},`.repeat(count)}1]}`;
    expect(codeOf(list('1', LIMITS.jsonValues - 10))).toBe('meshdb/not-a-database');
    expect(codeOf(list('1', 2 * LIMITS.jsonValues))).toBe('meshdb/too-many-values');
    expect(codeOf(list('"long enough"', 2 * LIMITS.jsonValues))).toBe('meshdb/not-a-database');
    expect(
      codeOf(`{${Array.from({ length: LIMITS.jsonMembers + 1 }, (_, i) => `"${i}":1`).join(',')}}`),
    ).toBe('meshdb/too-many-values');
    expect(codeOf(`{"nodes":[${'{},'.repeat(LIMITS.nodes)}{}]}`)).toBe('meshdb/too-many-nodes');
  });

  test('a table with a row too many', () => {
    const rows = (count: number) => parseNodeValues(`name\n${'a\n'.repeat(count)}`);
    expect(rows(LIMITS.tableRows)).toHaveLength(LIMITS.tableRows);
    expect(() => rows(LIMITS.tableRows + 1)).toThrow(
      expect.objectContaining({ code: 'meshdb/table-too-large', facts: { row: 32_768, limit: 32_766 } }),
    );
    expect(() => parseNodeValues(' '.repeat(LIMITS.tableCharacters + 1))).toThrow(
      expect.objectContaining({ code: 'meshdb/table-too-large' }),
    );
  });
});

test('faults of one kind are told up to a thousand, and then counted', () => {
  const database = JSON.parse(fixture('databases/pyaci-example.json').toString()) as { nodes: object[] };
  const nodes = Array.from({ length: 1500 }, () => ({ ...database.nodes[0], deviceKey: 'short' }));
  const findings = checkDatabase(JSON.stringify({ ...database, nodes }));
  const counts = new Map<string, number>();
  for (const { code } of findings) counts.set(code, (counts.get(code) ?? 0) + 1);
  expect(Math.max(...counts.values())).toBe(LIMITS.findingsOfOneKind);
  expect(findings.some(({ message }) => /\b500 more like this follow\.$/.test(message))).toBe(true);
});

test('sizes are told as people read them', () => {
  expect([0, 1, 1.5, 9.96, 64, 100.4].map((size) => megabytes(size * MEGABYTE))).toEqual([
    '0 MB',
    '1 MB',
    '1.5 MB',
    '10.0 MB',
    '64 MB',
    '100 MB',
  ]);
});

test('a HEX file reads the same in whatever stretches it comes', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 400 }),
      fc.constantFrom('\n', '\r\n', ' \n\n'),
      (bytes, end) => {
        // some ten thousand records, so that they come in several batches
        const image = MemoryImage.of([
          {
            address: 0xfff0,
            bytes: Uint8Array.from({ length: 0x28000 }, (_, i) => bytes[i % bytes.length]!),
          },
        ]);
        expect(parseHex(formatHex(image).replaceAll('\n', end)).image.runs).toEqual(image.runs);
      },
    ),
    { numRuns: 5 },
  );
});
