import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Thumb, type StepOutcome } from '../../src/virtual/thumb.ts';

const MEMORY = 0x20000000;

/** A machine with some memory, that has run the given half-words once. */
function run(code: number[], registers: number[] = [], memory: number[] = []) {
  const ram = new DataView(new ArrayBuffer(0x400));
  code.forEach((half, i) => ram.setUint16(2 * i, half, true));
  memory.forEach((word, i) => ram.setUint32(0x100 + 4 * i, word, true));
  const inside = (address: number) => address >= MEMORY && address < MEMORY + 0x400;
  const r = new Uint32Array(16);
  r.set(registers);
  r[13] ||= MEMORY + 0x400;
  r[15] = MEMORY;
  const thumb = new Thumb(r, {
    read: (address, size) => {
      if (!inside(address)) return undefined;
      const at = address - MEMORY;
      return size === 4 ? ram.getUint32(at, true) : size === 2 ? ram.getUint16(at, true) : ram.getUint8(at);
    },
    write: (address, size, value) => {
      if (!inside(address)) return false;
      const at = address - MEMORY;
      if (size === 4) ram.setUint32(at, value, true);
      else if (size === 2) ram.setUint16(at, value, true);
      else ram.setUint8(at, value);
      return true;
    },
  });
  const outcomes: StepOutcome[] = [];
  const end = MEMORY + 2 * code.length;
  while (r[15]! < end && outcomes.length < 100) {
    outcomes.push(thumb.step());
    if (outcomes.at(-1) === 'fault' || outcomes.at(-1) === 'breakpoint') break;
  }
  const flags = [thumb.negative, thumb.zero, thumb.carry, thumb.overflow].map(Number).join('');
  return { r, flags, outcome: outcomes.at(-1), thumb, word: (at: number) => ram.getUint32(at, true) };
}

const word = fc.integer({ min: 0, max: 0xffffffff });
const signed = (value: number) => value | 0;

/** Flags of a sum by the book, in unlimited integers. */
function sumFlags(a: number, b: number, carry: number): { result: number; flags: string } {
  const unsigned = BigInt(a) + BigInt(b) + BigInt(carry);
  const result = Number(unsigned & 0xffffffffn);
  const asSigned = BigInt(signed(a)) + BigInt(signed(b)) + BigInt(carry);
  const overflow = asSigned !== BigInt(signed(result));
  return {
    result,
    flags: [result >>> 31, Number(result === 0), Number(unsigned > 0xffffffffn), Number(overflow)].join(''),
  };
}

describe('arithmetic and its flags', () => {
  test('adds r0, r1, r2 and subs r0, r1, r2', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        const sum = run([0x1888], [0, a, b]);
        expect({ result: sum.r[0], flags: sum.flags }).toEqual(sumFlags(a, b, 0));
        const difference = run([0x1a88], [0, a, b]);
        expect({ result: difference.r[0], flags: difference.flags }).toEqual(sumFlags(a, ~b >>> 0, 1));
      }),
    );
  });

  test('cmp leaves its operands; adcs and sbcs take the carry', () => {
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        const compared = run([0x4288], [a, b]); // cmp r0, r1
        expect([compared.r[0], compared.flags]).toEqual([a, sumFlags(a, ~b >>> 0, 1).flags]);
        const carry = Number(compared.flags[2]);
        expect(run([0x4288, 0x4150], [a, b, c]).r[0]).toBe(sumFlags(a, c, carry).result); // adcs r0, r2
        expect(run([0x4288, 0x4190], [a, b, c]).r[0]).toBe(sumFlags(a, ~c >>> 0, carry).result); // sbcs r0, r2
      }),
    );
  });

  test('muls keeps the low half of the product', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(run([0x4348], [a, b]).r[0]).toBe(Number((BigInt(a) * BigInt(b)) & 0xffffffffn));
      }),
    );
  });

  test.each([
    ['lsls r0, r1, #4', 0x0108, 0x12345678, 0x23456780, '0010'],
    ['lsls r0, r1, #0', 0x0008, 0x80000000, 0x80000000, '1000'],
    ['lsrs r0, r1, #32', 0x0808, 0x80000000, 0, '0110'],
    ['asrs r0, r1, #32', 0x1008, 0x80000000, 0xffffffff, '1010'],
    ['asrs r0, r1, #4', 0x1108, 0x80000008, 0xf8000000, '1010'],
    ['mvns r0, r1', 0x43c8, 0x00000000, 0xffffffff, '1000'],
    ['negs r0, r1', 0x4248, 0x00000001, 0xffffffff, '1000'],
  ] as const)('%s', (_, code, operand, result, flags) => {
    const done = run([code], [0, operand]);
    expect([done.r[0], done.flags]).toEqual([result, flags]);
  });

  test.each([
    ['lsls', 0x4088, 32, 0, '0110'],
    ['lsls', 0x4088, 33, 0, '0100'],
    ['lsrs', 0x40c8, 1, 0x40000000, '0010'],
    ['lsrs', 0x40c8, 32, 0, '0110'],
    ['asrs', 0x4108, 40, 0xffffffff, '1010'],
    ['rors', 0x41c8, 17, 0x0000c000, '0000'],
    ['rors', 0x41c8, 32, 0x80000001, '1010'],
    ['rors', 0x41c8, 0, 0x80000001, '1000'],
  ] as const)('%s r0, r1 (%#) by %i', (_, code, amount, result, flags) => {
    const done = run([code], [0x80000001, amount]);
    expect([done.r[0], done.flags]).toEqual([result, flags]);
  });
});

describe('memory', () => {
  test('loads and stores of each size, with and without sign', () => {
    const base = MEMORY + 0x100;
    const load = (code: number) => run([code], [0, base, 4], [0, 0x8182f3f4]).r[0];
    expect(load(0x6848)).toBe(0x8182f3f4); // ldr r0, [r1, #4]
    expect(load(0x7908)).toBe(0xf4); // ldrb r0, [r1, #4]
    expect(load(0x8888)).toBe(0xf3f4); // ldrh r0, [r1, #4]
    expect(load(0x5688)).toBe(0xfffffff4); // ldrsb r0, [r1, r2]
    expect(load(0x5e88)).toBe(0xfffff3f4); // ldrsh r0, [r1, r2]
    expect(run([0x7048], [0xaa, base], [0x11223344]).word(0x100)).toBe(0x1122aa44); // strb r0, [r1, #1]
    expect(run([0x8048], [0xaabb, base], [0x11223344]).word(0x100)).toBe(0xaabb3344); // strh r0, [r1, #2]
  });

  test('ldmia and stmia go up and leave the base behind the last', () => {
    const base = MEMORY + 0x100;
    const loaded = run([0xc90d], [0, base], [1, 2, 3]); // ldmia r1!, {r0, r2, r3}
    expect([loaded.r[0], loaded.r[2], loaded.r[3], loaded.r[1]]).toEqual([1, 2, 3, base + 12]);
    const stored = run([0xc10d], [7, base, 8, 9]); // stmia r1!, {r0, r2, r3}
    expect([0x100, 0x104, 0x108].map(stored.word)).toEqual([7, 8, 9]);
  });

  test('literals are read from where the assembler put them', () => {
    expect(run([0x4800, 0xe001, 0x5678, 0x1234]).r[0]).toBe(0x12345678); // ldr r0, [pc]; b over the word
  });

  test('an access that is not aligned, or goes nowhere, is a fault and PC stays at it', () => {
    expect(run([0x6808], [0, MEMORY + 2])).toMatchObject({ outcome: 'fault' });
    const nowhere = run([0x2000, 0x6008], [0, 0x60000000]);
    expect([nowhere.outcome, nowhere.r[15]]).toEqual(['fault', MEMORY + 2]);
  });
});

describe('control flow', () => {
  test('a subroutine is called and comes back, with its registers from the stack', () => {
    // 0: bl 6; 4: b 12; 6: push {r4, lr}; 8: movs r4, #9; 10: pop {r4, pc}; 12: movs r0, #1
    const done = run([0xf000, 0xf801, 0xe002, 0xb510, 0x2409, 0xbd10, 0x2001], [0, 0, 0, 0, 5]);
    expect([done.r[0], done.r[4], done.r[13]]).toEqual([1, 5, MEMORY + 0x400]);
  });

  test.each([
    ['beq', 0xd0, [5, 5], true],
    ['bne', 0xd1, [5, 5], false],
    ['bcs', 0xd2, [5, 4], true],
    ['bcc', 0xd3, [4, 5], true],
    ['bmi', 0xd4, [4, 5], true],
    ['bvs', 0xd6, [0x80000000, 1], true],
    ['bhi', 0xd8, [5, 5], false],
    ['bls', 0xd9, [5, 5], true],
    ['bge', 0xda, [0x80000000, 1], false],
    ['blt', 0xdb, [0x80000000, 1], true],
    ['bgt', 0xdc, [5, 4], true],
    ['ble', 0xdd, [5, 4], false],
  ] as const)('%s', (_, code, operands, taken) => {
    const done = run([0x4288, code << 8, 0x2001, 0x2201], [...operands]); // cmp; branch over one; movs r0, #1; movs r2, #1
    expect([done.r[0] === 1, done.r[2]]).toEqual([!taken, 1]);
  });

  test('a branch back says so', () => {
    const counted = run([0x3801, 0xd1fd], [3]); // subs r0, #1; bne back
    expect(counted.r[0]).toBe(0);
    expect(run([0xe7fe]).outcome).toBe('branched back');
  });

  test('a breakpoint stops at itself', () => {
    const done = run([0x2001, 0xbe00]);
    expect([done.outcome, done.r[15]]).toEqual(['breakpoint', MEMORY + 2]);
  });

  test.each([
    ['Arm state', [0x4700], [MEMORY]], // bx r0 with bit 0 clear
    ['a supervisor call', [0xdf00], []],
    ['an undefined instruction', [0xde00], []],
    ['a wide instruction of ARMv7-M', [0xea4f, 0x0000], []],
  ])('%s is a fault', (_, code, registers) => {
    expect(run(code, registers).outcome).toBe('fault');
  });

  test('barriers, hints and the interrupt mask are taken', () => {
    const done = run([0xf3bf, 0x8f4f, 0xf3bf, 0x8f6f, 0xbf00, 0xb672, 0xf3ef, 0x8010]);
    expect([done.outcome, done.thumb.primask, done.r[0]]).toEqual(['ran', 1, 1]);
  });
});

describe('extending and reversing', () => {
  test.each([
    ['sxth', 0xb208, 0xffff8182],
    ['sxtb', 0xb248, 0xffffff82],
    ['uxth', 0xb288, 0x8182],
    ['uxtb', 0xb2c8, 0x82],
    ['rev', 0xba08, 0x82817274],
    ['rev16', 0xba48, 0x72748281],
    ['revsh', 0xbac8, 0xffff8281],
  ] as const)('%s r0, r1', (_, code, result) => {
    expect(run([code], [0, 0x74728182]).r[0]! >>> 0).toBe(result >>> 0);
  });
});
