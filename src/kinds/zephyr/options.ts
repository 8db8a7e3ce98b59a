/** What a person may choose about clones of these nodes. Source of the choices: docs/zephyr-format.md, section 8. */
import {
  namingSequence,
  OWN_PUBLICATIONS,
  replayListOption,
  SEQUENCE,
  sequenceOf,
  type SequenceChoice,
} from '../common-options.ts';
import type { CloneOption, OptionChoices } from '../image-kind.ts';
import { choiceOf } from '../options.ts';

/** The choices, read. */
export interface ClonePolicy {
  readonly sequence: SequenceChoice;
  /** Publications to the donor's own elements: leave them pointing at the donor, or move them with the clone. */
  readonly ownPublications: 'keep' | 'map';
  readonly replayList: 'empty' | 'keep';
  /** Stored Bluetooth address and bonds, which two devices must not share. */
  readonly hostIdentity: 'drop' | 'keep';
  /** `in-place`: in the records, for firmware that imports them at its first boot. */
  readonly keys: 'as-stored' | 'in-place';
}

const REPLAY_LIST = replayListOption('keep', {
  empty: 'As after provisioning',
  keep: 'Old messages of other nodes stay refused',
});

const HOST_IDENTITY: CloneOption = {
  id: 'advertiser-address',
  title: 'Stored Bluetooth address and bonds',
  summary: 'Bluetooth address and bonds stored in the donor',
  place: 'more',
  default: 'drop',
  choices: [
    { value: 'drop', title: 'Leave them out', explanation: 'Two devices must not share them' },
    { value: 'keep', title: 'The donor’s', explanation: 'Two devices must not share them' },
  ],
};

/** Only where the donor keeps its keys in a key store, and they could be opened. */
const KEYS: CloneOption = {
  id: 'keys',
  title: 'Form of the keys',
  summary: 'form of the keys in clones, where the donor has a key store',
  place: 'more',
  default: 'as-stored',
  choices: [
    { value: 'as-stored', title: 'Sealed, as in the donor', explanation: 'For the firmware of the donor' },
    {
      value: 'in-place',
      title: 'Clear, to be imported',
      explanation:
        'For firmware with CONFIG_BT_MESH_KEY_IMPORTER, on any chip; the settings are written afresh',
    },
  ],
};

export const OPTIONS: readonly CloneOption[] = [SEQUENCE, OWN_PUBLICATIONS, REPLAY_LIST, HOST_IDENTITY, KEYS];

export interface LeftOpen {
  /** The donor's own, which the choice to keep it names. */
  readonly nextSequenceNumber: number;
  readonly hasKeyStore: boolean;
}
export const optionsOf = ({ nextSequenceNumber, hasKeyStore }: LeftOpen): readonly CloneOption[] =>
  namingSequence(
    OPTIONS.filter((option) => hasKeyStore || option !== KEYS),
    nextSequenceNumber,
  );

/** @throws `kinds/bad-choice` */
export function policyOf(choices: OptionChoices): ClonePolicy {
  const valueOf = (option: CloneOption) => choiceOf(option, choices).value;
  return {
    sequence: sequenceOf(choices),
    ownPublications: valueOf(OWN_PUBLICATIONS) as ClonePolicy['ownPublications'],
    replayList: valueOf(REPLAY_LIST) as ClonePolicy['replayList'],
    hostIdentity: valueOf(HOST_IDENTITY) as ClonePolicy['hostIdentity'],
    keys: valueOf(KEYS) as ClonePolicy['keys'],
  };
}
