import type * as errors from '../../../serial/errors.ts';
import type { HelpFor } from './code-help.ts';

const CONNECT_AGAIN = 'Connect the kit again: that resets it and sets it up from the start.';
const RESET_BUTTON = 'Press the reset button of the kit.';
const POWER_CYCLE_DEVICE = 'Switch the device off and on, and scan again.';

/** The kit on a serial port. */
export const SERIAL = {
  'serial/port-busy': {
    title: 'Another program has the port',
    cause:
      'A serial port belongs to one program at a time: PyACI, a terminal, another tab, or this one twice.',
    steps: [
      'Close what has it open.',
      'On Linux, be in the group of the port, mostly dialout: one that may not be opened looks the same to a browser.',
      'Then connect again.',
    ],
    more: 'console/port',
  },
  'serial/port-in-use': {
    title: 'This page has the port already',
    cause:
      'The kit that provisions and asks, and the console that shows a log, take one port each. Two users of one port would take each other’s bytes.',
    steps: ['Disconnect the kit, or close the console, and open it again.'],
    more: 'console/port',
  },
  'serial/port-lost': {
    title: 'The kit is gone',
    cause: 'The cable was pulled, the hub lost power, or the computer slept.',
    steps: [
      'Plug it in again and connect.',
      'What was found out until then is kept; the run goes on from there.',
    ],
    more: 'radio/port',
  },
  'serial/line-closed': {
    title: 'The kit was disconnected',
    cause: 'The line was closed while something waited for an answer.',
    steps: ['Connect the kit again.'],
  },
  'serial/mute': {
    title: 'Nothing answers on this port',
    cause:
      'The port belongs to something else, the kit runs other firmware, or its serial interface hangs. Kits show two ports at times; one of them is the right one.',
    steps: [RESET_BUTTON, 'Try the kit’s other port.', 'Write the SDK’s serial example to it.'],
    more: 'radio/firmware',
  },
  'serial/no-response': {
    title: 'A command stayed without an answer',
    cause:
      'The firmware drops an answer that finds no room in its buffer. The command may have been carried out.',
    steps: ['Try again. Meshpress asks for an echo first, and takes nothing old for new.', CONNECT_AGAIN],
  },
  'serial/refused': {
    title: 'The kit refused a command',
    cause: 'Its tables are full, or it holds something from before that Meshpress does not know of.',
    steps: [CONNECT_AGAIN],
  },
  'serial/bad-response': {
    title: 'An answer that is too short',
    cause: 'The firmware answers in another form than any release of the SDK.',
    steps: ['Write the SDK’s unmodified serial example to the kit.'],
    more: 'radio/firmware',
  },
  'serial/device-restarted': {
    title: 'The kit restarted by itself',
    cause:
      'Its supply broke down for a moment, or somebody pressed its button. It keeps nothing over a restart.',
    steps: ['Go on: it is set up anew.', 'If it happens again, take another cable or hub.'],
  },
  'serial/unknown-release': {
    title: 'A serial interface of no known version',
    cause: 'Versions 6, 8, 9 and 10 belong to the nRF5 SDK for Mesh 2.0.0 to 5.0.0.',
    steps: ['Write the serial example of one of these to the kit.'],
    more: 'radio/firmware',
  },
  'serial/not-set-up': {
    title: 'The kit lacks a key',
    cause: 'A key was asked for that the database does not have, or the kit was not set up yet.',
    steps: [CONNECT_AGAIN],
  },
  'serial/no-own-address': {
    title: 'No address left for the kit',
    cause:
      'Before 5.0.0 the kit needs a fresh unicast address after every restart, as nodes drop what comes with numbers they know. All free ones were used.',
    steps: [
      'Restart all nodes: most forget old senders then.',
      'Clear the kit’s addresses in the journal.',
      'A kit with 5.0.0 needs one address for ever.',
    ],
    more: 'radio/numbers',
  },
  'serial/addresses-not-stored': {
    title: 'The sequence number could not be stored',
    cause: 'Nothing is sent under a number that would not be remembered: nodes would drop all that follows.',
    steps: ['Make room on the disk, or leave private browsing.', 'Then connect the kit again.'],
    more: 'radio/numbers',
  },
  'serial/iv-index-unreachable': {
    title: 'The IV index is too far ahead',
    cause: 'A kit before 5.0.0 starts at IV index 0 and follows a network 42 steps at most.',
    steps: ['Use a kit with the serial example of 5.0.0: it can be told the IV index.'],
    more: 'radio/firmware',
  },
  'serial/no-iv-index': {
    title: 'No beacon told the IV index',
    cause:
      'A kit before 5.0.0 learns the IV index from the beacons of a node, and none was heard for a minute.',
    steps: ['Switch on a node of the network close to the kit.', 'Or use a kit with 5.0.0.'],
    more: 'radio/firmware',
  },
  'serial/foreign-key-pair': {
    title: 'The kit changed its key pair',
    cause: 'It restarted between set-up and provisioning, and drew a pair of its own.',
    steps: ['Try again. Nothing was provisioned.'],
  },
  'serial/link-timeout': {
    title: 'The device does not answer',
    cause: 'It is out of reach, off, or in a network by now.',
    steps: ['Bring it close.', POWER_CYCLE_DEVICE],
    more: 'radio/provision',
  },
  'serial/link-closed': {
    title: 'The link broke off',
    cause: 'One side gave up before the end. With static OOB a wrong value may show so.',
    steps: [POWER_CYCLE_DEVICE, 'Check the OOB value.'],
    more: 'radio/provision',
  },
  'serial/provisioning-failed': {
    title: 'The device ended the provisioning',
    cause: 'It says why. “Confirmation failed” means that the OOB value is not its own.',
    steps: ['Check the OOB value.', POWER_CYCLE_DEVICE],
    more: 'radio/provision',
  },
  'serial/no-static-oob': {
    title: 'The device takes no static OOB value',
    cause: 'Its firmware does not offer that way to prove who it is.',
    steps: ['Provision it without OOB.'],
    more: 'radio/provision',
  },
  'serial/provisioning-busy': {
    title: 'The kit still provisions another device',
    cause: 'An attempt that was left alone ends after a minute; until then its place is taken.',
    steps: ['Wait a minute.', CONNECT_AGAIN],
  },
} as const satisfies HelpFor<typeof errors>;
