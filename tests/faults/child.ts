/** A process that runs commands for the rig: one after the other as it is told, and kills itself where it is told to. */
import { diskOperations } from '../../src/cli/files/index.ts';
import { thisMachine } from '../../src/cli/machine.ts';
import { runHere } from './run-here.ts';
import { faultyFiles } from './faulty-files.ts';

export interface Order {
  readonly words: readonly string[];
  /** Index of the file operation to die at; -1 for none. */
  readonly killAt: number;
}

const WAIT_MS = 20_000;

process.on('message', async ({ words, killAt }: Order) => {
  const die = () => process.kill(process.pid, 'SIGKILL');
  const { files, done } = faultyFiles(
    diskOperations,
    killAt,
    killAt < 0 ? { kind: 'none' } : { kind: 'kill', die },
  );
  const { status, text } = await runHere(words, files, thisMachine, WAIT_MS);
  process.send!({ status, text, operations: done.length });
});
process.on('disconnect', () => process.exit());
process.send!('ready');
