/**
 * The virtual J-Link alone, against bytes written down by hand from the descriptions of the protocol; the driver has its own in
 * tests/probe/jlink-wire.test.ts. Sections are those of docs/probe-protocols.md.
 */
import { describe, expect, test } from 'vitest';
import { concatenate } from '../../src/bytes.ts';
import {
  PROBE_PROFILES,
  VirtualDebugPort,
  VirtualNrf52,
  type JlinkFirmware,
} from '../../src/virtual/index.ts';

function firmware(probe: 'jlink-sam3u' | 'jlink-nrf5340') {
  const port = new VirtualDebugPort(new VirtualNrf52());
  const jlink = PROBE_PROFILES[probe].firmware(port, '') as JlinkFirmware;
  const send = (...request: number[]) => {
    const reply = jlink.execute(Uint8Array.from(request)) ?? [];
    jlink.fetched();
    return [...(reply instanceof Uint8Array ? reply : concatenate(reply))];
  };
  const selectSwd = () => send(0xc7, 1);
  /** As bits, the first clocked first. */
  const clock = (direction: string, output: string) => {
    const count = direction.length;
    const pack = (bits: string) =>
      Array.from({ length: Math.ceil(count / 8) }, (_, i) =>
        [...bits.slice(8 * i, 8 * i + 8)].reduce((byte, bit, j) => byte | (Number(bit) << j), 0),
      );
    const reply = send(0xcf, 0, count & 0xff, count >> 8, ...pack(direction), ...pack(output));
    const status = reply.pop();
    const bits = reply.map((byte) => [...byte.toString(2).padStart(8, '0')].reverse().join('')).join('');
    return { status, bits: bits.slice(0, count) };
  };
  const lineReset = () => clock('1'.repeat(64), '1'.repeat(56) + '0'.repeat(8));
  return { jlink, port, send, clock, selectSwd, lineReset };
}

/** Request, then nothing driven: turnaround, acknowledge, word and parity, turnaround. */
const READ_DPIDR = { direction: '1'.repeat(8) + '0'.repeat(38), output: '10100101' + '0'.repeat(38) };
const u32 = (value: number) => [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24];
const access = (register: number, isAp: number, isRead: number, word = 0, mask = 0, compare = 0, ms = 0) => [
  ...u32(word),
  ...u32(mask),
  ...u32(compare),
  ...u32(ms),
  register,
  isAp,
  isRead,
  0,
];

describe('a virtual J-Link', () => {
  test('4.2: says its length before its version, and ends it with a zero', () => {
    const { send } = firmware('jlink-nrf5340');
    const [low, high, ...text] = send(0x01);
    expect(text).toHaveLength(low! + 256 * high!);
    expect(String.fromCharCode(...text)).toMatch(/^J-Link OB-nRF5340-NordicSemi[^\0]*\0/);
  });

  test('4.2: has the capabilities of a log, or old ones without the longer list', () => {
    const recent = firmware('jlink-nrf5340');
    expect(recent.send(0xe8)).toEqual([0x33, 0x5a, 0xea, 0xb8]);
    expect(recent.send(0xed)).toEqual([
      0x33,
      0x5a,
      0xea,
      0xb8,
      0x1c,
      0x7c,
      0xb1,
      0x42,
      0xa1,
      ...Array(23).fill(0),
    ]);
    const old = firmware('jlink-sam3u');
    expect(old.send(0xe8)[3]! & 0x80).toBe(0);
    expect(old.send(0xed)).toEqual([]);
    expect(old.send(0x1a, 0, 0, 0, 1, 0, 0, 0, 0)).toEqual([]);
  });

  test('4.3: speeds are a base and its least divider; the old one does 1 MHz and no more', () => {
    const { port, send } = firmware('jlink-sam3u');
    expect(send(0xc0)).toEqual([...u32(48_000_000), 48, 0]);
    expect(send(0x05, 0xa0, 0x0f)).toEqual([]);
    expect(port.clockHz).toBe(1_000_000);
  });

  test('4.2: selecting an interface forgets the speed and says which was selected', () => {
    const { port, send } = firmware('jlink-nrf5340');
    send(0x05, 0xa0, 0x0f);
    expect(port.clockHz).toBe(4_000_000);
    expect(send(0xc7, 0xff)).toEqual([3, 0, 0, 0]);
    expect(send(0xc7, 1)).toEqual([0, 0, 0, 0]);
    expect(send(0xc7, 0xfe)).toEqual([1, 0, 0, 0]);
    expect(port.clockHz).toBeLessThan(4_000_000);
  });

  test('4.3: measures the voltage of the target', () => {
    const { port, send } = firmware('jlink-sam3u');
    expect(send(0x07).slice(0, 2)).toEqual([0xb8, 0x0b]);
    expect(send(0x07)).toHaveLength(8);
    port.chip.powerOff();
    expect(send(0x07).slice(0, 2)).toEqual([0, 0]);
  });

  test('4.2: lists who is registered in 76 bytes or more, the voltage last', () => {
    const me = [0x78, 0x56, 0x34, 0x12, 0, 0, 0, 0, 0, 0];
    for (const probe of ['jlink-sam3u', 'jlink-nrf5340'] as const) {
      const reply = firmware(probe).send(0x09, 0x64, ...me, 0, 0);
      const [handleLow, handleHigh, entries, , entrySize, , extra] = reply;
      expect(reply).toHaveLength(8 + entries! * entrySize! + extra!);
      expect(reply.length).toBeGreaterThanOrEqual(0x4c);
      expect(reply.slice(8 + (entries! - 1) * entrySize!).slice(0, 12)).toEqual([
        ...me,
        handleLow,
        handleHigh,
      ]);
      expect(reply.slice(-4)).toEqual(u32(3000));
    }
  });

  test('4.4: samples a bit early: the acknowledge at 8, the word at 11, its parity at 43', () => {
    const { clock, selectSwd, lineReset } = firmware('jlink-sam3u');
    selectSwd();
    lineReset();
    const { status, bits } = clock(READ_DPIDR.direction, READ_DPIDR.output);
    expect(status).toBe(0);
    expect(bits.slice(8, 11)).toBe('100');
    // 2BA01477 with its low bit first, and an even number of ones.
    expect(bits.slice(11, 43)).toBe('11101110001010000000010111010100');
    expect(bits[43]).toBe('0');
  });

  test('4.4: a line that nobody drives reads as ones', () => {
    const { clock, selectSwd } = firmware('jlink-sam3u');
    selectSwd();
    expect(clock(READ_DPIDR.direction, READ_DPIDR.output).bits.slice(8, 11)).toBe('111');
  });

  test('4.4: clocks nothing into a chip before SWD is selected', () => {
    const { clock, port, lineReset } = firmware('jlink-sam3u');
    lineReset();
    clock(READ_DPIDR.direction, READ_DPIDR.output);
    expect(port.transfers).toBe(0);
  });

  test('4.4: says 6 where its memory is too small, and clocks nothing', () => {
    const { clock, port, selectSwd, jlink } = firmware('jlink-nrf5340');
    selectSwd();
    jlink.faults.noMemoryAfter = 1;
    expect(clock('1'.repeat(64), '1'.repeat(56) + '0'.repeat(8)).status).toBe(0);
    expect(clock(READ_DPIDR.direction, READ_DPIDR.output).status).toBe(6);
    expect(port.transfers).toBe(0);
    expect(clock(READ_DPIDR.direction, READ_DPIDR.output).status).toBe(0);
  });

  describe('4.5: with registers', () => {
    const configured = () => {
      const one = firmware('jlink-nrf5340');
      one.selectSwd();
      one.send(0x09, 0x64, ...Array<number>(12).fill(0));
      expect(one.send(0x1a, 1, 0, 0, 1, 0, 0, 0, 0)).toEqual([0, 0, 0, 0]);
      one.lineReset();
      const job = (...accesses: number[][]) =>
        one.send(0x1a, 1, 1, 0, ...u32(accesses.length), ...accesses.flat());
      return { ...one, job };
    };

    test('reads DPIDR, completes posted reads and waits for bits', () => {
      const { job } = configured();
      const reply = job(
        access(0, 0, 1),
        access(1, 0, 0, 0x50000000),
        access(2, 0, 0, 0x010000f0), // SELECT: the control access port, bank F0
        access(3, 1, 1), // its IDR
        access(1, 0, 1, 0, 0xa0000000, 0xa0000000, 10), // until both acknowledges are there
      );
      expect(reply).toEqual([
        ...[...u32(0), ...u32(0x2ba01477)],
        ...Array<number>(16).fill(0),
        ...[...u32(0), ...u32(0x02880000)],
        ...[...u32(0), ...u32(0xf0000040)],
      ]);
    });

    test('says something but 0 from the access on that failed', () => {
      const { job } = configured();
      const reply = job(access(0, 0, 1), access(0, 0, 1, 0, 1, 0, 1), access(0, 0, 1));
      expect(reply.slice(0, 4)).toEqual(u32(0));
      expect(reply.slice(8, 12)).not.toEqual(u32(0));
      expect(reply.slice(16, 20)).not.toEqual(u32(0));
    });

    test('refuses a job of somebody who is not registered there', () => {
      const { send } = configured();
      expect(send(0x1a, 0, 0, 0, 1, 0, 0, 0, 0)).not.toEqual([0, 0, 0, 0]);
    });
  });

  test('4.1: takes no request to clock bits that is longer than a kilobyte together with its reply', () => {
    const { clock, send, selectSwd } = firmware('jlink-nrf5340');
    selectSwd();
    expect(clock('1'.repeat(8 * 339), '0'.repeat(8 * 339)).status).toBe(0);
    const longer = 340;
    expect(send(0xcf, 0, ...u32(8 * longer).slice(0, 2), ...Array<number>(2 * longer).fill(0))).toEqual([]);
  });
});
