/** `recover`: a run that was cut off between its database and its last image is finished, or what it has kept thrown away. */
import { parseDatabase, uuidDigits } from '../../meshdb/index.ts';
import {
  discardRun,
  finishRun,
  outstanding,
  placeToReplace,
  tidyLeftovers,
  withLocks,
  type RunWorld,
  type UnfinishedRun,
} from '../files/index.ts';
import { readGiven } from '../inputs.ts';
import { UsageError, flag, parseWords, type Io, type Command } from '../words.ts';

type Decision = 'tell' | 'finish' | 'discard';

/** `recover DB.json [--finish | --discard]` */
export function parseRecover(args: readonly string[]): Command {
  const { values, positionals } = parseWords(
    args,
    { finish: flag, discard: flag },
    { allowPositionals: true },
  );
  const [database, ...more] = positionals;
  if (database === undefined || more.length > 0 || (values.finish && values.discard)) {
    throw new UsageError('Expected: recover DB.json --finish or recover DB.json --discard');
  }
  const decision = values.finish ? 'finish' : values.discard ? 'discard' : 'tell';
  return (io) => recover(database, decision, io);
}

/** The exit code is 1 while files are missing. */
async function recover(database: string, decision: Decision, io: Io): Promise<number> {
  const world: RunWorld = { ...io, onNote: (text) => void io.stderr.write(`${text}\n`) };
  const { real } = placeToReplace(io.files, database);
  return await withLocks(world, [real], () => {
    const run = tidyLeftovers(world, [real]);
    if (!run) {
      io.print(`${database}: no run was cut off.\n`);
      return 0;
    }
    return ACTIONS[decision](run, database, world, io);
  });
}

const ACTIONS: Readonly<
  Record<Decision, (run: UnfinishedRun, database: string, world: RunWorld, io: Io) => number>
> = {
  tell: (run, database, { files }, { print }) => {
    const missing = outstanding(files, run.moves);
    print(`${database} is new, but ${missing.length} of ${run.moves.length} files are missing:\n`);
    for (const { path } of missing) print(`  ${path}\n`);
    print('--finish puts them in place, --discard throws them away.\n');
    return 1;
  },
  finish: (run, database, world, { print, files }) => {
    const { placed, lost } = finishRun(world, run, nodesOf(files, run.databases[0]!));
    for (const path of placed) print(`${path}\n`);
    for (const path of lost) print(`${path} is neither kept nor in its place: press it again.\n`);
    print(`${database}: the run is finished, ${placed.length} files were put in place.\n`);
    return lost.length === 0 ? 0 : 1;
  },
  discard: (run, database, { files }, { print }) => {
    const missing = outstanding(files, run.moves);
    discardRun(files, run);
    for (const { path } of missing) print(`${path} was thrown away.\n`);
    print(`${database} keeps the nodes of all clones, so their addresses stay unused.\n`);
    return 0;
  },
};

/** Whether a database holds nodes, by their UUIDs. */
function nodesOf(files: Io['files'], path: string): (nodes: readonly string[]) => boolean {
  const held = new Set(parseDatabase(readGiven(files, path).bytes).nodes.map(({ uuid }) => uuidDigits(uuid)));
  return (nodes) => nodes.every((node) => held.has(node));
}
