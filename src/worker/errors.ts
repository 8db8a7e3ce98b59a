/** What can go wrong with the worker itself. What goes wrong in it are the errors of the rooms that work there. */
import { KnownError } from '../errors.ts';

export const engineGone = (cause?: unknown) =>
  new KnownError(
    'worker/engine-gone',
    'The part of the page that works on your files has stopped.',
    'Begin again with the same files. What is kept or saved stays as it is; the clones of a run keep their keys, those of any other plan get new ones.',
    {},
    { cause },
  );
