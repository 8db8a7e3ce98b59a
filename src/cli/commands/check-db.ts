/** `check-db`: the faults of a database, for people or as JSON. */
import { KnownError } from '../../errors.ts';
import { visibleJson, visibleValue } from '../../visible.ts';
import { checkDatabase, parseDatabase, type MeshDatabase } from '../../meshdb/index.ts';
import { findingLine } from '../finding-line.ts';
import { readGiven, type GivenFile } from '../inputs.ts';
import { UsageError, flag, optional, parseWords, text, whole, type Command } from '../words.ts';

export function parseCheckDatabase(args: readonly string[]): Command {
  const { values, positionals } = parseWords(
    args,
    { json: flag, 'start-node': text },
    { allowPositionals: true },
  );
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0)
    throw new UsageError('check-db needs one database: check-db DB.json');
  const options = {
    json: values.json ?? false,
    ...optional('startNode', values['start-node'], whole('--start-node')),
  };
  return ({ print, files }) => checkDatabaseFile(readGiven(files, path), options, print);
}

/** Print what is wrong with a database; the exit code is 1 when a finding is an error. */
function checkDatabaseFile(
  file: GivenFile,
  options: { readonly json: boolean; readonly startNode?: number },
  print: (text: string) => void,
): number {
  const database = readIfPossible(file.bytes);
  const findings = checkDatabase(database ?? file.bytes, {
    ...(options.startNode !== undefined && { donorIndex: options.startNode }),
  });
  const nodes = database?.nodes.length ?? 0;
  if (options.json) {
    const report = { format: database?.format ?? null, nodes, findings };
    print(`${visibleJson(JSON.stringify(report, null, 2))}\n`);
  } else {
    print(
      `${visibleValue(file.path)}: ${database ? `${TITLES[database.format]}, ${nodes} nodes` : 'not a database'}\n`,
    );
    for (const finding of findings) print(`${findingLine(finding)}\n`);
    if (findings.length === 0) print('No faults found.\n');
  }
  return findings.some(({ severity }) => severity === 'error') ? 1 : 0;
}

const TITLES: Readonly<Record<MeshDatabase['format'], string>> = {
  pyaci: 'PyACI database',
  cdb: 'Mesh Configuration Database',
};

/** Why a file is no database is a finding like any other. */
function readIfPossible(bytes: Uint8Array): MeshDatabase | undefined {
  try {
    return parseDatabase(bytes);
  } catch (error) {
    if (error instanceof KnownError) return undefined;
    throw error;
  }
}
