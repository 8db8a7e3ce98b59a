/**
 * The two scripts that this page starts by name. Its policy asks for Trusted Types: a browser that has them takes no text for a script's
 * address, or for markup, unless a policy made something else of it. This one makes two addresses and nothing else, and no other of
 * its name can be made after it; the only other one is Svelte's, for its own templates.
 */
import { SERVICE_WORKER_SCRIPT } from '../../offline/index.ts';
import { ENGINE_SCRIPT } from '../../worker/index.ts';

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(name: string): string },
  ): { createScriptURL(name: string): unknown };
}

const SCRIPTS = { engine: ENGINE_SCRIPT, serviceWorker: SERVICE_WORKER_SCRIPT } as const;

const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
const policy = trustedTypes?.createPolicy('meshpress', {
  createScriptURL: (name) => SCRIPTS[name as keyof typeof SCRIPTS],
});
const trusted = (name: keyof typeof SCRIPTS) =>
  // what the browser takes for an address, though its type says no more than text
  (policy ? policy.createScriptURL(name) : SCRIPTS[name]) as string;

export const OWN_SCRIPTS = { engine: trusted('engine'), serviceWorker: trusted('serviceWorker') } as const;
