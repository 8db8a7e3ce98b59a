import { expect, test } from 'vitest';
import { VirtualNrf52 } from '../../src/virtual/index.ts';

test('a debugger that walks the ROM table finds the parts of a Cortex-M4', () => {
  const chip = new VirtualNrf52();
  const word = (address: number) => chip.read(address, 4)!;
  const bytes = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => word(from + 4 * i)).reduceRight((id, byte) => id * 256 + byte, 0);
  const table = 0xe00ff000;
  expect(bytes(table + 0xff0, 4)).toBe(0xb105100d);

  const found: string[] = [];
  for (let at = table; word(at) !== 0; at += 4) {
    const base = (table + (word(at) & ~0xfff)) >>> 0;
    expect(bytes(base + 0xff0, 4)).toBe(0xb105e00d);
    expect(word(base + 0xfd0)).toBe(4);
    found.push(`${base.toString(16)} ${(bytes(base + 0xfe0, 3) & 0xfff).toString(16)}`);
  }
  expect(found).toEqual(['e000e000 c', 'e0001000 2', 'e0002000 3', 'e0000000 1']);
});
