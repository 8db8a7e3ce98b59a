import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../src/bytes.ts';
import {
  configuration,
  formatComposition,
  formatOpcode,
  genericOnOff,
  parseComposition,
  readOpcode,
  requests,
  type AccessMessage,
} from '../../src/mesh/access/index.ts';

const u16 = fc.nat(0xffff);
const index = fc.nat(0x0fff);
const u8 = fc.nat(255);
const model = fc.oneof(
  fc.nat(0xffff).map((value) => value.toString(16).padStart(4, '0')),
  fc.nat(0xffffffff).map((value) => value.toString(16).padStart(8, '0')),
);
const key = fc.uint8Array({ minLength: 16, maxLength: 16 });
const unitMs = fc.constantFrom(100, 1000, 10_000, 600_000);
const publication = {
  address: u16,
  key: fc.record({ appKeyIndex: index, friendshipCredentials: fc.boolean() }),
  ttl: u8,
  periodMs: fc.tuple(fc.nat(63), unitMs).map(([steps, unit]) => steps * unit),
  retransmit: fc.record({
    count: fc.nat(7),
    intervalMs: fc.nat(31).map((steps) => (steps + 1) * 50),
  }),
};
const indexes = fc.record({ netKeyIndex: index, appKeyIndex: index });
const list = fc.array(index, { maxLength: 9 });

const KINDS: readonly (readonly [AccessMessage<never>, fc.Arbitrary<unknown>])[] = [
  [configuration.appKeyAdd as never, fc.record({ indexes, key })],
  [configuration.appKeyStatus as never, fc.record({ status: u8, indexes })],
  [configuration.appKeyList as never, fc.record({ status: u8, netKeyIndex: u16, appKeyIndexes: list })],
  [configuration.modelAppBind as never, fc.record({ element: u16, appKeyIndex: u16, model })],
  [configuration.modelAppStatus as never, fc.record({ status: u8, element: u16, appKeyIndex: u16, model })],
  [configuration.publicationSet as never, fc.record({ element: u16, ...publication, model })],
  [configuration.publicationStatus as never, fc.record({ status: u8, element: u16, ...publication, model })],
  [configuration.subscriptionAdd as never, fc.record({ element: u16, address: u16, model })],
  [
    genericOnOff.set as never,
    fc.record({
      state: u8,
      tid: u8,
      transition: fc.option(fc.record({ time: u8, delay: u8 })),
    }),
  ],
];

describe('access messages', () => {
  test('come out as they went in', () => {
    for (const [kind, values] of KINDS)
      fc.assert(
        fc.property(values, (value) => {
          expect(kind.decode(kind.encode(value as never))).toEqual(value);
        }),
      );
  });

  test('any bytes are one of them or none, and nothing throws', () => {
    const kinds = [...Object.values(configuration), ...Object.values(genericOnOff)] as AccessMessage<never>[];
    fc.assert(
      fc.property(fc.constantFrom(...kinds), fc.uint8Array({ maxLength: 30 }), (kind, bytes) => {
        const access = Uint8Array.from([...formatOpcode(kind.opcode), ...bytes]);
        const value = kind.decode(access);
        if (value !== undefined) expect(kind.decode(kind.encode(value))).toEqual(value);
      }),
    );
  });

  // Source: bytes PyACI sent and a node answered; see tests/fixtures/serial-aci.
  test.each([
    ['composition', requests.compositionData(), '800800'],
    ['app key', requests.appKeyAdd(0, 1, fromHex('11'.repeat(16))!), `00001000${'11'.repeat(16)}`],
    ['binding', requests.modelAppBind(0x10, 0, '1000'), '803d100000000010'],
    ['bindings', requests.modelApps(0x10, '1000'), '804b10000010'],
    ['publication', requests.publication(0x10, '1000'), '801810000010'],
    ['default TTL', requests.defaultTtl(), '800c'],
    ['node reset', requests.nodeReset(), '8049'],
    ['light', requests.onOff(0), '8201'],
    ['light on', requests.onOffSet(0, true, 0), '82020100'],
  ])('%s is asked for as PyACI does', (_, request, expected) => {
    expect(toHex(request.access)).toBe(expected);
  });

  test('a vendor’s model is four bytes, its company first', () => {
    expect(toHex(requests.modelApps(0x10, '00590001').access)).toBe('804d100059000100');
    expect(toHex(requests.modelAppBind(0x10, 5, '00590001').access)).toBe('803d1000050059000100');
  });

  test('an answer of another element or model is not ours', () => {
    const request = requests.modelAppBind(0x10, 0, '1000');
    const answer = { status: 0, element: 0x10, appKeyIndex: 0, model: '1000' };
    expect(request.read(configuration.modelAppStatus.encode(answer))).toEqual(answer);
    for (const other of [{ element: 0x11 }, { model: '1001' }, { appKeyIndex: 1 }])
      expect(request.read(configuration.modelAppStatus.encode({ ...answer, ...other }))).toBeUndefined();
  });
});

describe('opcodes', () => {
  test.each([
    [0x02, '02'],
    [0x8008, '8008'],
    [0xc10059, 'c15900'],
  ])('%i is written and read', (opcode, digits) => {
    expect(toHex(formatOpcode(opcode))).toBe(digits);
    expect(readOpcode(fromHex(digits)!)).toEqual({ opcode, size: digits.length / 2 });
  });
  test.each(['', '7f', '80', 'c1', 'c159'])('%s is none', (digits) => {
    expect(readOpcode(fromHex(digits)!)).toBeUndefined();
  });
});

describe('composition data', () => {
  const composition = fc.record({
    cid: u16,
    pid: u16,
    vid: u16,
    crpl: u16,
    features: fc.record({
      relay: fc.boolean(),
      proxy: fc.boolean(),
      friend: fc.boolean(),
      lowPower: fc.boolean(),
    }),
    elements: fc.array(
      fc.record({
        location: u16,
        models: fc
          .array(model, { maxLength: 5 })
          .map((models) => [...models].sort((a, b) => a.length - b.length)),
      }),
      { maxLength: 4 },
    ),
  });
  test('come out as they went in', () => {
    fc.assert(
      fc.property(composition, (value) => {
        expect(parseComposition(formatComposition(value))).toEqual(value);
      }),
    );
  });
  test('cut anywhere but between elements are none', () => {
    const bytes = fromHex('5900000000002800030000000300000002000010')!;
    expect(parseComposition(bytes)).toMatchObject({
      cid: 0x59,
      crpl: 40,
      elements: [{ models: ['0000', '0002', '1000'] }],
    });
    for (let size = 0; size < bytes.length; size++)
      if (size !== 10) expect(parseComposition(bytes.subarray(0, size))).toBeUndefined();
  });
});
