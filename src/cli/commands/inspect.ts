/** `inspect`: what a dump holds and what its firmware would make of it, for people or as JSON. */
import { hex } from '../../bytes.ts';
import { besideOf, type Dump } from '../../clone/index.ts';
import type { NodeState } from '../../image/index.ts';
import {
  readImage,
  shownUicr,
  stackTitle,
  type EvidenceSection,
  type ImageReading,
} from '../../kinds/index.ts';
import { formatRun } from '../../mesh/index.ts';
import { visibleJson } from '../../visible.ts';
import { thousands } from '../../numbers.ts';
import { dumpFiles, dumpFlags, readDumpFiles } from '../inputs.ts';
import { findingLine } from '../finding-line.ts';
import { UsageError, flag, parseWords, type Command } from '../words.ts';

export function parseInspect(args: readonly string[]): Command {
  const { values, positionals } = parseWords(
    args,
    { json: flag, 'show-keys': flag, ...dumpFlags },
    { allowPositionals: true },
  );
  if (positionals.length === 0) throw new UsageError('inspect needs the dump to read: inspect D.hex');
  const given = dumpFiles(positionals, values);
  const showKeys = values['show-keys'] ?? false;
  return ({ print, files }) => {
    const dump = readDumpFiles(files, given);
    print(
      values.json
        ? `${visibleJson(JSON.stringify(inspectAsJson(dump, showKeys), null, 2))}\n`
        : inspectAsText(dump, showKeys),
    );
    return 0;
  };
}

/**
 * The state the firmware loads at its next boot, and beside it everything else that was found. Keys read `hidden` unless
 * `showKeys` is said; `refuse` is `null` where clones can be made.
 */
function inspectAsJson(dump: Dump, showKeys: boolean): object {
  const reading = readImage(dump.image, besideOf(dump));
  return {
    ...reading.formatState(reading.nextBoot, { showKeys }),
    refuse: reading.refusal && {
      code: reading.refusal.code,
      message: reading.refusal.message,
      hint: reading.refusal.hint,
    },
    kind: reading.kind.id,
    chip: { name: reading.chip.chip.name, certain: reading.chip.certain, reasons: reading.chip.reasons },
    releases: reading.releases,
    ...(reading.settled !== reading.nextBoot && {
      settled: reading.formatState(reading.settled, { showKeys }),
    }),
    regions: reading.regions.map(({ address, length, kind, title }) => ({
      address: hex(address, 5),
      length,
      kind,
      title,
    })),
    uicr: shownUicr(reading).map(({ address, register, word, says }) => ({
      address: hex(address, 8),
      register: register || null,
      word: word === null ? 'hidden' : hex(word, 8),
      says,
    })),
    ...reading.details({ showKeys }),
    landmarks: reading.landmarks.map(({ name, address, says }) => ({ name, address: hex(address, 5), says })),
    findings: reading.findings,
    modelsKnown: reading.nextBoot.modelsKnown,
  };
}

/** The same for a person, in lines of at most some 110 characters. */
function inspectAsText(dump: Dump, showKeys: boolean): string {
  const reading = readImage(dump.image, besideOf(dump));
  const sections = [
    headline(reading),
    section('Findings', reading.findings.map(findingLine)),
    section('Node', stateLines(reading, reading.settled, showKeys)),
    section(
      'Flash',
      reading.regions.map(
        ({ address, length, title }) => `${hex(address, 5).padEnd(11)} ${size(length).padStart(9)}  ${title}`,
      ),
    ),
    section(
      'UICR',
      shownUicr(reading).map(
        ({ address, register, says }) => `${hex(address, 8)}  ${(register || '?').padEnd(12)} ${says}`,
      ),
    ),
    ...reading.evidence.map(evidenceText),
    section(
      'Landmarks',
      reading.landmarks.map(({ name, address, says }) => `${name}  ${hex(address, 5)}  ${says}`),
    ),
  ];
  return `${sections.filter(Boolean).join('\n\n')}\n`;
}

function headline(reading: ImageReading): string {
  const { chip, certain } = reading.chip;
  const lines = [
    `${chip.name}${certain ? '' : ' (or a sibling)'}, ${size(chip.flashSize)} flash`,
    stackTitle(reading),
    ...reading.releases.reasons.map((reason) => `  ${reason}`),
  ];
  if (reading.refusal) {
    lines.push(
      '',
      `Cannot be cloned [${reading.refusal.code}]`,
      `  ${reading.refusal.message}`,
      `  ${reading.refusal.hint}`,
    );
  }
  return lines.join('\n');
}

function stateLines(reading: ImageReading, state: NodeState, showKeys: boolean): string[] {
  const json = reading.formatState(state, { showKeys });
  if (!state.unicast) return ['not provisioned'];
  return [
    `unicast     ${formatRun(state.unicast)}, ${state.unicast.count} ${state.unicast.count === 1 ? 'element' : 'elements'}`,
    `IV index    ${json.ivIndex}${json.ivUpdateInProgress ? ', update in progress' : ''}`,
    `sequence    ${json.nextSequenceNumber}`,
    ...json.deviceKeys.map((one) => `device key  ${one.owner}  ${one.key}`),
    ...json.netKeys.map(
      (one) =>
        `NetKey ${one.index}    ${one.key}${one.keyRefreshPhase ? `, key refresh phase ${one.keyRefreshPhase}` : ''}`,
    ),
    ...json.appKeys.map((one) => `AppKey ${one.index}    ${one.key}`),
    ...(state.modelsKnown ? [] : ['models      the image stores none; the firmware knows them']),
    ...json.models.map((one) => {
      const parts = [
        `model       element ${one.element}  ${modelText(one)}`,
        one.bindings.length > 0 ? `AppKey ${one.bindings.join(', ')}` : '',
        one.publish ? `publishes to ${one.publish.address}` : '',
        one.subscriptions.length > 0 ? `hears ${one.subscriptions.join(', ')}` : '',
      ];
      return parts.filter(Boolean).join('  ');
    }),
  ];
}

type ModelJson = ReturnType<ImageReading['formatState']>['models'][number];
/** `0x1000`, `0x0059:0x0001`, or its place where the image knows no ids: `SIG model 2`. */
function modelText({ modelId, companyId, place }: ModelJson): string {
  if (modelId === undefined)
    return place ? `${place.list === 'sig' ? 'SIG' : 'vendor'} model ${place.index}` : 'unknown';
  return companyId ? `${companyId}:${modelId}` : modelId;
}

function evidenceText(one: EvidenceSection): string {
  const fill = `${one.usedBytes} of ${one.length} bytes used, ${one.liveBytes} live`;
  const head = `${one.title}  ${hex(one.address, 5)}  ${fill}${one.note ? `  (${one.note})` : ''}`;
  const lines = one.rows.map(
    ({ address, status, label, text }) =>
      `  ${hex(address, 5)}  ${status.padEnd(10)} ${label}${text ? `: ${text}` : ''}`,
  );
  return [head, ...lines].join('\n');
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : [title, ...lines.map((line) => `  ${line}`)].join('\n');
}

const size = (bytes: number): string => (bytes % 1024 === 0 ? `${bytes / 1024} KB` : `${thousands(bytes)} B`);
