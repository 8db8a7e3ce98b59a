import { REPORT, type CodeHelp } from './code-help.ts';

const NODE_AGAIN = 'Switch the node off and on, then try again.';
const ELSEWHERE = 'Try again at another place, with nobody else’s devices around.';
const CHECK_VALUE = 'Check the value, above all whose node it belongs to, and try again.';

/** A node joins the network, and the page speaks as a node of its own. */
export const MESH = {
  'mesh/node-refused': {
    title: 'The node ended the provisioning',
    cause:
      'It said why in a word of the specification. Most nodes draw new keys after it and wait for the next attempt; the word “confirmation failed” means a wrong out-of-band value.',
    steps: [NODE_AGAIN, 'If it says “confirmation failed”, check the out-of-band value.'],
  },
  'mesh/provisioning-silent': {
    title: 'The node fell silent while it joined',
    cause: 'Each step has a minute. The node was switched off, went out of reach, or waits for a person.',
    steps: ['Bring the node nearer to the computer.', NODE_AGAIN],
  },
  'mesh/unexpected-pdu': {
    title: 'The node broke the order of provisioning',
    cause:
      'The specification has one order, and whatever stands out of it ends the attempt: faulty firmware looks like this, and so does somebody in between.',
    steps: [NODE_AGAIN, ELSEWHERE, REPORT],
  },
  'mesh/bad-public-key': {
    title: 'A public key that is none',
    cause:
      'Whoever computes with a point off the curve gives away bits of his own key. So nothing was computed, and the attempt ended.',
    steps: ['Leave this node unprovisioned.', ELSEWHERE],
  },
  'mesh/reflected': {
    title: 'Our own words came back',
    cause:
      'Somebody repeats what we send, to pass for a node without knowing any secret. No node does this by accident.',
    steps: [ELSEWHERE],
  },
  'mesh/wrong-confirmation': {
    title: 'The node could not confirm what it sent',
    cause:
      'Each side proves that it knew the out-of-band value before the other showed its random one. The value was wrong, or somebody is in between. The node has got no keys.',
    steps: [CHECK_VALUE, ELSEWHERE],
    more: 'bluetooth/oob',
  },
  'mesh/no-common-algorithm': {
    title: 'No way of provisioning in common',
    cause: 'The node offers neither of the two algorithms of the Mesh Protocol specification 1.1.',
    steps: ['Look for newer firmware for the node.', 'Look for a newer Meshpress.', REPORT],
  },
  'mesh/oob-not-offered': {
    title: 'The node does not offer that proof',
    cause:
      'A node says which out-of-band methods it has. Since 1.1 it may also refuse to be provisioned without any (Zephyr: CONFIG_BT_MESH_OOB_AUTH_REQUIRED).',
    steps: ['Choose one of the methods that the node offers.'],
    more: 'bluetooth/oob',
  },
  'mesh/bad-oob-input': {
    title: 'This is not what a node shows',
    cause: 'The node shows so many digits, or letters and digits; what was typed has others or more.',
    steps: ['Begin again: the node shows a new value each time.', 'Type it as the node shows it.'],
    more: 'bluetooth/oob',
  },
  'mesh/complete-lost': {
    title: 'Joined or not? The last word was lost',
    cause:
      'Keys and address were sent, and the connection went before the node said that it has them. Its device key was kept before they were sent.',
    steps: [
      'Connect again. If the node answers as a member of the network, it is one.',
      'If it waits to be provisioned as before, provision it again.',
    ],
    more: 'bluetooth/provision',
  },
  'mesh/own-node-elsewhere': {
    title: 'Another tab speaks from this address',
    cause:
      'Two senders with one address and one row of numbers would silence each other, so one tab alone may send in a network.',
    steps: ['Go on in the other tab, or close it.', 'Then try again here.'],
    more: 'bluetooth/proxy',
  },
  'mesh/own-node-not-read': {
    title: 'The own sequence numbers could not be read',
    cause:
      'Nodes drop what comes with a number they have heard. Which ones are used up is kept in the browser’s storage, and that was not to be had: a private window, storage switched off, or a damaged profile.',
    steps: ['Load the page again.', 'Allow this page to keep data; leave the private window.'],
    more: 'bluetooth/proxy',
  },
  'mesh/numbers-not-kept': {
    title: 'The next sequence numbers could not be kept',
    cause:
      'Numbers are written down before they are sent, a block at a time, so that none is sent twice after a crash. The disk is full, or the browser allows this page no storage.',
    steps: ['Make room on the disk.', 'Allow this page to keep data.', 'Try again: nothing was sent.'],
    more: 'bluetooth/proxy',
  },
  'mesh/numbers-exhausted': {
    title: 'All sequence numbers are used up',
    cause:
      'An address has 16,777,216 numbers under each IV index. Proving a clone takes about ten, so something else has used them: large leaps, or other programs under the same address.',
    steps: [
      'Let a provisioner of the network start an IV update; numbers begin anew with it.',
      'Or remove this page’s record, and speak from a fresh address.',
    ],
  },
  'mesh/no-own-address': {
    title: 'No address is left to speak from',
    cause:
      'To send, this page needs a unicast address of its own: one of the provisioner’s range that no node has and none had.',
    steps: ['Extend the provisioner’s range in the database.', 'Or remove nodes that are gone for good.'],
    more: 'database',
  },
} as const satisfies Readonly<Record<`mesh/${string}`, CodeHelp>>;
