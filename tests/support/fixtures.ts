import { readFileSync } from 'node:fs';

/** A file of `tests/fixtures`, as it lies there. */
export const fixture = (path: string): Buffer =>
  readFileSync(new URL(`../fixtures/${path}`, import.meta.url));
