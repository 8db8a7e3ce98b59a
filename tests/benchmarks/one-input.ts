/**
 * One input, read by a process of its own. Bundled and run by `inputs.ts`: `NAME FILE` prints as JSON the most memory the
 * process ever held in MB, the seconds that reading took, and how it ended.
 */
import { readFileSync } from 'node:fs';
import { KnownError } from '../../src/errors.ts';
import { INPUTS } from './input-kinds.ts';
import { peakMegabytes } from './peak.ts';

function endOf(read: () => unknown): string {
  try {
    read();
    return 'read';
  } catch (error) {
    if (error instanceof KnownError) return error.code;
    throw error;
  }
}

const [name, file] = process.argv.slice(2) as [string, string];
const input = readFileSync(file);
const start = performance.now();
const end = endOf(() => INPUTS[name]!.read(input));
const seconds = (performance.now() - start) / 1000;
process.stdout.write(JSON.stringify({ peak: peakMegabytes(), seconds, end }));
