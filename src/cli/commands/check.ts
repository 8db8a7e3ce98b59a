/** `check`: which node a dump is, and everything in which it disagrees with a database; for people or as JSON. */
import { hex } from '../../bytes.ts';
import { besideOf, checkDump, type DumpCheck } from '../../clone/index.ts';
import type { FactoryIds } from '../../image/index.ts';
import { readImage, stackTitle, type ImageReading } from '../../kinds/index.ts';
import { formatRun } from '../../mesh/index.ts';
import { visibleJson, visibleValue } from '../../visible.ts';
import { findingLine } from '../finding-line.ts';
import { dumpFiles, dumpFlags, factoryWords, idsOf, readDatabase, readDumpFiles } from '../inputs.ts';
import { UsageError, asGiven, flag, optional, parseWords, required, text, type Command } from '../words.ts';

/** `check D.hex --db-input-file DB.json [--ficr W,W,W,W] [--json]` */
export function parseCheck(args: readonly string[]): Command {
  const { values, positionals } = parseWords(
    args,
    { 'db-input-file': text, ficr: text, json: flag, ...dumpFlags },
    { allowPositionals: true },
  );
  if (positionals.length === 0)
    throw new UsageError('check needs the dump to look at: check D.hex --db-input-file DB.json');
  const given = dumpFiles(positionals.map(asGiven), values);
  const path = required(values['db-input-file'], '--db-input-file');
  const { ids: words } = optional('ids', values.ficr, factoryWords('--ficr'));
  return ({ print, files }) => {
    const database = readDatabase(files, path);
    const dump = readDumpFiles(files, given);
    const reading = readImage(dump.image, besideOf(dump));
    const ids = words ?? idsOf(dump, reading);
    const check = checkDump(reading, database, ids);
    print(
      values.json
        ? `${visibleJson(JSON.stringify(checkAsJson(reading, check, ids), null, 2))}\n`
        : checkAsText(positionals.join(', '), path, reading, check),
    );
    return check.agrees ? 0 : 1;
  };
}

function checkAsJson(reading: ImageReading, { node, agrees, findings }: DumpCheck, ids?: FactoryIds): object {
  const { unicast, elementCount, ivIndex, nextSequenceNumber } = reading.settled;
  const uuid = ids && reading.deviceUuid?.(ids);
  return {
    agrees,
    node: node && {
      index: node.index,
      name: node.name,
      unicast: hex(node.unicast, 4),
      elementCount: node.elementCount,
      uuid: node.uuid,
    },
    dump: {
      kind: reading.kind.id,
      releases: reading.releases.likely,
      unicast: unicast && hex(unicast.start, 4),
      elementCount,
      ivIndex,
      nextSequenceNumber,
      ...(uuid && { uuid: uuid.uuid }),
    },
    findings,
  };
}

function checkAsText(
  dump: string,
  database: string,
  reading: ImageReading,
  { node, findings }: DumpCheck,
): string {
  const { unicast, ivIndex, nextSequenceNumber } = reading.settled;
  const found = unicast
    ? `${formatRun(unicast)}, IV index ${ivIndex}, sequence number ${nextSequenceNumber}`
    : 'no provisioned node';
  const record = node
    ? `node ${node.index}, ${node.name || 'without a name'}, ${formatRun({ start: node.unicast, count: Math.max(node.elementCount, 1) })}`
    : 'no record of it';
  return [
    `${visibleValue(dump)}: ${found} (${stackTitle(reading)})`,
    `${visibleValue(database)}: ${visibleValue(record)}`,
    ...findings.map(findingLine),
    '',
  ].join('\n');
}
