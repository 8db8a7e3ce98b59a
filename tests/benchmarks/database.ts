/**
 * What a big database costs: load one of N nodes, plan N clones more, store 2 N, and check it.
 *
 * Run by hand: `npx tsx tests/benchmarks/database.ts`. The last column is the time of a row against the one above; ten times the
 * nodes should cost about ten times as much. One-element bulbs; PyACI's whole range holds no more than 32,751 addresses.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  addClones,
  allocate,
  checkDatabase,
  cloneName,
  formatDatabase,
  newDeviceKeys,
  newUuids,
  parseDatabase,
  type MeshDatabase,
} from '../../src/meshdb/index.ts';

const random = (count: number) => new Uint8Array(randomBytes(count));
const seed = parseDatabase(
  new Uint8Array(readFileSync(new URL('../fixtures/databases/pyaci-example.json', import.meta.url))),
);

function withClones(database: MeshDatabase, count: number): MeshDatabase {
  const donor = database.node(0);
  const { addresses } = allocate(database, { elementCount: donor.elementCount, count });
  const keys = newDeviceKeys(database, count, random);
  const uuids = newUuids(database, count, random);
  const clones = addresses.map((unicast, i) => ({
    name: cloneName(donor.name, donor.unicast, unicast),
    unicast,
    deviceKey: keys[i]!,
    uuid: uuids[i]!,
  }));
  return addClones(database, 0, clones, { now: new Date() });
}

function timed<T>(work: () => T): [value: T, milliseconds: number] {
  const start = performance.now();
  const value = work();
  return [value, performance.now() - start];
}

const rows = [];
let before: number | undefined;
for (const nodes of [100, 100, 1000, 10_000]) {
  const file = formatDatabase(withClones(seed, nodes - 1));
  const [database, load] = timed(() => {
    const parsed = parseDatabase(file);
    return parsed.nodes.length === nodes ? parsed : seed;
  });
  const [grown, plan] = timed(() => withClones(database, nodes));
  const [stored, store] = timed(() => formatDatabase(grown));
  const [, check] = timed(() => checkDatabase(grown));
  const total = load + plan + store;
  const ratio = before === undefined ? '' : (total / before).toFixed(1);
  before = total;
  rows.push({
    nodes,
    'file kB': Math.round(file.length / 1000),
    'load ms': Math.round(load),
    'plan and add ms': Math.round(plan),
    'store ms': Math.round(store),
    'stored kB': Math.round(stored.length / 1000),
    'load to store ms': Math.round(total),
    ratio,
    'check ms': Math.round(check),
  });
}
console.table(rows.slice(1)); // the first round only warms up
console.log(`Most memory at any time: ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`);
