/** How the clones of a donor come about under one set of choices: worked out once, and asked for often. */
import { MemoryImage } from '../image/index.ts';
import {
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

/** What clones are made of: the donor's code flash and UICR, and external flash where a person chose to copy it. */
export function imageToClone({ dump }: Donor, { choices }: { readonly choices: OptionChoices }): MemoryImage {
  const { image, beside } = dump;
  return beside && keepsExternalFlash(choices)
    ? MemoryImage.of([...image.runs, ...beside.external.runs])
    : image;
}
