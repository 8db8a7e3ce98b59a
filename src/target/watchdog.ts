/**
 * The watchdog that an old firmware may have started. Nothing but its own reset, the pin and the power stops it, a soft reset least of
 * all, and it may count while the core is halted: docs/probe-protocols.md §6.8.
 */
import { writeWords, type MemoryAccess } from './mem-ap.ts';
import { WDT_RELOAD_REQUEST, WDT_RR0 } from './registers.ts';

/** All eight reload registers; where no watchdog runs this does nothing. The program in RAM does the same by itself. */
export const feedWatchdog = (): MemoryAccess[] => [
  writeWords(WDT_RR0, Array<number>(8).fill(WDT_RELOAD_REQUEST)),
];
