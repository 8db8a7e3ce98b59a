import { describe, expect, test } from 'vitest';
import { AP, READ } from '../../src/virtual/debug-port.ts';
import { SwdLine, VirtualDebugPort, VirtualNrf52 } from '../../src/virtual/index.ts';

const RAM = 0x20000000;

/** A host that clocks every bit itself, as the protocol is drawn in the books. */
class BitHost {
  readonly chip = new VirtualNrf52();
  readonly line = new SwdLine(new VirtualDebugPort(this.chip));

  drive(word: number, count: number) {
    for (let i = 0; i < count; i++) this.line.clock(((word >>> i) & 1) as 0 | 1);
  }
  look(count: number): number {
    let word = 0;
    for (let i = 0; i < count; i++) {
      word += this.line.level * 2 ** i;
      this.line.clock(null);
    }
    return word;
  }
  lineReset() {
    this.drive(0xffffffff, 32);
    this.drive(0xffffffff, 24);
    this.drive(0, 4);
  }
  transfer(request: number, word = 0, { parityError = false, dataAlways = false } = {}) {
    const parity = ones(request & 0xf);
    this.drive(1 | (request << 1) | (parity << 5) | (1 << 7), 8);
    this.look(1); // turnaround
    const ack = this.look(3);
    if (ack !== 1 && !dataAlways) {
      this.look(1);
      return { ack, data: 0 };
    }
    if (request & READ) {
      const data = this.look(32);
      expect(this.look(1)).toBe(ones(data));
      this.look(1);
      return { ack, data };
    }
    this.look(1);
    this.drive(word, 32);
    this.drive(ones(word) ^ Number(parityError), 1);
    return { ack, data: 0 };
  }
}
const ones = (word: number) => [...(word >>> 0).toString(2)].filter((bit) => bit === '1').length % 2;

const attached = () => {
  const host = new BitHost();
  host.lineReset();
  host.transfer(READ);
  host.transfer(0x4, 0x50000000);
  host.transfer(0x8, 0);
  host.transfer(AP, 0x23000012);
  return host;
};

describe('SWD bit by bit', () => {
  test('finds the debug port after a line reset and not before', () => {
    const host = new BitHost();
    expect(host.transfer(READ).ack).toBe(7);
    host.lineReset();
    expect(host.transfer(READ)).toEqual({ ack: 1, data: 0x2ba01477 });
  });

  test('the switch from JTAG between two line resets does no harm', () => {
    const host = new BitHost();
    host.lineReset();
    host.drive(0xe79e, 16);
    host.lineReset();
    expect(host.transfer(READ).data).toBe(0x2ba01477);
  });

  test('writes and reads memory', () => {
    const host = attached();
    host.transfer(AP | 0x4, RAM);
    host.transfer(AP | 0xc, 0xffffffff);
    host.transfer(AP | 0xc, 0x80000001);
    host.transfer(AP | 0x4, RAM);
    host.transfer(AP | READ | 0xc);
    expect(host.transfer(AP | READ | 0xc).data).toBe(0xffffffff);
    expect(host.transfer(READ | 0xc).data).toBe(0x80000001);
  });

  test('a request with wrong parity gets no answer, and a line reset helps', () => {
    const host = attached();
    host.drive(0x81 | (READ << 1), 8); // parity left out
    expect(host.look(4)).toBe(0xf);
    host.lineReset();
    expect(host.transfer(READ).ack).toBe(1);
  });

  test('a word with wrong parity is not written', () => {
    const host = attached();
    host.transfer(AP | 0x4, RAM, { parityError: true });
    host.transfer(AP | READ | 0x4);
    expect(host.transfer(READ | 0xc).data).toBe(0);
  });

  test('has no data phase after FAULT, unless overrun detection is on', () => {
    const host = attached();
    host.transfer(AP | 0x4, 0x60000000);
    host.transfer(AP | 0xc, 1);
    expect(host.transfer(READ | 0xc).ack).toBe(4);
    host.transfer(0x0, 0x1e);
    host.transfer(0x4, 0x50000001);
    host.transfer(AP | 0xc, 1);
    expect(host.transfer(READ | 0xc, 0, { dataAlways: true }).ack).toBe(4);
    expect(host.transfer(AP | 0x4, 5, { dataAlways: true }).ack).toBe(4);
    expect(host.transfer(READ | 0x4).data & 0x20).toBe(0x20);
  });

  test('a WAIT under overrun detection is kept until it is cleared', () => {
    const host = attached();
    host.line.port.clockHz = 8_000_000;
    host.transfer(0x4, 0x50000001);
    host.transfer(AP | 0x4, 0xe000edf0);
    host.transfer(AP | 0xc, 0xa05f0003);
    host.transfer(AP | 0x4, 0x4001e504);
    host.transfer(AP | 0xc, 1);
    host.transfer(AP | 0x4, 0x1000);
    host.transfer(AP | 0xc, 0);
    host.transfer(AP | 0xc, 0); // held up by the flash
    expect(host.transfer(READ | 0xc, 0, { dataAlways: true }).ack).toBe(2);
    expect(host.transfer(READ | 0x4).data & 0x2).toBe(0x2);
    expect(host.transfer(READ | 0xc, 0, { dataAlways: true }).ack).toBe(4);
    host.transfer(0x0, 0x1e);
    expect(host.transfer(READ | 0x4).data & 0x2).toBe(0);
  });
});
