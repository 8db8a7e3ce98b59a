/**
 * What only a process of its own can tell. Bundled and run by `clones.ts`:
 * `peak COUNT DUMP DATABASE` prints the most memory it ever held, in MB, pressing so many clones into a zip that goes nowhere;
 * `first DUMP DATABASE` prints the seconds from the bytes of dump and database to the first clone, with nothing warmed up.
 */
import { peakMegabytes } from './peak.ts';
import { planOf, pressOne, readSample, zipTo } from './pressing.ts';

const [what, ...args] = process.argv.slice(2);
if (what === 'peak') {
  const [count, dump, database] = args as [string, string, string];
  await zipTo(planOf(readSample(dump, database), Number(count)), () => undefined);
  process.stdout.write(String(peakMegabytes()));
} else {
  const [dump, database] = args as [string, string];
  const sample = readSample(dump, database);
  const start = performance.now();
  pressOne(sample);
  process.stdout.write(String((performance.now() - start) / 1000));
}
