/** What else one does with databases: write one as another program would, bring two together, share one out, load keys. */
import { hex } from '../../bytes.ts';
import {
  bluezImport,
  convertDatabase,
  formatDatabase,
  mergeDatabases,
  pyaciSetup,
  renewSharedUuids,
  splitRange,
  usedAddresses,
  type MeshDatabase,
} from '../../meshdb/index.ts';
import * as errors from '../errors.ts';
import { Replacement, isSameFile, numberedPath } from '../files.ts';
import { findingLine } from '../finding-line.ts';
import { clockNow, randomBytes, readDatabase } from '../inputs.ts';
import {
  UsageError,
  asGiven,
  oneOf,
  optional,
  parseWords,
  required,
  text,
  whole,
  type Io,
  type Run,
} from '../words.ts';

/** `convert-db DB.json --to pyaci|android|ios --output NEW.json` */
export function parseConvertDatabase(args: readonly string[]): Run {
  const { values, positionals } = parseWords(args, { to: text, output: text }, { allowPositionals: true });
  const [path] = inputs(positionals, 1, 'convert-db DB.json --to pyaci|android|ios --output NEW.json');
  const to = oneOf('--to', ['pyaci', 'android', 'ios'])(required(values.to, '--to'));
  const output = required(values.output, '--output');
  return ({ stderr }) => {
    const { database, lost } = convertDatabase(readDatabase(path), to, clockNow());
    for (const finding of lost) stderr.write(`${findingLine(finding)}\n`);
    writeDatabases([{ path: output, database }], [path]);
    return 0;
  };
}

/** `merge-db A.json B.json --output C.json`; conflicts are listed, and A's side of them is kept. */
export function parseMergeDatabases(args: readonly string[]): Run {
  const { values, positionals } = parseWords(args, { output: text }, { allowPositionals: true });
  const [first, second] = inputs(positionals, 2, 'merge-db A.json B.json --output C.json');
  const output = required(values.output, '--output');
  return ({ print }) => {
    const { database, conflicts } = mergeDatabases(readDatabase(first), readDatabase(second), clockNow());
    for (const conflict of conflicts) print(`${findingLine(conflict)}\n`);
    writeDatabases([{ path: output, database }], [first, second]);
    print(`${output}: ${database.nodes.length} nodes, ${conflicts.length} conflicts\n`);
    return conflicts.some(({ severity }) => severity === 'error') ? 1 : 0;
  };
}

/** `renew-uuids DB.json --output NEW.json`: all but the first of the nodes that share a UUID get one of their own. */
export function parseRenewUuids(args: readonly string[]): Run {
  const { values, positionals } = parseWords(args, { output: text }, { allowPositionals: true });
  const [path] = inputs(positionals, 1, 'renew-uuids DB.json --output NEW.json');
  const output = required(values.output, '--output');
  return ({ print }) => {
    const before = readDatabase(path);
    const database = renewSharedUuids(before, randomBytes, clockNow());
    const renewed = database.nodes.filter(({ uuid }, index) => uuid !== before.nodes[index]!.uuid);
    writeDatabases([{ path: output, database }], [path]);
    print(`${output}: ${renewed.length} of ${database.nodes.length} nodes have a new UUID\n`);
    return 0;
  };
}

/** `split-range DB.json --stations K --output OUT.json`: one database for each bench. */
export function parseSplitRange(args: readonly string[]): Run {
  const { values, positionals } = parseWords(
    args,
    { stations: text, provisioner: text, output: text },
    { allowPositionals: true },
  );
  const [path] = inputs(positionals, 1, 'split-range DB.json --stations K --output OUT.json');
  const stations = whole('--stations')(required(values.stations, '--stations'));
  const output = required(values.output, '--output');
  return ({ print }) => {
    const shares = splitRange(readDatabase(path), values.provisioner, stations, clockNow());
    const files = shares.map((database, index) => ({ path: numberedPath(output, index), database }));
    writeDatabases(files, [path]);
    for (const file of files) print(`${file.path}: ${rangesOf(file.database, values.provisioner)}\n`);
    return 0;
  };
}

/** `device-keys DB.json --for pyaci|bluez [--from I]`: what makes a provisioner know the nodes. Prints keys. */
export function parseDeviceKeys(args: readonly string[]): Run {
  const { values, positionals } = parseWords(args, { for: text, from: text }, { allowPositionals: true });
  const [path] = inputs(positionals, 1, 'device-keys DB.json --for pyaci|bluez [--from I]');
  const audience = oneOf('--for', ['pyaci', 'bluez'])(required(values.for, '--for'));
  const { from = 0 } = optional('from', values.from, whole('--from'));
  return ({ print }: Io) => {
    const database = readDatabase(path);
    const indexes = database.nodes.map(({ index }) => index).filter((index) => index >= from);
    print(audience === 'pyaci' ? pyaciSetup(database, indexes) : bluezImport(database, indexes));
    return 0;
  };
}

/** Exactly as many files as a command takes. */
function inputs(given: readonly string[], count: 1, usage: string): readonly [string];
function inputs(given: readonly string[], count: 2, usage: string): readonly [string, string];
function inputs(given: readonly string[], count: number, usage: string): readonly string[] {
  if (given.length !== count) throw new UsageError(`Expected: ${usage}`);
  return given.map(asGiven);
}

function writeDatabases(
  files: readonly { readonly path: string; readonly database: MeshDatabase }[],
  sources: readonly string[],
): void {
  const replacement = new Replacement();
  try {
    for (const { path, database } of files) {
      if (sources.some((source) => isSameFile(source, path))) throw errors.outputIsInput(path);
      replacement.prepare(path, [formatDatabase(database)]);
    }
    replacement.commit();
  } catch (error) {
    replacement.discard();
    throw error;
  }
}

function rangesOf(database: MeshDatabase, provisioner: string | undefined): string {
  const { ranges } = usedAddresses(database, provisioner === undefined ? {} : { provisioner });
  return ranges.map(({ low, high }) => `${hex(low, 4)}–${hex(high, 4)}`).join(', ');
}
