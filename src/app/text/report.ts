/** A report for an issue or a colleague: what was given and what was found. No keys, no bytes, no names of files or nodes. */
import type { ErrorReport } from '../../errors.ts';
import type { ProbeInfo } from '../../probe/index.ts';
import type { BenchView } from '../../bench/index.ts';
import { spanOf } from '../../mesh/index.ts';
import type { AppState } from '../state/app.svelte.ts';
import { counted, thousands, unicast, unicastRange } from './words.ts';

type Line = readonly [name: string, value: string];

export function formatReport({ project, plan, press, bench, demo }: AppState): string {
  const { dump, database, donor, refusal, rejected } = project.view;
  const clones = plan.view?.clones ?? [];
  const span = spanOf(clones);
  const findings = [
    ...(dump?.findings ?? []),
    ...(database?.findings ?? []),
    ...(donor?.findings ?? []),
    ...(plan.view?.findings ?? []),
  ];
  const lines: Line[] = [
    ['USB', usbText()],
    ...(demo ? [['Demo', demo] as const] : []),
    ...(dump
      ? [
          [
            'Dump',
            `${dump.kindTitle}, ${thousands(dump.definedBytes)} bytes in ${counted(dump.names.length, 'file')}`,
          ] as const,
          ['Chip', likely(dump.chip.name, dump.chip)] as const,
          ['Release', likely(dump.releases.likely.join(' or '), dump.releases)] as const,
          ...dump.evidence.map(({ title, address, rows }): Line => [
            'Evidence',
            `${title} at 0x${address.toString(16)}, ${counted(rows.length, 'entry', 'entries')}`,
          ]),
        ]
      : []),
    ...(database
      ? [['Database', `${database.formatTitle}, ${counted(database.nodes.length, 'node')}`] as const]
      : []),
    ...(donor ? [['Donor', unicastRange(donor.unicast, donor.elementCount)] as const] : []),
    ...findings.map(({ severity, code }): Line => ['Finding', `${severity} ${code}`]),
    ...errorLine('Refused', refusal),
    ...rejected.flatMap(({ error }) => errorLine('Not taken', error)),
    ...errorLine('Not read', project.failure),
    ...errorLine('Plan', plan.error),
    ...(span ? [['Plan', `${counted(clones.length, 'clone')} from ${unicast(span.start)}`] as const] : []),
    ...errorLine('Press', press.error),
    ...(bench ? [['Bench', bench.phase] as const, ...errorLine('Bench', bench.error)] : []),
    ...(bench?.view ? boardLines(bench.view) : []),
    ...(bench?.conflicts ?? []).map(({ severity, code }): Line => ['Journal', `${severity} ${code}`]),
  ];
  return [
    `Meshpress ${__VERSION__} (commit ${__COMMIT__})`,
    navigator.userAgent,
    '',
    ...lines.map(([name, value]) => `${name}: ${value}`),
    '',
  ].join('\n');
}

/** What the boards of a run are behind, and what went wrong with them. */
export function boardLines({ slots, counts, jobs, records }: BenchView): Line[] {
  const failures = new Map<string, number>();
  for (const { kind, result } of records)
    if (kind === 'failed') failures.set(result, (failures.get(result) ?? 0) + 1);
  return [
    [
      'Boards',
      `${counts.verified} of ${jobs.length} verified, ${counts.failed} failed, ${counts.unavailable} not to be had`,
    ],
    ...slots.flatMap(({ letter, state, probe, chip, stage, error, needs, openedBy, answers }): Line[] => [
      ...(probe ? [[`Probe ${letter}`, probeLine(probe)] as const] : []),
      ...(probe
        ? [
            [
              `Board ${letter}`,
              [chip?.name ?? 'chip not read', state, stage, needs && `asks ${needs.kind}`]
                .filter(Boolean)
                .join(', '),
            ] as const,
          ]
        : []),
      ...(openedBy ? [[`Board ${letter}`, `opened by the ${openedBy}`] as const] : []),
      ...answers.map(({ question, answer }): Line => [`Probe ${letter}`, `${question}: ${answer}`]),
      ...errorLine(`Board ${letter}`, error),
    ]),
    ...[...failures].map(([result, times]): Line => ['In the journal', `${times} × ${result}`]),
  ];
}

/** All of a probe but its serial number. */
const probeLine = ({
  kind,
  title,
  firmware,
  interfaceChip,
  packetSize,
  packetCount,
  targetMillivolts,
}: ProbeInfo): string =>
  [
    kind,
    title,
    firmware,
    interfaceChip && `interface chip ${interfaceChip}`,
    `${packetSize} bytes × ${packetCount}`,
    targetMillivolts !== undefined && `target ${targetMillivolts} mV`,
  ]
    .filter(Boolean)
    .join(', ');

const likely = (
  what: string,
  { certain, reasons }: { certain: boolean; reasons: readonly string[] },
): string => `${what}${certain ? '' : ' (likely)'}: ${reasons.join('; ')}`;

const usbText = (): string =>
  navigator.usb ? 'WebUSB' : window.isSecureContext ? 'no WebUSB' : 'closed, the page came without HTTPS';

/** Facts under these names tell boards apart, or are what a person has called a file, a node or a provisioner. */
const PRIVATE = new Set([
  'chipId',
  'name',
  'other',
  'owner',
  'chosen',
  'found',
  'wanted',
  'given',
  'provisioner',
  'path',
  'who',
]);

/** Code and facts of an error; its message may hold names. */
function errorLine(name: string, error: ErrorReport | null): Line[] {
  if (!error) return [];
  const facts = Object.entries(error.facts).filter(
    ([key, value]) => typeof value !== 'string' || !PRIVATE.has(key),
  );
  return [
    [name, facts.length > 0 ? `${error.code} ${JSON.stringify(Object.fromEntries(facts))}` : error.code],
  ];
}
