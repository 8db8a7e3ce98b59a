/** The program: the command line on this machine, its disk and its terminal. */
import { systemClock } from '../clock.ts';
import { runCommand } from './command-line.ts';
import { diskOperations } from './files/index.ts';
import { thisMachine } from './machine.ts';
import { terminalOn } from './terminal.ts';

/** Long enough for a run of some thousand clones to end. */
const LOCK_WAIT_MS = 5_000;

// A reader that has seen enough, such as `head`, is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
process.exitCode = await runCommand(process.argv.slice(2), {
  print: terminalOn(process.stdout).write,
  stderr: terminalOn(process.stderr),
  files: diskOperations,
  machine: thisMachine,
  clock: systemClock,
  lockWaitMs: LOCK_WAIT_MS,
});
