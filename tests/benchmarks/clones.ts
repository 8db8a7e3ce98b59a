/**
 * How fast clones are made, as ratios on the machine at hand: `npm run bench`. Leaves nothing behind.
 *
 * Work that ends on disk is held against a plain copy of the same files, in turns, in the same folder: neither waits
 * for the disk unless the row says so. Memory and the first clone are those of fresh processes.
 */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { rendererOf, type OutputForm } from '../../src/clone/index.ts';
import { sampleDatabasePath, sampleDumpPath } from '../support/samples.ts';
import { pageRows } from './page.ts';
import { planOf, readSample, zipTo } from './pressing.ts';
import { median, printTable, verdict, type Row } from './table.ts';

const root = mkdtempSync(join(tmpdir(), 'meshpress-bench-'));
const sample = readSample(sampleDumpPath, sampleDatabasePath);

async function seconds(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/**
 * The shortest times of two pieces of work, done in turns in an empty folder each. Whoever comes second may find memory and
 * disk in another state, so they take turns at that too; what disturbs a run only ever makes it longer.
 */
async function inTurns(
  rounds: number,
  ...works: readonly ((folder: string) => unknown)[]
): Promise<number[]> {
  const times = works.map(() => Infinity);
  for (let round = 0; round < rounds; round++) {
    const order = [...works.keys()];
    for (const index of round % 2 === 0 ? order : order.reverse()) {
      const folder = join(root, 'out');
      mkdirSync(folder);
      times[index] = Math.min(times[index]!, await seconds(() => works[index]!(folder)));
      rmSync(folder, { recursive: true });
    }
  }
  return times;
}

function writePieces(path: string, pieces: readonly Uint8Array[]): void {
  const file = openSync(path, 'w');
  for (const piece of pieces) writeSync(file, piece);
  closeSync(file);
}

function writeImages(folder: string, count: number, form: OutputForm): void {
  const { donor, plan } = planOf(sample, count);
  const { renderer, base } = rendererOf(donor, plan, form);
  if (base) writePieces(join(folder, 'base.hex'), [base]);
  for (const clone of plan.clones)
    writePieces(join(folder, clone.fileName), renderer.hex(renderer.render(clone)));
}

async function writeZip(folder: string, count: number, { form, sync }: ZipOptions): Promise<void> {
  const file = openSync(join(folder, 'clones.zip'), 'w');
  await zipTo(planOf(sample, count), (bytes) => void writeSync(file, bytes), { form });
  if (sync) fsyncSync(file);
  closeSync(file);
}
interface ZipOptions {
  readonly form: OutputForm;
  /** Wait until the disk has it. */
  readonly sync: boolean;
}

/** By reading and writing: what Node has for copying waits for the disk on some systems, and not on others. */
function copy(source: string, folder: string, { count = 1, sync = false }): void {
  const block = new Uint8Array(1 << 20);
  const from = openSync(source, 'r');
  for (let i = 0; i < count; i++) {
    const to = openSync(join(folder, String(i)), 'w');
    for (let at = 0; ;) {
      const read = readSync(from, block, { position: at });
      if (read === 0) break;
      writeSync(to, block, 0, read);
      at += read;
    }
    if (sync) fsyncSync(to);
    closeSync(to);
  }
  closeSync(from);
}

const ratioRow = (what: string, [made, copied]: readonly number[], bound: number): Row => [
  what,
  `${(made! / copied!).toFixed(2)} x (${made!.toFixed(2)} s, copy ${copied!.toFixed(2)} s)`,
  `${bound} x`,
  verdict(made! / copied! <= bound),
];

async function diskRows(): Promise<Row[]> {
  const hex = join(root, 'donor.hex');
  writeFileSync(hex, sample.dump);
  const plain = await inTurns(
    2,
    (folder) => writeImages(folder, 1000, 'full'),
    (folder) => copy(hex, folder, { count: 1000 }),
  );
  const rows = [ratioRow('1,000 full clones as .hex files (1.4 GB), against a copy of as many', plain, 2)];

  mkdirSync(join(root, 'zip'));
  await writeZip(join(root, 'zip'), 1000, { form: 'full', sync: false });
  const zip = join(root, 'zip/clones.zip');
  for (const sync of [false, true]) {
    const [thousand, copied, one] = (await inTurns(
      4,
      (folder) => writeZip(folder, 1000, { form: 'full', sync }),
      (folder) => copy(zip, folder, { sync }),
      (folder) => writeZip(folder, 1, { form: 'full', sync }),
    )) as [number, number, number];
    const until = sync ? 'on the disk' : 'in the system’s memory';
    rows.push(
      ratioRow(`zip of 1,000 full clones (310 MB), against a copy of it, ${until}`, [thousand, copied], 2),
      ratioRow('  without the time that a zip of one clone takes', [thousand - one, copied], 2),
    );
  }

  for (const [what, write] of [
    [
      '10,000 clones as shared base and changed pages, one zip',
      (folder: string) => writeZip(folder, 10_000, { form: 'pages', sync: false }),
    ],
    ['  the same as 10,001 files', (folder: string) => writeImages(folder, 10_000, 'pages')],
  ] as const) {
    const before = process.cpuUsage();
    const [time] = await inTurns(3, write);
    const { user, system } = process.cpuUsage(before);
    const busy = (user + system) / 3e6;
    rows.push([
      what,
      `${time!.toFixed(2)} s (${busy.toFixed(2)} s of processor)`,
      '2 s',
      verdict(time! <= 2),
    ]);
  }
  return rows;
}

/** What one more clone costs, whatever it costs to begin. */
async function flatRows(): Promise<Row[]> {
  const costs: number[] = [];
  for (const count of [10, 100, 1000, 10_000]) {
    const rounds = Math.min(5, 10_000 / count);
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) {
      let first = 0;
      const onRendered = (_: unknown, done: number) => void (done === 1 && (first = performance.now()));
      await zipTo(planOf(sample, count), () => undefined, { onRendered });
      times.push((1000 * (performance.now() - first)) / (count - 1));
    }
    costs.push(median(times));
  }
  const steepest = Math.max(...costs.map((cost) => costs.at(-1)! / cost));
  return [
    [
      'one more full clone in a zip of 10, 100, 1,000, 10,000, in µs',
      costs.map((cost) => cost.toFixed(0)).join(', '),
      'flat',
      verdict(steepest < 1.3),
    ],
  ];
}

/** Answers of fresh processes without a loader of TypeScript in them. */
async function aloneRows(): Promise<Row[]> {
  await build({
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: { ssr: fileURLToPath(new URL('alone.ts', import.meta.url)), outDir: root, emptyOutDir: false },
  });
  const alone = (...args: string[]) =>
    Number(
      execFileSync(process.execPath, [join(root, 'alone.js'), ...args, sampleDumpPath, sampleDatabasePath]),
    );
  const first = median(Array.from({ length: 5 }, () => alone('first')));
  const [few, many] = [alone('peak', '100'), alone('peak', '10000')];
  return [
    [
      'first clone after dump and database are given',
      `${first.toFixed(2)} s`,
      '0.5 s',
      verdict(first <= 0.5),
    ],
    [
      'peak memory of 10,000 full clones, against that of 100',
      `${(many / few).toFixed(2)} x (${many.toFixed(0)} MB, ${few.toFixed(0)} MB)`,
      '1.3 x',
      verdict(many / few <= 1.3),
    ],
  ];
}

try {
  printTable(
    ['Node', 'measured', 'target', ''],
    [...(await diskRows()), ...(await flatRows()), ...(await aloneRows())],
  );
  process.stdout.write('\n');
  const page = await pageRows(join(root, 'page'));
  if (page) printTable(['the page in Chromium', 'measured', 'target', ''], page);
  else
    process.stdout.write('The page was not measured: no Chromium was found. Say where it is in CHROMIUM.\n');
} finally {
  rmSync(root, { recursive: true, force: true });
}
