/** Random bytes, from a source that was tried. */
export { testedSource } from './tested-source.ts';
