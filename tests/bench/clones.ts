/**
 * How fast clones are made, as ratios on the machine at hand: `npm run bench`. Leaves nothing behind.
 *
 * Times are medians of several rounds, and each is held against the same bytes written by a plain copy in the same run,
 * since machines and disks differ. Memory is that of a process of its own.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { randomBytes } from 'node:crypto';
import {
  findDonor,
  planClones,
  pressOf,
  readDump,
  readImage,
  writeBundle,
  type ClonePlan,
  type OutputForm,
} from '../../src/clone/index.ts';
import { parseDatabase } from '../../src/meshdb/index.ts';
import { sampleDatabaseText, sampleDumpPath } from '../support/samples.ts';
import { median, printTable } from './table.ts';

const dumpBytes = gunzipSync(readFileSync(sampleDumpPath));

function plan(count: number): ClonePlan {
  const dump = readDump([{ name: 'donor.hex', bytes: dumpBytes }]);
  const database = parseDatabase(sampleDatabaseText());
  return planClones(findDonor(dump, readImage(dump), database), database, { count }, randomBytes);
}

const options = {
  now: new Date(),
  timeZoneOffsetMinutes: 0,
  version: '0',
  databaseName: 'db.json',
  keysInManifest: false,
};

async function zipTo(write: (bytes: Uint8Array) => void, count: number, form: OutputForm): Promise<number> {
  const { zipBytes } = await writeBundle(plan(count), { write }, { ...options, form });
  return zipBytes;
}

async function seconds(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

async function medianSeconds(rounds: number, work: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) times.push(await seconds(work));
  return median(times);
}

/** A folder for the time of a piece of work. */
async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'meshpress-bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeFile(path: string, pieces: Iterable<Uint8Array>): void {
  const file = openSync(path, 'w');
  for (const piece of pieces) writeSync(file, piece);
  closeSync(file);
}

const hexFiles = (count: number, form: OutputForm = 'full') =>
  inFolder(async (folder) => {
    const made = plan(count);
    const { press, base } = pressOf(made, form);
    if (base !== undefined) writeFile(join(folder, 'base.hex'), [Buffer.from(base)]);
    for (const clone of made.clones) writeFile(join(folder, clone.fileName), [press.hex(press.press(clone))]);
  });

const plainFiles = (count: number) =>
  inFolder(async (folder) => {
    for (let i = 0; i < count; i++) writeFile(join(folder, `${i}.hex`), [dumpBytes]);
  });

/** Peak memory of a process that makes this many clones, in MB. */
function peakMegabytes(count: number): number {
  const self = fileURLToPath(import.meta.url);
  const out = execFileSync(process.execPath, ['--import', 'tsx', self, '--peak', String(count)], {
    encoding: 'utf8',
  });
  return Number(out);
}

if (process.argv[2] === '--peak') {
  await zipTo(() => undefined, Number(process.argv[3]), 'full');
  process.stdout.write(String(process.resourceUsage().maxRSS / 1024));
} else {
  const rounds = 3;
  const rows: string[][] = [];
  const row = (what: string, value: string, bound: string) => rows.push([what, value, bound]);
  const times = (ratio: number) => `${ratio.toFixed(2)} x`;

  await hexFiles(20); // warm-up
  const copied = await medianSeconds(rounds, () => plainFiles(1000));
  const pressed = await medianSeconds(rounds, () => hexFiles(1000));
  row(
    '1,000 full clones as .hex files, against a plain copy of the same bytes',
    times(pressed / copied),
    '2 x',
  );
  row('  seconds', `${pressed.toFixed(2)} against ${copied.toFixed(2)}`, '');

  let zipBytes = 0;
  const zipped = await medianSeconds(rounds, () =>
    inFolder(async (folder) => {
      const file = openSync(join(folder, 'all.zip'), 'w');
      zipBytes = await zipTo((bytes) => void writeSync(file, bytes), 1000, 'full');
      closeSync(file);
    }),
  );
  const block = new Uint8Array(1 << 20);
  const zipCopied = await medianSeconds(rounds, () =>
    inFolder(async (folder) => {
      writeFile(
        join(folder, 'all.zip'),
        Array.from({ length: Math.ceil(zipBytes / block.length) }, () => block),
      );
    }),
  );
  row('zip of 1,000 full clones, against a plain copy of as many bytes', times(zipped / zipCopied), '2 x');
  row(
    '  seconds',
    `${zipped.toFixed(2)} against ${zipCopied.toFixed(2)}, ${Math.round(zipBytes / 1e6)} MB`,
    '',
  );

  const paged = await medianSeconds(rounds, () => hexFiles(10_000, 'pages'));
  row('10,000 clones as shared base and page files', `${paged.toFixed(2)} s`, '2 s');
  const pagedZip = await medianSeconds(1, () => zipTo(() => undefined, 10_000, 'pages'));
  row('  the same as one zip', `${pagedZip.toFixed(2)} s`, '');

  const first = await medianSeconds(5, () => {
    const one = plan(1);
    const { press } = pressOf(one);
    press.hex(press.press(one.clones[0]!));
  });
  row('first clone after the drop of the dump', `${first.toFixed(2)} s`, '0.5 s');

  const [few, many] = [peakMegabytes(100), peakMegabytes(10_000)];
  row('peak memory of 10,000 full clones, against that of 100', times(many / few), '1.3 x');
  row('  megabytes', `${many.toFixed(0)} against ${few.toFixed(0)}`, '');

  for (const count of [10, 100, 1000, 10_000]) {
    const whole = await medianSeconds(count > 1000 ? 1 : rounds, () => zipTo(() => undefined, count, 'full'));
    row(
      `a full clone in a run of ${count.toLocaleString('en')}`,
      `${((1e6 * whole) / count).toFixed(0)} µs`,
      '',
    );
  }
  printTable(['measured', 'value', 'bound'], rows);
}
