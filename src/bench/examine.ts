/**
 * What is on a board, at any time and without a run: the little is read that tells its node, while its firmware goes on; twice, and where
 * the two differ once more with the core halted.
 *
 * It changes nothing on the board and writes no journal. Whose node it is, is for those to say who have a database.
 */
import { equalBytes } from '../bytes.ts';
import type { Clock } from '../clock.ts';
import type { Finding } from '../errors.ts';
import type { Chip, FactoryIds, MemoryImage, Segment } from '../image/index.ts';
import { formatRun, type UnicastRun } from '../mesh/index.ts';
import type { SwdLink } from '../probe/index.ts';
import { Nrf52 } from '../target/index.ts';
import type { IdentityAccount } from './account.ts';
import { readNode, type ChipReader } from './chip-reader.ts';
import { lockedOnLook, notAsJournal, wasHalted } from './errors.ts';

/** What was read of a board. */
export interface ExaminedBoard {
  /** FICR DEVICEID: 16 hex digits. */
  readonly chipId: string;
  readonly chip: Chip;
  /** Package, function and build code: `AAE0`. */
  readonly variant: string;
  /** The debug port closes at every reset. */
  readonly relocks: boolean;
  readonly factoryIds: FactoryIds;
  readonly segments: readonly Segment[];
  /** Addresses of its node, `null` where there is none. */
  readonly node: UnicastRun | null;
  /** What a person should know of how it was read. */
  readonly notes: readonly Finding[];
}

export interface ExamineOptions {
  readonly clock: Clock;
  readonly reader: ChipReader;
  readonly signal: AbortSignal;
  readonly progress?: (doneBytes: number, totalBytes: number) => void;
}

/** @throws `station/locked-board` where a chip is protected, which nothing but an erase would change; what probe and target throw */
export async function examineBoard(
  link: SwdLink,
  { clock, reader, signal, progress = () => {} }: ExamineOptions,
): Promise<ExaminedBoard> {
  const target = await Nrf52.attach(link, { clock, signal });
  if (!target.identity) throw lockedOnLook();
  const { chip, deviceId, variant, relocks, factoryIds } = target.identity;
  const look = () => readNode(target, chip, reader, { progress, signal });
  const first = await look();
  const wasWriting = !(await isSteady(target, first.image, signal));
  const { node, image } = wasWriting ? await target.whileHalted(look) : first;
  const notes = wasWriting ? [wasHalted()] : [];
  return { chipId: deviceId, chip, variant, relocks, factoryIds, segments: image.runs, node, notes };
}

/** Whether a second reading finds the same: a firmware that writes meanwhile leaves a mixture of before and after. */
async function isSteady(target: Nrf52, { runs }: MemoryImage, signal: AbortSignal): Promise<boolean> {
  const again = await target.readImage(
    runs.map(({ address, bytes }) => ({ address, length: bytes.length })),
    { signal },
  );
  return runs.every(({ address, bytes }) => equalBytes(bytes, again.read(address, bytes.length)));
}

/** Where the journal says something else of a chip than the board itself, and what is to be known of how that was read. */
export function againstJournal(
  { node, chipId, notes }: Pick<ExaminedBoard, 'node' | 'chipId' | 'notes'>,
  accounts: readonly IdentityAccount[],
): readonly Finding[] {
  const disagreeing = accounts
    .filter((account) => account.unicast !== node?.start)
    .map((account) => notAsJournal(account, chipId, node ? formatRun(node) : null));
  return [...disagreeing, ...notes];
}
