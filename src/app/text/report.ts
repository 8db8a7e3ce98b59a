/** A report for an issue or a colleague: what was given and what was found. No keys, no bytes, no names of files or nodes. */
import type { AppState } from '../state/app.svelte.ts';
import { thousands, unicast, unicastRange } from './words.ts';

export function formatReport({ project, plan, press }: AppState): string {
  const { dump, database, donor, refusal, rejected } = project.view;
  const lines = [`Meshpress ${__VERSION__}`, navigator.userAgent, ''];
  const add = (name: string, value: string) => lines.push(`${name}: ${value}`);
  if (dump) {
    const { chip, releases } = dump;
    add('Dump', `${dump.kindTitle}, ${thousands(dump.definedBytes)} bytes in ${dump.names.length} file(s)`);
    add('Chip', `${chip.name}${chip.certain ? '' : ' (likely)'}: ${chip.reasons.join('; ')}`);
    add(
      'Release',
      `${releases.likely.join(' or ')}${releases.certain ? '' : ' (likely)'}: ${releases.reasons.join('; ')}`,
    );
    for (const area of dump.areas) {
      const entries = area.pages.flatMap((page) => page.entries);
      add(
        'Area',
        `${area.role} at 0x${area.address.toString(16)}, ${area.pages.length} page(s), ${entries.length} entries`,
      );
    }
  }
  if (database) add('Database', `${database.formatTitle}, ${thousands(database.nodes.length)} nodes`);
  if (donor) add('Donor', unicastRange(donor.unicast, donor.elementCount));
  for (const { code, severity } of [
    ...(dump?.findings ?? []),
    ...(database?.findings ?? []),
    ...(donor?.findings ?? []),
    ...(plan.view?.findings ?? []),
  ]) {
    add('Finding', `${severity} ${code}`);
  }
  if (refusal) add('Refused', `${refusal.code} ${JSON.stringify(refusal.facts)}`);
  for (const { error } of rejected) add('Not taken', `${error.code} ${JSON.stringify(error.facts)}`);
  if (plan.error) add('Plan', `${plan.error.code} ${JSON.stringify(plan.error.facts)}`);
  const first = plan.view?.clones[0];
  if (first) add('Plan', `${thousands(plan.view?.clones.length ?? 0)} clones from ${unicast(first.unicast)}`);
  if (press.error) add('Press', `${press.error.code} ${press.error.message}`);
  return lines.join('\n') + '\n';
}
