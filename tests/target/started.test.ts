/** A chip that was started is looked at without being stopped: does it run, and what does it say? */
import { describe, expect, test } from 'vitest';
import { LogLines, wordOf } from '../../src/log-lines.ts';
import { findRtt, readRtt, watchCore, type RttBlock } from '../../src/target/index.ts';
import { findId, parseRttBlock, unread } from '../../src/target/rtt.ts';
import type { Conduct, FirmwareSetup, RttSetup } from '../../src/virtual/index.ts';
import { benchWith, meshLikeImage, PROBES } from './bench.ts';

const RAM = 0x20000000;
const RAM_SIZE = 0x10000;
const ADDRESS_LINE = '<t:       1206>, main.c,  312, Node Address: 0x0053 \n';

async function started(firmware: FirmwareSetup, probe = PROBES[0]!) {
  const bench = benchWith({ probe, contents: meshLikeImage(0x80000), firmware });
  const target = await bench.attach();
  return { ...bench, target, chip: bench.board.chip, memory: target.memory };
}

describe.each(PROBES)('over a %s', (probe) => {
  test.each<[Conduct, object]>([
    ['runs', { kind: 'runs' }],
    ['hangs', { kind: 'stuck' }],
    ['faults', { kind: 'fault', exception: 3 }],
    ['locks up', { kind: 'lockup' }],
    ['resets', { kind: 'resets' }],
  ])('a firmware that %s is known by it, and is not stopped', async (conduct, expected) => {
    const { memory, chip } = await started({ conduct }, probe);
    const state = await watchCore(memory, { flashSize: 0x80000, looks: 8, everyMs: 60 });
    expect(state).toMatchObject(expected);
    expect(chip.core.halted).toBe(false);
  });
});

test('a core that was left in RAM is not where its firmware is', async () => {
  const { memory, chip } = await started({});
  chip.core.registers[15] = 0x20000000;
  chip.ram.set([0xfe, 0xe7]);
  const state = await watchCore(memory, { flashSize: 0x80000, looks: 4, everyMs: 10 });
  expect(state).toEqual({ kind: 'elsewhere', pc: 0x20000000 });
});

test('one reset of its own is no loop', async () => {
  const { memory, board } = await started({});
  let passes = 0;
  const pass = memory.port.pass.bind(memory.port);
  memory.port.pass = async (ms) => {
    if (++passes === 2) {
      board.chip.holdReset(true, 'soft');
      board.chip.holdReset(false, 'soft');
    }
    return pass(ms);
  };
  expect(await watchCore(memory, { flashSize: 0x80000, looks: 5, everyMs: 10 })).toEqual({
    kind: 'runs',
    resets: 1,
  });
});

describe('the block of RTT', () => {
  const look = async (rtt: RttSetup | undefined, log: FirmwareSetup['log'] = []) => {
    const all = await started({ ...(rtt && { rtt }), log }, 'mcu-link');
    all.chip.advance(20_000);
    return { ...all, found: await findRtt(all.memory, { ramSize: RAM_SIZE }) };
  };
  const read = async (memory: Parameters<typeof readRtt>[0], block: RttBlock) => {
    const piece = await readRtt(memory, block, RAM_SIZE);
    return { text: new TextDecoder().decode(piece?.bytes), wasFull: piece?.wasFull };
  };

  test.each([0x0, 0x4, 0xff4, 0xffc, 0x1000, 0x8014, RAM_SIZE - 24 - 24 - 0x400])(
    'is found at %i of RAM, and its log is read',
    async (at) => {
      const { found, memory } = await look({ address: RAM + at }, [{ atUs: 1_000, text: ADDRESS_LINE }]);
      expect(found).toMatchObject({ kind: 'found', block: { address: RAM + at } });
      const { block } = found as { block: RttBlock };
      expect(await read(memory, block)).toEqual({ text: ADDRESS_LINE, wasFull: false });
      expect(await read(memory, block), 'nothing twice').toEqual({ text: '', wasFull: false });
    },
  );

  test('wraps, and the text is whole', async () => {
    const rtt = { address: RAM + 0x800, size: 64, begins: 50 };
    const { found, memory } = await look(rtt, [{ atUs: 1_000, text: 'Successfully provisioned\n' }]);
    const { block } = found as { block: RttBlock };
    expect((await read(memory, block)).text).toBe('Successfully provisioned\n');
  });

  test('is full: that is told, and there is room again', async () => {
    const rtt = { address: RAM + 0x800, size: 32, mode: 1 as const };
    const { found, memory, chip } = await look(rtt, [
      { atUs: 1_000, text: 'x'.repeat(40) },
      { atUs: 60_000, text: 'more\n' },
    ]);
    const { block } = found as { block: RttBlock };
    expect(await read(memory, block)).toEqual({ text: 'x'.repeat(31), wasFull: true });
    chip.advance(60_000);
    expect(await read(memory, block)).toEqual({ text: 'more\n', wasFull: false });
  });

  test('is not there', async () => expect((await look(undefined)).found).toEqual({ kind: 'absent' }));

  test('is torn: an id with nonsense behind it', async () => {
    const { found } = await look({ address: RAM + 0x2340, torn: true });
    expect(found).toEqual({ kind: 'torn', address: RAM + 0x2340 });
  });

  test('is in the wrong place: whole, with a ring outside of RAM', async () => {
    const { found } = await look({ address: RAM + 0x2340, misplaced: true });
    expect(found).toEqual({ kind: 'misplaced', address: RAM + 0x2340, buffer: 0x2fff0000 });
  });

  test('is looked for where it was on the last board first', async () => {
    const { memory, clock } = await look({ address: RAM + 0xf000 });
    const before = clock.now();
    const found = await findRtt(memory, { ramSize: RAM_SIZE, likely: RAM + 0xf000 });
    expect(found.kind).toBe('found');
    expect(clock.now() - before).toBeLessThan(3);
  });

  test('goes away while it is read', async () => {
    const { found, memory, chip } = await look({ address: RAM + 0x100 });
    chip.ram.fill(0);
    expect(await readRtt(memory, (found as { block: RttBlock }).block, RAM_SIZE)).toBeUndefined();
  });

  test('a ring outside of RAM, offsets beyond its size, or no channel at all is no block', () => {
    const ram = { start: RAM, length: RAM_SIZE };
    const block = (words: readonly number[]) => {
      const bytes = new Uint8Array(24 + 24);
      [...'SEGGER RTT'].forEach((letter, i) => (bytes[i] = letter.charCodeAt(0)));
      const view = new DataView(bytes.buffer);
      words.forEach((word, i) => view.setUint32(16 + 4 * i, word, true));
      return parseRttBlock(bytes, RAM, ram);
    };
    expect(block([1, 0, 0, RAM + 0x100, 64, 1, 0, 2])).toBeDefined();
    expect(block([0, 0])).toBeUndefined();
    expect(block([17, 0])).toBeUndefined();
    expect(block([1, 0, 0, RAM + RAM_SIZE - 8, 64, 0, 0, 0])).toBeUndefined();
    expect(block([1, 0, 0, RAM + 0x100, 64, 64, 0, 0])).toBeUndefined();
    expect(block([1, 0, 0, RAM + 0x100, 64, 0, 0, 3])).toBeUndefined();
    expect(block([2, 0, 0, RAM + 0x100, 64, 0, 0, 0]), 'its second channel is missing').toBeUndefined();
    expect(block([1, 0, 0, 0, 0, 0, 0, 0]), 'no channel is set up').toBeUndefined();
  });

  test('an id that does not begin at a word is none', () => {
    const bytes = new Uint8Array(64);
    [...'SEGGER RTT'].forEach((letter, i) => (bytes[i + 6] = letter.charCodeAt(0)));
    expect(findId(bytes)).toBe(-1);
    bytes.copyWithin(8, 6);
    expect(findId(bytes)).toBe(8);
  });

  test('a ring that wraps is read in two pieces', () => {
    const ring = {
      address: 0,
      buffer: 100,
      size: 10,
      writeOffset: 3,
      readOffset: 8,
      whenFull: 'cuts',
    } as const;
    expect(unread(ring)).toEqual([
      { address: 108, length: 2 },
      { address: 100, length: 3 },
    ]);
  });
});

describe('a log', () => {
  const lines = (...pieces: string[]) => {
    const log = new LogLines();
    const all = pieces.flatMap((piece) => log.add(new TextEncoder().encode(piece), 5));
    return [...all, ...log.flush(5)];
  };
  test('of the nRF5 SDK for Mesh says time and place', () => {
    expect(lines(ADDRESS_LINE)).toEqual([
      { atMs: 5, time: '1206', source: 'main.c:312', text: 'Node Address: 0x0053' },
    ]);
  });
  test('of Zephyr does too, without its colours', () => {
    const [line] = lines(
      '\u001b[1;32m[00:00:00.250,000] <inf> bt_mesh_main: Primary Element: 0x0011\u001b[0m\r\n',
    );
    expect(line).toEqual({
      atMs: 5,
      time: '00:00:00.250,000',
      source: 'bt_mesh_main',
      text: 'Primary Element: 0x0011',
    });
    expect(wordOf(line!)).toEqual({ kind: 'address', unicast: 0x11 });
  });
  test('comes in pieces and is whole', () => {
    expect(lines('Node Add', 'ress: 0x00', '53 \nand').map(({ text }) => text)).toEqual([
      'Node Address: 0x0053',
      'and',
    ]);
  });
  test('says of the node what the examples say', () => {
    const words = lines(
      'Successfully provisioned\n',
      '----- Node reset  -----\n',
      'Node Address: 0x7FFF\n',
      'x\n',
    ).map(wordOf);
    expect(words).toEqual([
      { kind: 'provisioned' },
      { kind: 'reset' },
      { kind: 'address', unicast: 0x7fff },
      undefined,
    ]);
  });
  test('without an end is cut', () => {
    expect(lines('y'.repeat(3000)).every(({ text }) => text.length <= 1024)).toBe(true);
  });
});
