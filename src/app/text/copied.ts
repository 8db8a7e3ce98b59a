import type { SecretName } from '../state/copied.svelte.ts';

/** What is said once a secret was to be copied. */
export const copiedWords = (name: SecretName, isCopied: boolean): string =>
  isCopied
    ? 'Copied. It leaves the clipboard after a minute; until then whatever reads the clipboard has it.'
    : `This browser does not let the page copy. Show the ${name} and select it instead.`;
