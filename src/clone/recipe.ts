/** How the clones of a donor come about under one set of choices: worked out once, and asked for often. */
import { MemoryImage, withoutUicr } from '../image/index.ts';
import {
  dropsUicr,
  keepsExternalFlash,
  type CloneRecipe,
  type ImageReading,
  type OptionChoices,
} from '../kinds/index.ts';
import type { Donor } from './donor.ts';

const recipes = new WeakMap<ImageReading, Map<string, CloneRecipe>>();

/**
 * The recipe for a donor and the choices of a plan.
 *
 * @throws what the donor's kind of image throws for choices it cannot carry out
 */
export function recipeOf(
  { reading, elementCount }: Donor,
  { choices }: { readonly choices: OptionChoices },
): CloneRecipe {
  const known = recipes.get(reading) ?? new Map<string, CloneRecipe>();
  recipes.set(reading, known);
  const key = JSON.stringify([elementCount, Object.entries(choices).sort()]);
  let recipe = known.get(key);
  if (!recipe) known.set(key, (recipe = reading.prepare(choices, { elementCount })));
  return recipe;
}

/** What clones are made of: the donor's code flash, its UICR unless a person left it out, and external flash where one chose to copy it. */
export function imageToClone(
  { dump, reading }: Donor,
  { choices }: { readonly choices: OptionChoices },
): MemoryImage {
  const { beside } = dump;
  const image = dropsUicr(choices) ? withoutUicr(dump.image, reading.chip.chip) : dump.image;
  return beside && keepsExternalFlash(choices)
    ? MemoryImage.of([...image.runs, ...beside.external.runs])
    : image;
}
