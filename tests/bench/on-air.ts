/** How long the on-air proof takes in virtual time: `npx tsx tests/bench/on-air.ts` prints the table of docs/performance.md. */
import { proveClones, type ProofEvent, type ProofLevel } from '../../src/on-air/index.ts';
import type { KitReleaseName } from '../../src/virtual/index.ts';
import { VirtualNetwork } from '../support/virtual-network.ts';

interface Case {
  readonly what: string;
  readonly release: KitReleaseName;
  readonly level: ProofLevel;
  readonly dead?: number;
  readonly lossRate?: number;
  readonly budget: string;
}
const CLONES = 300;
const CASES: readonly Case[] = [
  { what: 'probe', release: '5.0.0', level: 'probe', budget: '1 to 2 min' },
  { what: 'full', release: '5.0.0', level: 'full', budget: '4 to 7 min' },
  { what: 'probe', release: '3.2.0', level: 'probe', budget: '1 to 2 min' },
  { what: 'full', release: '3.2.0', level: 'full', budget: '4 to 7 min' },
  { what: 'probe', release: '2.2.0', level: 'probe', budget: '1 to 2 min' },
  { what: 'full, a tenth of all messages lost', release: '5.0.0', level: 'full', lossRate: 0.1, budget: '' },
  { what: 'probe, ten of them dead', release: '5.0.0', level: 'probe', dead: 10, budget: '' },
];

const time = (ms: number) => `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;

console.log(`| ${CLONES} clones, one to three hops away | kit | time | budget | restarts | this machine |`);
console.log('| --- | --- | --- | --- | --- | --- |');
for (const { what, release, level, dead = 0, lossRate = 0, budget } of CASES) {
  const network = new VirtualNetwork(release);
  const clones = Array.from({ length: CLONES }, (_, i) => {
    const { clone, node } = network.clone(0x10 + i, { hops: 1 + (i % 3), lossRate });
    node.isPowered = i >= dead;
    return clone;
  });
  const bearer = await network.connect();
  const events: ProofEvent[] = [];
  const from = network.clock.now();
  const realFrom = performance.now();
  const { results } = await proveClones(clones, {
    bearer,
    clock: network.clock,
    now: network.now,
    level,
    onEvent: (event) => events.push(event),
  });
  const alive = results.filter(({ verdict }) => verdict === 'alive').length;
  if (alive !== CLONES - dead) console.error(`${what}: ${alive} alive`);
  const restarts = events.filter(({ kind }) => kind === 'restarting').length;
  const took = [
    time(network.clock.now() - from),
    budget,
    restarts,
    `${Math.round(performance.now() - realFrom)} ms`,
  ];
  console.log(`| ${what} | ${release} | ${took.join(' | ')} |`);
}
