/** Options that every kind of image so far has, with the same words. */
import { thousands } from '../numbers.ts';
import type { UicrWord } from '../image/index.ts';
import type { CloneOption, OptionChoices } from './image-kind.ts';
import { choiceOf } from './options.ts';

/** `keep` the donor's number, start at 0, or keep a distance for an address that was on air before. */
export type SequenceChoice = 'keep' | 'reset' | { readonly skipAhead: number };

export const SEQUENCE: CloneOption = {
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

export const OWN_PUBLICATIONS: CloneOption = {
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

/**
 * Who was heard last, and up to which number: what firmware does without it is a matter of the kind.
 *
 * @param standard  what holds unless a person says otherwise; offered first
 * @param explain   what each choice comes to
 */
export function replayListOption(
  standard: 'empty' | 'keep',
  explain: { readonly empty: string; readonly keep: string },
): CloneOption {
  const choices = [
    { value: 'empty', title: 'Empty, as in a new node', explanation: explain.empty },
    { value: 'keep', title: 'The donor’s', explanation: explain.keep },
  ];
  return {
    id: 'replay-cache',
    title: 'Replay protection list',
    summary: 'replay protection list',
    place: 'more',
    default: standard,
    choices: standard === 'empty' ? choices : choices.toReversed(),
  };
}

/** Offered where the dump holds external flash. */
export const EXTERNAL_FLASH: CloneOption = {
  id: 'external-flash',
  title: 'External flash',
  summary: 'what the dump holds of external flash',
  place: 'more',
  default: 'leave-out',
  choices: [
    { value: 'leave-out', title: 'Leave it out', explanation: 'What a board has there stays as it is' },
    {
      value: 'keep',
      title: 'Copy it into every clone',
      explanation: 'Needs a tool that writes external flash',
    },
  ],
};

/** Offered where the dump has a UICR that says something. */
export const UICR: CloneOption = {
  id: 'uicr',
  title: 'UICR',
  summary: 'user registers (UICR) of the donor',
  place: 'more',
  default: 'keep',
  choices: [
    {
      value: 'keep',
      title: 'The donor’s',
      explanation: 'Every clone gets its words: bootloader, reset pins, protection',
    },
    { value: 'drop', title: 'Leave it out', explanation: 'A board keeps the words that it has' },
  ],
};

/** The option, telling what the donor's UICR says. */
export const namingUicr = (words: readonly UicrWord[]): CloneOption => ({
  ...UICR,
  choices: UICR.choices.map((choice) =>
    choice.value === 'keep' ? { ...choice, explanation: uicrText(words) } : choice,
  ),
});

/** As many as a line holds. */
const MOST_SAID = 4;
function uicrText(words: readonly UicrWord[]): string {
  const says = [
    ...new Set(
      words.map((one) => (one.says.startsWith('0x') ? one.register || 'an unknown word' : one.says)),
    ),
  ];
  const more = says.length - MOST_SAID;
  return `Every clone gets it: ${says.slice(0, MOST_SAID).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** @throws `kinds/bad-choice` */
export const dropsUicr = (choices: OptionChoices): boolean => choiceOf(UICR, choices).value === 'drop';

/** @throws `kinds/bad-choice` */
export const keepsExternalFlash = (choices: OptionChoices): boolean =>
  choiceOf(EXTERNAL_FLASH, choices).value === 'keep';

/** @throws `kinds/bad-choice` */
export function sequenceOf(choices: OptionChoices): SequenceChoice {
  const { value, number } = choiceOf(SEQUENCE, choices);
  return number === undefined ? (value as 'keep' | 'reset') : { skipAhead: number };
}

/** The option with the donor's own value in the choice to keep it. */
export const withDonors = (option: CloneOption, value: number): CloneOption => ({
  ...option,
  choices: option.choices.map((choice) =>
    choice.value === 'keep' ? { ...choice, title: `The donor’s, ${thousands(value)}` } : choice,
  ),
});

/** The options with the donor's own sequence number in the choice to keep it. */
export const namingSequence = (
  options: readonly CloneOption[],
  nextSequenceNumber: number,
): readonly CloneOption[] =>
  options.map((option) => (option === SEQUENCE ? withDonors(option, nextSequenceNumber) : option));
