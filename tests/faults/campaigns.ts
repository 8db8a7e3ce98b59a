/** What is done to the command line: each campaign strikes at every file operation of some runs, and looks at what is left. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { thisMachine } from '../../src/cli/machine.ts';
import { Bench, type Damage, type Outcome } from './bench.ts';
import type { Fault } from './faulty-files.ts';
import type { Children } from './children.ts';

export interface Tally {
  readonly title: string;
  tried: number;
  readonly lost: string[];
  readonly doubled: string[];
  readonly broken: string[];
}

/** A run to strike at, in a folder made ready for it. */
interface Scenario {
  readonly title: string;
  prepare(bench: Bench): Promise<void> | void;
  words(bench: Bench): string[];
  /** The databases it is a run on, where that is not the one that is pressed with. */
  readonly databases?: readonly string[];
}

const KILL: Fault = { kind: 'kill', die: () => undefined };

/** A folder in which a run was cut off between its database and its last image. */
async function cutOff(bench: Bench): Promise<void> {
  const words = bench.pressWords('o.hex', 3);
  const { operations } = await bench.run(words);
  for (let at = operations - 1; at > 0; at--) {
    bench.reset();
    await bench.run(words, at, KILL);
    if ((await bench.run(['recover', bench.at('db.json')])).text.includes('missing')) return;
  }
  throw new Error('no run can be cut off');
}

const splitWords = (bench: Bench, stations: number): string[] => [
  ...['split-range', bench.at('db.json'), '--stations', `${stations}`],
  ...['--output', bench.at('share.json')],
];

export const SCENARIOS: readonly Scenario[] = [
  {
    title: 'three clones',
    prepare: () => undefined,
    words: (bench) => bench.pressWords('o.hex', 3),
  },
  {
    title: 'three clones over others',
    prepare: async (bench) => void (await bench.run(bench.pressWords('o.hex', 3))),
    words: (bench) => bench.pressWords('o.hex', 3),
  },
  {
    title: 'images and zip in another folder',
    prepare: (bench) => mkdirSync(bench.at('out')),
    words: (bench) => bench.pressWords('pages.hex', 2, '--zip', bench.at('out/all.zip'), '--pages'),
  },
  {
    title: 'a run after one that was killed',
    prepare: async (bench) => void (await bench.run(bench.pressWords('o.hex', 2), 40, KILL)),
    words: (bench) => bench.pressWords('p.hex', 2),
  },
  {
    title: 'finishing a run that was cut off',
    prepare: cutOff,
    words: (bench) => ['recover', bench.at('db.json'), '--finish'],
  },
  {
    title: 'giving up a run that was cut off',
    prepare: cutOff,
    words: (bench) => ['recover', bench.at('db.json'), '--discard'],
  },
  {
    title: 'shares for three benches over others',
    prepare: async (bench) => void (await bench.run(splitWords(bench, 2))),
    words: (bench) => splitWords(bench, 3),
    databases: ['share.json', 'share_1.json', 'share_2.json'],
  },
];

export const ERRORS = ['ENOSPC', 'EIO', 'EPERM', 'EXDEV', 'ENAMETOOLONG'] as const;

/** Strike at every operation of a run that `faultsAt` names faults for, and let others follow each time. */
async function strikeEverywhere(
  title: string,
  scenarios: readonly Scenario[],
  faultsAt: (operation: number) => readonly Fault[],
  run: (bench: Bench, words: string[], at: number, fault: Fault) => Promise<Outcome> = (bench, ...rest) =>
    bench.run(...rest),
): Promise<Tally> {
  const bench = new Bench();
  const tally: Tally = { title, tried: 0, ...bench.damage };
  try {
    for (const scenario of scenarios) {
      bench.reset();
      await scenario.prepare(bench);
      const ready = bench.save();
      for (let at = 0, operations = Infinity; at < operations; at++) {
        for (const fault of faultsAt(at)) {
          bench.restore(ready);
          const when = `${scenario.title}, operation ${at}${fault.kind === 'error' ? `, ${fault.code}` : ''}`;
          const { operations: done, status } = await run(bench, scenario.words(bench), at, fault);
          // a run that the fault did not meet is the last one
          if (status === 0 && done <= at) operations = at;
          else tally.tried++;
          bench.look(when);
          await followUp(bench, when, at % 2 === 0 ? '--finish' : '--discard', scenario.databases);
        }
      }
    }
  } finally {
    bench.remove();
  }
  return tally;
}

/** What a person does next: press again, after deciding on the run that was cut off if it says so. */
async function followUp(
  bench: Bench,
  when: string,
  decision: '--finish' | '--discard',
  others: readonly string[] = [],
): Promise<void> {
  for (const other of others) await bench.run(['recover', bench.at(other), decision]);
  const again = bench.pressWords('again.hex', 1);
  let outcome = await bench.run(again);
  bench.look(`${when}, pressed again`);
  if (outcome.text.includes('cli/run-unfinished')) {
    await bench.run(['recover', bench.at('db.json'), decision]);
    bench.look(`${when}, ${decision}`);
    outcome = await bench.run(again);
    bench.look(`${when}, pressed after ${decision}`);
  }
  if (outcome.status !== 0) bench.damage.broken.push(`${when}: cannot go on: ${outcome.text}`);
  bench.lookForLeftovers(when);
}

/** The program dies at every operation; its disk stays as it was left. */
export const killEverywhere = (every = 1, scenarios = SCENARIOS): Promise<Tally> =>
  strikeEverywhere('dies at each file operation', scenarios, (at) => (at % every === 0 ? [KILL] : []));

/** Every operation fails, once or from there on. */
export const failEverywhere = (codesAt: (operation: number) => readonly string[]): Promise<Tally> =>
  strikeEverywhere('an error at each file operation', SCENARIOS, (at) =>
    codesAt(at).flatMap((code) => [
      { kind: 'error', code, isLasting: false },
      { kind: 'error', code, isLasting: true },
    ]),
  );

/** A process of its own is killed by the system at every operation. */
export const killProcesses = (
  children: Children,
  scenarios: readonly Scenario[],
  every = 1,
): Promise<Tally> =>
  strikeEverywhere(
    'a process killed at each file operation',
    scenarios,
    (at) => (at % every === 0 ? [KILL] : []),
    (_, words, at) => children.killedAt(words, at),
  );

/** Two processes begin at once on one database and the same outputs; every other time beside the lock of a dead one. */
export async function race(children: Children, rounds: number): Promise<Tally> {
  const bench = new Bench();
  const tally: Tally = { title: 'two processes at once', tried: 0, ...bench.damage };
  try {
    for (let round = 0; round < rounds; round++) {
      bench.reset();
      if (round % 2 === 1) leaveDeadLock(bench);
      const outcomes = await children.together(bench.pressWords('o.hex', 3));
      tally.tried++;
      bench.look(`round ${round}`);
      bench.lookForLeftovers(`round ${round}`);
      checkRace(bench.damage, round, outcomes);
    }
  } finally {
    bench.remove();
  }
  return tally;
}

/** Above what any system counts to. */
const NO_PROCESS = 999_999_999;

function leaveDeadLock(bench: Bench): void {
  const owner = { pid: NO_PROCESS, host: thisMachine.host, started: Date.now(), token: '0123456789ab' };
  writeFileSync(bench.at('.db.json.meshpress-lock'), JSON.stringify(owner));
}

/** Addresses that both say they have given are given twice, whatever lies on the disk in the end. */
function checkRace({ doubled, broken }: Damage, round: number, outcomes: readonly Outcome[]): void {
  const given = outcomes.flatMap(({ text }) => text.match(/0x[0-9A-F]{4}(?=–)/g) ?? []);
  if (new Set(given).size !== given.length) doubled.push(`round ${round}: ${given.join(' ')}`);
  for (const { status, text } of outcomes) {
    if (status !== 0) broken.push(`round ${round}: ${text}`);
  }
}
