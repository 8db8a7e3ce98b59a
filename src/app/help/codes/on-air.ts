import type * as errors from '../../../on-air/errors.ts';
import type { OnAirFindingCode } from '../../../on-air/findings.ts';
import type { HelpFor } from './code-help.ts';

const WRITE_AGAIN = 'Write the image again, the whole of it.';
const AS_READ = 'Compare with what the donor’s dump says: a clone has what the donor had.';

/** What the on-air proof may find. */
export const ON_AIR = {
  'on-air/bad-journal': {
    title: 'The radio’s journal cannot be read',
    cause: 'A line in it is none that Meshpress writes: another file was chosen, or it was edited.',
    steps: [
      'Choose the file that lies beside the database.',
      'Without it a fresh address is taken; nothing is lost but what was proven before.',
    ],
    more: 'radio/numbers',
  },
  'on-air/wrong-device-key': {
    title: 'It acknowledges, and does not answer',
    cause:
      'The lower transport of a node acknowledges whatever is in its network and at its address; an answer needs the device key. So it is there, with another key than the plan says.',
    steps: ['Read the board back and compare it with its image.', WRITE_AGAIN],
    more: 'radio/verdicts',
  },
  'on-air/donor-key': {
    title: 'It has the donor’s device key',
    cause:
      'It answers at its own address, but under the donor’s key: only half of the patches came into its flash.',
    steps: [WRITE_AGAIN],
    more: 'radio/verdicts',
  },
  'on-air/silent': {
    title: 'Nothing came back',
    cause:
      'It is off, out of reach, at another address, in another network, or it drops our sequence numbers. It was asked several times, also after a restart of the kit.',
    steps: [
      'Check its power.',
      'Bring it close to the kit and prove it again.',
      'See in the journal which chip got its image.',
    ],
    more: 'radio/verdicts',
  },
  'on-air/donor-answers': {
    title: 'The donor’s own address answers',
    cause: 'Either the donor is switched on, or one of the boards carries its image without any patch.',
    steps: ['Switch the donor off and prove the silent ones again.'],
    more: 'radio/verdicts',
  },
  'on-air/old-numbers': {
    title: 'It answers to fresh sequence numbers only',
    cause: 'It remembers a higher number of the kit’s address, from another browser or an earlier kit.',
    steps: [],
    more: 'radio/numbers',
  },
  'on-air/unprovisioned': {
    title: 'Its board is unprovisioned',
    cause: 'The firmware looked at the records in its flash and did not accept them.',
    steps: ['Check that the dump is of this very firmware.', WRITE_AGAIN],
    more: 'radio/verdicts',
  },
  'on-air/other-address': {
    title: 'It answers at another address',
    cause:
      'A silent clone is looked for one address and one node beside its own, under its own key. There it answered: key and address in its flash are of different clones.',
    steps: [WRITE_AGAIN],
    more: 'radio/verdicts',
  },
  'on-air/other-image': {
    title: 'Another clone answers in its place',
    cause:
      'The clones beside it in the plan should be on no board yet, and one of them answers: its image went onto the board that was meant for this one.',
    steps: ['See in the journal which chip got this clone’s image.', 'Write that board again.'],
    more: 'radio/verdicts',
  },
  'on-air/unprovisioned-around': {
    title: 'Unprovisioned devices are around',
    cause:
      'Some boards were silent, and devices beacon that are in no network. A beacon tells the chip only where the firmware makes its UUID of it, as the examples of the SDK do.',
    steps: [
      'Boards that wait to be written beacon too: that is as it should be.',
      'Switch a silent board off and scan: when a beacon is gone, its firmware did not accept its records.',
    ],
    more: 'radio/verdicts',
  },
  'on-air/other-composition': {
    title: 'It runs other firmware than the donor',
    cause: 'Its composition data are not those that the donor told.',
    steps: ['Write the whole image, not only the pages of the network.'],
  },
  'on-air/cut-answer': {
    title: 'A long answer was cut',
    cause: 'Firmware of 2.0.x hands on 78 bytes of a message, later ones 235.',
    steps: [],
  },
  'on-air/no-app-key': {
    title: 'An application key is missing on it',
    cause: 'The node lists its application keys, and one that the database gives it is not among them.',
    steps: [AS_READ],
  },
  'on-air/not-bound': {
    title: 'A model is not bound to its key',
    cause: 'Without the binding the model drops every message under that key.',
    steps: [AS_READ],
  },
  'on-air/other-publication': {
    title: 'It publishes elsewhere',
    cause: 'Address, key or TTL of the publication are not those of the database.',
    steps: [AS_READ],
  },
  'on-air/refused': {
    title: 'It refused a question',
    cause: 'It says that it has no such element or model, while the database says so.',
    steps: ['Read its composition data again.'],
  },
  'on-air/no-answer': {
    title: 'One question stayed without an answer',
    cause: 'It answered others, so it is there: a message was lost.',
    steps: ['Prove it once more.'],
  },
  'on-air/on-off-silent': {
    title: 'Its light does not answer',
    cause: 'A model answers under a key that it is bound to, and says nothing otherwise.',
    steps: [AS_READ],
  },
  'on-air/two-boards': {
    title: 'Two boards have this address',
    cause: 'Both answered, by radios with different addresses and without a relay in between.',
    steps: [
      'Find the other one: the journal lists the chips that got this image.',
      'Give one of them another identity.',
    ],
    more: 'radio/verdicts',
  },
  'on-air/nobody-answers': {
    title: 'Not one clone answered',
    cause:
      'That so many boards are dead is less likely than a wrong key, IV index, or a radio that does not work.',
    steps: [
      'Check that the database is the network’s latest.',
      'Ask a node that is known to work.',
      'Check the IV index.',
    ],
    more: 'radio/verdicts',
  },
} as const satisfies HelpFor<typeof errors, OnAirFindingCode>;
