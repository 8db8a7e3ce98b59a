import { REPORT, type CodeHelp } from './code-help.ts';

const REPLUG = 'Unplug the board, plug it in again, and write it again: it gets the same identity.';
const SLOWER = 'Press “Slower”.';
const POWER_CYCLE = 'Switch the board off and on.';

/** Between browser and chip: USB, drivers, the probe, and the two wires. */
export const PROBE = {
  'probe/no-webusb': {
    title: 'This browser has no WebUSB',
    cause: 'Firefox, Safari and every browser on iOS keep pages away from USB.',
    steps: [
      'Open the page in Chrome, Edge or another Chromium browser on a computer.',
      'Or save the zip here and program its images with a tool you have.',
    ],
    more: 'browsers',
  },
  'probe/insecure-page': {
    title: 'USB is closed to this page',
    cause: 'Browsers open USB only to pages that came by HTTPS or from this computer.',
    steps: ['Open the page by https:// or from localhost.'],
    more: 'browsers',
  },
  'probe/nothing-chosen': {
    title: 'No board was chosen',
    cause: 'The browser’s list was closed, or it was empty: then the computer does not see the debugger.',
    steps: [
      'Plug the cable into the connector of the debugger, not into the one marked nRF USB.',
      'Take a cable that carries data; many are for charging alone.',
      'On Linux, allow the browser the device first.',
    ],
    more: 'probes',
  },
  'probe/unknown': {
    title: 'Not a debug probe',
    cause:
      'The device chosen has no interface of a J-Link or CMSIS-DAP probe, or one that may be a probe’s and does not answer as it. Many kits show a serial port or a second USB connector as well.',
    steps: ['Choose the debugger in the list: its name has J-Link, DAPLink or CMSIS-DAP in it.'],
    more: 'probes/kits',
  },
  'probe/hid-only': {
    title: 'A probe of version 1',
    cause: 'CMSIS-DAP 1 speaks over HID, and browsers keep WebUSB away from HID.',
    steps: ['Update the firmware of the probe to CMSIS-DAP version 2.', 'Or take another probe.'],
    more: 'probes/external',
  },
  'probe/busy': {
    title: 'Somebody else has the probe',
    cause:
      'Only one program at a time can hold the interface of a probe. Debuggers keep it for as long as they run. Windows says the same where the interface has another driver than WinUSB, and nobody can tell the two apart from a page.',
    steps: [
      'Close other tabs with a bench, nRF Connect, J-Link programs, OpenOCD, pyOCD and debug sessions of an IDE.',
      'Press “Try again”.',
      'If it stays so, unplug the board and plug it in again.',
      'On Windows, if it still stays so: give its interface the WinUSB driver.',
    ],
    more: 'probes/systems',
  },
  'probe/no-driver': {
    title: 'The system does not let the browser open the probe',
    cause:
      'The browser sees the device and may not use it: on Linux a rule is missing, on Windows the WinUSB driver, on macOS another program is in front. A stock kit on a Windows computer without SEGGER’s software has no driver at all.',
    steps: [
      'Follow the steps for your system.',
      'Unplug the board and plug it in again.',
      'Press “Try again”.',
    ],
    more: 'probes/systems',
  },
  'probe/not-opened': {
    title: 'The probe is not opened',
    cause:
      'The browser asked the system for the probe and got no answer, neither yes nor no: a question to you is still open, or an attempt before this one hangs.',
    steps: [
      'Look for a question of the system or of the browser, and allow the device.',
      'Unplug the board, plug it in again.',
      'Press “Try again”.',
    ],
    more: 'probes/systems',
  },
  'probe/segger-driver': {
    title: 'SEGGER’s driver has the J-Link',
    cause:
      'Where SEGGER’s software is installed, Windows gives the J-Link to its driver, and no browser comes near. The board can be told to ask for WinUSB instead.',
    steps: [
      'Close SEGGER’s and Nordic’s programs.',
      'Open the J-Link Configurator, choose the board, set “USB driver” to “WinUSB”, press OK.',
      'Unplug the board, plug it in again, and add it once more: its product id has changed.',
    ],
    more: 'probes/windows',
  },
  'probe/no-swd': {
    title: 'The probe does not speak SWD',
    cause: 'Its firmware is very old, or it was made for another kind of chip.',
    steps: ['Update its firmware with the J-Link software.', 'Or take another probe.'],
    more: 'probes/external',
  },
  'probe/disconnected': {
    title: 'The cable was lost',
    cause:
      'The board was unplugged, a hub lost power, or the probe started anew. What was being written is incomplete.',
    steps: [
      'Plug the same board in again: it gets the same identity and is written from the start.',
      'If it happens without anybody’s touch: another cable, another port, a hub with its own power.',
    ],
    more: 'bench',
  },
  'probe/timeout': {
    title: 'The probe does not answer',
    cause: 'Its firmware hangs, or the USB connection is too bad to get through.',
    steps: [
      REPLUG,
      'Another cable; a port of the computer instead of a hub.',
      'Update the firmware of the probe.',
    ],
    more: 'probes/kits',
  },
  'probe/protocol': {
    title: 'The probe answered out of turn',
    cause:
      'A reply did not belong to the question: often one that an interrupted session left behind, sometimes firmware that deviates.',
    steps: [REPLUG, 'Update the firmware of the probe.', REPORT],
    more: 'probes/kits',
  },
  'probe/no-memory': {
    title: 'The probe has no memory left',
    cause:
      'A J-Link keeps requests and samples in a small memory. An interrupted session may have left it full.',
    steps: [REPLUG, 'Update the firmware of the J-Link with SEGGER’s software.'],
    more: 'probes/kits',
  },
  'probe/wait': {
    title: 'The chip is always busy',
    cause:
      'The chip asked for patience far longer than its slowest operation takes. Its bus hangs, or the clock is too fast for the wires.',
    steps: [SLOWER, POWER_CYCLE],
  },
  'probe/fault': {
    title: 'The chip refused an access',
    cause: 'The access port is closed, the address does not exist on this chip, or noise changed a request.',
    steps: [
      'Press “Write again”.',
      SLOWER,
      'If it happens again, the chip is protected or another one than expected.',
    ],
  },
  'probe/no-ack': {
    title: 'No chip answers',
    cause:
      'The probe works, and on the two wires behind it is silence: no power, no connection, or another target has the lines.',
    steps: [
      'Switch the board on.',
      'On a kit: the switch “nRF only / default” to default, nothing in Debug Out that has no power of its own.',
      'On an external probe: check SWDIO, SWCLK, GND and the reference voltage.',
    ],
    more: 'probes/external',
  },
  'probe/no-target-power': {
    title: 'The chip has no power',
    cause: 'The probe measures the supply of the chip and finds too little.',
    steps: [
      'Switch the board on.',
      'On a kit: power switch, and the switch “nRF only / default” to default.',
      'A board on Debug Out needs power of its own.',
    ],
    more: 'probes/external',
  },
  'probe/parity': {
    title: 'Bits were lost on the wires',
    cause:
      'A reply of the chip arrived with a wrong check bit: long wires, a loose contact, or too fast a clock.',
    steps: [SLOWER, 'Shorter wires, and one for GND right beside them.'],
  },
  'probe/mismatch': {
    title: 'The chip did not get ready',
    cause: 'A register of the chip never showed the value that was waited for.',
    steps: ['Press “Write again”.', POWER_CYCLE],
  },
} as const satisfies Readonly<Record<`probe/${string}`, CodeHelp>>;
