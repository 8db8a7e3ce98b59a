import { describe, expect, test } from 'vitest';
import {
  ACK_FAULT,
  ACK_NONE,
  ACK_OK,
  ACK_WAIT,
  AP,
  READ,
  VirtualDebugPort,
} from '../../src/virtual/debug-port.ts';
import { VirtualNrf52, type ChipSetup } from '../../src/virtual/index.ts';

const RAM = 0x20000000;
const CSW = AP | 0x0;
const TAR = AP | 0x4;
const DRW = AP | 0xc;
const RDBUFF = READ | 0xc;
const CTRL_STAT = 0x4;
const SELECT = 0x8;
const ABORT = 0x0;
const DPIDR = READ;

function attached(setup: ChipSetup = {}, tarWrap?: 1024 | 4096) {
  const chip = new VirtualNrf52(setup);
  const port = new VirtualDebugPort(chip, tarWrap);
  port.clockHz = 4_000_000;
  port.shift(new Uint8Array(8).fill(0xff), 64);
  port.transfer(DPIDR);
  port.transfer(CTRL_STAT, 0x50000000);
  port.transfer(SELECT, 0);
  const write = (address: number, word: number) => {
    port.transfer(TAR, address);
    return port.transfer(DRW, word);
  };
  const read = (address: number) => {
    port.transfer(TAR, address);
    port.transfer(DRW | READ);
    return port.transfer(RDBUFF).data;
  };
  port.transfer(CSW, 0x23000012);
  return { chip, port, read, write };
}

describe('the virtual debug port', () => {
  test('is silent before a line reset, and after one answers nothing but a read of DPIDR', () => {
    const port = new VirtualDebugPort(new VirtualNrf52());
    expect(port.transfer(DPIDR).ack).toBe(ACK_NONE);
    port.shift(new Uint8Array(6).fill(0xff), 48);
    expect(port.transfer(DPIDR).ack).toBe(ACK_NONE);
    port.shift(new Uint8Array(7).fill(0xff), 56);
    expect(port.transfer(CTRL_STAT | READ).ack).toBe(ACK_NONE);
    expect(port.transfer(DPIDR)).toEqual({ ack: ACK_OK, data: 0x2ba01477 });
    expect(port.transfer(CTRL_STAT | READ).ack).toBe(ACK_OK);
  });

  test('posts reads of an access port: each brings the value before', () => {
    const { port, write } = attached();
    write(RAM, 0x11);
    port.transfer(DRW, 0x22);
    port.transfer(TAR, RAM);
    port.transfer(DRW | READ);
    expect(port.transfer(DRW | READ).data).toBe(0x11);
    expect(port.transfer(RDBUFF).data).toBe(0x22);
  });

  test('refuses access ports until it is powered up', () => {
    const port = new VirtualDebugPort(new VirtualNrf52());
    port.shift(new Uint8Array(7).fill(0xff), 56);
    port.transfer(DPIDR);
    expect(port.transfer(CSW | READ).ack).toBe(ACK_FAULT);
  });

  test('shows a bus fault at the transfer after it, and faults on until the flag is cleared', () => {
    const { port, write } = attached();
    expect(write(0x00ff0140, 0).ack).toBe(ACK_OK);
    expect(port.transfer(RDBUFF).ack).toBe(ACK_FAULT);
    expect(port.transfer(SELECT, 0).ack).toBe(ACK_FAULT);
    expect(port.transfer(CTRL_STAT | READ)).toMatchObject({ ack: ACK_OK });
    expect(port.transfer(CTRL_STAT | READ).data & 0x20).toBe(0x20);
    port.transfer(ABORT, 0x04);
    expect(port.transfer(RDBUFF).ack).toBe(ACK_OK);
  });

  test.each([1024, 4096] as const)('counts TAR on within %i bytes and then round', (wrap) => {
    const { chip, port } = attached({}, wrap);
    port.transfer(TAR, RAM + wrap - 4);
    port.transfer(DRW, 0xaaaaaaaa);
    port.transfer(DRW, 0xbbbbbbbb);
    const word = (at: number) => new DataView(chip.ram.buffer).getUint32(at, true);
    expect([word(wrap - 4), word(0)]).toEqual([0xaaaaaaaa, 0xbbbbbbbb]);
  });

  test('does not move TAR on after an access that failed', () => {
    const { port } = attached();
    port.transfer(TAR, 0x60000000);
    port.transfer(DRW, 1);
    port.transfer(ABORT, 0x04);
    port.transfer(TAR | READ);
    expect(port.transfer(RDBUFF).data).toBe(0x60000000);
  });

  test('puts bytes and half-words in their lanes', () => {
    const { port, read, write } = attached();
    write(RAM, 0x44332211);
    port.transfer(CSW, 0x23000000);
    expect(read(RAM + 2)).toBe(0x00330000);
    port.transfer(CSW, 0x23000001);
    expect(read(RAM + 2)).toBe(0x44330000);
  });

  test('answers WAIT while the bus stands still for the flash', () => {
    const { chip, port, write, read } = attached();
    port.clockHz = 8_000_000;
    write(0xe000edf0, 0xa05f0003);
    write(0x4001e504, 1);
    write(0x1000, 0);
    expect(read(0x4001e400)).toBe(0);
    expect(write(0x1004, 0).ack).toBe(ACK_OK);
    expect(port.transfer(RDBUFF).ack).toBe(ACK_WAIT);
    while (port.transfer(RDBUFF).ack === ACK_WAIT);
    expect(chip.timeUs).toBeGreaterThan(67.5);
    expect(chip.violations).toEqual([]);
  });

  test('an access port that does not exist reads as zero', () => {
    const { port } = attached();
    port.transfer(SELECT, 0x020000f0);
    port.transfer(DRW | READ);
    expect(port.transfer(RDBUFF)).toEqual({ ack: ACK_OK, data: 0 });
  });

  test('is gone with the power of the chip', () => {
    const { chip, port } = attached();
    chip.powerOff();
    expect(port.transfer(DPIDR).ack).toBe(ACK_NONE);
  });
});

describe('the virtual control access port', () => {
  const control = (port: VirtualDebugPort, register: number, word?: number) => {
    port.transfer(SELECT, 0x01000000);
    if (word !== undefined) return port.transfer(AP | register, word).data;
    port.transfer(AP | READ | register);
    return port.transfer(RDBUFF).data;
  };

  test('works on a locked chip whose memory does not', () => {
    const { chip, port } = attached({ silicon: 'nRF52832-rev3' });
    expect(chip.locked).toBe(true);
    expect(control(port, 0xc)).toBe(0);
    port.transfer(SELECT, 0);
    port.transfer(CSW | READ);
    expect(port.transfer(RDBUFF).data & 0x40).toBe(0);
    port.transfer(DRW | READ);
    expect(port.transfer(RDBUFF).ack).toBe(ACK_FAULT);
  });

  test('erases everything, is busy for as long as that takes, and opens the port', () => {
    const { chip, port, read } = attached({ silicon: 'nRF52840-rev3' });
    chip.flash.fill(0);
    chip.ram.fill(1);
    control(port, 0x4, 1);
    const started = chip.timeUs;
    let polls = 0;
    while (control(port, 0x8) === 1) polls++;
    expect(polls).toBeGreaterThan(100);
    expect(chip.timeUs - started).toBeGreaterThan(169_000);
    expect(control(port, 0xc)).toBe(1);
    port.transfer(SELECT, 0);
    expect([read(0), read(RAM)]).toEqual([0xffffffff, 0]);
  });
});
