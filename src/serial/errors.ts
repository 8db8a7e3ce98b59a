/** Every failure of the room, so that all its wording can be read and mended in one place. No key ever enters one. */
import { hex } from '../bytes.ts';
import { KnownError } from '../errors.ts';
import type { PortUser } from './port.ts';
import { STATUS, statusText } from './statuses.ts';

const replug = 'Plug the kit in again, and connect it once more.';

export const portBusy = (cause: unknown) =>
  new KnownError(
    'serial/port-busy',
    'The serial port cannot be opened: another program or another tab holds it.',
    'Close PyACI, a terminal, or the other tab that uses this kit, then try again.',
    {},
    { cause },
  );

export const portInUse = (user: PortUser) =>
  new KnownError(
    'serial/port-in-use',
    user === 'kit'
      ? 'This page talks to the kit on that port already, as the radio.'
      : 'This page shows what comes from that port already, in its console.',
    user === 'kit' ? 'Disconnect the kit first, on the page that uses it.' : 'Close the console first.',
    { user },
  );

export const portLost = (cause?: unknown) =>
  new KnownError(
    'serial/port-lost',
    'The serial port is gone: the kit was unplugged, or its power failed.',
    replug,
    {},
    { cause },
  );

export const lineClosed = () =>
  new KnownError('serial/line-closed', 'The serial line was closed.', 'Connect the kit again.');

export const mute = () =>
  new KnownError(
    'serial/mute',
    'Nothing answers on this serial port.',
    'Press the reset button of the kit and try again. If it stays mute, write the SDK’s examples/serial to it.',
  );

export const noResponse = (command: string, timeoutMs: number) =>
  new KnownError(
    'serial/no-response',
    `The kit did not answer ${command} within ${timeoutMs} ms. It may have done it all the same.`,
    'Try again: Meshpress first asks the kit whether it still listens.',
    { command, timeoutMs },
  );

export const refused = (command: string, status: number) =>
  new KnownError(
    'serial/refused',
    `The kit refused ${command}: ${statusText(status)} (${hex(status, 2)}).`,
    status === STATUS.commandUnknown
      ? 'Its firmware is of another release than the one found when it was connected. Connect it again.'
      : 'Connect the kit again; that resets it and sets it up from the start.',
    { command, status },
  );

export const badResponse = (command: string, length: number) =>
  new KnownError(
    'serial/bad-response',
    `The kit answered ${command} with ${length} bytes, too few for what it has to tell.`,
    'Check that the kit runs the SDK’s unmodified examples/serial.',
    { command, length },
  );

export const deviceRestarted = () =>
  new KnownError(
    'serial/device-restarted',
    'The kit restarted by itself: all keys and addresses given to it are gone.',
    'Go on: Meshpress sets it up anew. If it happens again, look at its cable and power.',
  );

export const unknownRelease = (version: number) =>
  new KnownError(
    'serial/unknown-release',
    `The kit says that its serial interface has version ${version}; Meshpress knows 6, 8, 9 and 10.`,
    'Write examples/serial of the nRF5 SDK for Mesh 2.0.0 to 5.0.0 to it.',
    { version },
  );

export const notSetUp = (what: string) =>
  new KnownError(
    'serial/not-set-up',
    `The kit was not given ${what}.`,
    'Choose a key that is in the network database, and connect the kit again.',
    { what },
  );

export const noOwnAddress = () =>
  new KnownError(
    'serial/no-own-address',
    'No unicast address is left for the kit: every one belongs to a node or was used before.',
    'Restart all nodes, so that they forget old senders, and clear the kit’s addresses in the journal.',
  );

export const addressesNotStored = (cause: unknown) =>
  new KnownError(
    'serial/addresses-not-stored',
    'The kit’s address and sequence number could not be stored, so nothing was sent.',
    'Make room on the disk, or leave private browsing, then try again.',
    {},
    { cause },
  );

export const ivIndexUnreachable = (ivIndex: number) =>
  new KnownError(
    'serial/iv-index-unreachable',
    `The network is at IV index ${ivIndex}; this firmware starts at 0 and can follow 42 steps at most.`,
    'Use a kit with examples/serial of the nRF5 SDK for Mesh 5.0.0.',
    { ivIndex },
  );

export const noIvIndex = (ivIndex: number, waitedMs: number) =>
  new KnownError(
    'serial/no-iv-index',
    `The network is at IV index ${ivIndex}, and no beacon of it was heard within ${waitedMs / 1000} s.`,
    'Switch on a node of the network close to the kit, or use a kit with examples/serial of 5.0.0.',
    { ivIndex, waitedMs },
  );

export const foreignKeyPair = () =>
  new KnownError(
    'serial/foreign-key-pair',
    'The kit works with another key pair than it was given: it restarted in between.',
    'Try again; nothing was provisioned.',
  );

export const linkTimeout = () =>
  new KnownError(
    'serial/link-timeout',
    'The device did not answer: no link to it within a minute.',
    'Bring it closer, check that it is switched on and still unprovisioned, and scan again.',
  );

export const linkClosed = (reason: number) =>
  new KnownError(
    'serial/link-closed',
    `The link to the device broke off before it was provisioned (reason ${reason}).`,
    'Switch the device off and on, and try again. With static OOB: check the value.',
    { reason },
  );

export const deviceFailed = (code: number, text: string) =>
  new KnownError(
    'serial/provisioning-failed',
    `The device ended the provisioning: ${text} (${code}).`,
    code === 4
      ? 'The OOB value is not that of this device. Check it and try again.'
      : 'Switch the device off and on, and try again.',
    { code, text },
  );

export const noStaticOob = () =>
  new KnownError(
    'serial/no-static-oob',
    'The device takes no static OOB value.',
    'Provision it without OOB.',
  );

export const provisioningBusy = () =>
  new KnownError(
    'serial/provisioning-busy',
    'The kit is still busy with an earlier attempt to provision.',
    'Wait a minute, or connect the kit again, which resets it.',
  );
