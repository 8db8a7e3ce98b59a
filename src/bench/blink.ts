/** Show which board is which: light the LEDs of a development kit by hand, while its core is halted. */
import type { Clock } from '../clock.ts';
import type { Nrf52 } from '../target/index.ts';

/** LED1 to LED4 of the kits, lit when low. Source: nRF52 DK, nRF52833 DK and nRF52840 DK user guides, "Buttons and LEDs". */
const LEDS_OF_52832_KIT = [17, 18, 19, 20];
const LEDS_OF_LATER_KITS = [13, 14, 15, 16];

const P0_OUT = 0x50000504;
const P0_DIR = 0x50000514;
const DHCSR = 0xe000edf0;
/** With the debug key: C_DEBUGEN and C_HALT, and neither. */
const HALT = 0xa05f0003;
const RUN = 0xa05f0000;

const FLASHES = 4;
const HALF_PERIOD_MS = 150;

/** Afterwards the pins are as they were and the core runs on, a second older. A protected chip cannot be made to blink. */
export async function blink({ memory, identity }: Nrf52, clock: Clock): Promise<void> {
  const pins =
    identity?.chip.name === 'nRF52832' || identity?.chip.name === 'nRF52810'
      ? LEDS_OF_52832_KIT
      : LEDS_OF_LATER_KITS;
  const mask = pins.reduce((bits, pin) => bits | (1 << pin), 0);
  await memory.writeWord(DHCSR, HALT);
  try {
    const out = await memory.readWord(P0_OUT);
    const direction = await memory.readWord(P0_DIR);
    await memory.writeWord(P0_DIR, (direction | mask) >>> 0);
    for (let flash = 0; flash < FLASHES; flash++) {
      for (const lit of [(out & ~mask) >>> 0, (out | mask) >>> 0]) {
        await memory.writeWord(P0_OUT, lit);
        await clock.sleep(HALF_PERIOD_MS);
      }
    }
    await memory.writeWord(P0_OUT, out);
    await memory.writeWord(P0_DIR, direction);
  } finally {
    await memory.writeWord(DHCSR, RUN);
  }
}
