import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import MemoryMap from 'nrf-intel-hex';
import { describe, expect, test, vi } from 'vitest';
import { letterName, qrText } from '../src/app/paper/label.ts';
import { parseRun } from '../src/app/state/run-file.ts';
import { formatJournalCsv, formatJournalJson, parseJournal, type JournalRecord } from '../src/bench/index.ts';
import { plainStem, readDump, unpack } from '../src/clone/index.ts';
import { parseCsv } from '../src/csv.ts';
import { formatHex, parseHex, parseSrec, parseUf2 } from '../src/hex/index.ts';
import { MemoryImage } from '../src/image/index.ts';
import { flashManagerKind } from '../src/kinds/flashfs/index.ts';
import { zephyrKind } from '../src/kinds/zephyr/index.ts';
import { LIMITS, MEGABYTE, megabytes } from '../src/limits.ts';
import { LogLines, wordOf } from '../src/log-lines.ts';
import { configuration, parseComposition } from '../src/mesh/access/index.ts';
import { networkKey, openNetworkPdu, ProxyReassembly, sealNetworkPdu } from '../src/mesh/index.ts';
import { checkDatabase, parseDatabase, parseNodeValues } from '../src/meshdb/index.ts';
import { parseRadioJournal } from '../src/on-air/index.ts';
import { FrameReader } from '../src/serial/index.ts';
import { findId, parseRttBlock } from '../src/target/rtt.ts';
import { fixture } from './support/fixtures.ts';
import { stepsOf } from './support/steps.ts';

/** Blocks of 256 bytes, one behind the other. */
function uf2(blocks: number): Uint8Array {
  const file = new Uint8Array(512 * blocks);
  const view = new DataView(file.buffer);
  for (let i = 0; i < blocks; i++)
    [0x0a324655, 0x9e5d5157, 0, 256 * i, 256, i, blocks].forEach((word, k) =>
      view.setUint32(512 * i + 4 * k, word, true),
    );
  for (let i = 0; i < blocks; i++) view.setUint32(512 * i + 508, 0x0ab16f30, true);
  return file;
}
/** Whole pages of these bytes again and again. */
const imageOf = (length: number, ...bytes: number[]) =>
  MemoryImage.of([
    {
      address: 0,
      bytes: Uint8Array.from({ length: length - (length % 0x1000) }, (_, i) => bytes[i % bytes.length]!),
    },
  ]);
/** The database of a fixture with its first node so many times. */
function withNodes(name: string, count: number): string {
  const database = JSON.parse(fixture(name).toString()) as { nodes: object[] };
  return JSON.stringify({ ...database, nodes: new Array<object>(count).fill(database.nodes[0]!) });
}
const journal = (count: number): JournalRecord[] =>
  Array.from({ length: count }, (_, i) => ({
    run: 'run',
    number: i + 1,
    at: '2026-11-26T14:58:00.000Z',
    kind: 'verified',
    identity: { network: 'f3'.repeat(16), clone: `light ${i}`, unicast: 1 + (i % 0x7000), elementCount: 1 },
    chipId: i.toString(16).padStart(16, '0'),
    probe: '',
    imageSha256: '',
    result: '',
  }));
function savedRun(bytes: number, clones: number): string {
  const addresses = Array.from({ length: clones }, (_, i) => 1 + i);
  return JSON.stringify({
    meshpress: 'run',
    version: 2,
    id: 'run',
    startedAt: 'now',
    boards: 'usb',
    network: 'f3'.repeat(16),
    donor: 'light',
    clones: addresses,
    files: [{ name: 'a.hex', base64: 'A'.repeat(bytes) }],
    plan: {
      version: 1,
      choices: {},
      findings: [],
      donor: {
        kind: 'k',
        name: 'n',
        unicast: 1,
        elementCount: 1,
        meshUuid: 'f3'.repeat(16),
        imageSha256: 'a',
      },
      clones: addresses.map((unicast) => ({
        name: `light ${unicast}`,
        unicast,
        elementCount: 1,
        deviceKey: 'a5'.repeat(16),
        uuid: 'u',
        fileName: `light_${unicast}.hex`,
      })),
    },
  });
}
const LABEL = { name: '', unicastAddress: '0x0053', lastUnicastAddress: '0x0055', uuid: 'a5'.repeat(16) };
const frames = (bytes: number) => Uint8Array.from({ length: bytes }, (_, i) => (i % 4 === 0 ? 3 : 0x81));
function inPieces(bytes: Uint8Array, size: number, reader: FrameReader): void {
  for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
}
function log(text: string): void {
  const lines = new LogLines();
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += 64)
    for (const line of lines.add(bytes.subarray(at, at + 64), 0)) wordOf(line);
  lines.flush(0);
}
function idsIn(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = findId(bytes); at !== -1; at = findId(bytes, at + 4))
    parseRttBlock(bytes.slice(at, at + 408), at, { start: 0, length: 0x10000 });
}
function values(count: number, ...heads: number[]): void {
  const reassembly = new ProxyReassembly();
  for (let i = 0; i < count; i++) reassembly.take(Uint8Array.of(heads[i % heads.length]!, 1, 2, 3));
}
function pdus(count: number): void {
  const network = networkKey(new Uint8Array(16).fill(1));
  const pdu = {
    control: false,
    ttl: 4,
    sequence: 7,
    source: 1,
    destination: 2,
    transport: new Uint8Array(8),
  };
  const bytes = sealNetworkPdu(network, 5, pdu);
  for (let i = 0; i < count; i++) openNetworkPdu(network, 5, bytes);
}
const appKeys = (bytes: number) =>
  configuration.appKeyList.encode({
    status: 0,
    netKeyIndex: 0,
    appKeyIndexes: Array.from({ length: bytes / 2 }, () => 1),
  });

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
    ['S-records', (n) => parseSrec(`${'S10500000102F7\n'.repeat(n / 4)}S9030000FC\n`)],
    ['UF2', (n) => parseUf2(uf2(n / 8))],
    ['a raw binary', (n) => readDump([{ name: 'a.bin', bytes: new Uint8Array(8 * n), baseAddress: 0 }])],
    ['a packed HEX file', (n) => readDump([{ name: 'a.hex.gz', bytes: gzipSync(ONE_BYTE.repeat(n / 10)) }])],
    ['an image without areas', (n) => flashManagerKind.read(imageOf(32 * n, 0xff))],
    ['an image of headers of areas', (n) => flashManagerKind.read(imageOf(32 * n, 0x08, 0x04, 0x10, 0x10))],
    ['an image without sectors', (n) => zephyrKind.read(imageOf(32 * n, 0xff))],
    [
      'an image of entries of sectors',
      (n) => zephyrKind.read(imageOf(32 * n, 0, 0x80, 0, 0, 8, 0, 0xff, 0x5c)),
    ],
    ['nodes of a PyACI database', (n) => checkDatabase(withNodes('databases/pyaci-example.json', n / 100))],
    ['nodes of a phone app’s', (n) => checkDatabase(withNodes('databases/cdb-android-export.json', n / 100))],
    ['a journal as CSV', (n) => parseJournal(formatJournalCsv(journal(n / 10)))],
    ['a journal as JSON', (n) => parseJournal(formatJournalJson(journal(n / 10)))],
    ['a journal of the radio', (n) => parseRadioJournal('{"kind":"asked"}\n'.repeat(n))],
    ['a run with large files', (n) => parseRun(savedRun(8 * n, 1))],
    ['a run of many clones', (n) => parseRun(savedRun(8, n / 10))],
    ['a name on a label', (n) => letterName('x'.repeat(n))],
    ['a name of blanks on a label', (n) => letterName(' '.repeat(n))],
    ['a name in a QR code', (n) => qrText({ ...LABEL, name: 'ü'.repeat(n) })],
    ['a name of a file', (n) => plainStem('\u200d'.repeat(n), 'node')],
    ['frames of a kit, byte by byte', (n) => inPieces(frames(n), 1, new FrameReader())],
    ['frames of a kit that never end', (n) => inPieces(new Uint8Array(n).fill(0xff), 1, new FrameReader())],
    ['a log of short lines', (n) => log('<t: 0>, main.c, 1, x\n'.repeat(n / 10))],
    ['a log without line ends', (n) => log('x'.repeat(n))],
    ['a log of escapes', (n) => log('\u001b['.repeat(n))],
    ['ids of a log in RAM', (n) => idsIn('SEGGER RTT\0\0\0\0\0\0'.repeat(n / 16))],
    ['values of a proxy that never end', (n) => values(n, 0x83)],
    ['messages of a proxy in pieces', (n) => values(n, 0x43, 0xc3)],
    ['network PDUs', (n) => pdus(n / 50)],
    ['a composition', (n) => parseComposition(Uint8Array.from({ length: n }, (_, i) => (i < 12 ? 0 : 1)))],
    ['a list of key indexes', (n) => configuration.appKeyList.decode(appKeys(n))],
  ];

  test.each(growing)('%s', (_, read) => {
    stepsOf(() => read(100)); // what is made once
    const [one, two, four] = [2000, 4000, 8000].map((size) => stepsOf(() => read(size)));
    expect(one).toBeGreaterThan(0);
    expect(two! - one!).toBeLessThanOrEqual(2.1 * one! + 100);
    expect(four! - two!).toBeLessThanOrEqual(2.1 * Math.abs(two! - one!) + 100);
  });

  test('is counted for as many kinds as docs/reliability.md says', () => {
    const figures = readFileSync(new URL('../docs/reliability.md', import.meta.url), 'utf8');
    expect(figures).toContain(`steps of reading at n, 2n and 4n | ${growing.length} kinds |`);
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
