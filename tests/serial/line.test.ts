import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatenate, toHex } from '../../src/bytes.ts';
import {
  COMMANDS,
  formatFrame,
  FrameReader,
  openLine,
  releaseText,
  SERIAL_RELEASES,
  SerialDevice,
} from '../../src/serial/index.ts';
import type { SerialLine } from '../../src/serial/index.ts';
import { KIT_RELEASES, type KitReleaseName } from '../../src/virtual/index.ts';
import { VirtualNetwork } from '../support/virtual-network.ts';

const open = async (network: VirtualNetwork) =>
  openLine(network.port, { clock: network.clock, randomBytes: network.randomBytes });

describe('frames', () => {
  const frames = fc.array(fc.record({ opcode: fc.nat(255), parameters: fc.uint8Array({ maxLength: 254 }) }), {
    maxLength: 8,
  });
  test('come out of a stream as they went in, however it is cut', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sent, sizes) => {
        const stream = concatenate(sent.map(formatFrame));
        const reader = new FrameReader();
        const read = [];
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = sizes[i % sizes.length]!;
          read.push(...reader.push(stream.subarray(at, at + size)));
          at += size;
        }
        expect(read.map((frame) => toHex(formatFrame(frame)))).toEqual(
          sent.map((frame) => toHex(formatFrame(frame))),
        );
        expect(reader.pendingBytes).toBe(0);
      }),
    );
  });
});

describe('finding out what is on the line', () => {
  test.each(Object.keys(KIT_RELEASES) as KitReleaseName[])(
    'tells a kit of %s by what it answers',
    async (release) => {
      const network = new VirtualNetwork(release);
      const device = await SerialDevice.identify(await open(network));
      expect(device.release.releases).toContain(release);
    },
  );

  test('opens slowly first, then fast, with flow control', async () => {
    const network = new VirtualNetwork();
    await open(network);
    expect(network.port.openings.map(({ baudRate, flowControl }) => [baudRate, flowControl])).toEqual([
      [9600, 'hardware'],
      [115200, 'hardware'],
    ]);
  });

  test('attaches to a kit that is in the middle of sending', async () => {
    const network = new VirtualNetwork('5.0.0', { chunks: 'bytes' });
    await network.port.open({ baudRate: 9600 });
    await network.port.close();
    const opening = open(network);
    for (let i = 0; i < 20; i++) {
      network.clock.after(i * 7, () => network.kit.emitEvent(0xd4, Uint8Array.of(0, 0, i % 3)));
    }
    await (await opening).echo(Uint8Array.of(1, 2, 3));
  });

  test('frees a kit that waits for the rest of half a command', async () => {
    const network = new VirtualNetwork();
    network.kit.receive(Uint8Array.of(0xf0, 0x02, 1, 2, 3)); // an Echo of 239 bytes whose rest never came
    const device = await SerialDevice.identify(await open(network));
    expect(device.release.since).toBe('5.0.0');
  });

  test('says so when nothing answers', async () => {
    const network = new VirtualNetwork('5.0.0', { atFrame: () => 'drop-response' });
    network.kit.receive = () => {};
    await expect(open(network)).rejects.toMatchObject({ code: 'serial/mute' });
    // with flow control, and without
    expect(network.port.openings.map(({ flowControl }) => flowControl)).toEqual([
      'hardware',
      'hardware',
      'none',
    ]);
  });

  test('says so when another tab holds the port', async () => {
    const network = new VirtualNetwork();
    network.port.isHeldElsewhere = true;
    await expect(open(network)).rejects.toMatchObject({ code: 'serial/port-busy' });
  });

  test('a second line on one port is refused, and the first goes on', async () => {
    const network = new VirtualNetwork();
    const first = await open(network);
    await expect(open(network)).rejects.toMatchObject({ code: 'serial/port-in-use' });
    await first.echo(Uint8Array.of(7));
  });

  test('every release between 2.0.0 and 5.0.0 has its row, once', () => {
    expect(SERIAL_RELEASES.flatMap(({ releases }) => releases)).toEqual(Object.keys(KIT_RELEASES));
    expect(SERIAL_RELEASES.map(releaseText)).toContain('3.1.0 to 4.2.0');
  });
});

describe('a kit of a release that nobody knows', () => {
  test('is not spoken to', async () => {
    const asked: string[] = [];
    const line = {
      command: async (name: string) => {
        asked.push(name);
        return { status: 0, rest: Uint8Array.of(11, 0) };
      },
    } as unknown as SerialLine;
    await expect(SerialDevice.identify(line)).rejects.toMatchObject({
      code: 'serial/unknown-release',
      facts: { version: 11 },
    });
    expect(asked).toEqual(['SerialVersionGet']);
  });
});

describe('commands and events on one line', () => {
  test('a response is found behind events, split anywhere, joined, and beside unknown opcodes', async () => {
    for (const chunks of ['frames', 'bytes', 'joined'] as const) {
      const network = new VirtualNetwork('5.0.0', {
        chunks,
        unknownEvents: true,
        atFrame: () => 'event-first',
      });
      const device = await SerialDevice.identify(await open(network));
      expect(await device.call(COMMANDS.devkeyCountMaxGet, {})).toEqual({ count: 10 });
    }
  });

  test('a frame longer than 63 bytes goes out in pieces', async () => {
    const network = new VirtualNetwork();
    const device = await SerialDevice.identify(await open(network));
    const half = new Uint8Array(32).fill(1);
    await device.call(COMMANDS.keypairSet, { privateKey: half, publicX: half, publicY: half });
    expect(network.port.longestWrite).toBe(63);
  });

  test('a response that was lost is not taken for the next one', async () => {
    const network = new VirtualNetwork();
    const line = await open(network);
    const device = await SerialDevice.identify(line);
    const lost = network.kit.framesReceived;
    network.kit.faults = { atFrame: (count) => (count === lost ? 'drop-response' : undefined) };
    await expect(device.call(COMMANDS.devkeyCountMaxGet, {})).rejects.toMatchObject({
      code: 'serial/no-response',
    });
    // it comes late, behind the echo that the line asks for first
    network.kit.emitEvent(0x84, Uint8Array.of(0xa9, 0, 99, 0));
    expect(await device.call(COMMANDS.addrNonvirtualCountMaxGet, {})).toEqual({ count: 32 });
  });

  test('commands asked for at once are answered one after another', async () => {
    const network = new VirtualNetwork();
    const device = await SerialDevice.identify(await open(network));
    const counts = await Promise.all([
      device.call(COMMANDS.subnetCountMaxGet, {}),
      device.call(COMMANDS.devkeyCountMaxGet, {}),
      device.call(COMMANDS.addrNonvirtualCountMaxGet, {}),
    ]);
    expect(counts.map(({ count }) => count)).toEqual([8, 10, 32]);
  });

  test('a refusal names its command and status', async () => {
    const network = new VirtualNetwork();
    const device = await SerialDevice.identify(await open(network));
    await expect(device.call(COMMANDS.devkeyDelete, { handle: 8 })).rejects.toMatchObject({
      code: 'serial/refused',
      facts: { command: 'DevkeyDelete', status: 0x8e },
    });
  });

  test('a kit that restarts by itself fails what was under way, and answers again', async () => {
    const network = new VirtualNetwork();
    const device = await SerialDevice.identify(await open(network));
    const next = network.kit.framesReceived;
    network.kit.faults = { atFrame: (count) => (count === next ? 'reset' : undefined) };
    await expect(device.call(COMMANDS.devkeyCountMaxGet, {})).rejects.toMatchObject({
      code: 'serial/device-restarted',
    });
    expect(await device.call(COMMANDS.devkeyCountMaxGet, {})).toEqual({ count: 10 });
  });

  test('a pulled cable fails what waits and everything after it', async () => {
    const network = new VirtualNetwork();
    const device = await SerialDevice.identify(await open(network));
    const next = network.kit.framesReceived;
    network.kit.faults = { atFrame: (count) => (count === next ? 'unplug' : undefined) };
    const lost = { code: 'serial/port-lost' };
    await expect(device.call(COMMANDS.devkeyCountMaxGet, {})).rejects.toMatchObject(lost);
    await expect(device.call(COMMANDS.devkeyCountMaxGet, {})).rejects.toMatchObject(lost);
  });

  test('a line that was closed can be opened again', async () => {
    const network = new VirtualNetwork();
    const first = await open(network);
    await first.close();
    await expect(first.echo(Uint8Array.of(1))).rejects.toMatchObject({ code: 'serial/line-closed' });
    await (await open(network)).echo(Uint8Array.of(1));
  });

  test('a full kit refuses the eleventh device key, and is made to forget', async () => {
    const network = new VirtualNetwork();
    const kit = await network.connect();
    await kit.restart();
    const channels = [];
    for (let i = 0; i < 10; i++) channels.push(await kit.open(network.clone(0x10 + i).clone));
    const last = network.clone(0x20);
    const channel = await kit.open(last.clone);
    expect(channel.node.unicast).toBe(0x20);
    await channel.close();
    for (const dead of channels) await dead.close(); // they are gone already
  });
});
