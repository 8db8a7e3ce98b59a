/**
 * What travels to a J-Link and back, against bytes written down by hand from the descriptions of the protocol, so that driver and
 * virtual probe cannot be wrong together. Nothing of either is used to make the bytes; sections are those of docs/probe-protocols.md.
 *
 * Bits are counted from the first one clocked. A list of transfers begins with two idle clocks, so its first request starts at bit 2.
 */
import { describe, expect, test } from 'vitest';
import { openProbe, pollAp, readAp, readDp, writeAp, writeDp } from '../../src/probe/index.ts';
import { readLength } from '../../src/probe/jlink/transport.ts';
import {
  VirtualClock,
  VirtualNrf52,
  VirtualUsbDevice,
  PROBE_PROFILES,
  type ProbeName,
} from '../../src/virtual/index.ts';

/** `01 ff*3 00`: bytes in hex, repeated where it says so. */
function bytes(text: string): Uint8Array<ArrayBuffer> {
  const values = text
    .trim()
    .split(/\s+/)
    .filter((one) => one !== '')
    .flatMap((one) => {
      const [digits, times = '1'] = one.split('*');
      return Array<number>(Number(times)).fill(Number.parseInt(digits!, 16));
    });
  return Uint8Array.from(values);
}
const textOf = (data: Uint8Array) => [...data].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');

/** One request, as it must come, and its reply; empty where there is none. */
type Exchange = readonly [request: string, reply: string];

/** A probe that knows only these exchanges, in this order. */
function scripted(probe: ProbeName, exchanges: Exchange[]) {
  const left = [...exchanges];
  const clock = new VirtualClock();
  const device = new VirtualUsbDevice(
    { ...PROBE_PROFILES[probe].usb, serialNumber: '000682000001' },
    {
      execute(request) {
        const [wanted, reply] = left.shift() ?? ['nothing more', ''];
        expect(textOf(request)).toBe(textOf(bytes(wanted)));
        return reply === '' ? undefined : bytes(reply);
      },
    },
    new VirtualNrf52(),
    clock,
  );
  return {
    device,
    open: () => openProbe(device, { clock }),
    script: (...more: Exchange[]) => left.push(...more),
    expectDone: () => expect(left).toEqual([]),
  };
}

/** "J-Link OB" and a final zero: 10 bytes. */
const VERSION = '0a 00 4a 2d 4c 69 6e 6b 20 4f 42 00';

/** 4.2: 56 ones, E79E with its low bit first, 56 ones, 8 zeros; 136 bits are 17 bytes, all of them driven. */
const TO_SWD: Exchange = ['cf 00 88 00 ff*17 ff*7 9e e7 ff*7 00', '00*17 00'];

/** 1024 bits that leave SWDIO low, twice at once, and a question behind: whether both are carried out. */
const TRIAL: Exchange[] = [
  ['cf 00 00 04 ff*128 00*128', '00*129'],
  ['cf 00 00 04 ff*128 00*128', '00*129'],
  ['07', 'b8 0b 00 00 00 00 00 00'],
];

/** Section 4.2 without what needs capabilities: bits 17 alone (SELECT_IF). */
const SHORT_START: Exchange[] = [
  ['01', VERSION],
  ['e8', '00 00 02 00'],
  ['01', VERSION],
  ['c7 ff', '03 00 00 00'],
  ['c7 01', '00 00 00 00'],
  ['05 e8 03', ''],
  ...TRIAL,
  ['07', 'b8 0b 00 00 00 00 00 00'],
  TO_SWD,
];

/** Section 4.2 with the capabilities of a log from a kit with an nRF5340. Command 1A wants our place among two registered. */
const FULL_START: Exchange[] = [
  ['01', VERSION],
  ['e8', '33 5a ea b8'],
  ['ed', '33 5a ea b8 1c 7c b1 42 a1 00*23'],
  // Option 5, 2048 bytes, handle 0, six zeros.
  ['0e 05 00 00 00 00 08 00 00 00 00 00*6', '00 00 00 00'],
  ['01', VERSION],
  // Process "SRPM", host 0, iid, cid, handle 0; back come handle 7, two entries of 16 bytes and 36 bytes more: 76 in all.
  [
    '09 64 53 52 50 4d 00*4 00 00 00 00',
    '07 00 02 00 10 00 24 00  99*4 00*4 00 00 06 00 00*4  53 52 50 4d 00*4 00 00 07 00 00*4  00*32 b8 0b 00 00',
  ],
  ['c7 ff', '03 00 00 00'],
  ['c7 01', '00 00 00 00'],
  ['d4', '00 10 00 00'],
  ['c0', '00 24 f4 00 02 00'], // 16 MHz, at least by 2
  ['05 e8 03', ''],
  ...TRIAL,
  ['07', 'b8 0b 00 00 00 00 00 00'],
  ['1a 01 00 00 01 00 00 00 00', '00 00 00 00'],
  TO_SWD,
];

const openWith = async (probe: ProbeName, start: Exchange[]) => {
  const one = scripted(probe, start);
  return { ...one, link: await one.open() };
};

describe('the start of a session', () => {
  test('4.2: is the one that SEGGER’s sample makes, with all the probe can do', async () => {
    const { link, expectDone } = await openWith('jlink-nrf5340', FULL_START);
    expectDone();
    expect(link.info).toMatchObject({ firmware: 'J-Link OB', targetMillivolts: 3000 });
  });

  test('4.2: leaves out what the probe cannot do', async () => {
    const { expectDone } = await openWith('jlink-sam3u', SHORT_START);
    expectDone();
  });

  test('4.2: its registration is given up at the end', async () => {
    const { link, script, expectDone } = await openWith('jlink-nrf5340', FULL_START);
    script(['09 65 53 52 50 4d 00*4 00 00 07 00', '00*76']);
    await link.close();
    expectDone();
  });

  test('4.2: a registration that announces more than the usual 76 bytes is read whole', async () => {
    const longer = FULL_START.map((exchange): Exchange =>
      exchange[0].startsWith('09')
        ? [exchange[0], exchange[1].replace('24 00', '40 00').replace('00*32', '00*60')]
        : exchange,
    );
    const { expectDone } = await openWith('jlink-nrf5340', longer);
    expectDone();
  });
});

describe('commands without a reply', () => {
  test('4.3: speed in kilohertz, and the reset pin low and high', async () => {
    const { link, script, expectDone } = await openWith('jlink-sam3u', SHORT_START);
    script(['05 a0 0f', ''], ['dc', ''], ['dd', '']);
    await link.setClock(4_000_000);
    await link.setReset(true);
    await link.setReset(false);
    expectDone();
  });

  test('4.3: no speed above what GET_SPEEDS allows, base by divider', async () => {
    const { link, script, expectDone } = await openWith('jlink-nrf5340', FULL_START);
    script(['05 40 1f', '']);
    await link.setClock(20_000_000);
    expectDone();
  });
});

describe('SWD bit by bit', () => {
  /**
   * Read DPIDR: start 1, APnDP 0, RnW 1, A2 0, A3 0, parity 1, stop 0, park 1, low bit first A5, from bit 2 on: 94 02.
   * 2 + 46 + 8 clocks are 56. Driven are 0 to 9 and the last eight.
   * The acknowledge is in bits 10 to 12 of the reply: eight after the start of the request, not nine. The word 2BA01477 is in bits
   * 13 to 44 and its parity, 0 for 14 ones, in bit 45: 2BA01477 × 2000 + 400 = 574028EE400.
   */
  const READ_DPIDR: Exchange = [
    'cf 00 38 00  ff 03 00 00 00 00 ff  94 02 00 00 00 00 00',
    '00 e4 8e 02 74 05 00  00',
  ];

  /**
   * Write CTRL/STAT: start 1, APnDP 0, RnW 0, A2 1, A3 0, parity 1, stop 0, park 1: A9, from bit 2 on: a4 02. The word is 50000000
   * with ORUNDETECT, bit 0, in bits 15 to 46, its parity 1 in bit 47: 50000001 × 8000 + 800000000000 = A80000008000.
   * Driven are 0 to 9 and 15 to the end.
   */
  const WRITE_CTRL_STAT: Exchange = [
    'cf 00 38 00  ff 83 ff ff ff ff ff  a4 82 00 00 00 a8 00',
    '00 04 00 00 00 00 00  00',
  ];

  /**
   * Read RDBUFF after eight idle clocks: start 1, APnDP 0, RnW 1, A2 1, A3 1, parity 1, stop 0, park 1: BD, from bit 8 on.
   * 8 + 46 + 8 clocks are 62: the last idle ones are 54 to 61. The acknowledge is in bit 16.
   */
  const CHECK: Exchange = [
    'cf 00 3e 00  ff ff 00 00 00 00 c0 3f  00 bd 00 00 00 00 00 00',
    '00 00 01 00 00 00 00 00  00',
  ];

  const attached = async () => {
    const one = await openWith('jlink-sam3u', SHORT_START);
    one.script(READ_DPIDR, WRITE_CTRL_STAT, CHECK);
    expect([...(await one.link.transfer([readDp(0x0)]))]).toEqual([0x2ba01477]);
    await one.link.transfer([writeDp(0x4, 0x50000000)]);
    one.expectDone();
    return one;
  };

  /**
   * Write 20000000 to TAR, then the check, in one request of 2 + 46 + 8 + 46 + 8 = 110 clocks.
   * Request: start 1, APnDP 1, RnW 0, A2 1, A3 0, parity 0, stop 0, park 1: 8B, from bit 2 on: 2c 02. Bit 29 of the word is bit
   * 44, parity 1 is bit 47: byte 5 is 90. The check starts at bit 56: byte 7 is BD. Driven are 0 to 9, 15 to 63 and 102 to 109.
   */
  const TAR_AND_CHECK =
    'cf 00 6e 00  ff 83 ff ff ff ff ff ff 00 00 00 00 c0 3f  2c 02 00 00 00 90 00 bd 00 00 00 00 00 00';

  test('4.4: reads and writes are laid out as described, one by one until overruns are detected', attached);

  test('4.4: then many in one request, eight idle clocks before the read that tells how the last write went', async () => {
    const { link, script, expectDone } = await attached();
    // Acknowledges in bits 10 and 64.
    script([TAR_AND_CHECK, '00 04 00 00 00 00 00 00 01 00 00 00 00 00  00']);
    await link.transfer([writeAp(0x4, 0x20000000)]);
    expectDone();
  });

  /**
   * Two reads of DRW are posted: the first brings nothing, the second the first word, a read of RDBUFF the second.
   * 2 + 3 × 46 + 8 = 148 clocks in 19 bytes. Read DRW: start 1, APnDP 1, RnW 1, A2 1, A3 1, parity 0, stop 0, park 1: 9F, at bits 2
   * (7c 02) and 48 (byte 6: 9f); RDBUFF BD at bit 94: byte 11 is 40, byte 12 is 2f.
   * Driven are 0 to 9, 48 to 55, 94 to 101 and 140 to 147.
   */
  test('4.4: posted reads bring the word of the one before', async () => {
    const { link, script, expectDone } = await attached();
    script([
      'cf 00 94 00  ff 03 00*4 ff 00*4 c0 3f 00*4 f0 0f  7c 02 00*4 9f 00*4 40 2f 00*6',
      // OK in bits 10, 56, 102; 80000001 in bits 59 to 90, its parity 0 in 91; 00000003 in bits 105 to 136, its parity 0 in 137.
      '00 04 00 00 00 00 00 09 00 00 00 04 40 06 00 00 00 00 00  00',
    ]);
    expect([...(await link.transfer([readAp(0xc, 2)]))]).toEqual([0x80000001, 3]);
    expectDone();
  });

  /**
   * The write of TAR is answered by WAIT, 2, in bits 10 to 12: bit 11. What comes behind is refused, 4: bits 64 to 66, bit 66.
   * Then two idle clocks, ABORT with ORUNERRCLR, two idle clocks, and TAR again: 2 + 46 + 2 + 46 + 8 = 104 clocks.
   * ABORT: 81, from bit 2 on: 04 02; bit 4 of the word is bit 19, parity 1 is bit 47. TAR: 8B from bit 50 on: 2c 02; bit 29 of the
   * word is bit 92 and parity 1 bit 95: byte 11 is 90. Driven are 0 to 9, 15 to 57 and 63 to the end.
   */
  test('4.4: after WAIT the overrun is cleared and transfers are made again from there', async () => {
    const { link, script, expectDone } = await attached();
    script(
      [TAR_AND_CHECK, '00 08 00 00 00 00 00 00 04 00 00 00 00 00  00'],
      [
        'cf 00 68 00  ff 83 ff ff ff ff ff 83 ff ff ff ff ff  04 02 08 00 00 80 2c 02 00 00 00 90 00',
        '00 04 00 00 00 00 00 04 00 00 00 00 00  00', // OK in bits 10 and 58
      ],
      CHECK,
    );
    await link.transfer([writeAp(0x4, 0x20000000)]);
    expectDone();
  });

  test('4.4: status 6 is a probe without memory', async () => {
    const { link, script } = await attached();
    script([TAR_AND_CHECK, '00*14 06']);
    await expect(link.transfer([writeAp(0x4, 0x20000000)])).rejects.toMatchObject({
      code: 'probe/no-memory',
      facts: { length: 32 },
    });
  });

  test('4.4: a line that nobody drives is a chip that does not answer', async () => {
    const { link, script } = await attached();
    script([TAR_AND_CHECK, 'ff*14 00'], ['07', '00 00 00 00 00 00 00 00']);
    await expect(link.transfer([writeAp(0x4, 0x20000000)])).rejects.toMatchObject({
      code: 'probe/no-target-power',
      facts: { millivolts: 0, done: 0 },
    });
  });
});

describe('SWD by registers', () => {
  test('4.5: a job is 8 bytes and 20 for each access: word, mask, compare, time, register, port, direction', async () => {
    const { link, script, expectDone } = await openWith('jlink-nrf5340', FULL_START);
    script([
      `1a 01 01 00 05 00 00 00
       00 00 00 20  00*4 00*4 00*4  01 01 00 00
       00 00 00 00  00*4 00*4 00*4  03 01 01 00
       00 00 00 00  00 00 02 00  00 00 02 00  32 00 00 00  03 01 01 00
       00 00 00 50  00*4 00*4 00*4  01 00 00 00
       00 00 00 00  00*4 00*4 00*4  03 00 01 00`,
      '00*4 00*4  00*4 78 56 34 12  00*4 ff ff ff ff  00*4 00*4  00*4 00*4',
    ]);
    const words = await link.transfer([
      writeAp(0x4, 0x20000000),
      readAp(0xc),
      pollAp(0xc, 0x20000, 0x20000),
      writeDp(0x4, 0x50000000),
    ]);
    expect([...words]).toEqual([0x12345678]);
    expectDone();
  });

  test('4.5: 50 accesses fill a kilobyte; more of them go in halves, of which two may be under way', async () => {
    const { link, script, expectDone } = await openWith('jlink-nrf5340', FULL_START);
    const read = '00*16 03 01 01 00 ';
    script([`1a 01 01 00 32 00 00 00 ${read.repeat(50)}`, '00*400']);
    await link.transfer([readAp(0xc, 50)]);
    script(
      [`1a 01 01 00 19 00 00 00 ${read.repeat(25)}`, '00*200'],
      [`1a 01 01 00 19 00 00 00 ${read.repeat(25)}`, '00*200'],
      [`1a 01 01 00 04 00 00 00 ${read.repeat(4)}`, '00*32'],
    );
    await link.transfer([readAp(0xc, 54)]);
    expectDone();
  });

  test('4.5: a probe that loses a second request gets one after another, each as long as may be', async () => {
    const loses = FULL_START.map((exchange): Exchange =>
      exchange === TRIAL[1] ? [exchange[0], ''] : exchange,
    );
    const twice = loses.flatMap((exchange) => (exchange === TRIAL[2] ? [exchange, exchange] : [exchange]));
    const { link, script, expectDone } = await openWith('jlink-nrf5340', twice);
    const read = '00*16 03 01 01 00 ';
    script(
      [`1a 01 01 00 32 00 00 00 ${read.repeat(50)}`, '00*400'],
      [`1a 01 01 00 04 00 00 00 ${read.repeat(4)}`, '00*32'],
    );
    expect(link.info.packetCount).toBe(1);
    await link.transfer([readAp(0xc, 54)]);
    expectDone();
  });
});

describe('how much is asked for', () => {
  test.each([
    ['as much as is due', 18, 64, 18],
    ['one byte more where that fills a packet', 64, 64, 65],
    ['one byte more where it fills several', 1024, 512, 1025],
    ['what fills a short packet is no full one', 64, 512, 64],
    ['2048 bytes, behind which no empty packet comes', 2048, 64, 2048],
    ['no more than 2048 bytes at once', 3000, 64, 2048],
  ])('4.1: %s', (_, due, packetSize, asked) => {
    expect(readLength(due, packetSize)).toBe(asked);
  });
});
