/** A board is looked at while its firmware runs. */
import { describe, expect, test } from 'vitest';
import { againstJournal, examineBoard } from '../../src/bench/index.ts';
import type { FirmwareSetup } from '../../src/virtual/index.ts';
import { reader } from '../support/chip-reader.ts';
import { benchWith } from '../target/bench.ts';
import { switchNode } from './started-nodes.ts';

const NODE = switchNode(0x11);
async function looked(firmware: FirmwareSetup = {}) {
  const { silicon, image: contents } = NODE;
  const { board, clock, open } = benchWith({ probe: 'mcu-link', silicon, contents, firmware });
  const link = await open();
  const found = await examineBoard(link, { clock, reader, signal: new AbortController().signal });
  await link.close();
  return { found, chip: board.chip };
}

describe('a board that is looked at', () => {
  test('is told with its node; nothing of it is halted, reset or changed', async () => {
    const { found, chip } = await looked();
    expect(found).toMatchObject({ node: { start: 0x11, count: 1 }, notes: [] });
    expect(chip.events).toEqual([{ kind: 'reset', cause: 'power-on' }]);
    expect(chip.core.halted).toBe(false);
  });

  test('while its firmware writes is halted and read again, which is told; it runs on', async () => {
    const { chip } = await looked();
    const notes: string[] = [];
    for (let tenth = 1; tenth < 10; tenth++) {
      const change = { atUs: (chip.timeUs * tenth) / 10, make: NODE.does.starts };
      const { found, chip: other } = await looked({ change });
      expect(found.node).toEqual({ start: 0x11, count: 1 });
      expect(other.core.halted).toBe(false);
      notes.push(...againstJournal(found, []).map(({ code }) => code));
    }
    expect(notes).toContain('station/read-halted');
    expect(notes.length, 'only where the two differ').toBeLessThan(9);
  });
});

test('a protected chip is not read', async () => {
  const { silicon, image } = NODE;
  const contents = image.with([{ address: 0x10001208, bytes: new Uint8Array(4) }]);
  const { clock, open } = benchWith({ silicon, contents });
  const looking = examineBoard(await open(), { clock, reader, signal: new AbortController().signal });
  await expect(looking).rejects.toMatchObject({ code: 'station/locked-board' });
});
