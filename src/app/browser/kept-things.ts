/** What this browser keeps with keys in it: how it is protected, and how it goes. */
import type { KeptThings } from '../state/keeping.svelte.ts';
import { forgetRun } from './bench-memory.ts';
import { forgetSealed, onLocked, onVault } from './database.ts';
import { takeBench } from './one-tab.ts';
import { takeRadio } from './radio-memory.ts';

export const keptThings: KeptThings = {
  protection: () => onVault((kept) => kept.protection()),
  isLocked: () => onVault((kept) => kept.isLocked()),
  unlock: (passphrase) => onVault((kept) => kept.unlock(passphrase)),
  unreadable: () => onVault((kept) => kept.unreadable()),
  protect: (passphrase) => onVault((kept) => kept.protect(passphrase)),
  forget: (place) => (place.store === 'run' ? forgetRun() : forgetSealed(place)),
  takeAll,
  onLocked,
};

async function takeAll(): Promise<(() => void) | undefined> {
  if (!navigator.locks) return () => {}; // no bench and no radio without them
  const bench = await takeBench();
  const radio = bench && (await takeRadio());
  if (radio)
    return () => {
      bench();
      radio();
    };
  bench?.();
  return undefined;
}
