/**
 * A chip that is closed while its firmware runs or sleeps, caught as it starts: newer silicon closes at every reset, its start-up code
 * may open the port, and the firmware may close it again (FORCEPROTECT) before it goes to sleep.
 *
 * The reset is that of CTRL-AP, which answers whatever the port does. The reset pin would do the same where a board wires it, the UICR
 * names it and the probe drives it; an nRF52 answers nobody while it is held, so there is nothing that it has over this one.
 * Source: product specifications, "Debug and trace"; docs/probe-protocols.md §6.5; probe-rs issue 490 for the pin.
 */
import { KnownError } from '../errors.ts';
import type { ControlAp } from './control-ap.ts';
import { haltCore } from './core.ts';
import { closesItself, donorProtected } from './errors.ts';
import type { MemAp } from './mem-ap.ts';
import { askedUntil } from './patience.ts';

/** Start-up code opens it among the first things, behind a bootloader a little later. */
const OPENS_MS = 300;
const CLOSED_AGAIN = new Set<string>(['probe/fault', 'target/locked', 'target/not-halted']);

/**
 * Restart it, and halt it as soon as its port is open.
 *
 * @throws `target/donor-protected` where it stays closed, `target/closes-itself` where it was closed again before the core stood still
 */
export async function catchAtStart(memory: MemAp, control: ControlAp): Promise<void> {
  await control.startAnew();
  if (!(await askedUntil(() => control.isOpen(), OPENS_MS, memory.port.clock))) throw donorProtected();
  try {
    await haltCore(memory);
  } catch (error) {
    if (error instanceof KnownError && CLOSED_AGAIN.has(error.code)) throw closesItself();
    throw error;
  }
}
