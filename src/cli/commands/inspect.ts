/** `inspect`: what a dump holds and what its firmware would make of it, for people or as JSON. */
import { hex } from '../../bytes.ts';
import { formatRange, readImage, type Dump } from '../../clone/index.ts';
import { formatNodeState, type AreaReading, type ImageReading, type NodeState } from '../../image/index.ts';
import { dumpFiles, dumpFlags, readDumpFiles } from '../inputs.ts';
import { findingLine } from '../finding-line.ts';
import { UsageError, flag, parseWords, type Run } from '../words.ts';

export function parseInspect(args: readonly string[]): Run {
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
        ? `${JSON.stringify(inspectAsJson(dump, showKeys), null, 2)}\n`
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
  const reading = readImage(dump);
  return {
    ...formatNodeState(reading.nextBoot, { showKeys }),
    refuse: reading.refusal && {
      code: reading.refusal.code,
      message: reading.refusal.message,
      hint: reading.refusal.hint,
    },
    kind: reading.kind,
    chip: { name: reading.chip.chip.name, certain: reading.chip.certain, reasons: reading.chip.reasons },
    releases: reading.releases,
    ...(reading.settled !== reading.nextBoot && { settled: formatNodeState(reading.settled, { showKeys }) }),
    regions: reading.regions.map(({ address, length, kind, title }) => ({
      address: hex(address, 5),
      length,
      kind,
      title,
    })),
    areas: reading.areas.map(areaAsJson),
    landmarks: reading.landmarks.map(({ name, address, says }) => ({ name, address: hex(address, 5), says })),
    findings: reading.findings,
    modelsKnown: reading.nextBoot.modelsKnown,
  };
}

const areaAsJson = (area: AreaReading) => ({
  address: hex(area.address, 5),
  length: area.length,
  role: area.role,
  title: area.title,
  pages: area.pages.map((page) => ({
    address: hex(page.address, 5),
    usedBytes: page.usedBytes,
    liveBytes: page.liveBytes,
    note: page.note,
    entries: page.entries.map(({ address, length, handle, state, record, says }) => ({
      address: hex(address, 5),
      length,
      handle: hex(handle, 4),
      state,
      record,
      says,
    })),
  })),
});

/** The same for a person, in lines of at most some 110 characters. */
function inspectAsText(dump: Dump, showKeys: boolean): string {
  const reading = readImage(dump);
  const sections = [
    headline(reading),
    section('Findings', reading.findings.map(findingLine)),
    section('Node', stateLines(reading.settled, showKeys)),
    section(
      'Flash',
      reading.regions.map(
        ({ address, length, title }) => `${hex(address, 5).padEnd(11)} ${size(length).padStart(9)}  ${title}`,
      ),
    ),
    ...reading.areas.map(areaSection),
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
    `nRF5 SDK for Mesh ${reading.releases.likely.join(' or ')}${reading.releases.certain ? '' : ', probably'}`,
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

function stateLines(state: NodeState, showKeys: boolean): string[] {
  const json = formatNodeState(state, { showKeys });
  if (!state.unicast) return ['not provisioned'];
  const handleName = (handle: number) => `NetKey handle ${handle}`;
  return [
    `unicast     ${formatRange(state.unicast.start, state.unicast.count)}, ${state.unicast.count} ${state.unicast.count === 1 ? 'element' : 'elements'}`,
    `IV index    ${json.ivIndex}${json.ivUpdateInProgress ? ', update in progress' : ''}`,
    `sequence    ${json.nextSequenceNumber}`,
    ...json.deviceKeys.map((one) => `device key  ${one.owner}  ${one.key}  ${handleName(one.netKeyHandle)}`),
    ...json.netKeys.map(
      (one) =>
        `NetKey ${one.index}    ${one.key}${one.keyRefreshPhase ? `, key refresh phase ${one.keyRefreshPhase}` : ''}`,
    ),
    ...json.appKeys.map((one) => `AppKey ${one.index}    ${one.key}  ${handleName(one.boundNetKeyHandle)}`),
    ...(state.modelsKnown ? [] : ['models      the image stores none; the firmware knows them']),
    ...json.models.map((one) => {
      const parts = [
        `model       element ${one.element}  ${one.companyId ? `${one.companyId}:` : ''}${one.modelId}`,
        one.bindings.length > 0 ? `AppKey ${one.bindings.join(', ')}` : '',
        one.publish ? `publishes to ${one.publish.address}` : '',
        one.subscriptions.length > 0 ? `hears ${one.subscriptions.join(', ')}` : '',
      ];
      return parts.filter(Boolean).join('  ');
    }),
  ];
}

function areaSection(area: AreaReading): string {
  return area.pages
    .map((page) => {
      const fill = `${page.usedBytes} of ${page.length} bytes used, ${page.liveBytes} live`;
      const head = `${area.title}  ${hex(page.address, 5)}  ${fill}${page.note ? `  (${page.note})` : ''}`;
      const lines = page.entries.map(
        ({ address, state, record, says }) =>
          `  ${hex(address, 5)}  ${state.padEnd(9)} ${record}${says ? `: ${says}` : ''}`,
      );
      return [head, ...lines].join('\n');
    })
    .join('\n');
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : [title, ...lines.map((line) => `  ${line}`)].join('\n');
}

const size = (bytes: number): string =>
  bytes % 1024 === 0 ? `${bytes / 1024} KB` : `${bytes.toLocaleString('en')} B`;
