/** Options as every kind reads them: a choice is a string, as it stands behind a flag or is kept with a run. */
import type { CloneOption, ImageReading, OptionChoices } from './image-kind.ts';
import * as errors from './errors.ts';

export interface Choice {
  /** Of the choice that was taken. */
  readonly value: string;
  /** Where the choice takes a number. */
  readonly number?: number;
}

/**
 * What was chosen for an option, or what holds by default.
 *
 * @throws `kinds/bad-choice` for a text that is none of its choices
 */
export function choiceOf(option: CloneOption, choices: OptionChoices): Choice {
  const text = choices[option.id] ?? option.default;
  for (const { value, number } of option.choices) {
    if (!number) {
      if (text === value) return { value };
      continue;
    }
    const digits = text.startsWith(value) ? text.slice(value.length) : '';
    if (!/^\d{1,10}$/.test(digits)) continue;
    const given = Number(digits);
    if (given < number.lowest || given > number.highest) throw errors.numberOutOfRange(option, given, number);
    return { value, number: given };
  }
  throw errors.badChoice(option, text, writtenChoices(option));
}

/**
 * Hold choices against what an image leaves open: one that means nothing to it is a person's mistake about their node.
 *
 * @throws `kinds/no-such-option`
 */
export function checkChoices({ kind, options }: ImageReading, choices: OptionChoices): void {
  for (const id of Object.keys(choices)) {
    if (options.every((option) => option.id !== id)) throw errors.noSuchOption(kind.title, id, options);
  }
}

/** `keep`, `reset` or `+N`: how the choices of an option are written. */
export const writtenChoices = ({ choices }: CloneOption): string[] =>
  choices.map(({ value, number }) => (number ? `${value}N` : value));
