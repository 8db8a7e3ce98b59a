import { describe, expect, test } from 'vitest';
import {
  openProbe,
  pollAp,
  readAp,
  readDp,
  writeAp,
  writeDp,
  type Platform,
  type SwdLink,
} from '../../src/probe/index.ts';
import { interfaceChipOf } from '../../src/probe/jlink/jlink-link.ts';
import {
  JlinkFirmware,
  PROBE_PROFILES,
  VirtualBoard,
  VirtualClock,
  VirtualDebugPort,
  VirtualNrf52,
  VirtualUsbDevice,
  type BoardSetup,
  type JlinkFirmwareSetup,
} from '../../src/virtual/index.ts';

const JLINKS = ['jlink-sam3u', 'jlink-nrf5340'] as const;
type JlinkName = (typeof JLINKS)[number];

const RAM = 0x20000000;
const ABORT = 0x0;
const CTRL_STAT = 0x4;
const SELECT = 0x8;
const CSW = 0x0;
const TAR = 0x4;
const DRW = 0xc;
const CSW_INCREMENT = 0x23000012;

function plugged(probe: JlinkName, setup: Omit<BoardSetup, 'clock' | 'probe'> = {}) {
  const clock = new VirtualClock();
  const board = new VirtualBoard({ ...setup, probe, clock });
  const { device, port, chip } = board;
  const firmware = device.firmware as JlinkFirmware;
  const open = (platform: Platform = 'linux') => openProbe(device, { clock, platform, timeoutMs: 1000 });
  return { board, clock, device, port, chip, firmware, open };
}

const attach = (link: SwdLink) =>
  link.transfer([
    readDp(0x0),
    writeDp(CTRL_STAT, 0x50000000),
    writeDp(SELECT, 0),
    writeAp(CSW, CSW_INCREMENT),
  ]);

async function attached(probe: JlinkName, setup: Omit<BoardSetup, 'clock' | 'probe'> = {}) {
  const one = plugged(probe, setup);
  const link = await one.open();
  await attach(link);
  return { ...one, link };
}

/** A J-Link with a firmware that is a bit different from the usual. */
function otherwise(probe: JlinkName, changes: Partial<JlinkFirmwareSetup>, productId?: number) {
  const profile = PROBE_PROFILES[probe];
  const clock = new VirtualClock();
  const port = new VirtualDebugPort(new VirtualNrf52());
  const { setup } = profile.firmware(port, '') as JlinkFirmware;
  const device = new VirtualUsbDevice(
    { ...profile.usb, ...(productId && { productId }), serialNumber: profile.serial },
    new JlinkFirmware(port, { ...setup, ...changes }),
    port.chip,
    clock,
  );
  const open = (platform: Platform = 'unknown') => openProbe(device, { clock, platform, timeoutMs: 1000 });
  return { device, port, open };
}

/** What a device was asked and what it said, from now on. */
function listen(device: VirtualUsbDevice) {
  const heard: { request: Uint8Array; replyLength: number }[] = [];
  const execute = device.firmware.execute.bind(device.firmware);
  device.firmware.execute = (request) => {
    const reply = execute(request) ?? [];
    const pieces = reply instanceof Uint8Array ? [reply] : reply;
    heard.push({ request, replyLength: pieces.reduce((sum, one) => sum + one.length, 0) });
    return reply;
  };
  return heard;
}

describe('what a J-Link tells about itself', () => {
  test.each([
    ['jlink-sam3u', 'ATSAM3U', '000682123456', /^J-Link OB-SAM3U128-V2-NordicSemi compiled/],
    ['jlink-nrf5340', 'nRF5340', '001050221072', /^J-Link OB-nRF5340-NordicSemi compiled/],
  ] as const)(
    '%s: firmware, serial number, generation and voltage',
    async (probe, interfaceChip, serial, firmware) => {
      const { info } = await plugged(probe).open();
      expect(info).toMatchObject({
        kind: 'jlink',
        title: 'SEGGER J-Link',
        serial,
        interfaceChip,
        targetMillivolts: 3000,
      });
      expect(info.firmware).toMatch(firmware);
    },
  );

  test.each([
    ['J-Link OB-SAM3U128-V2-NordicSemi', '', 'ATSAM3U'],
    ['J-Link OB-nRF5340-NordicSemi', '000682000000', 'nRF5340'],
    ['J-Link', '682123456', 'ATSAM3U'],
    ['J-Link', '000683123456', 'ATSAM3U'],
    ['J-Link', '1050221072', 'nRF5340'],
    ['J-Link V11', '000261000000', undefined],
  ])('the generation is told by firmware %j, else by serial number %j', (firmware, serial, chip) => {
    expect(interfaceChipOf(firmware, serial)).toBe(chip);
  });

  test('one that cannot speak SWD is refused', async () => {
    await expect(
      otherwise('jlink-sam3u', { capabilities: [0x33, 0x5a, 0xe8, 0x38] }).open(),
    ).rejects.toMatchObject({
      code: 'probe/no-swd',
    });
  });
});

describe.each(JLINKS)('the clock of a %s', (probe) => {
  test('is what was asked for where the probe can, and its fastest where not', async () => {
    const { link, port, firmware } = await attached(probe);
    const { baseHz, minDivider } = firmware.setup;
    await link.setClock(500_000);
    expect(port.clockHz).toBe(500_000);
    await link.setClock(50_000_000);
    expect(port.clockHz).toBe(baseHz / minDivider);
  });

  test('is 1 MHz at first, though selecting SWD made it slower', async () => {
    const { port, open } = plugged(probe);
    await open();
    expect(port.clockHz).toBe(1_000_000);
  });
});

describe('a J-Link without command 1A, or without a place in its list', () => {
  const full = [0x33, 0x5a, 0xea, 0xb8, 0x1c, 0x7c, 0xb1, 0x42, 0xa1];
  test.each([
    ['knows no registers', { capabilities: full.with(7, 0x02) }],
    ['registers nobody', { capabilities: full.with(3, 0xb0) }],
  ])('is spoken to bit by bit where it %s', async (_, changes) => {
    const { device, open } = otherwise('jlink-nrf5340', changes);
    const heard = listen(device);
    const link = await open();
    await attach(link);
    await link.transfer([writeAp(TAR, RAM), writeAp(DRW, [1, 2, 3])]);
    expect([...(await link.transfer([writeAp(TAR, RAM), readAp(DRW, 3)]))]).toEqual([1, 2, 3]);
    expect(heard.some(({ request }) => request[0] === 0x1a)).toBe(false);
    await link.close();
  });
});

describe.each(JLINKS)('requests to a %s', (probe) => {
  test('stay within a kilobyte, bits and what is sampled together, however much is moved', async () => {
    const { device, link, chip } = await attached(probe);
    const heard = listen(device);
    const words = Uint32Array.from({ length: 1024 }, (_, i) => (i * 0x9e3779b1) >>> 0);
    await link.transfer([writeAp(TAR, RAM), writeAp(DRW, words.subarray(0, 256))]);
    await link.transfer([writeAp(TAR, RAM), readAp(DRW, 256)]);
    expect(new Uint32Array(chip.ram.buffer, 0, 256)).toEqual(words.subarray(0, 256));
    expect(heard.length).toBeGreaterThan(8);
    for (const { request, replyLength } of heard)
      expect(request.length + (request[0] === 0xcf ? replyLength : 0)).toBeLessThanOrEqual(1024);
  });

  test('are two under way where there are more than one, and stay within a kilobyte together', async () => {
    const { device, link, chip } = await attached(probe);
    const heard = listen(device);
    const underWay: { readonly request: Uint8Array; readonly replyLength: number }[] = [];
    const together: number[] = [];
    const [transferOut, transferIn] = [device.transferOut.bind(device), device.transferIn.bind(device)];
    device.transferOut = (endpoint, data) => {
      const sent = transferOut(endpoint, data);
      underWay.push(heard.at(-1)!);
      together.push(underWay.length);
      const sizes = underWay.map(
        ({ request, replyLength }) => request.length + (request[0] === 0xcf ? replyLength : 0),
      );
      expect(sizes.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(1024);
      return sent;
    };
    device.transferIn = async (endpoint, length) => {
      const received = await transferIn(endpoint, length);
      underWay.shift();
      return received;
    };
    const words = Uint32Array.from({ length: 256 }, (_, i) => (i * 0x9e3779b1) >>> 0);
    await link.transfer([writeAp(TAR, RAM), writeAp(DRW, words)]);
    expect(await link.transfer([writeAp(TAR, RAM), readAp(DRW, 256)])).toEqual(words);
    expect(new Uint32Array(chip.ram.buffer, 0, 256)).toEqual(words);
    expect(together.length).toBeGreaterThan(16);
    expect(Math.max(...together)).toBe(2);
    await link.transfer([writeAp(TAR, RAM), writeAp(DRW, 1)]);
    expect(together.at(-1)).toBe(1);
  });

  test('go one after another where the probe loses those that come too soon', async () => {
    const { device, chip, open } = plugged(probe);
    device.faults.losesRequestsAhead = true;
    const link = await open();
    expect(link.info).toMatchObject({ packetCount: 1, targetMillivolts: 3000 });
    await attach(link);
    const heard = listen(device);
    const words = Uint32Array.from({ length: 200 }, (_, i) => (i * 0x9e3779b1) >>> 0);
    await link.transfer([writeAp(TAR, RAM), writeAp(DRW, words)]);
    expect(new Uint32Array(chip.ram.buffer, 0, 200)).toEqual(words);
    expect(Math.max(...heard.map(({ request }) => request.length))).toBeGreaterThan(600);
  });

  test('that fail leave the link in order, whatever else was under way', async () => {
    for (const after of [1, 20, 30, 50, 70, 110]) {
      const { link, port, chip } = await attached(probe);
      port.faults.fault = { after };
      const call = link.transfer([writeAp(TAR, RAM), writeAp(DRW, new Uint32Array(120).fill(1))]);
      await expect(call).rejects.toMatchObject({ code: 'probe/fault', facts: { done: after } });
      delete port.faults.fault;
      await link.transfer([writeDp(ABORT, 0x1e)]);
      await link.transfer([writeAp(TAR, RAM), writeAp(DRW, [7, 8, 9])]);
      expect([...new Uint32Array(chip.ram.buffer, 0, 3)]).toEqual([7, 8, 9]);
    }
  });

  test('are taken to their end only while the reply is asked for, where its buffer is full', async () => {
    for (let n = 0; n < 30; n++) {
      const { device, link, chip } = await attached(probe);
      device.faults.inputFullAt = device.transfers + n;
      await link.transfer([writeAp(TAR, RAM), writeAp(DRW, new Uint32Array(300).fill(n + 1))]);
      expect(chip.read(RAM + 4 * 299, 4)).toBe(n + 1);
    }
  });

  test('leave no reply behind that just fills its packets', async () => {
    const { link } = await attached(probe);
    for (let length = 1; length < 120; length++)
      expect(await link.transfer([readAp(DRW, length)])).toHaveLength(length);
  });
});

test('bits are clocked in pieces that the memory of the probe holds', async () => {
  const { device, open } = otherwise('jlink-sam3u', { maxMemBlock: 100 });
  const heard = listen(device);
  const link = await open();
  await attach(link);
  await link.transfer([writeAp(TAR, RAM), writeAp(DRW, new Uint32Array(40))]);
  const lengths = heard.filter(({ request }) => request[0] === 0xcf).map(({ request }) => request.length);
  expect(Math.max(...lengths)).toBeLessThanOrEqual(100);
  expect(Math.max(...lengths)).toBeGreaterThan(80);
});

describe('SWD bit by bit', () => {
  test('keeps overrun detection between itself and the chip', async () => {
    const { link, port } = await attached('jlink-sam3u');
    expect(port.detectsOverrun).toBe(true);
    expect([...(await link.transfer([readDp(CTRL_STAT)]))]).toEqual([0xf0000040]);
  });

  test('makes transfers again from the first that a busy flash answered by WAIT, and none twice', async () => {
    const { link, chip, port } = await attached('jlink-sam3u');
    await link.setClock(8_000_000);
    chip.core.writeRegister(0xe000edf0, 0xa05f0003);
    await link.transfer([writeAp(TAR, 0x4001e504), writeAp(DRW, 1)]);
    const words = Uint32Array.from({ length: 100 }, (_, i) => 0x01010101 * i);
    const before = port.transfers;
    await link.transfer([writeAp(TAR, 0x1000), writeAp(DRW, words)]);
    expect(port.transfers - before).toBeGreaterThan(200); // each store holds up the next
    expect(new Uint32Array(chip.flash.buffer, 0x1000, 100)).toEqual(words);
    expect(chip.violations).toEqual([]);
    expect([
      ...(await link.transfer([writeAp(TAR, RAM), writeAp(DRW, 9), writeAp(TAR, RAM), readAp(DRW)])),
    ]).toEqual([9]);
  });

  test('carries out nothing twice and leaves nothing out, wherever WAIT comes among requests under way', async () => {
    const { link, chip, port } = await attached('jlink-sam3u');
    const words = Uint32Array.from({ length: 100 }, (_, i) => 0x01010101 * (i + 1));
    const more = Uint32Array.from({ length: 40 }, (_, i) => 0x10203040 + i);
    const list = [
      writeAp(TAR, RAM),
      writeAp(DRW, words),
      writeDp(ABORT, 0x1e),
      writeAp(DRW, more),
      readDp(CTRL_STAT),
      writeAp(TAR, RAM + 4 * 20),
      readAp(DRW, 80),
    ];
    for (let after = 0; after < 225; after++) {
      chip.ram.fill(0, 0, 0x400);
      port.faults.wait = { after, count: 1 + (after % 3) };
      const [status, ...read] = await link.transfer(list);
      expect(status).toBe(0xf0000040);
      expect(new Uint32Array(chip.ram.buffer, 0, 141), `WAIT after ${after}`).toEqual(
        Uint32Array.of(...words, ...more, 0),
      );
      expect(Uint32Array.from(read)).toEqual(words.subarray(20));
      expect(port.faults.wait.count, 'it came').toBeLessThan(1);
    }
  });

  test('does not let a clear of sticky flags carry out what stands behind a WAIT', async () => {
    const { link, chip, port } = await attached('jlink-sam3u');
    port.faults.wait = { after: 1, count: 1 };
    await link.transfer([
      writeAp(TAR, RAM),
      writeAp(DRW, 1),
      writeDp(ABORT, 0x1e),
      writeAp(DRW, 2),
      writeAp(DRW, 3),
    ]);
    expect([...new Uint32Array(chip.ram.buffer, 0, 3)]).toEqual([1, 2, 3]);
  });

  test('finds the chip again after it missed a request', async () => {
    const { link, port, chip } = await attached('jlink-sam3u');
    port.faults.silence = { after: 1, count: 1 };
    await expect(
      link.transfer([writeAp(TAR, RAM), writeAp(DRW, [0x81818181, 0xa5a5a5a5])]),
    ).rejects.toMatchObject({ code: 'probe/no-ack' });
    await link.transfer([writeDp(ABORT, 0x1e)]);
    await link.transfer([writeAp(TAR, RAM), writeAp(DRW, 7)]);
    expect(chip.read(RAM, 4)).toBe(7);
  });

  test('asks a chip that keeps its answer back in growing rounds', async () => {
    const { device, link } = await attached('jlink-sam3u');
    const heard = listen(device);
    await link.transfer([writeAp(CSW, 0x23000002), writeAp(TAR, RAM)]);
    await expect(link.transfer([pollAp(DRW, 0, 1)])).resolves.toHaveLength(0);
    const quick = heard.length;
    await expect(link.transfer([pollAp(DRW, 0xffffffff, 0x0badcafe)])).rejects.toMatchObject({
      code: 'probe/mismatch',
      facts: { done: 0 },
    });
    expect(heard.length - quick).toBeLessThan(150);
  });
});

describe('SWD by registers', () => {
  test('takes what a poll found for a match by itself, whatever the status says', async () => {
    const { link } = await attached('jlink-nrf5340');
    await link.transfer([writeAp(CSW, 0x23000002), writeAp(TAR, RAM), writeAp(DRW, 0x80)]);
    await expect(link.transfer([pollAp(DRW, 0x80, 0x80), readAp(TAR)])).resolves.toEqual(Uint32Array.of(RAM));
    await expect(link.transfer([readAp(TAR), pollAp(DRW, 0x80, 0)])).rejects.toMatchObject({
      code: 'probe/mismatch',
      facts: { done: 1 },
    });
  });

  test('goes on after any trouble that was told', async () => {
    const { link, port } = await attached('jlink-nrf5340');
    for (const faults of [
      { wait: { after: 1, count: 1e9 } },
      { silence: { after: 1, count: 1e9 } },
      { fault: { after: 1 } },
    ]) {
      Object.assign(port.faults, faults);
      await expect(link.transfer([writeAp(TAR, RAM), writeAp(DRW, 1)])).rejects.toMatchObject({
        facts: { done: 1 },
      });
      for (const fault of ['wait', 'silence', 'fault'] as const) delete port.faults[fault];
      await link.transfer([writeDp(ABORT, 0x1f)]);
      expect([
        ...(await link.transfer([writeAp(TAR, RAM), writeAp(DRW, 5), writeAp(TAR, RAM), readAp(DRW)])),
      ]).toEqual([5]);
    }
  });
});

describe.each(JLINKS)('when the chip behind a %s has no power', (probe) => {
  test('the error says so and how much there is', async () => {
    const { link, chip, port } = await attached(probe);
    chip.powerOff();
    port.lose();
    await expect(link.transfer([readDp(0x0)])).rejects.toMatchObject({
      code: 'probe/no-target-power',
      facts: { millivolts: 0, done: 0 },
      message: expect.stringContaining('0.0 V'),
    });
  });

  test('and works again once it has', async () => {
    const { link, chip, port } = await attached(probe);
    chip.powerOff();
    port.lose();
    await expect(link.transfer([readDp(0x0)])).rejects.toMatchObject({ code: 'probe/no-target-power' });
    chip.powerOn();
    await link.sequence(Uint8Array.of(...Array<number>(7).fill(0xff), 0), 64);
    expect([...(await link.transfer([readDp(0x0)]))]).toEqual([0x2ba01477]);
  });

  test('one with power that says nothing is only silent', async () => {
    const { link, port } = await attached(probe);
    port.lose();
    await expect(link.transfer([readDp(0x0)])).rejects.toMatchObject({ code: 'probe/no-ack' });
  });
});

describe('when the system keeps a J-Link', () => {
  const keep = { open: { notAllowed: true }, claim: { claimedElsewhere: true } };

  test.each([
    [0x1015, 'open'],
    [0x1015, 'claim'],
    [0x1051, 'claim'],
    [0x0105, 'claim'],
  ] as const)(
    'on Windows, product %i, at %s: SEGGER’s driver has it, and there is a way out and back',
    async (productId, step) => {
      const { device, open } = otherwise('jlink-nrf5340', {}, productId);
      Object.assign(device.faults, keep[step]);
      await expect(open('windows')).rejects.toMatchObject({
        code: 'probe/segger-driver',
        message: expect.stringContaining('SEGGER'),
        hint: expect.stringMatching(/J-Link Configurator.*"WinUSB".*the way back is the same with "SEGGER"/),
      });
      expect(device.opened).toBe(false);
    },
  );

  test.each([0x1025, 0x1061])(
    'on Windows, product %i has WinUSB: somebody else uses it',
    async (productId) => {
      const { device, open } = otherwise('jlink-nrf5340', {}, productId);
      Object.assign(device.faults, keep.claim);
      await expect(open('windows')).rejects.toMatchObject({ code: 'probe/busy' });
    },
  );

  test('on Linux the hint is a rule for this vendor', async () => {
    const { device, open } = otherwise('jlink-sam3u', {});
    Object.assign(device.faults, keep.open);
    await expect(open('linux')).rejects.toMatchObject({
      code: 'probe/no-driver',
      hint: expect.stringContaining('SUBSYSTEM=="usb", ATTR{idVendor}=="1366", MODE="0660", TAG+="uaccess"'),
    });
  });

  test('on macOS other programs are to be quit', async () => {
    const { device, open } = otherwise('jlink-sam3u', {});
    Object.assign(device.faults, keep.claim);
    await expect(open('macos')).rejects.toMatchObject({
      code: 'probe/busy',
      hint: expect.stringMatching(/^Close .*nRF Connect, J-Link/),
    });
  });
});

describe.each(JLINKS)('when a %s misbehaves', (probe) => {
  test('replies that an interrupted session left behind are thrown away', async () => {
    const version = Uint8Array.of(4, 0, 0x4a, 0x2d, 0x4c, 0);
    const caps = Uint8Array.of(0x33, 0x5a, 0xea, 0xb8);
    for (const stale of [
      [new Uint8Array(289)],
      [new Uint8Array(340), new Uint8Array(64)],
      [version],
      [caps],
      [Uint8Array.of(112, 0)],
      [Uint8Array.of(0)],
    ]) {
      const { device, open } = plugged(probe);
      device.replies.push(...stale);
      const link = await open();
      expect(link.info.firmware).toMatch(/^J-Link OB/);
      expect([...(await link.transfer([readDp(0x0)]))]).toEqual([0x2ba01477]);
      expect(device.replies).toEqual([]);
    }
  });

  test('one that never answers what it is asked is given up', async () => {
    const { device, open } = plugged(probe);
    device.replies.push(...Array.from({ length: 100 }, () => new Uint8Array(3)));
    await expect(open()).rejects.toMatchObject({ code: 'probe/protocol' });
    expect(device.opened).toBe(false);
  });

  test('a stall ends the link, wherever it comes', async () => {
    const whole = await attached(probe);
    for (let n = 1; n <= whole.device.transfers; n++) {
      const { device, open } = plugged(probe);
      device.faults.stallAt = n;
      await expect(open().then(attach), `transfer ${n}`).rejects.toMatchObject({ code: 'probe/protocol' });
    }
  });

  test('silence ends after the time allowed, wherever it comes', async () => {
    const whole = await attached(probe);
    for (let n = 1; n <= whole.device.transfers; n++) {
      const { device, clock, open } = plugged(probe);
      device.faults.silentAt = n;
      const work = open().then(attach);
      work.catch(() => {});
      for (let i = 0; i < 2000 && device.transfers < n; i++) await Promise.resolve();
      for (let i = 0; i < 100; i++) await Promise.resolve();
      clock.advance(1001);
      await expect(work, `transfer ${n}`).rejects.toMatchObject({ code: 'probe/timeout' });
    }
  });

  test('the cable may come out at any transfer of the opening', async () => {
    const whole = plugged(probe);
    await whole.open();
    for (let n = 1; n <= whole.device.transfers; n++) {
      const { device, open } = plugged(probe);
      device.faults.unplugAt = n;
      await expect(open(), `transfer ${n}`).rejects.toMatchObject({ code: 'probe/disconnected' });
    }
  });

  test('closing is quiet when the cable is gone', async () => {
    const { board, link } = await attached(probe);
    board.unplug();
    await link.close();
  });

  test('a probe that says its memory is used up is told as such, and its link is of no more use', async () => {
    const { firmware, open } = plugged(probe);
    firmware.faults.memoryBytes = 20;
    await expect(open()).rejects.toMatchObject({ code: 'probe/no-memory' });
    delete firmware.faults.memoryBytes;
    const link = await open();
    firmware.faults.noMemoryAfter = 0;
    await expect(link.sequence(Uint8Array.of(0), 8)).rejects.toMatchObject({ code: 'probe/no-memory' });
    await expect(link.transfer([readDp(0x0)])).rejects.toMatchObject({ code: 'probe/no-memory' });
  });

  test.each([50, 100, 200])(
    'a probe with memory for %i bytes, less than it says, gets requests that fit',
    async (memoryBytes) => {
      const { board, device, firmware, open } = plugged(probe);
      firmware.faults.memoryBytes = memoryBytes;
      const link = await open();
      const longest: number[] = [];
      const execute = device.firmware.execute.bind(device.firmware);
      device.firmware.execute = (request) => {
        if (request[0] === 0xcf) longest.push(request.length);
        return execute(request);
      };
      await attach(link);
      const words = Uint32Array.from({ length: 100 }, (_, i) => i * 0x01010101);
      await link.transfer([writeAp(TAR, RAM), writeAp(DRW, words)]);
      expect(new Uint32Array(board.chip.ram.slice(0, 400).buffer)).toEqual(words);
      expect(Math.max(0, ...longest)).toBeLessThanOrEqual(memoryBytes);
    },
  );

  test('replies that come in pieces are put together', async () => {
    const { device, open } = plugged(probe);
    const execute = device.firmware.execute.bind(device.firmware);
    device.firmware.execute = (request) => {
      const reply = execute(request);
      return reply instanceof Uint8Array && request[0] === 0xcf
        ? [reply.slice(0, -1), reply.slice(-1)]
        : reply;
    };
    const link = await open();
    await attach(link);
    expect([...(await link.transfer([writeAp(TAR, RAM), readAp(TAR)]))]).toEqual([RAM]);
  });
});
