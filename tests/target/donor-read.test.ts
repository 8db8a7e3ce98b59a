/** A running node is read without changing it, and what was read is what it holds. */
import { describe, expect, test } from 'vitest';
import { equalBytes } from '../../src/bytes.ts';
import { MemoryImage, UICR_START } from '../../src/image/index.ts';
import { directWriter, type FlashWriter } from '../../src/target/index.ts';
import type { VirtualNrf52 } from '../../src/virtual/index.ts';
import { fixtures, readDump } from '../kinds/flashfs/fixtures.ts';
import { AGAIN, placesIn, sized } from '../support/every-transfer.ts';
import { benchWith, meshLikeImage, pattern, PROBES } from './bench.ts';

const APPROTECT = UICR_START + 0x208;
const sameBytes = (read: MemoryImage, whole: MemoryImage, flashSize: number): boolean =>
  equalBytes(read.read(0, flashSize), whole.read(0, flashSize)) &&
  equalBytes(read.read(UICR_START, 0x1000), whole.read(UICR_START, 0x1000));

/** Tells without the program in the chip, whose hashes of half a megabyte are worked out word by word here; once is enough. */
const knowing = (chip: VirtualNrf52) => async (): Promise<FlashWriter> => ({
  findDifferent: async (pages) =>
    pages.filter(
      ({ address, bytes }) => !equalBytes(bytes, chip.flash.subarray(address, address + bytes.length)),
    ),
  read: async (address, [guess]) => chip.flash.slice(address, address + guess!.length),
  write: async () => {},
  close: async () => {},
});

/** One history of each release, and all of the latest. */
const chosen = fixtures.filter(
  ({ release }, i) => release === '5.0.0' || fixtures[i - 1]?.release !== release,
);

describe('reading a node that runs', () => {
  test.each(chosen)('$release $history comes out as it is, UICR included', async ({ release, history }) => {
    const contents = readDump(release, history).with([{ address: UICR_START + 0x80, bytes: pattern(24) }]);
    const { attach, board } = benchWith({ probe: 'mcu-link', contents });
    const { image } = await (
      await attach()
    ).readDonor(history === 'client' ? {} : { writer: knowing(board.chip) });
    expect(sameBytes(image, contents, board.chip.flash.length)).toBe(true);
  });

  test.each(PROBES)('over a %s nothing is changed and the core runs on where it was', async (probe) => {
    const contents = meshLikeImage(0x80000, 3);
    const { attach, board } = benchWith({ probe, contents });
    const { chip } = board;
    chip.ram.set(pattern(0x4000, 9)); // what the firmware keeps there
    chip.core.registers[15] = 0x1234;
    chip.core.registers[3] = 0xcafe;
    chip.core.registers[16] = 0x01000016; // in an interrupt
    const [ram, registers] = [chip.ram.slice(), chip.core.registers.slice()];
    chip.events.length = 0;
    const stages: string[] = [];
    const reading = await (
      await attach()
    ).readDonor({
      progress: (stage) => {
        if (stages.at(-1) !== stage) stages.push(stage);
      },
    });
    expect(sameBytes(reading.image, contents, chip.flash.length)).toBe(true);
    expect(reading).toMatchObject({ pages: 128, blankPages: 125, readAgain: 0 });
    expect(stages).toEqual(['looking', 'reading', 'checking']);
    expect(equalBytes(chip.ram, ram), 'RAM').toBe(true);
    expect([...chip.core.registers]).toEqual([...registers]);
    expect(chip.core.halted).toBe(false);
    expect(chip.events, 'neither erased nor reset').toEqual([]);
    expect(chip.violations).toEqual([]);
  });

  test('a flash controller that the firmware has opened is open when it runs on', async () => {
    const { attach, board } = benchWith({ contents: meshLikeImage(0x80000) });
    board.chip.write(0x4001e504, 4, 1);
    await (await attach()).readDonor();
    expect(board.chip.read(0x4001e504, 4)).toBe(1);
  });

  test('its watchdog does not bite', async () => {
    const watchdog = { timeoutUs: 60_000, runsWhileHalted: true };
    const { attach, board } = benchWith({ probe: 'daplink', contents: meshLikeImage(0x80000), watchdog });
    await (await attach()).readDonor();
    expect(board.chip.events).not.toContainEqual({ kind: 'reset', cause: 'watchdog' });
  });

  test('a blank chip is told as one', async () => {
    const { attach } = benchWith();
    const { image, blankPages } = await (await attach()).readDonor();
    expect(blankPages).toBe(128);
    expect(image.runs.every(({ bytes }) => bytes.every((byte) => byte === 0xff))).toBe(true);
  });
});

describe('after the pause', () => {
  test('a firmware that runs on is left alone', async () => {
    const { attach, board } = benchWith({ contents: meshLikeImage(0x80000) });
    const target = await attach();
    await target.readDonor();
    expect(await target.goesOn()).toBe('runs on');
    expect(board.chip.events).toEqual([{ kind: 'reset', cause: 'power-on' }]);
  });
  test('one that fell over is restarted', async () => {
    const { attach, board } = benchWith({
      contents: meshLikeImage(0x80000),
      firmware: { conduct: 'faults' },
    });
    const target = await attach();
    await target.readDonor();
    expect(await target.goesOn()).toBe('restarted');
    expect(board.chip.events.at(-1)).toEqual({ kind: 'reset', cause: 'soft' });
    expect(board.chip.core.halted).toBe(false);
  });
});

describe('a chip that is closed', () => {
  test.each([
    ['old silicon that was protected', { silicon: 'nRF52832' as const }],
    ['new silicon whose firmware does not open it', { silicon: 'nRF52832-rev3' as const }],
  ])('%s is explained, and nothing is erased', async (_, setup) => {
    const contents = meshLikeImage(0x80000).with([{ address: APPROTECT, bytes: new Uint8Array(4) }]);
    const { attach, board } = benchWith({ ...setup, contents });
    await expect((await attach()).readDonor()).rejects.toMatchObject({ code: 'target/donor-protected' });
    expect(board.chip.erasures).toEqual([]);
  });

  test('new silicon whose firmware opens it is read, and stays open', async () => {
    const contents = meshLikeImage(0x80000).with([{ address: APPROTECT, bytes: Uint8Array.of(0x5a) }]);
    const { attach, board } = benchWith({ silicon: 'nRF52832-rev3', contents, firmwareUnlocks: true });
    board.chip.advance(1_000);
    const { image } = await (await attach()).readDonor();
    expect(sameBytes(image, contents, board.chip.flash.length)).toBe(true);
    expect(board.chip.locked).toBe(false);
  });
});

describe('what does not arrive as it is', () => {
  /** A page is other than it was for the first so many looks at it, as on a wire that loses bits. */
  const flaky = (looks: number) => {
    const bench = benchWith({ probe: 'mcu-link', contents: meshLikeImage(0x80000) });
    const attach = async () => {
      const target = await bench.attach();
      const { memory } = target;
      const readStretches = memory.readStretches.bind(memory);
      let left = looks;
      memory.readStretches = async (stretches, signal) => {
        const read = await readStretches(stretches, signal);
        for (const { address, bytes } of read)
          if (address === 0x1000 && bytes.length === 0x1000 && left-- > 0) bytes[5]! ^= 0x10;
        return read;
      };
      return target;
    };
    return { ...bench, attach };
  };

  test('is read once more, and that is told', async () => {
    const { attach, board } = flaky(1);
    const { image, readAgain } = await (await attach()).readDonor();
    expect(readAgain).toBe(1);
    expect(sameBytes(image, meshLikeImage(0x80000), board.chip.flash.length)).toBe(true);
  });

  test('is not offered when it differs again', async () => {
    const { attach, board } = flaky(9);
    await expect((await attach()).readDonor()).rejects.toMatchObject({
      code: 'target/unsteady-read',
      facts: { pages: 1, address: 0x1000 },
    });
    expect(board.chip.core.halted).toBe(false);
  });

  test('where no program runs in RAM, flash is read twice', async () => {
    const contents = meshLikeImage(0x80000);
    const { attach, board } = benchWith({ probe: 'mcu-link', contents });
    const { image } = await (await attach()).readDonor({ writer: directWriter });
    expect(sameBytes(image, contents, board.chip.flash.length)).toBe(true);
  });
});

describe('the cable is pulled', () => {
  /** A whole reading of a chip of 512 KB takes so many at least. */
  const LARGE_TRANSFERS = 300;
  /** Two pages: a whole reading in some hundred transfers. */
  const silicon = sized(0x2000);
  const contents = MemoryImage.of([
    { address: 0, bytes: pattern(0x123) },
    { address: UICR_START + 0x80, bytes: pattern(24) },
  ]);

  test('here and there in a long reading: the same', async () => {
    const large = meshLikeImage(0x80000);
    for (const share of [0.13, 0.41, 0.67, 0.93]) {
      const { board, attach } = benchWith({ probe: 'mcu-link', contents: large });
      const unplugAt = Math.round(share * LARGE_TRANSFERS);
      board.device.faults.unplugAt = unplugAt;
      await expect(attach().then((target) => target.readDonor())).rejects.toMatchObject({
        code: 'probe/disconnected',
      });
      expect(board.chip.erasures).toEqual([]);
    }
  });

  test.each(PROBES)(
    'at any transfer over a %s nothing is offered, and the board reads well afterwards',
    { timeout: 300_000 },
    async (probe) => {
      const whole = benchWith({ probe, silicon, contents });
      await (await whole.attach()).readDonor();
      const { transfers } = whole.board.device;
      expect(transfers).toBeGreaterThan(200);
      const places = placesIn(1, transfers, probe);
      for (const unplugAt of places) {
        const { board, attach } = benchWith({ probe, silicon, contents });
        board.device.faults.unplugAt = unplugAt;
        const read = attach().then((target) => target.readDonor());
        const where = `transfer ${unplugAt} of ${transfers}`;
        await expect(read, where).rejects.toMatchObject({
          code: 'probe/disconnected',
          message: expect.stringMatching(/unplugged|cable|lost|gone/),
        });
        expect(board.chip.erasures, where).toEqual([]);
        if (unplugAt % AGAIN !== 0) continue;
        board.unplug();
        board.plugIn();
        const { image, readAgain } = await (await attach()).readDonor();
        expect(sameBytes(image, contents, board.chip.flash.length), where).toBe(true);
        expect(readAgain, where).toBe(0);
      }
    },
  );
});

/* Chips whose firmware sleeps with the debugger locked out: woken, or caught as they start, and read */

const SMALL = sized(0x4000);
const RELOCKS = sized(0x4000, 'nRF52832-rev3');
const node = meshLikeImage(0x4000);
/** The UICR of a firmware that opens the port of newer silicon. */
const opens = node.with([{ address: UICR_START + 0x208, bytes: Uint8Array.of(0x5a, 0, 0, 0) }]);
const resets = ({ events }: ReturnType<typeof benchWith>['board']['chip']) =>
  events.flatMap((event) => (event.kind === 'reset' ? [event.cause] : []));

describe('a firmware that switches the chip off', () => {
  const asleep = () => {
    const bench = benchWith({
      probe: 'mcu-link',
      silicon: SMALL,
      contents: node,
      firmware: { offAtUs: 4_000 },
    });
    bench.board.chip.advance(10_000);
    expect(bench.board.chip.isOff).toBe(true);
    return bench;
  };

  test('is woken by who connects, read, and goes to sleep again', async () => {
    const { board, attach } = asleep();
    const { chip } = board;
    const target = await attach();
    expect(resets(chip)).toEqual(['power-on', 'debug']);
    const reading = await target.readDonor();
    expect(reading).toMatchObject({ wasAsleep: true, wasClosed: false });
    expect(equalBytes(reading.image.read(0, chip.flash.length), chip.flash)).toBe(true);
    expect(await target.goesOn()).toBe('restarted'); // to who looks on it turns on the spot
    chip.advance(10_000);
    expect(chip.isOff).toBe(true);
    expect(chip.erasures).toEqual([]);
  });

  test('is told as asleep once: the note of it is taken away', async () => {
    const { attach } = asleep();
    const target = await attach();
    await target.readDonor();
    expect(await target.readDonor()).toMatchObject({ wasAsleep: false });
  });

  test('with a debugger there is not off, and turns on the spot', async () => {
    const { board, attach } = benchWith({ silicon: SMALL, contents: node, firmware: { offAtUs: 4_000 } });
    await attach();
    board.chip.advance(10_000);
    expect(board.chip.isOff).toBe(false);
  });
});

describe('a firmware that closes the port of newer silicon', () => {
  const closing = (probe: (typeof PROBES)[number], closesPortAtUs: number, contents = opens) => {
    const bench = benchWith({
      probe,
      silicon: RELOCKS,
      contents,
      firmwareUnlocks: true,
      firmware: { closesPortAtUs, offAtUs: closesPortAtUs + 5_000 },
    });
    bench.board.chip.advance(50_000);
    expect([bench.board.chip.locked, bench.board.chip.isOff]).toEqual([true, true]);
    return bench;
  };

  test.each(PROBES)('before it sleeps is caught as it starts over a %s, and read', async (probe) => {
    const { board, attach } = closing(probe, 20_000);
    const { chip } = board;
    const target = await attach();
    chip.advance(30_000); // woken it closes again
    expect(chip.locked).toBe(true);
    const reading = await target.readDonor();
    expect(reading).toMatchObject({ wasClosed: true });
    expect(equalBytes(reading.image.read(0, chip.flash.length), chip.flash)).toBe(true);
    expect(resets(chip).slice(-1)).toEqual(['control-port']);
    expect(await target.goesOn()).toBe('restarted');
    chip.advance(60_000);
    expect(chip.locked, 'it went on and closed the port as ever').toBe(true);
    expect(chip.core.halted).toBe(false);
    expect(chip.erasures).toEqual([]);
    expect(chip.violations).toEqual([]);
  });

  test('at once, before anybody could halt it, is told with what to do', async () => {
    const { board, attach } = closing('mcu-link', 450);
    const target = await attach();
    board.chip.advance(30_000);
    await expect(target.readDonor()).rejects.toMatchObject({
      code: 'target/closes-itself',
      hint: expect.stringContaining('FORCEPROTECT'),
    });
    expect(board.chip.erasures).toEqual([]);
  });

  test('is told apart from one that never opens it', async () => {
    const { board, attach } = closing('mcu-link', 20_000, node);
    await expect((await attach()).readDonor()).rejects.toMatchObject({ code: 'target/donor-protected' });
    expect(resets(board.chip).filter((cause) => cause === 'control-port')).toHaveLength(1);
    expect(board.chip.erasures).toEqual([]);
  });
});
