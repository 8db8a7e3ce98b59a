/** Which release of the nRF Connect SDK a node's settings are from, as far as their form tells. */
import type { ReleaseGuess } from '../image-kind.ts';
import type { ZephyrDump } from './zephyr-dump.ts';

/** Spans of releases that keep settings in one form, oldest first. Source: docs/zephyr-format.md, section 11. */
export const RELEASES = ['1.0–1.5', '1.6–2.7', '2.8–2.9', '3.0+'] as const;
const [FCB, NVS, EARLY_ZMS, LATER] = RELEASES;

export function guessReleases({ chosen, fcbSectors }: ZephyrDump): ReleaseGuess {
  const reasons: string[] = [];
  const guess = (likely: readonly string[], certain: boolean): ReleaseGuess => ({ likely, certain, reasons });
  if (!chosen) return fcbSectors.length > 0 ? guess([FCB], true) : guess([], false);
  const { settings, area, node } = chosen;
  reasons.push(`its settings lie in ${area.format.title}`);
  if (settings.mount.hasDataCrc) reasons.push('with a checksum of every value');
  if (node.keyForm === 'key-store') reasons.push('its keys are in a key store');
  if (node.keyForm === 'in-place') reasons.push('its keys are in their records');
  if ([...settings.byName.keys()].some((name) => name.startsWith('its/'))) {
    reasons.push('sealed in the settings');
    return guess([LATER], true);
  }
  if (settings.layout.id === 'zms-hashed') return guess([LATER], true);
  if (settings.layout.id === 'zms-counted') return guess([EARLY_ZMS], true);
  const labelled = [...settings.byName].some(
    ([name, { value }]) => name.endsWith('/pub') && value.length === 10,
  );
  if (labelled) {
    reasons.push('publications have a label');
    return guess([LATER, EARLY_ZMS, NVS], false);
  }
  const marked = area.sectors.some(({ hasDoneMark }) => hasDoneMark);
  reasons.push(
    marked ? 'its sectors are marked when they are opened' : 'its sectors have no mark of their opening',
  );
  return guess([NVS, EARLY_ZMS, LATER], false);
}
