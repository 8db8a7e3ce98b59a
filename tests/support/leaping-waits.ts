/**
 * Waits that are leapt over. Waiting asks the chip again and again, as timers of hidden tabs are slow, and in virtual time all these
 * questions are work. Here a wait is one question, and clock and chip are told that the rest of it has passed.
 */
import { onTestFinished, vi } from 'vitest';
import { DebugPort } from '../../src/target/debug-port.ts';
import type { VirtualBoard, VirtualClock } from '../../src/virtual/index.ts';

const { pass } = DebugPort.prototype;

/** Until it is ended, or the test is. @param board  the one that is waited for */
export function leapWaits(board: VirtualBoard, clock: VirtualClock): { end(): void } {
  const spy = vi.spyOn(DebugPort.prototype, 'pass').mockImplementation(async function (this: DebugPort, ms) {
    await pass.call(this, 0);
    clock.advance(ms);
    board.chip.advance(1_000 * ms);
  });
  const end = () => spy.mockRestore();
  onTestFinished(end);
  return { end };
}
