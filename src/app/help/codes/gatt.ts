import { REPORT, type CodeHelp } from './code-help.ts';

const NEARER = 'Bring the node nearer to the computer, and see that it has power.';
const ONE_CONNECTION = 'Most nodes take one connection: close other pages and phones that hold it.';
const RADIO_AGAIN = 'Switch the computer’s Bluetooth off and on.';
const OTHER_PROXY = 'Choose another node of the network as proxy.';

/** The computer's own radio. */
export const GATT = {
  'gatt/no-web-bluetooth': {
    title: 'This browser has no Web Bluetooth',
    cause:
      'Chrome and Edge have it on Windows, macOS, ChromeOS and Android, on Linux behind a flag. Firefox, Safari and the browsers of iOS have none.',
    steps: [
      'Open the page in Chrome or Edge.',
      'On Linux, open chrome://flags/#enable-experimental-web-platform-features, enable it and restart Chrome.',
      'Or use a kit on a serial port.',
    ],
    more: 'bluetooth/systems',
  },
  'gatt/no-adapter': {
    title: 'Bluetooth is off, or not for the browser',
    cause:
      'The browser found no radio that it may use: switched off, missing, or kept from it by the system.',
    steps: ['Switch Bluetooth on.', 'Allow the browser to use it in the settings of the system.'],
    more: 'bluetooth/systems',
  },
  'gatt/not-permitted': {
    title: 'The page may not use Bluetooth here',
    cause:
      'Bluetooth needs a page by HTTPS or from this computer, not inside another page that does not allow it, and a press of a button for each choice.',
    steps: ['Open the page by itself.', 'Press the button yourself, and choose within the list.'],
    more: 'bluetooth/systems',
  },
  'gatt/none-chosen': {
    title: 'No device was chosen',
    cause:
      'The list was closed, or was empty: a node shows there while it advertises a mesh service and nobody is connected to it.',
    steps: [
      NEARER,
      ONE_CONNECTION,
      'See whether its firmware offers GATT: of the nRF5 SDK for Mesh 2.x only the proxy examples do, from 3.0.0 on the light switches.',
    ],
    more: 'bluetooth/nodes',
  },
  'gatt/not-connected': {
    title: 'No connection to the node',
    cause: 'It was out of reach, switched off, or taken by somebody else, on each of several tries.',
    steps: [NEARER, ONE_CONNECTION, RADIO_AGAIN],
    more: 'bluetooth/nodes',
  },
  'gatt/no-service': {
    title: 'The node does not show the service',
    cause:
      'A node shows one mesh service: for provisioning, or as a proxy once it is in a network. The system, not the browser, remembers which, and may be wrong after the node has changed.',
    steps: [
      RADIO_AGAIN,
      'On Linux, run “bluetoothctl remove” with the address of the node, or set “Cache = no” under [GATT] in /etc/bluetooth/main.conf.',
      'Or choose another node of the network as proxy.',
    ],
    more: 'bluetooth/systems',
  },
  'gatt/lost': {
    title: 'The connection was lost',
    cause:
      'The node went out of reach or was switched off. If it closed right after something was written, a value got lost on the way, and the node does not go on with half a message.',
    steps: [NEARER, 'Connect again; nothing has to be done over that was answered.'],
  },
  'gatt/closed': {
    title: 'The connection was closed',
    cause: 'It was closed on this side while something was under way.',
    steps: ['Connect again to go on.'],
  },
  'gatt/not-written': {
    title: 'The computer did not take a value',
    cause:
      'A write failed or took longer than five seconds, so nobody knows how much of it arrived. Long values are not tried again on this device.',
    steps: ['Connect again.', RADIO_AGAIN, NEARER],
  },
  'gatt/half-message': {
    title: 'A message of the node never ended',
    cause: 'A part of it was lost on the way, or the firmware is faulty. It has 20 seconds.',
    steps: ['Connect again.', NEARER],
  },
  'gatt/foreign-network': {
    title: 'The proxy is not of this network',
    cause:
      'A proxy tells its network and IV index when one connects. What it told is not under this network’s key, or it told nothing; without it nothing may be sent.',
    steps: [
      OTHER_PROXY,
      'See whether the database is the one of these nodes.',
      'If a key refresh is going on, let the provisioner finish it.',
    ],
    more: 'bluetooth/proxy',
  },
  'gatt/older-iv-index': {
    title: 'The proxy is behind its network',
    cause:
      'The IV index only rises. This node has an older one than was seen here before: it was off for long, or is a clone of an old image.',
    steps: [OTHER_PROXY, 'Leave the node near others: it follows them within days.'],
  },
  'gatt/key-refresh': {
    title: 'The network key is being exchanged',
    cause:
      'The beacon says that a key refresh is going on. Messages under one key would reach some nodes and not others.',
    steps: ['Let the provisioner finish it.', 'Open the new database here, and connect again.'],
  },
  'gatt/proxy-silent': {
    title: 'The proxy does not answer',
    cause:
      'It connected and told its network, and did not answer what it was told to pass on: not even after our sequence numbers were raised.',
    steps: [OTHER_PROXY, 'Switch the node off and on, then connect again.', REPORT],
    more: 'bluetooth/proxy',
  },
  'gatt/unknown-key': {
    title: 'A key that this connection does not have',
    cause:
      'What was asked takes a network or application key that the database did not hold when the connection was made.',
    steps: ['Open the database that holds the key.', 'Connect again.'],
  },
} as const satisfies Readonly<Record<`gatt/${string}`, CodeHelp>>;
