/** The Cortex-M4: halted while its flash is changed, and started anew afterwards. */
import { KnownError } from '../errors.ts';
import type { Chip } from '../image/index.ts';
import { stopBusMasters } from './bus-masters.ts';
import type { ControlAp } from './control-ap.ts';
import { notHalted } from './errors.ts';
import { pollWord, readWords, writeWords, type MemAp, type MemoryAccess } from './mem-ap.ts';
import { askedUntil } from './patience.ts';
import {
  AIRCR,
  AIRCR_SYSRESETREQ,
  C_DEBUGEN,
  C_HALT,
  C_MASKINTS,
  DCRDR,
  DCRSR,
  DCRSR_WRITE,
  DEMCR,
  DHCSR,
  DHCSR_KEY,
  FP_CTRL,
  FP_CTRL_OFF,
  MPU_CTRL,
  PRIMASK_SET,
  REGISTER_PC,
  REGISTER_SP,
  REGISTER_SPECIAL,
  REGISTER_XPSR,
  S_HALT,
  S_REGRDY,
  VC_CORERESET,
  XPSR_THUMB,
} from './registers.ts';

/** The start of RAM; what is there has served its turn. */
const PARKING_PLACE = 0x20000000;
/** Twice `b .`, in Thumb. */
const BRANCH_TO_SELF = [0xe7fee7fe];
/**
 * Zeros to all of RAM behind this program, then `b .`: what an earlier firmware left there is not taken for what the next one says.
 *
 * `ldr r0, =start; ldr r1, =end; movs r2, #0; movs r3, #0; 1: stmia r0!, {r2, r3}; cmp r0, r1; bcc 1b; b .`
 */
const clearBehind = (ramSize: number) => [
  0x49044803,
  0x23002200,
  0x4288c00c,
  0xe7fed3fc,
  PARKING_PLACE + 0x18,
  PARKING_PLACE + ramSize,
];
/** It takes 0.9 ms for 64 KB. */
const CLEAR_MS_PER_BYTE = 2 / 0x10000;

const CUT_OFF = new Set<string>(['probe/fault', 'probe/wait', 'target/locked']);
const NOT_CAUGHT = new Set<string>([...CUT_OFF, 'target/not-halted']);
/** Until the core is back after a reset. */
const RESET_MS = 10;
const HALT_LIMIT_MS = 100;

/** Halt where it stands. Interrupts are masked once it has halted, as the architecture wants it. */
export async function haltCore(memory: MemAp): Promise<void> {
  await memory.writeWord(DHCSR, DHCSR_KEY | C_DEBUGEN | C_HALT);
  await untilHalted(memory);
  await memory.writeWord(DHCSR, DHCSR_KEY | C_DEBUGEN | C_HALT | C_MASKINTS);
}

/**
 * Reset and halt before the first instruction: peripherals and flash protection of the old firmware are off then. A watchdog is not, it
 * runs on over a soft reset (docs/probe-protocols.md §6.8).
 */
export async function resetAndHaltCore(memory: MemAp): Promise<void> {
  await haltCore(memory);
  await memory.writeWord(DEMCR, VC_CORERESET);
  await requestReset(memory);
  await memory.port.pass(RESET_MS);
  await untilHalted(memory);
  await memory.writeWord(DEMCR, 0);
}

/**
 * Halt without a reset, and stop what goes on without the core and could disturb a program in RAM: transfers into RAM, and rules about
 * running from there.
 */
export async function haltInPlace(memory: MemAp, chip: Chip): Promise<void> {
  await haltCore(memory);
  await memory.run([...stopBusMasters(chip), writeWords(MPU_CTRL, [0])]);
}

/**
 * `resetAndHaltCore`, unless the chip closes its port at a reset: what it does is told by APPROTECTSTATUS, and by a core that was not
 * caught as nobody could reach it.
 *
 * @returns true when the core is halted; false when the port was closed and the firmware has opened it again, or will not
 */
export async function survivesReset(memory: MemAp, control: ControlAp): Promise<boolean> {
  try {
    await resetAndHaltCore(memory);
    return true;
  } catch (error) {
    if (!(error instanceof KnownError && NOT_CAUGHT.has(error.code))) throw error;
    const isOpen = await control.isOpen();
    if (isOpen && (await memory.readWord(DHCSR)) & C_DEBUGEN) throw error; // the port was never closed: it was something else
    return false;
  }
}

/** Take the debugger's hands off: a halted core runs on, one that would not halt is not asked to any more. */
export async function letGoOfCore(memory: MemAp): Promise<void> {
  await memory.run([
    writeWords(FP_CTRL, [FP_CTRL_OFF]),
    writeWords(DEMCR, [0]),
    writeWords(DHCSR, [DHCSR_KEY]),
  ]);
}

/**
 * Run a program in RAM on its own stack, with nothing to interrupt it. The core is halted before.
 *
 * @param exception  number of the exception that the core was halted in, which a debugger must not change (ARMv7-M, C1.6.3)
 */
export async function callCore(
  memory: MemAp,
  entry: number,
  stackPointer: number,
  exception = 0,
): Promise<void> {
  await memory.run([
    ...setRegister(REGISTER_SPECIAL, PRIMASK_SET), // first, as it says which stack is meant
    ...setRegister(REGISTER_SP, stackPointer),
    ...setRegister(REGISTER_XPSR, XPSR_THUMB | exception),
    ...setRegister(REGISTER_PC, entry),
    writeWords(DHCSR, [DHCSR_KEY | C_DEBUGEN | C_MASKINTS]),
  ]);
}

/** A register of the halted core by its number in DCRSR. */
export const setRegister = (register: number, word: number): MemoryAccess[] => [
  writeWords(DCRDR, [word]),
  writeWords(DCRSR, [DCRSR_WRITE | register]),
  pollWord(DHCSR, S_REGRDY, S_REGRDY),
];
export const getRegister = (register: number): MemoryAccess[] => [
  writeWords(DCRSR, [register]),
  pollWord(DHCSR, S_REGRDY, S_REGRDY),
  readWords(DCRDR, 1),
];

/**
 * Take the debugger's hands off and reset. Some silicon closes its port with this, so nothing is asked afterwards.
 *
 * Without a debugger the core would run on from wherever it stands, in flash that holds another program by now; so it
 * is left to turn on the spot in RAM until the reset comes.
 *
 * @param clearRam  bytes of RAM to clear before, where a trace of what ran before would mislead
 */
export async function resetAndRunCore(memory: MemAp, clearRam?: number): Promise<void> {
  await haltCore(memory);
  await memory.run([writeWords(PARKING_PLACE, clearRam ? clearBehind(clearRam) : BRANCH_TO_SELF)]);
  await callCore(memory, PARKING_PLACE, PARKING_PLACE + 0x100);
  await letGoOfCore(memory);
  if (clearRam) await memory.port.pass(clearRam * CLEAR_MS_PER_BYTE);
  await requestReset(memory);
}

/**
 * The reset may cut off the answer to the write that asked for it. Whether that was so or the write did not arrive cannot be
 * told apart, so it is made once more: a second reset does no harm, and a port that the first has closed stays silent.
 */
async function requestReset(memory: MemAp): Promise<void> {
  const ask = () => memory.writeWord(AIRCR, AIRCR_SYSRESETREQ);
  const isCutOff = (error: unknown) => error instanceof KnownError && CUT_OFF.has(error.code);
  try {
    await ask();
  } catch (error) {
    if (!isCutOff(error)) throw error;
    await ask().catch((again) => (isCutOff(again) ? undefined : Promise.reject(again)));
  }
}

async function untilHalted(memory: MemAp): Promise<void> {
  const isHalted = async () => ((await memory.readWord(DHCSR)) & S_HALT) !== 0;
  if (!(await askedUntil(isHalted, HALT_LIMIT_MS, memory.port.clock))) throw notHalted();
}
