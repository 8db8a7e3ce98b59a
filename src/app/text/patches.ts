/** Why bytes of a clone differ, in words. */
import type { CloneView, DonorView, PatchView } from '../../worker/index.ts';
import { unicast } from './words.ts';

export const PURPOSES: Readonly<Record<PatchView['purpose'], string>> = {
  identity: 'Identity',
  option: 'Your choice in the plan',
  repair: 'What the firmware would do at its next boot',
  hygiene: 'Old keys blanked',
};

/** More about a patch of the identity than its name. */
export function explainPatch(patch: PatchView, donor: DonorView, clone: CloneView | undefined): string {
  if (patch.secret) return 'New random bytes for each clone, from this computer’s secure generator.';
  if (!clone) return '';
  const change = `${unicast(donor.unicast)} becomes ${unicast(clone.unicast)}.`;
  return /owner/i.test(patch.what)
    ? `${change} It must equal the unicast address, or the clone ignores its configuration client.`
    : change;
}
