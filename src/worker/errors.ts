/** What can go wrong with the worker itself. What goes wrong in it are the errors of the rooms that work there. */
import { KnownError } from '../errors.ts';

export const engineGone = (cause?: unknown) =>
  new KnownError(
    'worker/engine-gone',
    'The part of the page that works on your files has stopped.',
    'Begin again with the same files; a zip that is not saved is offered for saving first. What is kept stays as it is. The clones of a run keep their keys, those of any other plan get new ones.',
    {},
    { cause },
  );
