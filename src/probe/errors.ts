import { KnownError } from '../errors.ts';
import { hex } from '../bytes.ts';
import type { ProbeKind } from './swd-link.ts';

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

/** Which probe, and the system that the browser reaches it through. */
export interface ProbeAccess {
  readonly title: string;
  readonly kind: ProbeKind;
  readonly vendorId: number;
  readonly productId: number;
  readonly platform: Platform;
}

const factsOf = ({ title, platform }: ProbeAccess) => ({ title, platform });

const BUSY_HINTS: Record<Platform, string> = {
  windows: 'Close other tabs, nRF Connect, J-Link and IDE sessions that use this probe, then try again.',
  macos: 'Close other tabs, nRF Connect, J-Link and IDE sessions that use this probe, then try again.',
  linux: 'Close other tabs, OpenOCD, pyOCD, J-Link and IDE sessions that use this probe, then try again.',
  chromeos: 'Close other tabs and detach the probe from the Linux environment, then try again.',
  android: 'Close other tabs and apps that use this probe, then try again.',
  unknown: 'Close other tabs and programs that use this probe, then try again.',
};

export const busy = (access: ProbeAccess, cause: unknown) =>
  new KnownError(
    'probe/busy',
    `${access.title} is in use by another tab or program.`,
    BUSY_HINTS[access.platform],
    factsOf(access),
    { cause },
  );

/** Windows says the same where another program has the interface and where another driver than WinUSB has it. */
export const refusedByDriver = (access: ProbeAccess, cause: unknown) =>
  new KnownError(
    'probe/busy',
    `${access.title} is in use by another tab or program, or has another driver than WinUSB.`,
    `${BUSY_HINTS.windows} If it stays so with none of them open, it is the driver. ${WINUSB_HINTS[access.kind]}`,
    factsOf(access),
    { cause },
  );

/** How an interface of a probe comes to WinUSB. */
const WINUSB_HINTS: Record<ProbeKind, string> = {
  jlink:
    'Install SEGGER’s J-Link software where it is missing, open the J-Link Configurator, choose the board, set "USB driver" to "WinUSB", press OK, then unplug the board and plug it in again. Without that software: Zadig, "WinUSB" for the interface "BULK interface".',
  'cmsis-dap':
    'Unplug the probe and plug it in again: most ask Windows for the driver themselves, which takes a minute the first time. If it stays so, choose "WinUSB" for its CMSIS-DAP interface in Zadig.',
};

const NOT_ALLOWED_HINTS: Record<Exclude<Platform, 'windows'>, string> = {
  macos: 'Close SEGGER and nRF Connect programs, replug the probe and try again.',
  linux:
    'Allow yourself the device: put SUBSYSTEM=="usb", ATTR{idVendor}=="{vendor}", MODE="0660", TAG+="uaccess" into /etc/udev/rules.d/50-debug-probes.rules, run "sudo udevadm control --reload-rules", and replug the probe.',
  chromeos: 'Replug the probe, and do not hand it to the Linux environment.',
  android: 'Replug the probe and allow access when Android asks.',
  unknown: 'Give your user access to the device, then replug the probe.',
};

export const noDriver = (access: ProbeAccess, cause?: unknown) => {
  const { title, vendorId, platform, kind } = access;
  return new KnownError(
    'probe/no-driver',
    platform === 'windows'
      ? `Windows has no driver for ${title} that a browser can use.`
      : `The operating system does not let the browser open ${title}.`,
    platform === 'windows'
      ? WINUSB_HINTS[kind]
      : NOT_ALLOWED_HINTS[platform].replace('{vendor}', hex(vendorId, 4).slice(2).toLowerCase()),
    factsOf(access),
    { cause },
  );
};

const NOT_OPENED_HINTS: Record<Platform, string> = {
  windows: 'Unplug the board, plug it in again, then try again.',
  macos: 'Unplug the board, plug it in again, close programs that use it, then try again.',
  linux: 'Unplug the board, plug it in again, close programs that use it, then try again.',
  chromeos: 'Allow the page the device where ChromeOS asks, or unplug the board and plug it in again.',
  android: 'Allow access when Android asks, or unplug the board and plug it in again.',
  unknown: 'Unplug the board, plug it in again, then try again.',
};

export const notOpened = (access: ProbeAccess, waitedMs: number, cause?: unknown) =>
  new KnownError(
    'probe/not-opened',
    waitedMs > 0
      ? `The system has not said for ${Math.round(waitedMs / 1000)} s whether ${access.title} may be opened.`
      : `${access.title} is still being opened by an attempt before this one.`,
    NOT_OPENED_HINTS[access.platform],
    { ...factsOf(access), waitedMs },
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

export const silentProbe = (title: string, vendorId: number, productId: number) =>
  new KnownError(
    'probe/unknown',
    `${title} (${hex(vendorId, 4)}:${hex(productId, 4)}) may be a debug probe, but does not answer as one.`,
    'Unplug it, plug it in again and try once more; or choose the debugger of the board: a J-Link, a DAPLink or another CMSIS-DAP probe.',
    { title, vendorId, productId },
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
