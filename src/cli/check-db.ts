/** `check-db`: the faults of a database, for people or as JSON. */
import { KnownError } from '../errors.ts';
import { checkDatabase, parseDatabase, type MeshDatabase } from '../meshdb/index.ts';
import { findingLine } from './inspect.ts';

/**
 * Print what is wrong with a database.
 *
 * @returns the exit code: 1 when a finding is an error
 */
export function checkDatabaseFile(
  file: { readonly path: string; readonly bytes: Uint8Array },
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
    print(`${JSON.stringify(report, null, 2)}\n`);
  } else {
    print(`${file.path}: ${database ? `${TITLES[database.format]}, ${nodes} nodes` : 'not a database'}\n`);
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
