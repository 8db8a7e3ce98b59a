/** The built command line, run as a person runs it. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = join(root, 'dist/cli.js');

/** Build the command line when the sources are newer than it. */
async function ensureBuilt(): Promise<void> {
  const newest = Math.max(
    ...readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  );
  if (existsSync(program) && statSync(program).mtimeMs > newest) return;
  const { build } = await import('vite'); // which takes a second to load
  await build({ root, configFile: join(root, 'vite.cli.config.ts'), logLevel: 'error' });
}

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** For a test file: a built program, and a folder of its own that goes away afterwards. `runUnder` takes options of Node, too. */
export function useCli(): {
  readonly folder: string;
  run(...args: string[]): Outcome;
  runUnder(options: readonly string[], ...args: string[]): Outcome;
} {
  const folder = mkdtempSync(join(tmpdir(), 'meshpress-'));
  beforeAll(ensureBuilt);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const runUnder = (options: readonly string[], ...args: string[]): Outcome => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [...options, program, ...args], {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    return { status, stdout, stderr };
  };
  return { folder, run: (...args) => runUnder([], ...args), runUnder };
}
