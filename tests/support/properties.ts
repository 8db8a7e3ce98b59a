/**
 * Properties meet the same inputs in every run, so that what all changes must pass gives one answer for one state of the sources.
 * `PROPERTY_SEED=random`, or a number, meets others; a failure prints the seed. With `PROPERTY_RUNS` those that ask `runs` meet so many.
 */
import fc from 'fast-check';

const wanted = process.env['PROPERTY_SEED'] ?? '1';
if (wanted !== 'random') fc.configureGlobal({ seed: Number(wanted) });

/** @param usual  inputs of a run in which nobody says how many */
export const runs = (usual: number): number => Number(process.env['PROPERTY_RUNS'] ?? usual);
