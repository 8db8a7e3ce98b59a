import type * as errors from '../../../provision/errors.ts';
import type { ProvisionFindingCode } from '../../../provision/errors.ts';
import type { HelpFor } from './code-help.ts';

const OWN_DATABASE = 'Open the database of the provisioner itself, not a partial export.';

/** Devices that join a network. */
export const PROVISION = {
  'provision/database-not-stored': {
    title: 'The new node’s key is not stored yet',
    cause:
      'The device is in the network, and its key exists in this page alone: the place for the database refused it.',
    steps: [
      'Leave the page open.',
      'Make room, or save the database to another place with the button beside the message.',
      'If the page is gone, reset the device and provision it again.',
    ],
    more: 'radio/provision',
  },
  'provision/still-open': {
    title: 'The node that may have joined does not answer',
    cause:
      'It was given its keys and its last word was lost. It is switched off or out of reach, or it never took them and waits as before.',
    steps: [
      'Bring the node nearer, switch it on, and ask again.',
      'See whether the list of the browser shows it among those that wait: then forget the key and provision it again.',
    ],
    more: 'bluetooth/provision',
  },
  'provision/store-first': {
    title: 'An earlier node is not stored yet',
    cause: 'The key of the last device is in this page alone.',
    steps: ['Save the database.', 'Then provision the next device.'],
  },
  'provision/more-elements': {
    title: 'The device needs more addresses in a row',
    cause: 'Each element takes one unicast address, and the run after the one chosen is too short.',
    steps: ['Take the address that is proposed, or leave the choice to Meshpress.'],
    more: 'radio/provision',
  },
  'provision/own-address': {
    title: 'The radio has this address itself',
    cause:
      'The radio speaks from an address of its own, at the top of the range; two senders with one address block each other.',
    steps: [
      'Give the device a lower address.',
      'Or connect the radio again: one before 5.0.0 takes another address then.',
    ],
    more: 'radio/numbers',
  },
  'provision/already-a-node': {
    title: 'The database has this device already',
    cause: 'It was provisioned before and reset since, or another device has its UUID.',
    steps: ['If it was reset, remove the old node from the database.', 'Then provision it again.'],
  },
  'provision/no-device-key': {
    title: 'The device key of a node is missing',
    cause: 'Without it nobody can configure the node or ask it anything.',
    steps: [OWN_DATABASE],
  },
  'provision/no-net-key': {
    title: 'The network key is missing',
    cause: 'A device is given the network key when it joins, so the database must have it.',
    steps: [OWN_DATABASE],
  },
  'provision/no-app-key': {
    title: 'An application key is missing',
    cause: 'The recipe names a key that the database does not have.',
    steps: ['Choose a key of the database in the recipe, or take the line out.'],
  },
  'provision/no-reset': {
    title: 'The node did not confirm its reset',
    cause: 'It is off or out of reach, so it stays in the network.',
    steps: ['Switch it on and bring it close.', 'Is it gone for good, remove it from the database alone.'],
  },
  'provision/no-relay': {
    title: 'The donor does not relay',
    cause:
      'Its states are those of all clones. A node of the nRF5 SDK for Mesh passes on what comes by Bluetooth only while its Relay is on.',
    steps: ['Switch Relay on before the donor is read out.', 'Or go on, where the network has other relays.'],
  },
  'provision/no-proxy': {
    title: 'The donor is no GATT proxy',
    cause: 'Its states are those of all clones: phones and computers could connect to none of them.',
    steps: [
      'Switch GATT Proxy on before the donor is read out, where its firmware has it.',
      'Or go on, where that is meant.',
    ],
  },
} as const satisfies HelpFor<typeof errors, ProvisionFindingCode>;
