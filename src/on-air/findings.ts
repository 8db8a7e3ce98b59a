/** What the on-air proof may find out, in words. */
import { hex } from '../bytes.ts';
import type { Finding } from '../errors.ts';
import { configurationStatusText } from '../mesh/access/index.ts';

const error = <Code extends string>(code: Code, message: string, hint: string): Finding<Code> => ({
  severity: 'error',
  code,
  message,
  hint,
});
const warning = <Code extends string>(code: Code, message: string, hint: string): Finding<Code> => ({
  severity: 'warning',
  code,
  message,
  hint,
});

export const findings = {
  wrongDeviceKey: () =>
    error(
      'on-air/wrong-device-key',
      'Something at this address acknowledges, and nothing answers under the device key of the plan.',
      'Read the board back and compare it with its image; press and write it again.',
    ),
  donorKey: () =>
    error(
      'on-air/donor-key',
      'It answers under the donor’s device key: the key of the plan never came into its flash.',
      'Write the image of this clone again; the board seems to hold the donor’s with another address.',
    ),
  silent: () =>
    error(
      'on-air/silent',
      'Nothing came back: it is off, out of reach, at another address, in another network, or ignores our sequence numbers.',
      'Check its power and bring it closer. Is it lit, its image may be another clone’s: see the chip in the journal.',
    ),
  donorAnswers: (unicast: number) =>
    warning(
      'on-air/donor-answers',
      `The donor’s own address ${hex(unicast, 4)} answers under the donor’s key.`,
      'If the donor is switched off, one of the silent boards carries the donor’s image, unpatched.',
    ),
  oldNumbers: () =>
    warning(
      'on-air/old-numbers',
      'It answered only when asked with fresh sequence numbers: it remembers higher ones of the address used before.',
      'Nothing is wrong with it. It forgets them at its next restart.',
    ),
  unprovisioned: () =>
    error(
      'on-air/unprovisioned',
      'Its board beacons as unprovisioned: its firmware did not accept the records in its flash.',
      'Write it again, the whole image, and check that firmware and dump are of one release.',
    ),
  otherAddress: (unicast: number) =>
    error(
      'on-air/other-address',
      `It answers under its own device key at ${hex(unicast, 4)}, not at its planned address.`,
      'Its image is not that of the plan. Press again and write the whole image.',
    ),
  otherImage: (name: string, unicast: number) =>
    error(
      'on-air/other-image',
      `${name || 'Another clone'} at ${hex(unicast, 4)} answers instead, which should be on no board yet: images were exchanged.`,
      'Find its board by the journal, and write the image of this clone to it.',
    ),
  unprovisionedAround: (count: number) =>
    warning(
      'on-air/unprovisioned-around',
      count === 1
        ? 'A device nearby beacons as unprovisioned, under a UUID that is not known here.'
        : `${count} devices nearby beacon as unprovisioned, under UUIDs that are not known here.`,
      'Silent boards may be among them: then their firmware did not accept what is in their flash.',
    ),
  otherComposition: () =>
    warning(
      'on-air/other-composition',
      'Its composition data differ from the donor’s: it runs other firmware.',
      'Write the whole image, not only the pages of the network.',
    ),
  cutComposition: () =>
    warning(
      'on-air/cut-answer',
      'The kit’s firmware cut its composition data, so only the beginning was compared.',
      'Use examples/serial of 2.1.0 or later to compare all of it.',
    ),
  noAppKey: (index: number) =>
    error(
      'on-air/no-app-key',
      `It does not have application key ${index}.`,
      'Check that the donor had it when it was read out.',
    ),
  notBound: (element: number, model: string, index: number) =>
    error(
      'on-air/not-bound',
      `Model ${model} of element ${element} is not bound to application key ${index}.`,
      'Check that the donor had this binding when it was read out.',
    ),
  otherPublication: (element: number, model: string) =>
    warning(
      'on-air/other-publication',
      `Model ${model} of element ${element} publishes elsewhere than planned.`,
      'Compare the donor’s publication in the database with what its dump says.',
    ),
  refused: (question: string, status: number) =>
    warning(
      'on-air/refused',
      `It answered ${question} with: ${configurationStatusText(status)}.`,
      'Its composition is not what the database says.',
    ),
  noAnswerTo: (question: string) =>
    warning(
      'on-air/no-answer',
      `It did not answer ${question}.`,
      'Bring it closer and try it again; the rest of it was as planned.',
    ),
  lightSilent: () =>
    error(
      'on-air/on-off-silent',
      'Its configuration answers, its light does not: the application key is missing or not bound.',
      'See its application keys and bindings above; the donor had them when it was provisioned?',
    ),
  twoBoards: () =>
    error(
      'on-air/two-boards',
      'Answers came from two radios in direct reach: two boards carry this address.',
      'Find the second board; the journal says which chips got this image.',
    ),
  nobody: () =>
    error(
      'on-air/nobody-answers',
      'Not one clone answered, so the fault is ours rather than theirs.',
      'Check network key and IV index of the database, and try a node that is known to work.',
    ),
} as const;

/** The code of everything that may be found. */
export type OnAirFindingCode = ReturnType<(typeof findings)[keyof typeof findings]>['code'];
