import { copyFileSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { useCli } from '../support/cli.ts';
import { sampleDatabasePath, sampleDatabaseText, sampleDumpPath } from '../support/samples.ts';

const src = fileURLToPath(new URL('../../src', import.meta.url));

describe('bytes of the platform’s generator', () => {
  test('are drawn through a tested source wherever Meshpress runs', () => {
    const drawing = readdirSync(src, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts') || path.endsWith('.svelte'))
      .flatMap((path) => {
        const lines = readFileSync(join(src, path), 'utf8').split('\n');
        return lines
          .filter((line) => /getRandomValues\(|randomFillSync\(|randomUUID\(/.test(line))
          .map(
            (line) =>
              `${path.replaceAll('\\', '/')}: ${/testedSource\(/.test(line) ? 'tested' : line.trim()}`,
          );
      });
    expect(drawing.sort()).toEqual([
      'app/browser/platform.ts: tested',
      'cli/random.ts: tested',
      'worker/worker.ts: tested',
    ]);
  });
});

describe('the command line over a broken generator', () => {
  const { folder, run, runUnder } = useCli();
  const preload = join(folder, 'broken.mjs');
  writeFileSync(
    preload,
    `import crypto from 'node:crypto';
     import { syncBuiltinESMExports } from 'node:module';
     crypto.randomFillSync = (bytes) => bytes.fill(0x5a);
     syncBuiltinESMExports();`,
  );
  const options = ['--import', pathToFileURL(preload).href];
  const database = join(folder, 'db.json');
  const words = [
    ...['--hex-input-file', sampleDumpPath, '--db-input-file', database],
    ...['--hex-output-file', join(folder, 'OUT.hex')],
  ];

  test('refuses to press, and leaves all as it was', () => {
    copyFileSync(sampleDatabasePath, database);
    const before = readdirSync(folder).sort();
    const { status, stderr } = runUnder(options, ...words);
    expect(stderr).toContain('[random/broken-source]');
    expect(status).toBe(1);
    expect(readdirSync(folder).sort()).toEqual(before);
    expect(readFileSync(database, 'utf8')).toBe(sampleDatabaseText());
    expect(run(...words).status, 'over the machine’s own').toBe(0);
  });

  test('still shows what needs no random bytes', () => {
    expect(runUnder(options, 'inspect', sampleDumpPath).status).toBe(0);
  });
});
