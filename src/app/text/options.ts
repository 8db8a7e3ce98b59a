import type { CloneOption, OptionChoice } from '../../kinds/index.ts';

/** The choice that a text is of, its number right or wrong: a word goes before what only begins a number. */
export const takenChoice = ({ choices }: CloneOption, text: string): OptionChoice | undefined =>
  choices.find(({ value, number }) => !number && text === value) ??
  choices.find(({ value, number }) => number && text.startsWith(value));
