import fc from 'fast-check';
import decodeQR from 'qr/decode.js';
import { describe, expect, test } from 'vitest';
import {
  FORMS,
  letterName,
  qrText,
  sheetsOf,
  TEXT_WIDTH,
  uuidLines,
  type Labelled,
} from '../../src/app/paper/label.ts';
import { qrOf, type Qr } from '../../src/app/paper/qr.ts';
import { HOSTILE } from '../support/hostile-names.ts';

const label: Labelled = {
  name: 'light_0053',
  unicastAddress: '0x0053',
  lastUnicastAddress: '0x0055',
  uuid: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
};
const deviceKey = '00112233445566778899aabbccddeeff';
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });

/** The inside of an outline, four pixels a module, with a quiet zone; read by a decoder of another author. */
function read({ outline, edge }: Qr): string {
  const uprights = [...outline.matchAll(/M([^Z]+)Z/g)].flatMap(([, path]) => {
    const corners = path!.split('L').map((corner) => corner.split(' ').map(Number) as [number, number]);
    return corners.flatMap(([x, y], i) => {
      const [otherX, otherY] = corners[(i + 1) % corners.length]!;
      return x === otherX ? [{ x, top: Math.min(y, otherY), end: Math.max(y, otherY) }] : [];
    });
  });
  const size = (edge + 8) * 4;
  const data = new Uint8ClampedArray(size * size * 4).fill(255);
  for (let y = 0; y < size; y++) {
    const row = (y + 0.5) / 4 - 4;
    const crossed = uprights.filter(({ top, end }) => top < row && row < end).map(({ x }) => x);
    crossed.sort((a, b) => a - b);
    for (let i = 0; i < crossed.length; i += 2)
      for (let x = (crossed[i]! + 4) * 4; x < (crossed[i + 1]! + 4) * 4; x++)
        data.set([0, 0, 0], (y * size + x) * 4);
  }
  return decodeQR({ width: size, height: size, data });
}

describe('the QR code of a label', () => {
  test('is one line that tells who the node is', () => {
    expect(qrText(label)).toBe('MESHPRESS:1:0053-0055:3F2504E04F8941D39A0C0305E82C3301:light_0053');
    expect(qrText({ ...label, lastUnicastAddress: '0x0053' })).toMatch(/^MESHPRESS:1:0053:/);
  });

  test('holds the device key only where the label was given one, and says so by its version', () => {
    expect(qrText({ ...label, deviceKey })).toBe(
      'MESHPRESS:1K:0053-0055:3F2504E04F8941D39A0C0305E82C3301:00112233445566778899AABBCCDDEEFF:light_0053',
    );
  });

  test('is read by a decoder of another author, whatever the name', () => {
    fc.assert(
      fc.property(name, fc.boolean(), (name, keyed) => {
        const text = qrText({ ...label, name, ...(keyed && { deviceKey }) });
        expect(read(qrOf(text))).toBe(text);
      }),
      { numRuns: 25 },
    );
  });

  test('holds as much of a name as there is room for', () => {
    for (const letter of ['x', 'ü', '\u{1f4a1}']) {
      const text = qrText({ ...label, deviceKey, name: letter.repeat(10_000) });
      expect(text.endsWith(`${letter}…`)).toBe(true);
      expect(read(qrOf(text))).toBe(text);
    }
    const longest = 'x'.repeat(2200);
    expect(qrText({ ...label, name: longest }).endsWith(`:${longest}`)).toBe(true);
  });

  test('has modules of half a millimetre for a usual name', () => {
    expect(18 / qrOf(qrText(label)).edge).toBeGreaterThan(0.5);
  });
});

describe('a name on a label', () => {
  const width = ({ size, lines }: ReturnType<typeof letterName>) =>
    Math.max(...lines.map((line) => line.length)) * size * 0.61;

  test('stands 5 mm high where it fits, and is set smaller before it is broken', () => {
    expect(letterName('light_0053')).toEqual({ size: 5, lines: ['light_0053'] });
    expect(letterName('kitchen_0053')).toEqual({ size: 4, lines: ['kitchen_0053'] });
  });

  test('breaks behind a separator', () => {
    expect(letterName('conference_room_0053').lines).toEqual(['conference_room_', '0053']);
  });

  test('loses its middle only where no size holds it, and never its ends', () => {
    const { lines } = letterName(`begin${'x'.repeat(200)}end`);
    expect(lines.join('')).toMatch(/^begin.*…x*end$/);
  });

  test('never leaves its place, and is whole wherever it has no gap', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 120 }), fc.boolean(), (name, aboveKey) => {
        const lettering = letterName(name, { aboveKey });
        expect(width(lettering)).toBeLessThanOrEqual(TEXT_WIDTH + 0.001);
        const height = lettering.size * lettering.lines.length * 1.12;
        expect(height).toBeLessThanOrEqual(aboveKey ? 5.7 : 8.5);
        const shown = lettering.lines.join('');
        if (!shown.includes('…')) expect(shown).toBe(name);
      }),
    );
  });

  test('shows what nobody would see, and parts no letter from what belongs to it', () => {
    expect(letterName('lamp\u202e5500x0').lines.join('')).toBe(String.raw`lamp\u202e5500x0`);
    const family = '👨‍👩‍👧‍👦';
    const { lines } = letterName(family.repeat(20));
    expect(lines.map((line) => line.replaceAll(family, '').replace('…', ''))).toEqual(lines.map(() => ''));
  });

  test.each(Object.entries(HOSTILE))('of any kind stays on its label: %s', (_, name) => {
    const { size, lines } = letterName(name);
    expect(lines.length * size).toBeLessThanOrEqual(7.5);
    for (const line of lines)
      expect([...line].filter((letter) => !/\p{Mn}/u.test(letter)).length).toBeLessThanOrEqual(24);
  });

  test('in wide letters takes twice the room', () => {
    expect(letterName('灯灯灯灯灯灯灯灯').size).toBeLessThan(letterName('xxxxxxxx').size);
  });
});

test('a UUID is broken in its middle', () => {
  expect(uuidLines(label.uuid)).toEqual(['3f2504e0-4f89-41d3-', '9a0c-0305e82c3301']);
});

describe('labels on sheets', () => {
  const labels = Array.from({ length: 40 }, (_, i) => i);

  test('fill 33 places before another sheet begins', () => {
    const sheets = sheetsOf(labels, FORMS.a4, 0);
    expect(sheets.map(({ length }) => length)).toEqual([33, 7]);
    expect(sheets.flat()).toEqual(labels);
  });

  test('leave the places out that are empty on a sheet already begun', () => {
    const [first, second] = sheetsOf(labels, FORMS.a4, 5);
    expect(first!.slice(0, 6)).toEqual([null, null, null, null, null, 0]);
    expect(second).toHaveLength(12);
  });

  test('have a page each on a roll, and none where there are none', () => {
    expect(sheetsOf(labels, FORMS.roll, 0)).toHaveLength(40);
    expect(sheetsOf([], FORMS.a4, 7)).toEqual([]);
  });

  test.each(Object.values(FORMS))(
    'stay within the paper: $title',
    ({ columns, rows, width, height, gap }) => {
      expect(columns * width + (columns - 1) * gap).toBeLessThanOrEqual(210);
      expect(rows * height).toBeLessThanOrEqual(297);
    },
  );
});
