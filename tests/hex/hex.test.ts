import fc from 'fast-check';
import MemoryMap from 'nrf-intel-hex';
import { describe, expect, test } from 'vitest';
import { KnownError } from '../../src/errors.ts';
import { HexStencil, formatHex, parseHex } from '../../src/hex/index.ts';
import { MemoryImage, findOverlap } from '../../src/image/index.ts';

const record = (type: number, offset: number, data: readonly number[]) => {
  const bytes = [data.length, offset >> 8, offset & 0xff, type, ...data];
  const checksum = -bytes.reduce((a, b) => a + b, 0) & 0xff;
  return `:${[...bytes, checksum].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join('')}`;
};
const END = ':00000001FF';
const file = (...lines: string[]) => `${lines.join('\n')}\n`;

const images = fc
  .array(
    fc.record({
      address: fc.oneof(
        fc.integer({ min: 0, max: 300 }),
        fc.integer({ min: 0xff00, max: 0x10100 }),
        fc.constant(0x10001014),
      ),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 90 }),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .filter((segments) => !findOverlap(segments))
  .map((segments) => MemoryImage.of(segments));

describe('a HEX file', () => {
  test('keeps every byte it defines, and nothing more, through reading and writing', () => {
    fc.assert(
      fc.property(images, (image) => {
        const again = parseHex(formatHex(image)).image;
        expect(again.runs).toEqual(image.runs);
      }),
    );
  });

  test('is written to the byte as the library that reads it would write it', () => {
    fc.assert(
      fc.property(images, (image) => {
        const blocks = image.runs.map(({ address, bytes }): [number, Uint8Array] => [address, bytes]);
        expect(formatHex(image)).toBe(`${new MemoryMap(blocks).asHexString(16)}\n`);
      }),
    );
  });

  test('is read as the library reads it, however its bytes are cut into records, and in any order', () => {
    const cut = fc.record({ length: fc.integer({ min: 1, max: 255 }), rank: fc.integer({ max: 2 }) });
    const cuts = fc.array(cut, { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(images, cuts, fc.constantFrom(2, 4), (image, cuts, baseType) => {
        const text = [...cutIntoRecords(image, cuts, baseType), END].join('\n');
        const read = Array.from(MemoryMap.fromHex(text), ([address, bytes]) => ({ address, bytes }));
        expect(parseHex(text).image.runs).toEqual(MemoryImage.of(read).runs);
      }),
    );
  });

  test.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('is read with %s line ends', (_, end) => {
    const text = [record(4, 0, [0, 1]), record(0, 0x20, [1, 2, 3]), END, ''].join(end);
    expect(parseHex(text).image.runs).toEqual([{ address: 0x10020, bytes: Uint8Array.of(1, 2, 3) }]);
  });

  test('may hold blank lines, blanks at line ends, small letters and a byte order mark', () => {
    const text = `\uFEFF${record(0, 0, [0xab])} \n\n${END.toLowerCase()}\n\n`;
    expect([...parseHex(text.replace('AB', 'ab')).image.read(0, 1)]).toEqual([0xab]);
  });

  test('knows segment addresses', () => {
    const { image } = parseHex(file(record(2, 0, [0x10, 0x00]), record(0, 4, [7]), END));
    expect(image.runs).toEqual([{ address: 0x10004, bytes: Uint8Array.of(7) }]);
  });

  test.each([3, 5] as const)('keeps its start address record of type %i', (type) => {
    const text = file(':020000040000FA', record(0, 0, [1]), record(type, 0, [0, 1, 2, 3]), END);
    const { image, start } = parseHex(text);
    expect(formatHex(image, start)).toBe(text);
  });

  test('keeps the UICR beside the code flash', () => {
    const { image } = parseHex(file(record(4, 0, [0x10, 0x00]), record(0, 0x1014, [0, 0x80, 7, 0]), END));
    expect(image.stretches()).toEqual([{ address: 0x10001014, length: 4 }]);
  });
});

describe('a damaged HEX file', () => {
  const good = [record(4, 0, [0, 7]), record(0, 0xd000, [8, 4, 0x10, 0x10]), record(0, 0xd010, [1, 2, 3, 4])];
  const cases: [string, string, string, object][] = [
    ['empty', '', 'hex/empty-file', {}],
    ['no HEX at all', '{"nodes": []}', 'hex/not-hex', { line: 1 }],
    ['a line of other text', file(good[0]!, 'PK\x03\x04', END), 'hex/not-hex', { line: 2 }],
    ['a wrong digit', file(good[0]!, good[1]!.replace('1010', '1011'), END), 'hex/bad-checksum', { line: 2 }],
    ['a short line', file(good[0]!, good[1]!.slice(0, -4), good[2]!, END), 'hex/bad-length', { line: 2 }],
    ['cut between lines', file(...good), 'hex/truncated', { lines: 3 }],
    ['cut inside a line', file(...good).slice(0, -9), 'hex/truncated', { lines: 3 }],
    ['lines after its end', file(...good, END, good[1]!), 'hex/data-after-end', { line: 5 }],
    ['an unknown type', file(record(6, 0, []), END), 'hex/bad-record', { line: 1, type: 6 }],
    [
      'an address record of three bytes',
      file(record(4, 0, [0, 1, 2]), good[1]!, END),
      'hex/bad-record',
      { line: 1 },
    ],
    [
      'an overlap',
      file(...good, record(0, 0xd002, [9, 9, 9]), END),
      'hex/overlap',
      { line: 4, earlierLine: 2, address: 0x7d002 },
    ],
    ['the same line twice', file(...good, good[1]!, END), 'hex/overlap', { line: 4, earlierLine: 2 }],
    ['data past its 64 KB block', file(record(0, 0xffff, [1, 2]), END), 'hex/bad-record', { line: 1 }],
    ['addresses no chip has', file(record(4, 0, [0xff, 0xff]), good[1]!, END), 'hex/bad-record', { line: 1 }],
  ];
  test.each(cases)('is refused with the line: %s', (_, text, code, facts) => {
    let error: unknown;
    try {
      parseHex(text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code, facts });
  });

  test('is never quoted, since any line may be a key', () => {
    const key = [0xa6, 0x3a, 0xf6, 0xfb, 0x98, 0xc0, 0x84, 0x1c];
    const text = file(record(0, 0, key).replace(/..$/, '00'), END);
    try {
      parseHex(text);
      expect.unreachable();
    } catch (error) {
      expect(JSON.stringify([error, (error as Error).message, (error as Error).cause])).not.toMatch(
        /a63af6/i,
      );
    }
  });

  test('whatever the damage, fails with a known error or reads', () => {
    fc.assert(
      fc.property(images, fc.nat(), fc.constantFrom('', '0', 'F', ':', '\n', 'x'), (image, where, mark) => {
        const text = formatHex(image);
        const at = where % text.length;
        try {
          parseHex(text.slice(0, at) + mark + text.slice(at + 1));
        } catch (error) {
          expect(error).toBeInstanceOf(KnownError);
          expect(error).not.toMatchObject({ code: 'hex/unreadable' });
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a stencil', () => {
  test('renders each clone as if it had been written alone', () => {
    fc.assert(
      fc.property(images, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 40 }), (image, where, bytes) => {
        const { address, length } = image.stretches()[where % image.stretches().length]!;
        const change = {
          address: address + (where % length),
          bytes: bytes.subarray(0, length - (where % length)),
        };
        const clone = image.with([change]);
        const stencil = new HexStencil(image, [{ address: change.address, length: change.bytes.length }]);
        expect(Buffer.concat(stencil.pieces(stencil.stamp(clone))).toString('latin1')).toBe(formatHex(clone));
      }),
    );
  });

  test('shares all text but the records that vary', () => {
    const image = MemoryImage.of([{ address: 0x7000, bytes: new Uint8Array(0x2000) }]);
    const stencil = new HexStencil(image, [{ address: 0x7d1c, length: 2 }]);
    expect(stencil.fixed.reduce((sum, piece) => sum + piece.length, 0)).toBe(stencil.length - 44);
  });

  test('refuses a place that no record holds', () => {
    const image = MemoryImage.of([{ address: 0, bytes: new Uint8Array(16) }]);
    expect(() => new HexStencil(image, [{ address: 12, length: 8 }])).toThrow(RangeError);
  });
});

/** The bytes of an image in records of the lengths given, in turn, those of a low rank first, with the base addresses they need. */
function cutIntoRecords(
  { runs }: MemoryImage,
  cuts: readonly { readonly length: number; readonly rank: number }[],
  baseType: number,
): string[] {
  const pieces = runs.flatMap(({ address, bytes }) => {
    const cutRun: { readonly address: number; readonly data: number[]; readonly rank: number }[] = [];
    for (let at = 0; at < bytes.length;) {
      const { length, rank } = cuts[cutRun.length % cuts.length]!;
      const end = Math.min(at + length, bytes.length, at + 0x10000 - ((address + at) % 0x10000));
      cutRun.push({ address: address + at, data: [...bytes.subarray(at, end)], rank });
      at = end;
    }
    return cutRun;
  });
  let base = 0;
  return pieces
    .toSorted((a, b) => a.rank - b.rank)
    .flatMap(({ address, data }) => {
      const offset = address % 0x10000;
      const before = base;
      base = address - offset;
      const line = record(0, offset, data);
      if (base === before) return [line];
      const type = base < 0x100000 ? baseType : 4;
      const upper = base / (type === 4 ? 0x10000 : 0x10);
      return [record(type, 0, [upper >> 8, upper & 0xff]), line];
    });
}
