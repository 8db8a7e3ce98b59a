import { KnownError } from '../errors.ts';

export const nothingToPlan = () =>
  new KnownError(
    'worker/no-donor',
    'There is no donor and no plan yet.',
    'Give the dump of a provisioned node and the database of its network.',
  );
