/** What a person may choose about clones of these nodes. Source of the choices: section 5.2 of docs/flash-format.md. */
import type { CloneOption, OptionChoices } from '../image-kind.ts';
import { choiceOf } from '../options.ts';

/** The choices, read. */
export interface ClonePolicy {
  /** `keep` the donor's block, start at 0, or keep a distance for an address that was on air before. */
  readonly sequence: 'keep' | 'reset' | { readonly skipAhead: number };
  /** Publications to the donor's own elements: leave them pointing at the donor, or move them with the clone. */
  readonly ownPublications: 'keep' | 'map';
  readonly replayCache: 'empty' | 'keep';
  /** A stored Bluetooth address, which two devices must not share. */
  readonly advertiserAddress: 'drop' | 'keep';
}

const SEQUENCE: CloneOption = {
  id: 'sequence',
  title: 'Sequence number',
  summary: 'sequence number of clones',
  place: 'main',
  default: 'keep',
  choices: [
    { value: 'keep', title: 'The donor’s', explanation: 'Safe; covers a short earlier use' },
    { value: 'reset', title: 'Start at 0', explanation: 'Only for addresses that were never on air' },
    {
      value: '+',
      title: 'Ahead of the donor’s',
      explanation: 'For addresses that another node had before',
      number: { title: 'How many messages ahead', default: 8192, lowest: 1, highest: 0xffffff },
    },
  ],
};

const OWN_PUBLICATIONS: CloneOption = {
  id: 'own-publications',
  title: 'Publications to the donor itself',
  summary: 'publications to the donor itself',
  place: 'more',
  default: 'keep',
  choices: [
    {
      value: 'keep',
      title: 'Keep pointing at the donor',
      explanation: 'Models that publish to an element of the same node',
    },
    {
      value: 'map',
      title: 'Move with the clone',
      explanation: 'Models that publish to an element of the same node',
    },
  ],
};

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

/** @param nextSequenceNumber  the donor's own, which the choice to keep it names */
export const optionsOf = (nextSequenceNumber: number): readonly CloneOption[] =>
  OPTIONS.map((option) =>
    option === SEQUENCE
      ? {
          ...option,
          choices: option.choices.map((choice) =>
            choice.value === 'keep'
              ? { ...choice, title: `The donor’s, ${nextSequenceNumber.toLocaleString('en')}` }
              : choice,
          ),
        }
      : option,
  );

/** @throws `kinds/bad-choice` */
export function policyOf(choices: OptionChoices): ClonePolicy {
  const sequence = choiceOf(SEQUENCE, choices);
  const valueOf = (option: CloneOption) => choiceOf(option, choices).value;
  return {
    sequence:
      sequence.number === undefined ? (sequence.value as 'keep' | 'reset') : { skipAhead: sequence.number },
    ownPublications: valueOf(OWN_PUBLICATIONS) as ClonePolicy['ownPublications'],
    replayCache: valueOf(REPLAY_CACHE) as ClonePolicy['replayCache'],
    advertiserAddress: valueOf(ADVERTISER_ADDRESS) as ClonePolicy['advertiserAddress'],
  };
}
