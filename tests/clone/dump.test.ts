import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { contentOf, readDump } from '../../src/clone/index.ts';
import { formatHex } from '../../src/hex/index.ts';
import { MemoryImage } from '../../src/image/index.ts';

const bytes = (length: number, seed = 0) => Uint8Array.from({ length }, (_, i) => (i * 31 + seed) & 0xff);
const hexFile = (name: string, address: number, content: Uint8Array) => ({
  name,
  bytes: new TextEncoder().encode(formatHex(MemoryImage.of([{ address, bytes: content }]))),
});

describe('reading a dump', () => {
  test('takes a packed file as it takes the plain one', () => {
    const plain = hexFile('donor.hex', 0x7d000, bytes(64));
    const packed = { name: 'donor.hex.gz', bytes: gzipSync(plain.bytes) };
    expect(readDump([packed]).image.runs).toEqual(readDump([plain]).image.runs);
  });

  test('joins files that hold different parts of the flash', () => {
    const { image, names } = readDump([
      hexFile('mesh.hex', 0x7b000, bytes(32)),
      hexFile('app.hex', 0, bytes(48, 7)),
    ]);
    expect(names).toEqual(['mesh.hex', 'app.hex']);
    expect(image.stretches()).toEqual([
      { address: 0, length: 48 },
      { address: 0x7b000, length: 32 },
    ]);
  });

  test('refuses files that define one address twice, and names both', () => {
    const files = [hexFile('a.hex', 0x1000, bytes(32)), hexFile('b.hex', 0x101f, bytes(8))];
    expect(() => readDump(files)).toThrow(
      expect.objectContaining({
        code: 'clone/files-overlap',
        facts: { name: 'b.hex', other: 'a.hex', address: 0x101f },
      }),
    );
  });

  test('takes a raw binary where it is told where it belongs', () => {
    const { image } = readDump([{ name: 'top.bin', bytes: bytes(100), baseAddress: 0x78000 }]);
    expect(image.stretches()).toEqual([{ address: 0x78000, length: 100 }]);
    expect(image.read(0x78000, 100)).toEqual(bytes(100));
  });

  test('asks for the base address of a raw binary', () => {
    expect(() => readDump([{ name: 'top.bin', bytes: bytes(100) }])).toThrow(
      expect.objectContaining({ code: 'clone/binary-without-base' }),
    );
  });

  test('says that a packed file is cut off', () => {
    const packed = gzipSync(bytes(5000)).subarray(0, 200);
    expect(() => readDump([{ name: 'donor.hex.gz', bytes: packed }])).toThrow(
      expect.objectContaining({ code: 'clone/damaged-gzip' }),
    );
  });
});

test.each([
  ['{"nodes": []}', 'database'],
  ['\uFEFF  [1]', 'database'],
  [':00000001FF', 'hex'],
  ['\r\n:00000001FF', 'hex'],
  ['MZ', 'binary'],
  ['', 'empty'],
])('what a file is shows in its content: %j is a %s', (text, kind) => {
  expect(contentOf(new TextEncoder().encode(text))).toBe(kind);
});
