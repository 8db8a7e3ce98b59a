import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatNodeValues,
  nodeValuesTemplate,
  parseNodeValues,
  parseUuid,
  type NodeValues,
} from '../../src/meshdb/index.ts';

const KEY = '00112233445566778899aabbccddeeff';
const UUID = '94d54f12-be5d-4bed-8d8f-47ff2283779b';

const bytes16 = fc.uint8Array({ minLength: 16, maxLength: 16 });
const anyValues: fc.Arbitrary<NodeValues> = fc.record(
  {
    name: fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => text.trim() !== ''),
    unicast: fc.integer({ min: 1, max: 0x7fff }),
    deviceKey: bytes16.filter((key) => new Set(key).size > 1),
    uuid: fc.uuid(),
    label: fc.constantFrom('a,b', 'say "hi"', 'two\r\nlines', 'x;y', 'tab\there', ' padded '),
  },
  { requiredKeys: ['name'] },
);

describe('values for clones from a table', () => {
  test('come back from what was written', () => {
    fc.assert(
      fc.property(fc.array(anyValues, { minLength: 1 }), (values) => {
        const trimmed = values.map((one) => ({
          ...one,
          name: one.name!.trim(),
          ...(one.label !== undefined && { label: one.label.trim() }),
        }));
        expect(parseNodeValues(formatNodeValues(values))).toEqual(trimmed);
      }),
    );
  });

  test('are read from columns in any order, of which any may be missing', () => {
    expect(parseNodeValues('UUID,name\n,Hall\n94D54F12BE5D4BED8D8F47FF2283779B,\n')).toEqual([
      { name: 'Hall' },
      { uuid: UUID },
    ]);
    expect(parseNodeValues('deviceKey\r\n' + KEY.toUpperCase())).toEqual([
      { deviceKey: Uint8Array.from({ length: 16 }, (_, i) => i * 0x11) },
    ]);
  });

  test('are read as spreadsheets save and paste them', () => {
    const expected = [
      { name: 'Hall; left', unicast: 0x11, label: 'A "1"' },
      { name: 'Stairs', unicast: 0x7fff },
    ];
    const table = (separator: string) =>
      `\ufeffName${separator}unicastaddress${separator}Label\r\n"Hall; left"${separator}0x0011${separator}"A ""1"""\r\n${separator}${separator}\r\nStairs${separator}7FFF${separator}\r\n`;
    for (const separator of [',', ';', '\t']) expect(parseNodeValues(table(separator))).toEqual(expected);
  });

  test('may be none', () => {
    expect(parseNodeValues('name,label\n')).toEqual([]);
    expect(parseNodeValues(nodeValuesTemplate(2))).toEqual([]);
    expect(nodeValuesTemplate()).toBe('name,unicastAddress,deviceKey,UUID,label\r\n');
  });

  test.each([
    ['', 1, 'name'],
    ['name,colour\nHall,red', 1, 'name'],
    ['name,name\nHall,Hall', 1, 'name'],
    ['name\nHall\nStairs,', 3, 'after name'],
    ['name,unicastAddress\n"two\nlines",0x11\nHall,17', 3, 'unicastAddress'],
    ['unicastAddress\n0x8000', 2, 'unicastAddress'],
    ['unicastAddress\n0', 2, 'unicastAddress'],
    [`name,deviceKey\n\n\nHall,${KEY.slice(1)}`, 4, 'deviceKey'],
    [`deviceKey\n${'00'.repeat(16)}`, 2, 'deviceKey'],
    ['deviceKey\n1.12233E+31', 2, 'deviceKey'],
    ['UUID\n1234', 2, 'UUID'],
    ['name,label\nHall,"open', 2, 'cell 2'],
    ['name,label\n"Hall" way,x', 2, 'cell 1'],
  ])('are refused with row and column: %j', (text, row, column) => {
    expect(() => parseNodeValues(text)).toThrowError(
      expect.objectContaining({ code: 'meshdb/bad-table', facts: { row, column } }),
    );
  });

  test('keys never appear in an error', () => {
    for (const text of [`${KEY}\n`, `deviceKey\n${KEY}0`, `UUID,deviceKey\n${UUID},${KEY},x`])
      try {
        parseNodeValues(text);
        expect.unreachable();
      } catch (error) {
        const { message, hint, facts } = error as { message: string; hint: string; facts: object };
        expect(JSON.stringify([message, hint, facts])).not.toContain(KEY.slice(0, 8));
      }
  });

  test('UUIDs come out in one form', () => {
    expect(parseNodeValues(`UUID\n${UUID.toUpperCase()}`)[0]!.uuid).toBe(parseUuid(UUID));
  });
});
