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
import { inRun, numberedPath } from '../files/index.ts';
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
  return deriving([path], [output], ({ stderr, files }) => {
    const { database, lost } = convertDatabase(readDatabase(files, path), to, clockNow());
    for (const finding of lost) stderr.write(`${findingLine(finding)}\n`);
    return { databases: [database], tell: () => 0 };
  });
}

/** `merge-db A.json B.json --output C.json`; conflicts are listed, and A's side of them is kept. */
export function parseMergeDatabases(args: readonly string[]): Run {
  const { values, positionals } = parseWords(args, { output: text }, { allowPositionals: true });
  const [first, second] = inputs(positionals, 2, 'merge-db A.json B.json --output C.json');
  const output = required(values.output, '--output');
  return deriving([first, second], [output], ({ print, files }) => {
    const [ours, theirs] = [readDatabase(files, first), readDatabase(files, second)];
    const { database, conflicts } = mergeDatabases(ours, theirs, clockNow());
    for (const conflict of conflicts) print(`${findingLine(conflict)}\n`);
    const tell = () => {
      print(`${output}: ${database.nodes.length} nodes, ${conflicts.length} conflicts\n`);
      return conflicts.some(({ severity }) => severity === 'error') ? 1 : 0;
    };
    return { databases: [database], tell };
  });
}

/** `renew-uuids DB.json --output NEW.json`: all but the first of the nodes that share a UUID get one of their own. */
export function parseRenewUuids(args: readonly string[]): Run {
  const { values, positionals } = parseWords(args, { output: text }, { allowPositionals: true });
  const [path] = inputs(positionals, 1, 'renew-uuids DB.json --output NEW.json');
  const output = required(values.output, '--output');
  return deriving([path], [output], ({ print, files }) => {
    const before = readDatabase(files, path);
    const database = renewSharedUuids(before, randomBytes, clockNow());
    const renewed = database.nodes.filter(({ uuid }, index) => uuid !== before.nodes[index]!.uuid);
    const tell = () => {
      print(`${output}: ${renewed.length} of ${database.nodes.length} nodes have a new UUID\n`);
      return 0;
    };
    return { databases: [database], tell };
  });
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
  // whether so many shares can be made is for the engine to say
  const shares = Math.min(Math.max(stations, 1), MOST_SHARES);
  const outputs = Array.from({ length: shares }, (_, index) => numberedPath(output, index));
  return deriving([path], outputs, ({ print, files }) => {
    const shares = splitRange(readDatabase(files, path), values.provisioner, stations, clockNow());
    const tell = () => {
      for (const [index, share] of shares.entries()) {
        print(`${outputs[index]!}: ${rangesOf(share, values.provisioner)}\n`);
      }
      return 0;
    };
    return { databases: shares, tell };
  });
}

/** As many as there are unicast addresses. */
const MOST_SHARES = 0x7fff;

/** `device-keys DB.json --for pyaci|bluez [--from I]`: what makes a provisioner know the nodes. Prints keys. */
export function parseDeviceKeys(args: readonly string[]): Run {
  const { values, positionals } = parseWords(args, { for: text, from: text }, { allowPositionals: true });
  const [path] = inputs(positionals, 1, 'device-keys DB.json --for pyaci|bluez [--from I]');
  const audience = oneOf('--for', ['pyaci', 'bluez'])(required(values.for, '--for'));
  const { from = 0 } = optional('from', values.from, whole('--from'));
  return ({ print, files }: Io) => {
    const database = readDatabase(files, path);
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

/** What a command makes of its databases, and what it says once that is written. */
interface Derived {
  readonly databases: readonly MeshDatabase[];
  readonly tell: () => number;
}

/** A command that makes new databases of others, with all of them locked. */
const deriving =
  (sources: readonly string[], outputs: readonly string[], derive: (io: Io) => Derived): Run =>
  (io) => {
    const world = { ...io, onNote: (text: string) => void io.stderr.write(`${text}\n`) };
    return inRun(world, { made: outputs, of: sources }, (run) => {
      run.claim(sources, []);
      const { databases, tell } = derive(io);
      for (const [index, database] of databases.entries()) {
        run.prepare(outputs[index]!, [formatDatabase(database)]);
      }
      run.commit();
      return tell();
    });
  };

function rangesOf(database: MeshDatabase, provisioner: string | undefined): string {
  const { ranges } = usedAddresses(database, provisioner === undefined ? {} : { provisioner });
  return ranges.map(({ low, high }) => `${hex(low, 4)}–${hex(high, 4)}`).join(', ');
}
