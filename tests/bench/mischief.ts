/** What happens to boards on a table, by dice that can be thrown again, and the person who sees to them. */
import { honest, LIES_TOLD_ONCE, REPLY_LIES } from './lies.ts';
import type { TableBoard, Workshop } from './workshop.ts';

/** The same numbers each time: Numerical Recipes' linear congruence. */
export function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** `harm` has as many kinds, one of which is none. */
export const KINDS_OF_HARM = 13;

/** Some transfer of about a hundred goes wrong: each board meets another fault, and most meet one. */
export function harm({ board }: TableBoard, roll: () => number): void {
  const { faults, transfers } = board.device;
  const at = transfers + 1 + Math.floor(roll() * 100);
  const after = Math.floor(roll() * 3000);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(roll() * from.length)]!;
  const kinds: (() => void)[] = [
    () => (faults.unplugAt = at),
    () => (faults.stallAt = at),
    () => (faults.silentAt = at),
    () => (faults.shortReplyAt = at),
    () => (board.port.faults.fault = { after }),
    () => (board.port.faults.damage = { after }),
    () => (board.port.faults.silence = { after, count: 3 }),
    () => (board.port.faults.powerLoss = { after }),
    () => (faults.claimedElsewhere = true),
    () => (board.chip.powerCut = { operation: 1 + Math.floor(roll() * 60), share: roll() }),
    () => pick(LIES_TOLD_ONCE).tell(board, 1 + after, 0n),
    () => pick(REPLY_LIES).tell(board, at),
    () => {},
  ];
  kinds[Math.floor(roll() * kinds.length)]!();
}

export function heal({ board }: TableBoard): void {
  const { faults } = board.device;
  for (const name of Object.keys(faults)) delete (faults as Record<string, unknown>)[name];
  board.chip.powerCut = undefined;
  honest(board);
}

/** Waits until nothing moves; what hangs on a silent probe is ended by time. */
export async function settle(workshop: Workshop): Promise<void> {
  for (let rounds = 0; workshop.bench.view.busy; rounds++) {
    if (rounds > 5_000) throw new Error('It never comes to rest.');
    await new Promise((resolve) => setImmediate(resolve));
    if (rounds % 50 !== 49) continue;
    await new Promise((resolve) => setTimeout(resolve)); // for what is no virtual time
    workshop.clock.advance(1_000);
  }
}

/** Again and again, as a person would: plug in what is gone, write again what failed, allow what asks. */
export function attend(workshop: Workshop): void {
  for (const one of workshop.boards) {
    if (!one.board.device.isPluggedIn || !one.board.chip.powered) {
      workshop.unplug(one);
      workshop.plug(one);
    }
  }
  for (const { letter, state } of workshop.bench.view.slots) {
    if (state === 'asks') workshop.bench.allow(letter);
    if (state === 'failed') workshop.bench.retry(letter);
  }
}
