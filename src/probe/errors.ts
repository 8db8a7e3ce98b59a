import { KnownError } from '../errors.ts';
import { hex } from '../bytes.ts';

/** Where the browser runs: what keeps it from a probe, and the remedy, differ. */
export type Platform = 'windows' | 'macos' | 'linux' | 'chromeos' | 'android' | 'unknown';

/* Reaching a probe */

export const noWebUsb = () =>
  new KnownError(
    'probe/no-webusb',
    'This browser cannot reach USB devices.',
    'Open this page in Chrome, Edge or another Chromium browser on a computer, or program the images with other tools.',
  );

export const insecurePage = () =>
  new KnownError(
    'probe/insecure-page',
    'USB is closed to this page because it was not loaded over HTTPS or from this computer.',
    'Open the page by https:// or from localhost.',
  );

export const nothingChosen = (cause: unknown) =>
  new KnownError(
    'probe/nothing-chosen',
    'No board was chosen.',
    'Plug the board in by the connector of its debugger, then choose again.',
    {},
    { cause },
  );

export const unknownProbe = (title: string, vendorId: number, productId: number) =>
  new KnownError(
    'probe/unknown',
    `${title} (${hex(vendorId, 4)}:${hex(productId, 4)}) is not a debug probe that Meshpress knows.`,
    'Choose the debugger of the board: a J-Link, a DAPLink or another CMSIS-DAP probe.',
    { title, vendorId, productId },
  );

export const hidOnlyProbe = (title: string) =>
  new KnownError(
    'probe/hid-only',
    `${title} speaks CMSIS-DAP version 1 over HID alone, which WebUSB may not touch.`,
    'Update the firmware of the probe to CMSIS-DAP version 2, or take another probe.',
    { title },
  );

const BUSY_HINTS: Record<Platform, string> = {
  windows: 'Close other tabs, nRF Connect, J-Link and IDE sessions that use this probe, then try again.',
  macos: 'Close other tabs, nRF Connect, J-Link and IDE sessions that use this probe, then try again.',
  linux: 'Close other tabs, OpenOCD, pyOCD, J-Link and IDE sessions that use this probe, then try again.',
  chromeos: 'Close other tabs and detach the probe from the Linux environment, then try again.',
  android: 'Close other tabs and apps that use this probe, then try again.',
  unknown: 'Close other tabs and programs that use this probe, then try again.',
};

export const busy = (title: string, platform: Platform, cause: unknown) =>
  new KnownError(
    'probe/busy',
    `${title} is in use by another tab or program.`,
    BUSY_HINTS[platform],
    { title, platform },
    { cause },
  );

/** Which device, and where it is plugged in. */
export interface UsbPlace {
  readonly title: string;
  readonly vendorId: number;
  readonly platform: Platform;
}

const DRIVER_HINTS: Record<Platform, string> = {
  windows:
    'Close other programs that use the probe. If it stays so, its interface has another driver than WinUSB: for a J-Link choose "WinUSB" in the J-Link Configurator, for others replug or use Zadig.',
  macos: 'Close SEGGER and nRF Connect programs, replug the probe and try again.',
  linux:
    'Allow yourself the device: put SUBSYSTEM=="usb", ATTR{idVendor}=="{vendor}", MODE="0660", TAG+="uaccess" into /etc/udev/rules.d/50-debug-probes.rules, run "sudo udevadm control --reload-rules", and replug the probe.',
  chromeos: 'Replug the probe, and do not hand it to the Linux environment.',
  android: 'Replug the probe and allow access when Android asks.',
  unknown: 'Give your user access to the device, then replug the probe.',
};

export const noDriver = ({ title, vendorId, platform }: UsbPlace, cause: unknown) =>
  new KnownError(
    'probe/no-driver',
    `The operating system does not let the browser open ${title}.`,
    DRIVER_HINTS[platform].replace('{vendor}', hex(vendorId, 4).slice(2).toLowerCase()),
    { title, platform },
    { cause },
  );

export const seggerDriver = (title: string, cause: unknown) =>
  new KnownError(
    'probe/segger-driver',
    `SEGGER's own driver has ${title}, and Windows lets no browser near it.`,
    'Close SEGGER and nRF Connect programs, open the J-Link Configurator (it comes with the J-Link software), choose the board, set "USB driver" to "WinUSB", press OK, and replug the board. SEGGER programs go on working; the way back is the same with "SEGGER".',
    { title },
    { cause },
  );

export const noSwd = (title: string) =>
  new KnownError(
    'probe/no-swd',
    `${title} does not speak SWD.`,
    'Update its firmware with the J-Link software, or take another probe.',
    { title },
  );

/* Using a probe */

export const disconnected = (title: string, cause?: unknown) =>
  new KnownError(
    'probe/disconnected',
    `The connection to ${title} is gone.`,
    'Check cable and power, plug the board in again and repeat the job from its start.',
    { title },
    { cause },
  );

export const timeout = (title: string, timeoutMs: number) =>
  new KnownError(
    'probe/timeout',
    `${title} has not answered for ${timeoutMs} ms.`,
    'Unplug the board, plug it in again and repeat the job from its start.',
    { title, timeoutMs },
  );

export const badReply = (title: string, what: string) =>
  new KnownError(
    'probe/protocol',
    `${title} answered out of turn: ${what}.`,
    'Unplug the board, plug it in again and repeat the job from its start. If it happens again, update the firmware of the probe.',
    { title, what },
  );

export const noMemoryInProbe = (title: string, length: number) =>
  new KnownError(
    'probe/no-memory',
    `${title} has no memory left for a request of ${length} bytes.`,
    'Unplug the board, plug it in again and repeat the job from its start. If it happens again, update the firmware of the probe.',
    { title, length },
  );

/* What the target answered over SWD; `done` counts the transfers carried out before */

export const waitExhausted = (done: number) =>
  new KnownError(
    'probe/wait',
    'The chip kept answering WAIT: its bus stayed busy far longer than it may.',
    'Try again with a slower clock. If it happens again, switch the board off and on.',
    { done },
  );

export const fault = (done: number) =>
  new KnownError(
    'probe/fault',
    'The chip answered FAULT: it refused an access.',
    'Try again. If it happens again, the chip is protected or not the one expected.',
    { done },
  );

export const noAck = (done: number) =>
  new KnownError(
    'probe/no-ack',
    'The probe works but no chip answers it.',
    'Check that the chip has power and that SWDIO, SWCLK and GND are connected; on a DK, that nothing is plugged into Debug Out.',
    { done },
  );

export const noTargetPower = (millivolts: number, done: number) =>
  new KnownError(
    'probe/no-target-power',
    `No chip answers, and the probe measures ${(millivolts / 1000).toFixed(1)} V where the chip should have its power.`,
    'Switch the board on. On a DK look at the power switch and at the switch "nRF only / default"; a board on the debug connector needs power of its own.',
    { millivolts, done },
  );

export const parity = (done: number) =>
  new KnownError(
    'probe/parity',
    'What the chip answered arrived damaged.',
    'Use shorter wires or a slower clock, then try again.',
    { done },
  );

export const mismatch = (done: number) =>
  new KnownError(
    'probe/mismatch',
    'The chip did not get ready in time.',
    'Try again. If it happens again, switch the board off and on.',
    { done },
  );
