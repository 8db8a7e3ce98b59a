import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openProbe, pollAp, readAp, readDp, writeAp, writeDp, type SwdLink } from '../../src/probe/index.ts';
import {
  PROBE_PROFILES,
  VirtualBoard,
  VirtualClock,
  type BoardSetup,
  type ProbeName,
} from '../../src/virtual/index.ts';

const RAM = 0x20000000;
const SELECT = 0x8;
const CTRL_STAT = 0x4;
const ABORT = 0x0;
const CSW = 0x0;
const TAR = 0x4;
const DRW = 0xc;
const CSW_INCREMENT = 0x23000012;
const CSW_FIXED = 0x23000002;
const NVMC_READY = 0x4001e400;

async function connected(setup: Omit<BoardSetup, 'clock'> = {}) {
  const clock = new VirtualClock();
  const board = new VirtualBoard({ ...setup, clock });
  const link = await openProbe(board.device, { clock, timeoutMs: 1000 });
  await link.transfer([
    readDp(0x0),
    writeDp(CTRL_STAT, 0x50000000),
    writeDp(SELECT, 0),
    writeAp(CSW, CSW_INCREMENT),
  ]);
  return { board, clock, link };
}
const ramWord = (board: VirtualBoard, index: number) =>
  new DataView(board.chip.ram.buffer).getUint32(4 * index, true);
const count = (length: number) => Uint32Array.from({ length }, (_, i) => (i * 0x01010101) >>> 0);

const probes = Object.keys(PROBE_PROFILES) as ProbeName[];

/** Whose firmware does SWD by itself; the other only clocks bits. */
const knowsRegisters = (probe: ProbeName) => probe !== 'jlink-sam3u';
const isJlink = (probe: ProbeName) => probe.startsWith('jlink');

describe.each(probes)('a %s', (probe) => {
  test('says who it is', async () => {
    const { link } = await connected({ probe, serial: 'S123' });
    expect(link.info).toMatchObject({ kind: isJlink(probe) ? 'jlink' : 'cmsis-dap', serial: 'S123' });
    expect(link.info.firmware).toMatch(/^[ -~]+$/);
  });

  test('gives each read its own value when reads and writes stand between one another', async () => {
    const { board, link } = await connected({ probe });
    const words = await link.transfer([
      readDp(0x0),
      writeAp(TAR, RAM),
      writeAp(DRW, 0x11111111),
      readDp(CTRL_STAT),
      writeAp(DRW, 0x22222222),
      writeAp(TAR, RAM),
      readAp(DRW),
      readAp(DRW),
      readAp(TAR),
    ]);
    expect([...words]).toEqual([0x2ba01477, 0xf0000040, 0x11111111, 0x22222222, RAM + 8]);
    expect([ramWord(board, 0), ramWord(board, 1)]).toEqual([0x11111111, 0x22222222]);
  });

  test('reads back a block as long as was written, however it falls into packets', async () => {
    const { board, link } = await connected({ probe });
    for (const length of [1, 11, 12, 13, 14, 15, 126, 127, 256]) {
      const words = count(length);
      await link.transfer([writeAp(TAR, RAM), writeAp(DRW, words)]);
      expect([...(await link.transfer([writeAp(TAR, RAM), readAp(DRW, length)]))]).toEqual([...words]);
      expect(ramWord(board, length - 1)).toBe(words[length - 1]);
    }
  });

  test('reaches registers in other banks of an access port', async () => {
    const { link } = await connected({ probe });
    const words = await link.transfer([
      writeDp(SELECT, 0x000000f0),
      readAp(0xc),
      writeDp(SELECT, 0x010000f0),
      readAp(0xc),
    ]);
    expect([...words]).toEqual([0x24770011, 0x02880000]);
  });

  test('tells WAIT, FAULT, silence and damage apart, and how far it came', async () => {
    const { board, link } = await connected({ probe });
    const { faults } = board.port;
    const attempt = () => link.transfer([writeAp(TAR, RAM), writeAp(DRW, 1), writeAp(DRW, 2)]);
    const clearErrors = () => link.transfer([writeDp(ABORT, 0x1e)]);
    faults.wait = { after: 1, count: 1e9 };
    await expect(attempt()).rejects.toMatchObject({ code: 'probe/wait', facts: { done: 1 } });
    delete faults.wait;
    await clearErrors();
    faults.silence = { after: 2, count: 1e9 };
    await expect(attempt()).rejects.toMatchObject({ code: 'probe/no-ack', facts: { done: 2 } });
    delete faults.silence;
    await clearErrors();
    faults.damage = { after: 0 };
    await expect(attempt()).rejects.toMatchObject({ code: 'probe/parity', facts: { done: 0 } });
    faults.fault = { after: 0 };
    await expect(attempt()).rejects.toMatchObject({ code: 'probe/fault', facts: { done: 0 } });
  });

  test('tells an error of the very last write in the same call', async () => {
    const { link } = await connected({ probe });
    await expect(link.transfer([writeAp(TAR, 0x60000000), writeAp(DRW, 1)])).rejects.toMatchObject({
      code: 'probe/fault',
    });
  });

  test('works on after an error once the sticky flag is cleared', async () => {
    const { board, link } = await connected({ probe });
    board.port.faults.fault = { after: 0 };
    await expect(link.transfer([writeAp(TAR, RAM)])).rejects.toMatchObject({ code: 'probe/fault' });
    await link.transfer([writeDp(ABORT, 0x1e)]);
    await link.transfer([writeAp(TAR, RAM), writeAp(DRW, 7)]);
    expect(ramWord(board, 0)).toBe(7);
  });

  test('sits out a storm of WAIT as long as the slowest flash write', async () => {
    const { board, link } = await connected({ probe });
    board.port.faults.wait = { after: 2, count: 3000 };
    await link.transfer([writeAp(TAR, RAM), writeAp(DRW, 1), writeAp(DRW, 2)]);
    expect([ramWord(board, 0), ramWord(board, 1)]).toEqual([1, 2]);
  });

  test('polls until the bits are right, inside the probe where it can', async () => {
    const { board, link } = await connected({ probe });
    await link.setClock(4_000_000);
    board.chip.core.writeRegister(0xe000edf0, 0xa05f0003);
    await link.transfer([writeAp(CSW, CSW_FIXED), writeAp(TAR, 0x4001e504), writeAp(DRW, 1)]);
    const before = board.device.transfers;
    await link.transfer([
      writeAp(TAR, 0x1000),
      writeAp(DRW, 0x12345678),
      writeAp(TAR, NVMC_READY),
      pollAp(DRW, 1, 1),
    ]);
    if (knowsRegisters(probe)) expect(board.device.transfers - before).toBe(2);
    expect(board.chip.nvmc.isBusy(board.chip.timeUs)).toBe(false);
  });

  test('gives up polling what never comes', async () => {
    const { link } = await connected({ probe });
    await link.transfer([writeAp(CSW, CSW_FIXED), writeAp(TAR, RAM), writeAp(DRW, 0)]);
    await expect(link.transfer([pollAp(DRW, 1, 1)])).rejects.toMatchObject({ code: 'probe/mismatch' });
  });

  test('keeps calls made at once in order and their answers apart', async () => {
    const { link } = await connected({ probe });
    const written = Array.from({ length: 20 }, (_, i) =>
      link.transfer([writeAp(TAR, RAM + 4 * i), writeAp(DRW, i)]),
    );
    const read = Array.from({ length: 20 }, (_, i) =>
      link.transfer([writeAp(TAR, RAM + 4 * i), readAp(DRW)]),
    );
    await Promise.all(written);
    expect((await Promise.all(read)).map((words) => words[0])).toEqual([...Array(20).keys()]);
  });

  test('one call that fails does not take the next with it', async () => {
    const { link } = await connected({ probe });
    const failing = link.transfer([writeAp(TAR, 0x60000000), readAp(DRW)]);
    const next = link.transfer([writeDp(ABORT, 0x1e), readDp(0x0)]);
    await expect(failing).rejects.toMatchObject({ code: 'probe/fault' });
    await expect(next).resolves.toHaveLength(1);
  });

  test('stops between two packets when it is told to, and is of use afterwards', async () => {
    const { board, link } = await connected({ probe });
    const stop = new AbortController();
    const long = link.transfer([writeAp(TAR, RAM), writeAp(DRW, count(2048))], stop.signal);
    stop.abort(new Error('enough'));
    await expect(long).rejects.toThrow('enough');
    await link.transfer([writeAp(TAR, RAM), writeAp(DRW, 5)]);
    expect(ramWord(board, 0)).toBe(5);
    expect(board.device.replies).toEqual([]);
  });

  test('drives sequences from a view into a longer buffer', async () => {
    const { board, link } = await connected({ probe });
    board.port.lose();
    const buffer = new Uint8Array(40);
    buffer.fill(0xff, 16, 24);
    await link.sequence(buffer.subarray(16, 24), 64);
    expect([...(await link.transfer([readDp(0x0)]))]).toEqual([0x2ba01477]);
    board.port.lose();
    await link.sequence(buffer.subarray(0, 8), 64);
    await expect(link.transfer([readDp(0x0)])).rejects.toMatchObject({ code: 'probe/no-ack' });
  });

  test('resets the chip by its pin where the chip listens to one', async () => {
    const { board, link } = await connected({ probe });
    const resets = () =>
      board.chip.events.filter((one) => one.kind === 'reset' && one.cause === 'pin').length;
    await link.setReset(true);
    await link.setReset(false);
    expect(resets()).toBe(0);
    board.chip.uicr.set([0x15, 0, 0, 0, 0x15, 0, 0, 0], 0x200);
    await link.setReset(true);
    await link.setReset(false);
    expect(resets()).toBe(1);
  });

  test('lets go of interface and target when closed, and refuses work from then on', async () => {
    const { board, link } = await connected({ probe });
    await link.close();
    expect(board.device.opened).toBe(false);
    await expect(link.transfer([readDp(0x0)])).rejects.toThrow('closed');
    await link.close();
  });

  test('opens again after it was closed', async () => {
    const { board, clock, link } = await connected({ probe });
    await link.close();
    const again = await openProbe(board.device, { clock });
    await expect(again.transfer([readDp(0x0)])).resolves.toHaveLength(1);
  });
});

describe.each(probes)('when the cable of a %s comes out', (probe) => {
  test('the call under way and all after it say so, and closing is quiet', async () => {
    const { board, link } = await connected({ probe });
    board.device.faults.unplugAt = board.device.transfers + 3;
    const lost = { code: 'probe/disconnected' };
    const [a, b] = [link.transfer([writeAp(DRW, count(500))]), link.transfer([readDp(0x0)])];
    await expect(a).rejects.toMatchObject(lost);
    await expect(b).rejects.toMatchObject(lost);
    await expect(link.transfer([readDp(0x0)])).rejects.toMatchObject(lost);
    await link.close();
  });
});

describe.each(probes)('when a %s misbehaves', (probe) => {
  async function afterTrouble(
    trouble: (board: VirtualBoard) => void,
    meanwhile?: (clock: VirtualClock) => void,
  ) {
    const { board, clock, link } = await connected({ probe });
    trouble(board);
    const call = link.transfer([readDp(0x0)]);
    call.catch(() => {});
    for (let i = 0; i < 20; i++) await Promise.resolve();
    meanwhile?.(clock);
    return { call, link };
  }

  // A report has one length whatever is in it: what is missing there reads as zero, an answer without acknowledge. A J-Link may
  // send the rest later.
  const code = probe === 'daplink' ? 'probe/no-ack' : isJlink(probe) ? 'probe/timeout' : 'probe/protocol';
  test(`a short reply is no answer (${code})`, async () => {
    const { call } = await afterTrouble(
      ({ device }) => (device.faults.shortReplyAt = outgoing(device)),
      (clock) => clock.advance(1001),
    );
    await expect(call).rejects.toMatchObject({ code });
  });

  test('a reply to another command is not taken for an answer', async () => {
    const { call, link } = await afterTrouble(({ device }) =>
      device.replies.push(Uint8Array.of(6, 14, 0, 1)),
    );
    await expect(call).rejects.toMatchObject({ code: 'probe/protocol' });
    // Nobody can say which reply comes next.
    await expect(link.transfer([readDp(0x0)])).rejects.toMatchObject({ code: 'probe/protocol' });
  });

  test('silence ends after the time allowed, not never', async () => {
    const { call, link } = await afterTrouble(
      ({ device }) => (device.faults.silentAt = device.transfers + 1),
      (clock) => clock.advance(1001),
    );
    await expect(call).rejects.toMatchObject({ code: 'probe/timeout', facts: { timeoutMs: 1000 } });
    await link.close();
  });

  test('a stalled transfer is an error, not an empty answer', async () => {
    const { call } = await afterTrouble(({ device }) => (device.faults.stallAt = device.transfers + 1));
    await expect(call).rejects.toMatchObject({ code: 'probe/protocol' });
  });

  test.skipIf(probe === 'daplink')(
    'a reply longer than was asked for is an error, not its beginning',
    async () => {
      const reply = new Uint8Array(PROBE_PROFILES[probe].usb.packetSize + 1);
      reply.set([5, 1, 1, 0x77, 0x14, 0xa0, 0x2b]);
      const { call } = await afterTrouble(({ device }) => device.replies.push(reply));
      await expect(call).rejects.toMatchObject({ code: 'probe/protocol' });
    },
  );

  /** Number of the next transfer that carries a request: over endpoints the read is asked for first. */
  const outgoing = (device: VirtualBoard['device']) => device.transfers + (probe === 'daplink' ? 1 : 2);
});

describe.each(probes)('over a %s in a hidden tab, where timers hardly run', (probe) => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('a session and its queue need none', async () => {
    const { link } = await connected({ probe });
    const all = Array.from({ length: 50 }, () => link.transfer([readDp(0x0)]));
    expect(await Promise.all(all)).toHaveLength(50);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a link', () => {
  test('is the same to its user over any probe', async () => {
    const work = async (link: SwdLink) => [
      ...(await link.transfer([writeAp(TAR, RAM + 0x3f0), writeAp(DRW, count(16)), readAp(TAR)])),
    ];
    const results = await Promise.all(probes.map(async (probe) => work((await connected({ probe })).link)));
    for (const result of results) expect(result).toEqual(results[0]);
  });
});
