/**
 * What inputs cost, by how the cost grows: `npm run bench:inputs`. Leaves nothing behind.
 *
 * Each kind is read at a size, at half of it and at next to nothing, by processes of their own. Memory is what a further byte
 * of input costs, beside what is there for any input; time is that of the whole against the half, 2 where it is in proportion.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { INPUTS } from './input-kinds.ts';
import { printTable, verdict } from './table.ts';

const MEGABYTE = 2 ** 20;
/** Bytes of memory for a byte of input. */
const MOST_MEMORY = 20;

const root = mkdtempSync(join(tmpdir(), 'meshpress-bench-'));
try {
  await build({
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: {
      ssr: fileURLToPath(new URL('one-input.ts', import.meta.url)),
      outDir: root,
      emptyOutDir: false,
    },
  });
  const names = Object.keys(INPUTS).filter((name) => name.includes(process.argv[2] ?? ''));
  printTable(
    [
      'input',
      'MB',
      'ends',
      'memory a byte',
      'beside it, MB',
      `at most ${MOST_MEMORY}`,
      's',
      'time, whole to half',
    ],
    names.map(rowOf),
  );
} finally {
  rmSync(root, { recursive: true });
}

interface Cost {
  readonly bytes: number;
  /** MB */
  readonly peak: number;
  readonly seconds: number;
  readonly end: string;
}

function costOf(name: string, size: number): Cost {
  const path = join(root, 'input');
  const { make, counts } = INPUTS[name]!;
  const input = make(size);
  writeFileSync(path, input);
  const said = execFileSync(process.execPath, [join(root, 'one-input.js'), name, path], { encoding: 'utf8' });
  return { ...(JSON.parse(said) as Omit<Cost, 'bytes'>), bytes: counts === 'unpacked' ? size : input.length };
}

function rowOf(name: string): string[] {
  const size = INPUTS[name]!.megabytes * MEGABYTE;
  const [none, half, whole] = [costOf(name, 1000), costOf(name, size / 2), costOf(name, size)] as const;
  const slope = ((whole.peak - half.peak) * MEGABYTE) / (whole.bytes - half.bytes);
  const fixed = Math.max(whole.peak - none.peak - (slope * whole.bytes) / MEGABYTE, 0);
  return [
    name,
    (whole.bytes / MEGABYTE).toFixed(1),
    whole.end,
    `${slope.toFixed(1)} B`,
    fixed.toFixed(0),
    verdict(slope <= MOST_MEMORY),
    whole.seconds.toFixed(2),
    `${(whole.seconds / half.seconds).toFixed(1)} x`,
  ];
}
