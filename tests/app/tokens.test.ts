/** Contrast of the colours, computed from the tokens themselves. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const css = readFileSync(new URL('../../src/app/styles/tokens.css', import.meta.url), 'utf8');

/** A token's colour by day and by night. */
function pair(name: string): readonly [string, string] {
  const match = new RegExp(`--${name}: light-dark\\((#[0-9a-f]{6}), (#[0-9a-f]{6})\\)`).exec(css);
  if (!match) throw new Error(`--${name} is no light-dark pair`);
  return [match[1]!, match[2]!];
}

/** Relative luminance. Source: WCAG 2.2. */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}
function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
  return (light! + 0.05) / (dark! + 0.05);
}

const lowest = (front: string, ground: string) =>
  Math.min(...[0, 1].map((theme) => contrast(pair(front)[theme]!, pair(ground)[theme]!)));

describe('by day and by night', () => {
  test.each([
    ['text', 'paper'],
    ['text', 'surface'],
    ['text', 'sunken'],
    ['text-2', 'paper'],
    ['text-2', 'surface'],
    ['text-2', 'sunken'],
    ['text-3', 'paper'],
    ['text-3', 'surface'],
    ['accent', 'paper'],
    ['accent', 'surface'],
    ['accent', 'accent-wash'],
    ['text-2', 'accent-wash'],
    ['on-accent', 'accent'],
    ['fail', 'paper'],
    ['fail', 'surface'],
    ['paper', 'text-2'],
  ])('words in %s can be read on %s', (front, ground) => {
    expect(lowest(front, ground)).toBeGreaterThanOrEqual(4.5);
  });

  test.each(['control', 'ok', 'warn', 'fail', 'accent'])(
    'glyphs and edges in %s stand out from paper',
    (name) => {
      expect(lowest(name, 'paper')).toBeGreaterThanOrEqual(3);
      expect(lowest(name, 'surface')).toBeGreaterThanOrEqual(3);
    },
  );
});
