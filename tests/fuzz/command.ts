/**
 * Throws damaged input at everything that reads some, and takes what is not refused the whole way.
 *
 *     npm run fuzz -- [--seed N] [--count N] [--only KIND[,KIND]] [--from N] [--save FOLDER]
 *
 * The same seed gives the same inputs; input N of a kind is made again by `--only KIND --from N --count 1`; without a count a
 * kind has as many inputs as in a whole run. With `--save` the files
 * of failing inputs are left in a folder. Ends with 1 when something failed.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { KINDS } from './kinds.ts';
import { fuzzKind, type Tally } from './run.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string' },
    only: { type: 'string' },
    from: { type: 'string', default: '0' },
    save: { type: 'string' },
  },
});
const [seed, from] = [values.seed, values.from].map(Number) as [number, number];
const wanted = values.only?.split(',');
const unknown = wanted?.find((name) => !KINDS.some((kind) => kind.name === name));
if (
  unknown !== undefined ||
  [seed, from, Number(values.count ?? 1)].some((one) => !Number.isSafeInteger(one) || one < 0)
) {
  console.error(`npm run fuzz -- --only KIND. There are: ${KINDS.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
const kinds = KINDS.filter(({ name }) => wanted?.includes(name) ?? true);
const parts = kinds.reduce((sum, { weight }) => sum + weight, 0);
const count = values.count === undefined ? Math.round(1000 * parts) : Number(values.count);

console.log(`seed ${seed}, ${count} inputs`);
console.log(row('kind', 'tried', 'accepted', '%', 'whole way', 'failed', 'slowest ms', 'mean ms'));
const tallies: Tally[] = [];
for (const kind of kinds) {
  const share = Math.max(1, Math.round((count * kind.weight) / parts));
  const tally = await fuzzKind(kind, { seed, count: share, from });
  tallies.push(tally);
  print(tally);
}
const sum = (of: (tally: Tally) => number) => tallies.reduce((all, tally) => all + of(tally), 0);
const failed = sum(({ failures }) => failures.length);
console.log(
  `${sum(({ tried }) => tried)} inputs, ${sum(({ accepted }) => accepted)} accepted, ${sum(({ whole }) => whole)} went the whole way, ${failed} failed`,
);
if (failed > 0) process.exitCode = 1;

function print({
  kind,
  tried,
  accepted,
  whole,
  refused,
  stopped,
  failures,
  slowestMs,
  totalMs,
}: Tally): void {
  console.log(
    row(
      kind.name,
      tried,
      accepted,
      ((100 * accepted) / tried).toFixed(1),
      whole,
      failures.length,
      slowestMs.toFixed(0),
      (totalMs / tried).toFixed(1),
    ),
  );
  for (const [where, codes] of [
    ['refused', refused],
    ['stopped', stopped],
  ] as const)
    for (const [code, times] of [...codes].sort((a, b) => b[1] - a[1]))
      console.log(`    ${where} ${String(times).padStart(7)}  ${code}`);
  const first = failures.filter(({ fault }, i) => failures.findIndex((one) => one.fault === fault) === i);
  for (const { index, fault, error, notes, small, files } of first) {
    const times = failures.filter((one) => one.fault === fault).length;
    console.log(`  failed ${times} times, with input ${index} first`);
    console.log(`  again with: npm run fuzz -- --seed ${seed} --only ${kind.name} --from ${index} --count 1`);
    console.log(`    ${notes.join('; ')}`);
    if (small) console.log(`    made small: ${small.notes.join('; ')} (${small.row.join(' ')})`);
    console.log(error.split('\n').slice(0, 6).join('\n').replace(/^/gm, '    '));
    if (values.save === undefined) continue;
    mkdirSync(values.save, { recursive: true });
    for (const [name, bytes] of files)
      writeFileSync(join(values.save, `${kind.name}-${index}-${name}`), bytes);
  }
}

function row(name: string, ...cells: readonly (string | number)[]): string {
  return name.padEnd(14) + cells.map((cell) => String(cell).padStart(11)).join('');
}
