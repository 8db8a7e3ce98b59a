/** A board that a person chooses, read outside any run. Loaded when somebody asks: the probes come with it. */
import { againstJournal, examineBoard, Ledger, type BoardKind } from '../../bench/index.ts';
import { systemClock, type Clock } from '../../clock.ts';
import { KnownError } from '../../errors.ts';
import { chooseProbe, openProbe } from '../../probe/index.ts';
import { IndexedDbJournal } from '../browser/journal-store.ts';
import { currentPlatform } from '../browser/platform.ts';
import type { Engine } from '../../worker/index.ts';
import type { ReadBoard } from './board-look.svelte.ts';

/** @returns `null` where no board was chosen */
export async function readChosenBoard(engine: Engine): Promise<ReadBoard | null> {
  const device = await chooseProbe({
    usb: navigator.usb,
    isSecureContext: globalThis.isSecureContext,
  }).catch((error: unknown) => {
    if (error instanceof KnownError && error.code === 'probe/nothing-chosen') return null;
    throw error;
  });
  return device && (await readBoard(engine, device, systemClock, 'usb'));
}

/** The board of the sample's switch, for those who have none at hand. */
export async function readVirtualBoard(engine: Engine): Promise<ReadBoard> {
  const { sampleBoard } = await import('../demo/virtual-donor.ts');
  const { device, clock } = await sampleBoard(engine);
  return readBoard(engine, device, clock, 'virtual');
}

async function readBoard(
  engine: Engine,
  device: USBDevice,
  clock: Clock,
  kind: BoardKind,
): Promise<ReadBoard> {
  const link = await openProbe(device, { clock, platform: currentPlatform() });
  try {
    const board = await examineBoard(link, {
      clock,
      reader: engine.bytes,
      signal: new AbortController().signal,
    });
    const records = await new IndexedDbJournal(kind).load().catch(() => []);
    const accounts = Ledger.of(records).onChip(board.chipId);
    return { ...board, accounts, conflicts: againstJournal(board, accounts) };
  } finally {
    await link.close(); // never throws
  }
}
