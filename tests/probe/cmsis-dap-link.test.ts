import { describe, expect, test } from 'vitest';
import { openProbe, readDp, writeAp, writeDp } from '../../src/probe/index.ts';
import { PROBE_PROFILES, VirtualBoard, VirtualClock } from '../../src/virtual/index.ts';

const RAM = 0x20000000;
const TAR = 0x4;
const DRW = 0xc;

async function opened(probe: 'daplink' | 'debug-probe' | 'mcu-link', stale: Uint8Array<ArrayBuffer>[] = []) {
  const clock = new VirtualClock();
  const board = new VirtualBoard({ clock, probe });
  board.device.replies.push(...stale);
  return { board, link: await openProbe(board.device, { clock }) };
}

const transferReply = Uint8Array.of(5, 3, 1, 9, 9, 9, 9);
const blockReply = Uint8Array.of(6, 14, 0, 1);
const sizeReply = Uint8Array.of(0, 2, 0x21, 0x03);
const countReply = Uint8Array.of(0, 1, 77);

describe.each(['daplink', 'debug-probe', 'mcu-link'] as const)('a %s', (probe) => {
  test('says how long and how many its packets are', async () => {
    const { link } = await opened(probe);
    expect(link.info.packetSize).toBe(PROBE_PROFILES[probe].usb.packetSize);
    expect(link.info.packetCount).toBeGreaterThan(1);
  });

  test.each([
    ['of transfers', [transferReply, blockReply, transferReply]],
    ['of transfers and an interrupted opening', [blockReply, sizeReply]],
    ['of an opening interrupted later', [countReply, transferReply, sizeReply]],
  ])('gets back into step with replies left behind: %s', async (_, stale) => {
    const { board, link } = await opened(probe, stale);
    expect(link.info.packetSize).toBe(PROBE_PROFILES[probe].usb.packetSize);
    expect([...(await link.transfer([readDp(0x0)]))]).toEqual([0x2ba01477]);
    expect(board.device.replies).toEqual([]);
  });
});

describe.each(['daplink', 'debug-probe', 'mcu-link'] as const)('a %s with every buffer full', (probe) => {
  test('takes no question before a reply is fetched, and is opened all the same', async () => {
    const full = Array.from({ length: PROBE_PROFILES[probe].usb.replyBuffers! }, () => transferReply);
    const { board, link } = await opened(probe, full);
    expect([...(await link.transfer([readDp(0x0)]))]).toEqual([0x2ba01477]);
    expect(board.device.replies).toEqual([]);
  });
});

describe('packets in flight', () => {
  test('over endpoints as many as the probe has buffers for, over the control pipe one', async () => {
    for (const [probe, most] of [
      ['debug-probe', 8],
      ['daplink', 1],
    ] as const) {
      const { board, link } = await opened(probe);
      await link.transfer([
        readDp(0x0),
        writeDp(0x4, 0x50000000),
        writeDp(0x8, 0),
        writeAp(0x0, 0x23000012), // words, TAR moves on
      ]);
      let waiting = 0;
      let longest = 0;
      const { device } = board;
      const send = device.firmware.execute.bind(device.firmware);
      device.firmware.execute = (request) => {
        longest = Math.max(longest, ++waiting);
        return send(request);
      };
      const transferIn = device.transferIn.bind(device);
      const controlTransferIn = device.controlTransferIn.bind(device);
      device.transferIn = (...of) => transferIn(...of).finally(() => waiting--);
      device.controlTransferIn = (...of) => controlTransferIn(...of).finally(() => waiting--);
      await link.transfer([writeAp(TAR, RAM), writeAp(DRW, new Uint32Array(2048))]);
      expect(longest, probe).toBeLessThanOrEqual(most);
      expect(longest > 1, probe).toBe(most > 1);
    }
  });
});
