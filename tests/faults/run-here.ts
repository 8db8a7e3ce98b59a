import { systemClock } from '../../src/clock.ts';
import { runCommand } from '../../src/cli/command-line.ts';
import type { FileOperations } from '../../src/cli/files/index.ts';
import type { Machine } from '../../src/cli/machine.ts';

/** Run one command in this process. */
export async function runHere(
  words: readonly string[],
  files: FileOperations,
  machine: Machine,
  lockWaitMs: number,
): Promise<{ readonly status: number; readonly text: string }> {
  const texts: string[] = [];
  const take = (text: string) => void texts.push(text);
  const status = await runCommand(words, {
    print: take,
    stderr: { write: take, redraw: take },
    files,
    machine,
    clock: systemClock,
    lockWaitMs,
  });
  return { status, text: texts.join('') };
}
