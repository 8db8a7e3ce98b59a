import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { portableSha256, type Sha256 } from '../../src/clone/index.ts';
import { fastSha256 } from '../../src/worker/fast-sha256.ts';

const expected = (...pieces: Uint8Array[]) =>
  pieces.reduce((hash, piece) => hash.update(piece), createHash('sha256')).digest('hex');
const hex = (digest: Uint8Array) => Buffer.from(digest).toString('hex');

describe('hashing in WebAssembly', () => {
  let sha256: () => Sha256;
  beforeAll(async () => {
    sha256 = await fastSha256();
  });

  test('is what runs here', () => {
    expect(sha256).not.toBe(portableSha256);
  });

  test('gives what the platform gives, for states that share a beginning and go on in turn', () => {
    const piece = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(piece, piece, piece, (shared, one, other) => {
        const first = sha256().update(shared);
        const second = first.copy();
        first.update(one);
        second.update(other);
        first.update(other);
        expect(hex(second.digest())).toBe(expected(shared, other));
        expect(hex(first.digest())).toBe(expected(shared, one, other));
      }),
    );
  });
});
