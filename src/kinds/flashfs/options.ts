/** What a person may choose about clones of these nodes. Source of the choices: section 5.2 of docs/flash-format.md. */
import type { NodeState } from '../../image/index.ts';
import {
  OWN_PUBLICATIONS,
  replayListOption,
  SEQUENCE,
  sequenceOf,
  withDonors,
  type SequenceChoice,
} from '../common-options.ts';
import type { CloneOption, OptionChoices } from '../image-kind.ts';
import { choiceOf } from '../options.ts';

/** The choices, read. */
export interface ClonePolicy {
  readonly sequence: SequenceChoice;
  /** `keep` the donor's, or begin under that of the network today, where the dump is older. */
  readonly ivIndex: 'keep' | number;
  /** Publications to the donor's own elements: leave them pointing at the donor, or move them with the clone. */
  readonly ownPublications: 'keep' | 'map';
  readonly replayList: 'empty' | 'keep';
  /** A stored Bluetooth address, which two devices must not share. */
  readonly advertiserAddress: 'drop' | 'keep';
}

const IV_INDEX: CloneOption = {
  id: 'iv-index',
  title: 'IV index',
  summary: 'IV index of clones, where the dump is older than the network',
  place: 'more',
  default: 'keep',
  choices: [
    { value: 'keep', title: 'The donor’s', explanation: 'Nodes catch up by themselves, by at most 42' },
    {
      value: '',
      title: 'That of the network today',
      explanation: 'Never below the donor’s; sequence numbers count anew under each IV index',
      number: { title: 'IV index today', default: 0, lowest: 0, highest: 0xffffffff },
    },
  ],
};

const REPLAY_LIST = replayListOption('empty', {
  empty: 'Stored from SDK 5.0.0 on',
  keep: 'Stored from SDK 5.0.0 on',
});

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

export const OPTIONS: readonly CloneOption[] = [
  SEQUENCE,
  IV_INDEX,
  OWN_PUBLICATIONS,
  REPLAY_LIST,
  ADVERTISER_ADDRESS,
];

/** With the donor's own values in the choices that keep them. */
export const optionsOf = ({
  nextSequenceNumber,
  ivIndex,
}: Pick<NodeState, 'nextSequenceNumber' | 'ivIndex'>): readonly CloneOption[] =>
  OPTIONS.map((option) => {
    if (option === SEQUENCE) return withDonors(option, nextSequenceNumber);
    return option === IV_INDEX ? startingAt(withDonors(option, ivIndex), ivIndex) : option;
  });

/** A number that is never below the donor's. */
const startingAt = (option: CloneOption, lowest: number): CloneOption => ({
  ...option,
  choices: option.choices.map((choice) =>
    choice.number ? { ...choice, number: { ...choice.number, default: lowest, lowest } } : choice,
  ),
});

/** @throws `kinds/bad-choice` */
export function policyOf(choices: OptionChoices): ClonePolicy {
  const valueOf = (option: CloneOption) => choiceOf(option, choices).value;
  return {
    sequence: sequenceOf(choices),
    ivIndex: choiceOf(IV_INDEX, choices).number ?? 'keep',
    ownPublications: valueOf(OWN_PUBLICATIONS) as ClonePolicy['ownPublications'],
    replayList: valueOf(REPLAY_LIST) as ClonePolicy['replayList'],
    advertiserAddress: valueOf(ADVERTISER_ADDRESS) as ClonePolicy['advertiserAddress'],
  };
}
