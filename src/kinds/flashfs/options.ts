/** What a person may choose about clones of these nodes. Source of the choices: section 5.2 of docs/flash-format.md. */
import { OWN_PUBLICATIONS, SEQUENCE, sequenceOf, type SequenceChoice } from '../common-options.ts';
import type { CloneOption, OptionChoices } from '../image-kind.ts';
import { choiceOf } from '../options.ts';

/** The choices, read. */
export interface ClonePolicy {
  readonly sequence: SequenceChoice;
  /** Publications to the donor's own elements: leave them pointing at the donor, or move them with the clone. */
  readonly ownPublications: 'keep' | 'map';
  readonly replayCache: 'empty' | 'keep';
  /** A stored Bluetooth address, which two devices must not share. */
  readonly advertiserAddress: 'drop' | 'keep';
}

const REPLAY_CACHE: CloneOption = {
  id: 'replay-cache',
  title: 'Replay protection list',
  summary: 'replay protection list',
  place: 'more',
  default: 'empty',
  choices: [
    { value: 'empty', title: 'Empty, as in a new node', explanation: 'Stored from SDK 5.0.0 on' },
    { value: 'keep', title: 'The donor’s', explanation: 'Stored from SDK 5.0.0 on' },
  ],
};

const ADVERTISER_ADDRESS: CloneOption = {
  id: 'advertiser-address',
  title: 'Stored Bluetooth address',
  summary: 'Bluetooth address stored in the donor',
  place: 'more',
  default: 'drop',
  choices: [
    { value: 'drop', title: 'Leave it out', explanation: 'Two devices must not share one' },
    { value: 'keep', title: 'The donor’s', explanation: 'Two devices must not share one' },
  ],
};

export const OPTIONS: readonly CloneOption[] = [SEQUENCE, OWN_PUBLICATIONS, REPLAY_CACHE, ADVERTISER_ADDRESS];

/** @throws `kinds/bad-choice` */
export function policyOf(choices: OptionChoices): ClonePolicy {
  const valueOf = (option: CloneOption) => choiceOf(option, choices).value;
  return {
    sequence: sequenceOf(choices),
    ownPublications: valueOf(OWN_PUBLICATIONS) as ClonePolicy['ownPublications'],
    replayCache: valueOf(REPLAY_CACHE) as ClonePolicy['replayCache'],
    advertiserAddress: valueOf(ADVERTISER_ADDRESS) as ClonePolicy['advertiserAddress'],
  };
}
