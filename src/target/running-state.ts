/**
 * Whether a core runs its firmware, told by looking at it some times without stopping it.
 *
 * Source: ARMv7-M Architecture Reference Manual, C1.6.2 (DHCSR: S_LOCKUP, S_SLEEP; S_RESET_ST says that it was reset since it was read
 * last), B3.2.4 (ICSR), C1.8.7 (DWT_PCSR).
 */
import type { MemAp } from './mem-ap.ts';
import { readWords, writeWords } from './mem-ap.ts';
import {
  DEMCR,
  DHCSR,
  DWT_PCSR,
  ICSR,
  ICSR_VECTACTIVE,
  S_HALT,
  S_LOCKUP,
  S_RESET_ST,
  S_SLEEP,
  TRCENA,
} from './registers.ts';

/** One look at the core. */
export interface CoreLook {
  readonly dhcsr: number;
  readonly icsr: number;
  /** Of DWT_PCSR; all ones where it says nothing. */
  readonly pc: number;
}

export type RunningState =
  /** It may have been reset meanwhile, as often as a firmware may by itself. */
  | { readonly kind: 'runs'; readonly resets: number }
  /** Two faults in each other: nothing but a reset gets it out. */
  | { readonly kind: 'lockup' }
  /** In the handler of a fault, or of an NMI, whenever it was looked at. */
  | { readonly kind: 'fault'; readonly exception: number }
  /** Reset so many times while it was looked at. */
  | { readonly kind: 'resets'; readonly times: number }
  /** Awake, and always on the same spot. */
  | { readonly kind: 'stuck'; readonly pc: number }
  /** Not in flash. */
  | { readonly kind: 'elsewhere'; readonly pc: number }
  | { readonly kind: 'halted' };

/** One reset is what a firmware may do on purpose when it first starts. */
const RESETS_ALLOWED = 1;
const NO_SAMPLE = 0xffffffff;
const FIRST_FAULT = 2; // NMI
const LAST_FAULT = 6; // UsageFault

/** @param looks  in their order, the first of them the first after a reset; at least two */
export function judgeLooks(looks: readonly CoreLook[], flashSize: number): RunningState {
  const last = looks.at(-1)!;
  if (looks.some(({ dhcsr }) => dhcsr & S_LOCKUP)) return { kind: 'lockup' };
  const times = looks.slice(1).filter(({ dhcsr }) => dhcsr & S_RESET_ST).length; // the first tells of the reset before it
  if (times > RESETS_ALLOWED) return { kind: 'resets', times };
  if (looks.every(({ dhcsr }) => dhcsr & S_HALT)) return { kind: 'halted' };
  const exceptions = looks.map(({ icsr }) => icsr & ICSR_VECTACTIVE);
  if (exceptions.every((one) => one >= FIRST_FAULT && one <= LAST_FAULT))
    return { kind: 'fault', exception: exceptions.at(-1)! };
  if (looks.some(({ dhcsr }) => dhcsr & S_SLEEP)) return { kind: 'runs', resets: times }; // something woke it, or will
  const spots = looks.filter(({ pc }) => pc !== NO_SAMPLE);
  if (spots.length > 0 && spots.every(({ pc }) => pc >= flashSize)) return { kind: 'elsewhere', pc: last.pc };
  if (spots.length > 1 && spots.every(({ pc }) => pc === last.pc)) return { kind: 'stuck', pc: last.pc };
  return { kind: 'runs', resets: times };
}

export interface WatchOptions {
  readonly flashSize: number;
  readonly looks: number;
  /** Time between two of them. */
  readonly everyMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Look at a core that runs. Nothing of it is stopped; the trace unit that knows where it is is on meanwhile. */
export async function watchCore(memory: MemAp, options: WatchOptions): Promise<RunningState> {
  const looks: CoreLook[] = [];
  await memory.writeWord(DEMCR, TRCENA);
  while (looks.length < options.looks) {
    if (looks.length > 0) await memory.port.pass(options.everyMs);
    const [dhcsr, icsr, pc] = await memory.run(
      [readWords(DHCSR, 1), readWords(ICSR, 1), readWords(DWT_PCSR, 1)],
      options.signal,
    );
    looks.push({ dhcsr: dhcsr!, icsr: icsr!, pc: pc! });
  }
  await memory.run([writeWords(DEMCR, [0])]);
  return judgeLooks(looks, options.flashSize);
}
