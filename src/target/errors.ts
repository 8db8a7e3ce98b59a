import { hex } from '../bytes.ts';
import { KnownError } from '../errors.ts';

export const locked = () =>
  new KnownError(
    'target/locked',
    'The chip is protected: its debug port stays closed until everything on it is erased.',
    'Allow the whole chip to be erased, its old identity included, or take another board.',
  );

export const donorProtected = () =>
  new KnownError(
    'target/donor-protected',
    'The chip is protected: nothing of its flash can be read. Nothing was erased. It was restarted once, and its firmware did not open the port.',
    'Only an erase of everything opens it, and the node would be lost. Newer chips close at every reset unless their firmware opens them: provision a node whose firmware does, and read that one.',
  );

export const closesItself = () =>
  new KnownError(
    'target/closes-itself',
    'The firmware of this chip opens the debug port when it starts and closes it again, before it runs or goes to sleep. It was restarted once, and could not be halted in between. Nothing was erased or read.',
    'Try again, with the fastest probe there is. Else build the firmware so that it leaves the port open (no FORCEPROTECT), provision such a node, and read that one.',
  );

export const unsteadyRead = (pages: number, address: number) =>
  new KnownError(
    'target/unsteady-read',
    `Two readings of the chip differ in ${pages} ${pages === 1 ? 'page' : 'pages'}, the first at ${hex(address, 5)}, though its core was halted. Nothing of it is used.`,
    'Check cable and wiring, then read it again. What was read is whole only when two readings agree.',
    { pages, address },
  );

export const staysLocked = () =>
  new KnownError(
    'target/stays-locked',
    'The chip was erased but its debug port did not open.',
    'Switch the board off and on, then try again.',
  );

export const closedByReset = (variant: string) =>
  new KnownError(
    'target/closed-by-reset',
    `The chip closed its debug port when it was reset, which silicon of its build, ${variant}, was not known to do.`,
    'Look at it again: it is protected now. Allow the whole chip to be erased, and it is written without a reset until every byte is read back.',
    { variant },
  );

export const otherChip = (said: string, says: string) =>
  new KnownError(
    'target/other-chip',
    said === says
      ? `The chip ${said} tells of its build or memory now this, now that.`
      : `The chip behind the probe said that it is ${said}, and says ${says} now.`,
    'Unplug the board, plug it in again and repeat the job from its start. If it happens again, update the firmware of the probe or take another one: what it reads cannot be relied on.',
    { said, says },
  );

export const notNrf52 = (what: string, found: number) =>
  new KnownError(
    'target/not-nrf52',
    `The chip behind the probe is no nRF52: its ${what} reads ${hex(found, 8)}.`,
    'Check that the probe is wired to the right chip.',
    { what, found },
  );

export const unknownPart = (part: number) =>
  new KnownError(
    'target/unknown-part',
    `Meshpress does not know the chip ${hex(part)}.`,
    'Take a board with an nRF52810, nRF52820, nRF52832, nRF52833 or nRF52840.',
    { part },
  );

export const wrongChip = (wanted: string, found: string) =>
  new KnownError(
    'target/wrong-chip',
    `The image is for an ${wanted}, the board carries an ${found}.`,
    `Take a board with an ${wanted}.`,
    { wanted, found },
  );

export const outsideMemory = (address: number, chip: string, flashSize: number) =>
  new KnownError(
    'target/outside-memory',
    `The image holds bytes at ${hex(address, 5)}, the ${chip} on the board has flash up to ${hex(flashSize, 5)}.`,
    'Take a board with the chip that the image was made for.',
    { address, chip, flashSize },
  );

export const foreignUicr = (chip: string, family: string, address: number) =>
  new KnownError(
    'target/foreign-uicr',
    `The image brings the UICR of an ${family} (at ${hex(address)}); the board carries an ${chip}, which has it elsewhere and with another meaning.`,
    `Take a board with an ${family}, or leave the UICR out of the clones.`,
    { chip, family, address },
  );

/** Single bytes: they may be part of a key. */
export const verifyFailed = (address: number, expected: number, found: number) =>
  new KnownError(
    'target/verify-failed',
    `The chip holds other bytes than were written. At ${hex(address, 5)}: expected ${hex(expected, 2)}, found ${hex(found, 2)}.`,
    'Write again, slower. If it happens again, set the board aside: its flash may be worn out.',
    { address, expected, found },
  );

export const notHalted = () =>
  new KnownError(
    'target/not-halted',
    'The core of the chip could not be halted.',
    'Switch the board off and on, then try again.',
  );

export const notReady = (what: string, limitMs: number) =>
  new KnownError(
    'target/not-ready',
    `The chip did not finish ${what} within ${limitMs} ms.`,
    'Switch the board off and on, then try again.',
    { what, limitMs },
  );

export const loaderStopped = (limitMs: number) =>
  new KnownError(
    'target/loader-stopped',
    `The program that writes the flash from inside the chip has not answered for ${limitMs} ms.`,
    'Switch the board off and on, then try again.',
    { limitMs },
  );
