/**
 * Mutated dumps against the room `flashfs`: nothing but a `KnownError` may come out, in good time, and a clone that is made
 * must pass its own check.
 *
 *     npx tsx tests/fuzz/flashfs.ts [count] [seed]
 */
import { KnownError } from '../../src/errors.ts';
import { flashManagerKind } from '../../src/kinds/flashfs/index.ts';
import type { OptionChoices } from '../../src/kinds/index.ts';
import { changesOf, type MemoryImage } from '../../src/image/index.ts';
import { type Identity } from '../../src/mesh/index.ts';
import { fixtures, readDump } from '../kinds/flashfs/fixtures.ts';
import { mutate, type Pick } from '../kinds/flashfs/mutations.ts';

const count = Number(process.argv[2] ?? 100_000);
const seed = Number(process.argv[3] ?? 1);
/** Of processor time, so that a busy machine does not count. */
const SLOW_MS = 1000;

/** Mulberry32: the same numbers for the same seed. */
function numbers(start: number): Pick {
  let state = start >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const pick = numbers(seed);
const dumps = fixtures.map(({ release, history }) => ({
  name: `${release}/${history}`,
  image: readDump(release, history),
}));
const outcomes = new Map<string, number>();
const tally = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
const failures: string[] = [];
let slowestMs = 0;

const wishes: readonly OptionChoices[] = [
  {},
  { sequence: 'reset', 'own-publications': 'map', 'replay-cache': 'keep', 'advertiser-address': 'keep' },
  { sequence: '+5000', 'replay-cache': 'keep' },
];

function tryClone(image: MemoryImage): string {
  const reading = flashManagerKind.read(image);
  if (!reading) return 'nothing to read';
  if (reading.refusal) return reading.refusal.code;
  const identity: Identity = {
    unicast: 1 + pick(0x7000),
    deviceKey: Uint8Array.from({ length: 16 }, () => pick(256)),
  };
  const recipe = reading.prepare(wishes[pick(wishes.length)]!);
  const patches = [...recipe.shared, ...recipe.patchesFor(identity)];
  for (const { address, before } of patches) {
    if (Buffer.compare(image.read(address, before.length), before) !== 0)
      throw new Error(`Patch at ${address} has another before`);
  }
  recipe.check(image.with(changesOf(patches)), identity);
  return 'cloned';
}

for (let run = 0; run < count; run++) {
  const { name, image } = dumps[pick(dumps.length)]!;
  const mutated = mutate(image, pick);
  const start = process.cpuUsage();
  try {
    tally(tryClone(mutated));
  } catch (error) {
    const isKnown = error instanceof KnownError && error.code !== 'flashfs/wrong-clone';
    tally(isKnown ? error.code : 'FAILED');
    if (!isKnown) failures.push(`run ${run}, ${name}: ${String((error as Error).stack)}`);
  }
  const { user, system } = process.cpuUsage(start);
  slowestMs = Math.max(slowestMs, (user + system) / 1000);
}

console.log(`${count} mutated dumps, seed ${seed}, slowest ${slowestMs.toFixed(0)} ms of processor time`);
for (const [outcome, times] of [...outcomes].sort((a, b) => b[1] - a[1]))
  console.log(`${String(times).padStart(8)}  ${outcome}`);
for (const failure of failures.slice(0, 10)) console.log(failure);
if (failures.length > 0 || slowestMs > SLOW_MS) process.exitCode = 1;
