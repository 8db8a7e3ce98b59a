import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32, joinCrc32, shiftFor } from '../../src/zip/crc32.ts';

describe('the checksum of a text', () => {
  test('is the one every zip reader computes', () => {
    // the check value of CRC-32/ISO-HDLC
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  });

  test('agrees with zlib', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => crc32(bytes) === zlibCrc32(bytes)));
  });

  test('follows from those of its parts', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (a, b) => {
        const whole = crc32(Uint8Array.of(...a, ...b));
        expect(joinCrc32(crc32(a), crc32(b), shiftFor(b.length))).toBe(whole);
        expect(crc32(b, crc32(a))).toBe(whole);
      }),
    );
  });
});
