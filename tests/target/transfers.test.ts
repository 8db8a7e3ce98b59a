import { describe, expect, test } from 'vitest';
import { crc32 } from '../../src/crc32.ts';
import { planTransfers, type LinkRate } from '../../src/target/transfers.ts';
import { pattern } from './bench.ts';

const PAGE = 0x1000;
const whole = Array.from({ length: 12 }, (_, i) => ({ address: i * PAGE, bytes: pattern(PAGE, i + 1) }));
const packedTo = (length: number) =>
  whole.map(({ address, bytes }) => ({
    address,
    crc32: crc32(bytes),
    packed: new Uint8Array(length),
    absoluteBranches: false,
    history: address,
  }));
const linkOf = (pageMs: number): LinkRate => ({ pageMs, unpackerBytes: 1024 });
const plan = (link: LinkRate | undefined, packed = packedTo(2800), flashMs = 43, pages = whole) =>
  planTransfers({ pages: pages.map((page) => ({ page, flashMs })), packed, link });
const forms = (transfers: ReturnType<typeof plan>) => new Set(transfers.map(({ form }) => form));
const reasons = (transfers: ReturnType<typeof plan>) => new Set(transfers.map(({ reason }) => reason));

describe('pages go', () => {
  test('packed over a link that the flash would wait for', () => {
    const transfers = plan(linkOf(85));
    expect(forms(transfers)).toEqual(new Set(['packed']));
    expect(transfers[0]).toEqual({ form: 'packed', bytes: 2800, reason: 'link is slower' });
  });

  test('as they are over one that keeps up, but for the first', () => {
    const [, ...others] = plan(linkOf(20));
    expect(forms(others)).toEqual(new Set(['plain']));
    expect(reasons(others)).toEqual(new Set(['link keeps up']));
  });

  test('in both forms where the link is a little slower: the time to unpack is spent only where it is won back', () => {
    const transfers = plan(linkOf(47), packedTo(2000));
    expect(forms(transfers)).toEqual(new Set(['packed', 'plain']));
  });

  test('as they are where nothing unpacks', () => {
    expect(reasons(plan(undefined))).toEqual(new Set(['no program in the chip']));
  });

  test('as they are where nothing, or something else, was packed', () => {
    expect(reasons(plan(linkOf(85), []))).toEqual(new Set(['not packed']));
    const ofOthers = packedTo(100).map((one) => ({ ...one, crc32: one.crc32 ^ 1 }));
    expect(reasons(plan(linkOf(85), ofOthers))).toEqual(new Set(['not packed']));
  });

  test('as they are where they are so few that loading what unpacks takes longer', () => {
    const transfers = plan(linkOf(85), packedTo(3500), 43, whole.slice(0, 1));
    expect(transfers).toEqual([{ form: 'plain', bytes: PAGE, reason: 'not worth it' }]);
  });

  test('without the erased words at their end', () => {
    const page = { address: 0, bytes: new Uint8Array(PAGE).fill(0xff) };
    page.bytes.set([1, 2, 3, 4, 5]);
    expect(plan(linkOf(20), [], 43, [page])[0]!.bytes).toBe(8);
  });
});
