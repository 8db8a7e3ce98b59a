import fc from 'fast-check';
import { inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { nodePlatform } from '../../src/cli/platform.ts';
import { webDeflater } from '../../src/worker/web-deflater.ts';
import { deflated, utf8Chunks } from '../../src/zip/index.ts';

describe('a file that is deflated chunk by chunk', () => {
  test.each([
    ['everywhere', undefined],
    ['by Node', nodePlatform.deflater],
    ['by the browser', webDeflater!],
  ])('is itself again once inflated, %s', async (_, deflater) => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(chunks, async (chunks) => {
        const { pieces, uncompressedSize } = await deflated(chunks, deflater);
        expect(inflateRawSync(Buffer.concat(pieces)).equals(Buffer.concat(chunks))).toBe(true);
        expect(uncompressedSize).toBe(Buffer.concat(chunks).length);
      }),
      { numRuns: 40 },
    );
  });
});

describe('a text that is made piece by piece', () => {
  test('is its UTF-8 again, wherever chunks end', () => {
    const piece = fc
      .tuple(fc.constantFrom('a', 'é', '漢', '😀', '\ud800'), fc.nat(30_000), fc.string({ unit: 'binary' }))
      .map(([character, count, more]) => more + character.repeat(count));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 5 }), (pieces) => {
        const chunks = [...utf8Chunks(pieces)];
        expect(Buffer.concat(chunks).equals(Buffer.concat(pieces.map((one) => Buffer.from(one))))).toBe(true);
        for (const chunk of chunks.slice(0, -1)) expect(chunk.length).toBeGreaterThan(65_532);
      }),
      { numRuns: 10 },
    );
  });
});
