/** Chips whose firmware sleeps with the debugger locked out: woken, or caught as they start, and read. */
import { describe, expect, test } from 'vitest';
import { equalBytes } from '../../src/bytes.ts';
import { UICR_START } from '../../src/image/index.ts';
import { sized } from '../support/every-transfer.ts';
import { benchWith, meshLikeImage, PROBES } from './bench.ts';

const silicon = sized(0x4000);
const RELOCKS = sized(0x4000, 'nRF52832-rev3');
const node = meshLikeImage(0x4000);
/** The UICR of a firmware that opens the port of newer silicon. */
const opens = node.with([{ address: UICR_START + 0x208, bytes: Uint8Array.of(0x5a, 0, 0, 0) }]);
const resets = ({ events }: ReturnType<typeof benchWith>['board']['chip']) =>
  events.flatMap((event) => (event.kind === 'reset' ? [event.cause] : []));

describe('a firmware that switches the chip off', () => {
  const asleep = () => {
    const bench = benchWith({ probe: 'mcu-link', silicon, contents: node, firmware: { offAtUs: 4_000 } });
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
    const { board, attach } = benchWith({ silicon, contents: node, firmware: { offAtUs: 4_000 } });
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
