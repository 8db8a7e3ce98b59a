import fc from 'fast-check';
import { inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { nodePlatform } from '../../src/cli/platform.ts';
import { DeflateStencil } from '../../src/clone/deflate-stencil.ts';
import { crc32 } from '../../src/crc32.ts';
import { HexStencil } from '../../src/hex/index.ts';
import { MemoryImage } from '../../src/image/index.ts';

describe('the deflated form of a clone', () => {
  test.each([
    ['everywhere', undefined],
    ['by Node’s own deflate', nodePlatform.deflate],
  ])('is its text again once inflated, %s', async (_, deflate) => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 200, maxLength: 3000 }),
        fc.array(fc.nat({ max: 190 }), { minLength: 1, maxLength: 4 }),
        async (bytes, places) => {
          const image = MemoryImage.of([{ address: 0x7ff0, bytes }]);
          const varying = places.map((place) => ({ address: 0x7ff0 + place, length: 2 }));
          const stencil = new HexStencil(image, varying);
          const clone = image.with(
            varying.map(({ address }) => ({ address, bytes: Uint8Array.of(0x5a, 0xa5) })),
          );
          const stamped = stencil.stamp(clone);
          const file = (await DeflateStencil.of(stencil, deflate)).file(stamped);
          const text = Buffer.concat(stencil.pieces(stamped));
          expect(inflateRawSync(Buffer.concat(file.pieces)).equals(text)).toBe(true);
          expect(file.crc32).toBe(crc32(text));
        },
      ),
      { numRuns: 50 },
    );
  });
});
